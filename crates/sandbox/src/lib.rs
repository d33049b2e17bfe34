//! Fake vendors with state: Freshservice, Slack, Okta, Microsoft Graph and a language model on one listener.
//!
//! Purpose: the demo, `countersign sandbox`, the end-to-end tests and the benchmark talk to these servers exactly as
//! they would talk to the vendors. The fakes *enforce* what the vendors document: authentication, limits, error
//! bodies, state rules and quirks.
//!
//! Invariants:
//! - a request that a vendor would refuse is refused here, with the vendor's own status and body;
//! - time comes from [`Options::now`] alone, so a demo can turn the clock forward;
//! - no artificial delay: an answer is late only where a scripted fault says so;
//! - state stands behind plain mutexes held for the length of one lookup or change, never across an await.
//!
//! Deliberately absent: persistence, TLS, real secrets (every credential here is a public fake), and any part of
//! the vendors' API which Countersign does not call.
//!
//! Layout: `seed` is who exists, `faults` what goes wrong on request, `control` the scripting interface under
//! `/_control`, `page` the web page at `/`, and one folder per vendor. Each vendor folder exposes
//! `router(Arc<State>)` (paths without the vendor prefix), `State::seeded(..)`, `State::snapshot()` and
//! `State::apply(command)`.

mod control;
mod faults;
mod freshservice;
pub(crate) mod graph;
mod html;
mod llm;
pub(crate) mod okta;
mod options;
mod outgoing;
mod page;
mod sandbox;
mod seed;
mod signing;
mod slack;
mod stamp;
mod vendor;
mod window;

pub use freshservice::{Automator, NewTicket, RaisedTicket, Template};
pub use options::{BaseUrls, Credentials, Now, Options, SandboxError, SyncAfter, system_now};
pub use outgoing::Delivery;
pub use sandbox::Sandbox;
pub use seed::{NewUser, Seed};
pub use signing::slack_signature;
pub use slack::{Answer, Click, Submission};
pub use vendor::Vendor;
