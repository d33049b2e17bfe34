//! Inbound HTTP: the accept loop, keys, routes, problems, the API's description.
//!
//! - A handler sees a request only after its key or its sender's proof was checked.
//! - What a peer may send is bounded in size and time, silence included, and so is what all of them together may.
//! - One parser for each route, by the route and not by the content type.
//!
//! Deliberately absent: any vendor (their doors are `Inbound`s), any rule about runs, TLS and the split listeners (they
//! come with the set-up work).

mod accept;
mod depth;
mod docs;
mod keyring;
mod problem;
mod routes;
mod state;
mod views;
mod write_deadline;

pub use accept::{Limits, serve};
pub use keyring::KeyRing;
pub use routes::{openapi, router};
pub use state::{Door, Doors, Server, ServerParts};
