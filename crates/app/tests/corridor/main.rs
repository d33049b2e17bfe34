//! The whole corridor over fakes: from a ticket to its note, with everything that can go wrong on the way.

mod administering;
mod asking;
mod changed;
mod correcting;
mod crash;
mod deciding;
mod failing;
mod flow;
mod holding;
mod keys;
mod modes;
mod pausing;
mod persons;
mod protecting;
mod pruning;
mod quarantining;
mod replanning;
mod stopping;
mod store;
mod story;
mod taking;
mod waiting;
mod world;
