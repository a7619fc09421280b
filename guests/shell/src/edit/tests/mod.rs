//! Tests of the whole editor.

mod bound;
mod decoder;
mod editing;
mod harness;
mod random;
