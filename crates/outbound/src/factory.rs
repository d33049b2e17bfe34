//! Where clients are made.

use std::{fmt, fs, path::PathBuf, sync::Arc, time::Duration};

use reqwest::{Certificate, Client, redirect};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{Http, HttpsProxy, OutboundError, Target, budgets::Budgets, pace::Budget};

/// How clients are made; the defaults are what production runs with.
#[derive(Debug, Clone)]
pub struct FactoryOptions {
    /// The longest a connection with its TLS handshake may take to stand.
    pub connect_timeout: Duration,
    /// The longest a request may take from its first byte to the answer's last.
    pub request_timeout: Duration,
    /// How many idle connections are kept for each host.
    pub pool_idle_per_host: usize,
    /// Certificate authorities in PEM form, trusted besides those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The proxy through which `https` goes; `http`, which goes to this machine alone, never does. The environment is
    /// not asked.
    pub https_proxy: Option<HttpsProxy>,
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

/// Makes HTTP clients; one per process. The clients share its connection pool.
#[derive(Clone)]
pub struct Factory {
    client: Client,
    connection: Arc<str>,
    budgets: Budgets,
}

/// Without the client, which would show its proxy's address.
impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factory").field("connection", &self.connection).finish_non_exhaustive()
    }
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
        if let Some(proxy) = options.https_proxy {
            builder = builder.proxy(proxy.into_proxy()?);
        }
        let client = builder.build().map_err(|error| OutboundError::Setup { why: crate::http_client::root(&error) })?;
        Ok(Self { client, connection: Arc::from(""), budgets: Budgets::default() })
    }

    /// The same factory, whose next clients belong to the connection of this name: so they are told apart in metrics.
    #[must_use]
    pub fn named(&self, connection: &str) -> Self {
        Self { connection: Arc::from(connection), ..self.clone() }
    }

    /// Sets the gauges of what is left of every client's rate budget; to be called whenever they are read.
    ///
    /// - `countersign_vendor_budget_left{vendor,connection,endpoint}`: how many requests could be sent at this moment,
    ///   of what was configured; `endpoint` is `all`, or the key of a budget of its own.
    /// - `countersign_vendor_held_seconds{vendor,connection}`: for how long the vendor's answers hold everything back.
    pub fn report_budgets(&self) {
        self.budgets.report();
    }

    /// A client for one connection: every request goes to its base URL and nowhere else.
    ///
    /// # Errors
    /// [`OutboundError::BaseUrl`] where the base URL is plain `http` to another machine, or holds more than an origin
    /// and a path.
    pub fn client(&self, target: Target) -> Result<Http, OutboundError> {
        target.check()?;
        let budget = Arc::new(Budget::new(&target.pace));
        self.budgets.add(target.vendor, &self.connection, &budget);
        Ok(Http::new(self.client.clone(), target, budget))
    }
}

fn authorities(path: PathBuf) -> Result<Vec<Certificate>, OutboundError> {
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(source) => return Err(OutboundError::CaFile { path, source }),
    };
    match certificates(&pem) {
        Ok(found) => Ok(found),
        Err(why) => Err(OutboundError::CaFormat { path, why }),
    }
}

/// The certificates of a PEM file. Each is tried here: the client's builder would only say that some one is bad.
fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, &'static str> {
    const BAD: &str = "one of its certificates cannot be read; export it again in PEM form";
    let (mut tried, mut found) = (RootCertStore::empty(), Vec::new());
    for der in CertificateDer::pem_slice_iter(pem) {
        let der = der.map_err(|_| BAD)?;
        found.push(Certificate::from_der(&der).map_err(|_| BAD)?);
        tried.add(der).map_err(|_| BAD)?;
    }
    if found.is_empty() { Err("it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)") } else { Ok(found) }
}
