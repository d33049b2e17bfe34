//! The Countersign binary (being written).
fn main() {}
