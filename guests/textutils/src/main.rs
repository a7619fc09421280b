//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod awk;
mod grep;
mod sed;
mod text;

berth_multicall::programs! { "textutils",
    "awk" => awk::main,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "grep" => grep::main,
    "sed" => sed::main,
}
