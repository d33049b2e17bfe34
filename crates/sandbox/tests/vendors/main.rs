//! The fakes over real connections: they hold callers to the vendors' rules, and what they send is real.

mod common;
mod faults;
mod freshservice;
mod server;
mod slack;
