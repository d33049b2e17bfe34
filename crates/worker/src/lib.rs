//! The loops that drive the use cases: the dispatcher, the inbox, the sweep, and how they stop.
//!
//! - A wake-up is only a hint for speed; the sweep finds whatever no wake-up reached.
//! - A lease is counted by the local monotonic clock from before its claim; once it ran out nothing is sent or written.
//! - Stopping lets what is in flight finish, up to a limit, and claims nothing new.
//!
//! Deliberately absent: any rule about what may happen; that is `domain`'s.

mod dispatcher;
mod inbox;
mod wake;

pub use dispatcher::{Options, Worker, request_limit};
pub use wake::{Bell, Bells};
