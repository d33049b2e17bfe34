//! The addresses that the service is reached at: opened, served, and their certificate kept up to date.

use anyhow::Context;
use countersign_server::{Limits, Listener, Server, Tls, TrustedProxies, public_router, router, serve};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{Failure, config::Config};

/// How many connections may wait to be accepted: a burst of webhooks is not made to try again.
const BACKLOG: u32 = 1_024;

/// How often the TLS files are looked at for a change.
const LOOK: Duration = Duration::from_secs(10);

/// Sockets that are listened on and not served yet: whoever connects waits.
pub(crate) struct Listeners {
    public: TcpListener,
    admin: Option<TcpListener>,
    tls: Option<Arc<Tls>>,
    proxies: TrustedProxies,
}

/// Where the service is reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    /// The public address.
    pub(crate) public: SocketAddr,
    /// The administrators' own, if they have one.
    pub(crate) admin: Option<SocketAddr>,
    /// `https` or `http`, at both.
    pub(crate) scheme: &'static str,
}

impl Listeners {
    /// Reads the TLS files and listens; with `any_port`, on any free port of this machine where `server.listen` cannot
    /// be had.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: TLS files that cannot be used. An address that cannot be listened on.
    pub(crate) fn open(config: &Config, any_port: bool) -> Result<Self, Failure> {
        let tls = tls(config)?;
        let public = match (listen(config.listen), any_port) {
            (Ok(listener), _) => listener,
            (Err(_), true) => listen(SocketAddr::from(([127, 0, 0, 1], 0)))?,
            (Err(error), false) => return Err(taken(error, config.listen, "server.listen")),
        };
        let admin = config
            .admin_listen
            .map(|address| listen(address).map_err(|error| taken(error, address, "server.admin_listen")));
        let proxies = config.trusted_proxies.iter().copied().collect();
        Ok(Self { public, admin: admin.transpose()?, tls, proxies })
    }

    /// Where they listen.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn reached(&self) -> std::io::Result<Reached> {
        Ok(Reached {
            public: self.public.local_addr()?,
            admin: self.admin.as_ref().map(TcpListener::local_addr).transpose()?,
            scheme: if self.tls.is_some() { "https" } else { "http" },
        })
    }

    /// Serves until `stop`: everything at one address, or the public routes at the one and everything at the other.
    pub(crate) fn serve(self, server: &Server, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let Self { public, admin, tls, proxies } = self;
        let start = |socket: TcpListener, routes| {
            let listener = Listener::from(socket).with_tls(tls.clone()).behind(proxies.clone());
            tokio::spawn(serve(listener, routes, Limits::default(), stop.clone()))
        };
        let mut tasks = match admin {
            Some(admin) => vec![start(public, public_router(server.clone())), start(admin, router(server.clone()))],
            None => vec![start(public, router(server.clone()))],
        };
        tasks.extend(tls.map(|tls| tokio::spawn(keep_up(tls, stop.clone()))));
        tasks
    }
}

/// The configured certificate and key, read and found to belong together; `None` where TLS is not configured.
///
/// # Errors
/// [`Failure::Configuration`]: which file is no good, and why.
pub(crate) fn tls(config: &Config) -> Result<Option<Arc<Tls>>, Failure> {
    let Some(files) = &config.tls else { return Ok(None) };
    let tls = Tls::load(&files.certificate, &files.key).context("server.tls");
    tls.map(|tls| Some(Arc::new(tls))).map_err(|error| Failure::configuration(&error))
}

/// Puts a renewed certificate to use, until `stop`. What it finds is in the log.
async fn keep_up(tls: Arc<Tls>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
        let tls = Arc::clone(&tls);
        if let Err(error) = tokio::task::spawn_blocking(move || tls.reload()).await {
            tracing::error!(%error, "the TLS files could not be looked at");
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn taken(error: std::io::Error, address: SocketAddr, key: &str) -> Failure {
    let text = format!("cannot listen on {address}: choose another {key} or stop what holds it");
    anyhow::Error::from(error).context(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemClock,
        config,
        service::{Service, Start},
    };
    use std::{collections::BTreeMap, path::Path};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    fn configured(server: &str) -> Config {
        configured_in(tempfile::tempdir().unwrap().path(), server)
    }

    fn configured_in(folder: &Path, server: &str) -> Config {
        let file = folder.join("countersign.toml");
        let storage = folder.join("countersign.db");
        let text = format!(
            "[server]\n{server}\n[storage]\nurl = \"sqlite://{}\"\n[org.acme.policy]\napprovers = [\"mail:lead@acme.com\"]\n",
            storage.display()
        );
        std::fs::write(&file, text).unwrap();
        config::load(&file, &BTreeMap::new()).unwrap()
    }

    async fn status(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn with_an_address_of_their_own_only_administrators_reach_everything() {
        let folder = tempfile::tempdir().unwrap();
        let config = configured_in(folder.path(), "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"");
        let start = Start { clock: Arc::new(SystemClock::default()), paused: false, any_port: false, metrics: None };
        let service = Service::start(config, start).await.ok().unwrap();
        let Reached { public, admin, .. } = service.reached;
        let admin = admin.unwrap();
        for (path, at_public, at_admin) in [
            ("/healthz", "200", "200"),
            ("/webhooks/acme/x", "405", "405"),
            ("/readyz", "404", "200"),
            ("/docs", "404", "200"),
            ("/api/v1/runs", "404", "401"),
        ] {
            assert_eq!(
                (status(public, path).await.as_str(), status(admin, path).await.as_str()),
                (at_public, at_admin),
                "{path}"
            );
        }
        service.stop().await;
    }

    #[tokio::test]
    async fn both_addresses_are_listened_on() {
        let config = configured("listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"");
        let reached = Listeners::open(&config, false).ok().unwrap().reached().unwrap();
        assert_eq!(reached.scheme, "http");
        assert_ne!(reached.admin.unwrap().port(), reached.public.port());
        let config = configured("listen = \"127.0.0.1:0\"");
        assert_eq!(Listeners::open(&config, false).ok().unwrap().reached().unwrap().admin, None);
    }

    #[tokio::test]
    async fn an_address_that_is_held_is_named_by_its_key() {
        let held = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = held.local_addr().unwrap();
        for (server, key) in [
            (format!("listen = \"{address}\""), "server.listen"),
            (format!("listen = \"127.0.0.1:0\"\nadmin_listen = \"{address}\""), "server.admin_listen"),
        ] {
            let Err(failure) = Listeners::open(&configured(&server), false) else { panic!("{address} is held") };
            let text = failure.text();
            assert!(text.starts_with(&format!("cannot listen on {address}: choose another {key} or stop")), "{text}");
        }
        let config = configured(&format!("listen = \"{address}\""));
        assert!(Listeners::open(&config, true).is_ok(), "any port will do");
    }

    #[tokio::test]
    async fn tls_files_that_cannot_be_used_are_bad_configuration() {
        let server = "listen = \"127.0.0.1:0\"\ntls = { certificate = \"nowhere.pem\", key = \"nowhere.key\" }";
        let Err(Failure::Configuration(text)) = Listeners::open(&configured(server), false) else {
            panic!("there are no such files")
        };
        assert!(
            text.starts_with("server.tls: ") && text.contains("nowhere.pem cannot be read: No such file"),
            "{text}"
        );
    }
}
