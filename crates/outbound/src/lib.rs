//! Outgoing HTTP: the one place where a request leaves the process.
//!
//! - A client belongs to one connection: it goes to that base URL and nowhere else. Redirects are never followed; an
//!   absolute URL that a vendor hands back (a `Link` header, `@odata.nextLink`) must have the same origin and lie under
//!   the same path.
//! - Every request has time limits, every answer a size limit.
//! - A failure says whether anything can have reached the vendor ([`CallError::NotSent`]) or not known
//!   ([`CallError::Ambiguous`]); nothing is ever repeated in here.
//! - Requests keep to the connection's rate budget and to what the vendor's answers ask for. A short wait is taken in
//!   place, a long one is handed back to whoever keeps the queue.
//! - Neither secrets nor real paths (they hold ids and addresses) reach a log line, a metric label or an error's text.
//!
//! Deliberately absent: retries, redirects, cookies, a cache, any vendor's name for a thing.

mod budgets;
mod call;
mod date;
mod error;
mod factory;
mod http_client;
mod live_secret;
mod pace;
mod proxy;
mod reply;
mod target;

pub use call::{Call, segment};
pub use error::{CallError, OutboundError, Sort, status_error};
pub use factory::{Factory, FactoryOptions};
pub use http_client::Http;
pub use live_secret::LiveSecret;
pub use pace::{MAX_WAIT, Pace};
pub use proxy::HttpsProxy;
pub use reply::{MAX_ANSWER_BYTES, Reply};
pub use target::Target;
