//! The whole corridor over fakes: from a ticket to its note, with everything that can go wrong on the way.

mod administering;
mod changed;
mod crash;
mod deciding;
mod failing;
mod flow;
mod holding;
mod persons;
mod replanning;
mod store;
mod taking;
mod waiting;
mod world;
