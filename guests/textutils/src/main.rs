//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod awk;
mod cmp;
mod diff;
mod file;
mod find;
mod grep;
mod patch;
mod sed;
mod text;
mod tree;
mod xargs;

berth_multicall::programs! { "textutils",
    "awk" => awk::main,
    "cmp" => cmp::main,
    "diff" => diff::main,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "file" => file::main,
    "find" => find::main,
    "grep" => grep::main,
    "patch" => patch::main,
    "sed" => sed::main,
    "tree" => tree::main,
    "xargs" => xargs::main,
}
