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
mod small;
mod text;
mod tree;
mod xargs;

berth_multicall::programs! { "textutils",
    "awk" => awk::main,
    "column" => small::column,
    "cmp" => cmp::main,
    "diff" => diff::main,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "file" => file::main,
    "find" => find::main,
    "grep" => grep::main,
    "patch" => patch::main,
    "rev" => small::rev,
    "sed" => sed::main,
    "strings" => small::strings,
    "tree" => tree::main,
    "xargs" => xargs::main,
    "xxd" => small::xxd,
}
