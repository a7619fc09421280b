//! Build, run and test everything: `cargo xtask help`.
fn main() {}
