//! Freshservice: a typed client of its API v2, the desk adapter, and the door for its webhooks.
//!
//! Three rooms:
//! - [`client`] speaks the vendor's language and knows nothing of runs, plans or notes; another integration can use it
//!   alone (`examples/list_tickets.rs` does).
//! - [`adapter`] implements [`countersign_domain::ports::Desk`] with it.
//! - [`inbound`] implements [`countersign_domain::ports::Inbound`]: it proves that a webhook comes from whoever knows the
//!   connection's token, and parses nothing.
//!
//! Invariants:
//! - a ticket costs at most three kinds of reads: the ticket with its people, its conversations, and, for a service
//!   request alone, its requested items;
//! - requests keep to the plan's documented rates and stop when the vendor says that the minute is used up;
//! - nothing a note holds reaches the desk unescaped, and no line of it can pretend to be another line;
//! - what the agent must be allowed follows from the table of the calls made ([`permissions`]); a check of the connection
//!   only reads;
//! - no ticket text stands in any error, log line or finding.
//!
//! Deliberately absent: creating, assigning, closing or deleting tickets, public replies, attachments, and any write
//! besides one private note and its edits.

pub mod adapter;
pub mod client;
pub mod inbound;

pub use adapter::{Freshservice, FreshserviceSettings, SettingsError, permissions};
pub use client::{Client, ClientError, Plan};
pub use inbound::FreshserviceInbound;
