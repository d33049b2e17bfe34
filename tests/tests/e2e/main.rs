//! The promises of the README, kept by the real program: ticket in, card, click, directory changed, note back.
//!
//! Each file is about one of them. The stage is the library of this package; where there is no program to be tested,
//! every test says so and passes.

mod backup;
mod blocked;
mod check;
mod check_broken;
mod check_tried;
mod classify;
mod concurrency;
mod configuration;
mod corridor;
mod crash;
mod day_two;
mod decisions;
mod demo;
mod ingest;
mod ledger;
mod network;
mod pause;
mod protection;
mod report;
mod runbooks;
mod second_opinion;
mod secrets;
mod shadow;
mod shutdown;
mod signatures;
mod storage;
mod telemetry;
mod vendors;
