//! Where clients are made.

use std::{fmt, fs, path::PathBuf, time::Duration};

use reqwest::{Certificate, Client, NoProxy, Proxy, redirect};

use crate::{Http, OutboundError, Target};

/// How clients are made; the defaults are what production runs with.
#[derive(Clone)]
pub struct FactoryOptions {
    /// The longest a connection with its TLS handshake may take to stand.
    pub connect_timeout: Duration,
    /// The longest a request may take from its first byte to the answer's last.
    pub request_timeout: Duration,
    /// How many idle connections are kept for each host.
    pub pool_idle_per_host: usize,
    /// Certificate authorities in PEM form, trusted besides those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The proxy through which `https` goes; its address may hold a user and a password. The environment is not asked.
    pub https_proxy: Option<String>,
    /// How we call ourselves.
    pub user_agent: String,
}

impl Default for FactoryOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(20),
            pool_idle_per_host: 16,
            ca_file: None,
            https_proxy: None,
            user_agent: concat!("countersign/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl fmt::Debug for FactoryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactoryOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("pool_idle_per_host", &self.pool_idle_per_host)
            .field("ca_file", &self.ca_file)
            .field("https_proxy", &self.https_proxy.as_ref().map(|_| "(set)"))
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

/// Makes HTTP clients; one per process. The clients share its connection pool.
#[derive(Debug, Clone)]
pub struct Factory {
    client: Client,
}

impl Factory {
    /// Sets up TLS (rustls with ring; the machine's roots, and those of `ca_file`) and the connection pool.
    ///
    /// # Errors
    /// A CA file that cannot be read or holds no certificate, a proxy address that is none, a refused TLS set-up.
    pub fn new(options: FactoryOptions) -> Result<Self, OutboundError> {
        // An error only says that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "this is the crate that makes the clients")]
        let mut builder = Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.request_timeout)
            .pool_max_idle_per_host(options.pool_idle_per_host)
            .user_agent(options.user_agent)
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .tls_backend_rustls();
        if let Some(path) = options.ca_file {
            builder = builder.tls_certs_merge(authorities(path)?);
        }
        if let Some(address) = options.https_proxy {
            let proxy = Proxy::https(address).map_err(|_| OutboundError::Proxy)?;
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string("localhost,127.0.0.0/8,::1")));
        }
        let client = builder.build().map_err(|error| OutboundError::Setup { why: crate::http_client::root(&error) })?;
        Ok(Self { client })
    }

    /// A client for one connection: every request goes to its base URL and nowhere else.
    ///
    /// # Errors
    /// [`OutboundError::BaseUrl`] where the base URL is plain `http` to another machine, or holds more than an origin
    /// and a path.
    pub fn client(&self, target: Target) -> Result<Http, OutboundError> {
        target.check()?;
        Ok(Http::new(self.client.clone(), target))
    }
}

fn authorities(path: PathBuf) -> Result<Vec<Certificate>, OutboundError> {
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(OutboundError::CaFile { path, source }),
    };
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(OutboundError::CaFormat { path }),
    }
}
