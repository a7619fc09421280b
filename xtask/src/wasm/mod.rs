//! WebAssembly files, and what is done to them once a compiler has made them.

pub mod binaryen;
pub mod join;
pub mod module;
mod parts;
mod rebuild;
