//! The ports: what the corridor needs of the world, by role and not by vendor.

mod channel;
mod checkup;
mod classifier;
mod desk;
mod error;
mod inbound;
mod queries;
mod seams;
mod second_opinion;
mod store;
mod system;

pub use channel::{Channel, ChannelUser, Explanation};
pub use checkup::{Finding, Permission, Verdict};
pub use classifier::Classifier;
pub use desk::Desk;
pub use error::{PortError, PortErrorKind};
pub use inbound::{Answer, Click, Decided, Inbound, InboundRefusal, Incoming, RawRequest, Verified};
pub use queries::{
    Cursor, EffectView, KeyRow, LedgerEntryView, LedgerPage, QuarantineRow, Queries, QueueDepth, Replayed, RunFilter,
    RunPage, StoredText,
};
pub use seams::{Clock, Connections, Ids, Wakeup};
pub use second_opinion::{Candidate, Opinion, OpinionValues, SecondOpinion};
pub use store::{
    Change, ClaimRequest, Conflict, InboxRow, KeyChange, Opened, Pruned, Receipt, RunChange, Settle, Store, StoreError,
};
pub use system::{Observed, Performed, PersonQuery, Prepared, PreparedStep, Standing, StepAsk, SubjectOfAsk, System};
