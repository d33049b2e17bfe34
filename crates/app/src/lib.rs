//! The use cases: taking tickets in, advancing runs, deciding, dispatching effects, administering.
//!
//! - Facts first, decision after: vendors are asked, then `domain::decide` is, then one commit writes everything.
//! - Before any external write its claim is committed; an unknown outcome is observed before anything is sent again.
//!
//! Deliberately absent: a runtime, SQL, a vendor's name for a thing, HTTP.

pub mod administer;
mod advance;
pub mod backoff;
pub mod decisions;
pub mod dispatch;
pub mod dry_run;
pub mod ingest;
mod measure;
pub mod org;
mod planner;
pub mod probe;
mod protect;
pub mod quarantine;
pub mod scope;
pub mod start;
pub mod story;
pub mod switch;
mod understand;

pub use advance::{App, AppError, Parts};
