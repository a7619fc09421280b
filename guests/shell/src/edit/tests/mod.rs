//! Tests of the whole editor.

mod decoder;
mod editing;
mod harness;
mod random;
