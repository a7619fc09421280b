//! x
fn main() { let _ = berth_guest::fork(berth_guest::Group::Inherit, false, || 3); }
