//! The stage on which the end-to-end tests play: the real program, run as a process of its own, against the sandbox's
//! vendors, with a database in a folder that is thrown away.
//!
//! Invariants:
//! - nothing of the program is linked in: what is tested is what is delivered, through its command line, its HTTP
//!   interface and what the vendors see of it;
//! - every port is a free one, every process that was started is ended when its [`Bed`] is dropped;
//! - nothing waits for a fixed time: [`until`] looks at a condition again and again and gives up after a while.
//!
//! Deliberately absent: retries of a test, and any knowledge of the program's tables.

mod api;
mod bed;
mod cli;
mod hands;
mod patience;
mod program;
mod service;
mod settings;
mod sight;

pub use api::{Reply, text_of};
pub use bed::{Bed, Raised, client_that_trusts, ticket};
pub use cli::Said;
pub use hands::{APPROVER, OTHER_APPROVER, forged_interaction};
pub use patience::{PATIENCE, until};
pub use program::program;
pub use service::Service;
pub use settings::Settings;
