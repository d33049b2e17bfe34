//! The ports: what the corridor needs of the world, by role and not by vendor.

mod channel;
mod classifier;
mod desk;
mod error;
mod inbound;
mod queries;
mod seams;
mod store;
mod system;

pub use channel::{Channel, ChannelUser, Explanation};
pub use classifier::Classifier;
pub use desk::{Desk, DeskIdentity};
pub use error::{PortError, PortErrorKind};
pub use inbound::{Answer, Click, Decided, Inbound, InboundRefusal, Incoming, RawRequest, Verified};
pub use queries::{
    Cursor, EffectView, KeyRow, LedgerEntryView, LedgerPage, QuarantineRow, Queries, QueueDepth, RunFilter, RunPage,
    StoredText,
};
pub use seams::{Clock, Connections, Ids, Wakeup};
pub use store::{
    Change, ClaimRequest, Conflict, InboxRow, KeyChange, Opened, Receipt, RunChange, Settle, Store, StoreError,
};
pub use system::{Observed, Performed, PersonQuery, Prepared, PreparedStep, StepAsk, SubjectOfAsk, System};
