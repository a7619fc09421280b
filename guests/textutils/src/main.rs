//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod awk;
mod cmp;
mod diff;
mod find;
mod grep;
mod sed;
mod text;
mod xargs;

berth_multicall::programs! { "textutils",
    "awk" => awk::main,
    "cmp" => cmp::main,
    "diff" => diff::main,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "find" => find::main,
    "grep" => grep::main,
    "sed" => sed::main,
    "xargs" => xargs::main,
}
