//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod grep;
mod sed;

berth_multicall::programs! { "textutils",
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "grep" => grep::main,
    "sed" => sed::main,
}
