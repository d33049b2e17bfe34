//! The server: one listener, the vendors, the control interface and the page.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt as _;

use crate::faults::{Clocks, CutConnection, Fault, Faults, Guard, Tally, guard};
use crate::freshservice::{Automator, NewTicket, RaisedTicket};
use crate::options::{BaseUrls, Credentials, Options, SandboxError};
use crate::slack::{Answer, Click, Submission};
use crate::vendor::Vendor;
use crate::{control, freshservice, graph, llm, okta, page, slack};

/// Everything the sandbox remembers.
pub(crate) struct World {
    pub(crate) freshservice: Arc<freshservice::State>,
    pub(crate) slack: Arc<slack::State>,
    pub(crate) okta: Arc<okta::State>,
    pub(crate) graph: Arc<graph::State>,
    pub(crate) llm: Arc<llm::State>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) clocks: Arc<Clocks>,
    pub(crate) tally: Arc<Tally>,
}

impl World {
    fn new(options: &Options, base: &BaseUrls, http: reqwest::Client) -> Self {
        let okta = Arc::new(okta::State::seeded(options));
        let graph = Arc::new(graph::State::seeded(options));
        let provisioned = Arc::clone(&graph);
        okta.set_on_user_created(Box::new(move |user| provisioned.sync_user(user)));
        Self {
            freshservice: Arc::new(freshservice::State::seeded(options, &base.freshservice, http.clone())),
            slack: Arc::new(slack::State::seeded(options, &base.slack, http)),
            okta,
            graph,
            llm: Arc::new(llm::State::seeded(options)),
            faults: Arc::default(),
            clocks: Arc::default(),
            tally: Arc::default(),
        }
    }

    /// All vendors' states; of tickets, messages, mails, events and questions the newest `limit`.
    pub(crate) fn state(&self, limit: usize) -> Value {
        serde_json::json!({
            "freshservice": self.freshservice.snapshot(limit),
            "slack": self.slack.snapshot(limit),
            "okta": newest(self.okta.snapshot(), limit),
            "graph": newest(self.graph.snapshot(), limit),
            "llm": self.llm.snapshot(limit),
        })
    }

    /// A scripted change at one vendor.
    pub(crate) fn apply(&self, vendor: Vendor, command: Value) -> Result<Value, String> {
        match vendor {
            Vendor::Freshservice => self.freshservice.apply(command),
            Vendor::Slack => self.slack.apply(command),
            Vendor::Okta => self.okta.apply(command),
            Vendor::Graph => self.graph.apply(command),
            Vendor::Llm => self.llm.apply(command),
        }
    }

    fn router(self: &Arc<Self>, options: &Options) -> Router {
        let vendor = |vendor: Vendor, routes: Router| {
            let guarded = Guard {
                vendor,
                faults: Arc::clone(&self.faults),
                clocks: Arc::clone(&self.clocks),
                tally: Arc::clone(&self.tally),
                now: Arc::clone(&options.now),
            };
            Router::new().nest(vendor.prefix(), routes).layer(from_fn_with_state(guarded, guard))
        };
        Router::new()
            .merge(vendor(Vendor::Freshservice, freshservice::router(Arc::clone(&self.freshservice))))
            .merge(vendor(Vendor::Slack, slack::router(Arc::clone(&self.slack))))
            .merge(vendor(Vendor::Okta, okta::router(Arc::clone(&self.okta))))
            .merge(vendor(Vendor::Graph, graph::router(Arc::clone(&self.graph))))
            .merge(vendor(Vendor::Llm, llm::router(Arc::clone(&self.llm))))
            .nest("/_control", control::router(Arc::clone(self)))
            .merge(page::router())
    }
}

/// A running sandbox. It stops, and cuts all connections, when it is shut down or dropped.
pub struct Sandbox {
    addr: SocketAddr,
    base_urls: BaseUrls,
    credentials: Credentials,
    world: Arc<World>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts the fakes on a tokio runtime. Once this returns, connections are taken.
    ///
    /// # Errors
    /// [`SandboxError::Listen`] where the address cannot be bound, [`SandboxError::Client`] where no HTTP client can
    /// be made for webhooks and interactions.
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let refused = |source| SandboxError::Listen { addr: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(refused)?;
        let addr = listener.local_addr().map_err(refused)?;
        let base_urls = BaseUrls {
            freshservice: format!("http://{addr}/freshservice"),
            slack: format!("http://{addr}/slack"),
            okta: format!("http://{addr}/okta"),
            graph: format!("http://{addr}/graph"),
            llm: format!("http://{addr}/llm/v1"),
        };
        let world = Arc::new(World::new(&options, &base_urls, client()?));
        let router = world.router(&options);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, router, stopped));
        Ok(Self { addr, base_urls, credentials: options.credentials, world, stop: Some(stop), server })
    }

    /// The address it listens on; the page is at its root.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Each vendor's base URL.
    #[must_use]
    pub fn base_urls(&self) -> &BaseUrls {
        &self.base_urls
    }

    /// The credentials the fakes accept.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// All vendors' states: `{"freshservice","slack","okta","graph","llm"}`, as `GET /_control/state` shows them.
    #[must_use]
    pub fn state(&self) -> Value {
        self.world.state(usize::MAX)
    }

    /// The requests seen so far, as `GET /_control/requests` shows them.
    #[must_use]
    pub fn requests(&self) -> Value {
        self.world.tally.report()
    }

    /// How many requests arrived that would change something at a vendor, refused ones included.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.requests()["writes"].as_u64().unwrap_or_default()
    }

    /// Counts requests anew.
    pub fn reset_requests(&self) {
        self.world.tally.reset();
    }

    /// Adds a fault, written as for `POST /_control/faults`.
    ///
    /// # Errors
    /// [`SandboxError::Script`] says what is wrong with the fault.
    pub fn inject(&self, fault: Value) -> Result<(), SandboxError> {
        self.world.faults.add(Fault::parse(fault).map_err(SandboxError::Script)?);
        Ok(())
    }

    /// Forgets all faults.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Puts a vendor's clock so many seconds ahead (or, negative, behind) of the sandbox's, as the `Date` of its answers
    /// shows it; `None`: the machine's date again.
    ///
    /// # Errors
    /// [`SandboxError::Script`] for more than a year.
    pub fn set_clock(&self, vendor: Vendor, seconds: Option<i64>) -> Result<(), SandboxError> {
        self.world.clocks.set(vendor, seconds).map_err(SandboxError::Script)
    }

    /// A scripted change at one vendor, written as for `POST /_control/{vendor}`.
    ///
    /// # Errors
    /// [`SandboxError::Script`] says what is wrong with the command.
    pub fn apply(&self, vendor: Vendor, command: Value) -> Result<Value, SandboxError> {
        self.world.apply(vendor, command).map_err(SandboxError::Script)
    }

    /// Sets the desk's webhook rule, or removes it.
    pub fn set_automator(&self, automator: Option<Automator>) {
        self.world.freshservice.set_automator(automator);
    }

    /// Sets where Slack sends interactions, and whether it sends each twice.
    pub fn set_interactivity(&self, url: String, twice: bool) {
        self.world.slack.set_interactivity(Some(url), Some(twice));
    }

    /// Somebody raises a ticket; returns once its webhooks have been answered.
    ///
    /// # Errors
    /// [`SandboxError::Script`] where the ticket has no subject or no requester.
    pub async fn raise_ticket(&self, ticket: NewTicket) -> Result<RaisedTicket, SandboxError> {
        self.world.freshservice.raise(ticket).await.map_err(SandboxError::Script)
    }

    /// Somebody presses a button in Slack; returns once the app has answered.
    ///
    /// # Errors
    /// [`SandboxError::Script`] where there is no such message or button, or nowhere to send the interaction.
    pub async fn click(&self, click: Click) -> Result<Answer, SandboxError> {
        self.world.slack.click(click).await.map_err(SandboxError::Script)
    }

    /// Somebody submits a modal in Slack; returns once the app has answered.
    ///
    /// # Errors
    /// [`SandboxError::Script`] where there is no such modal, an input does not fit, or the app's answer is none
    /// Slack would take.
    pub async fn submit(&self, submission: Submission) -> Result<Answer, SandboxError> {
        self.world.slack.submit(submission).await.map_err(SandboxError::Script)
    }

    /// Stops listening and cuts all connections; returns once that is done.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        if let Err(error) = (&mut self.server).await {
            tracing::warn!(%error, "the sandbox's server task did not end well");
        }
    }
}

/// A directory's snapshot with the last `limit` of its ever-growing lists.
fn newest(mut snapshot: Value, limit: usize) -> Value {
    for name in ["mails", "events"] {
        if let Some(list) = snapshot.get_mut(name).and_then(Value::as_array_mut) {
            list.drain(..list.len().saturating_sub(limit));
        }
    }
    snapshot
}

/// The client that sends webhooks and interactions.
fn client() -> Result<reqwest::Client, SandboxError> {
    // A process that has chosen its provider already keeps it.
    drop(rustls::crypto::ring::default_provider().install_default());
    #[expect(clippy::disallowed_methods, reason = "the fakes stand outside the product and its outbound rules")]
    let builder = reqwest::Client::builder();
    builder.no_proxy().redirect(reqwest::redirect::Policy::none()).build().map_err(SandboxError::Client)
}

async fn serve(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(converse(stream, router.clone())); }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox could not take a connection");
                    // Out of file descriptors, most likely: wait for some to come back.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. An error of the service closes it without an answer: that is how a scripted cut is played.
async fn converse(stream: TcpStream, router: Router) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request.map(Body::new)).await;
            match response.extensions().get::<CutConnection>() {
                Some(cut) => Err(*cut),
                None => Ok(response),
            }
        }
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "connection ended");
    }
}
