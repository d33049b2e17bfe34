//! Inbound HTTP: the accept loop, keys, routes, problems, the API's description.
//!
//! - A handler sees a request only after its key or its sender's proof was checked.
//! - What a peer may send is bounded in size and time, silence included, and so is what all of them together may.
//! - One parser for each route, by the route and not by the content type.
//! - The request log names routes, never paths, headers or bodies; a proxy's word is taken only from a trusted one.
//!
//! Deliberately absent: any vendor (their doors are `Inbound`s), any rule about runs, client certificates.

mod accept;
mod access;
mod depth;
mod docs;
mod keyring;
mod problem;
mod proxies;
mod routes;
mod state;
mod tls;
mod views;
mod write_deadline;

pub use accept::{Limits, Listener, serve};
pub use access::ClientAddress;
pub use keyring::KeyRing;
pub use proxies::{ProxyNetwork, ProxyNetworkError, TrustedProxies};
pub use routes::{openapi, public_router, router};
pub use state::{Door, Doors, Server, ServerParts};
pub use tls::{Reload, Tls, TlsError};
pub use views::{RunView, StoryView};
