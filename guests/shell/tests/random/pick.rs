//! Small pieces of text by chance.

use proptest::prelude::*;

/// One of these.
pub fn pick(from: &[&'static str]) -> impl Strategy<Value = String> + Clone + use<> {
    prop::sample::select(from.to_vec()).prop_map(str::to_owned)
}

/// Some of what `one` makes, with `between` between them.
pub fn several(
    one: impl Strategy<Value = String>,
    count: std::ops::Range<usize>,
    between: &'static str,
) -> impl Strategy<Value = String> {
    prop::collection::vec(one, count).prop_map(move |all| all.join(between))
}
