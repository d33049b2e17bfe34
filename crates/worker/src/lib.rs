//! The loops that drive the use cases: the dispatcher, the inbox, the sweep, the pruning, and how they stop.
//!
//! - A wake-up is only a hint for speed; the sweep finds whatever no wake-up reached.
//! - A lease is counted by the local monotonic clock from before its claim; once it ran out nothing is sent or written.
//! - Every lane has slots of its own: whoever hangs fills its own lane and holds up no other.
//! - Stopping lets what is in flight finish, up to a limit, claims nothing new and gives back what comes claimed.
//!
//! Deliberately absent: any rule about what may happen; that is `domain`'s.

mod clock;
mod dispatcher;
mod inbox;
mod lanes;
mod link;
mod pruning;
mod wake;

pub use dispatcher::{Options, Worker};
pub use wake::{Bell, Bells};
