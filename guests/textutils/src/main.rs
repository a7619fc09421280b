//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod awk;
mod bc;
mod cal;
mod cmp;
mod dc;
mod diff;
mod file;
mod find;
mod getopt;
mod grep;
mod hexdump;
mod patch;
mod sed;
mod small;
mod tail;
mod text;
mod tree;
mod xargs;

berth_multicall::programs! { "textutils",
    "awk" => awk::main,
    "bc" => bc::main,
    "cal" => cal::main,
    "column" => small::column,
    "cmp" => cmp::main,
    "dc" => dc::main,
    "diff" => diff::main,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "file" => file::main,
    "find" => find::main,
    "getopt" => getopt::main,
    "grep" => grep::main,
    "hd" => hexdump::hd,
    "hexdump" => hexdump::hexdump,
    "patch" => patch::main,
    "rev" => small::rev,
    "sed" => sed::main,
    "strings" => small::strings,
    "tail" => tail::main,
    "tree" => tree::main,
    "xargs" => xargs::main,
    "xxd" => small::xxd,
}
