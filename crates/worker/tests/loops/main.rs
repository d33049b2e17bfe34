//! The loops over fakes. Time is paused: what waits for a moment waits for no real one.

mod inbox;
mod lanes;
mod pausing;
mod pruning;
mod stopping;
mod support;
mod walking;
