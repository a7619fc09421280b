//! Searching, editing and comparing text, many programs in one module.

#![deny(unsafe_code)]

mod awk;
mod bc;
mod cal;
mod cmp;
mod col;
mod dc;
mod diff;
mod diff3;
mod ed;
mod file;
mod find;
mod getopt;
mod grep;
mod hexdump;
mod iconv;
mod patch;
mod sdiff;
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
    "col" => col::col,
    "colrm" => col::colrm,
    "column" => small::column,
    "cmp" => cmp::main,
    "dc" => dc::main,
    "diff" => diff::main,
    "diff3" => diff3::main,
    "ed" => ed::ed,
    "egrep" => grep::egrep,
    "fgrep" => grep::fgrep,
    "file" => file::main,
    "find" => find::main,
    "getopt" => getopt::main,
    "grep" => grep::main,
    "hd" => hexdump::hd,
    "hexdump" => hexdump::hexdump,
    "iconv" => iconv::main,
    "look" => col::look,
    "patch" => patch::main,
    "red" => ed::red,
    "rev" => small::rev,
    "rgrep" => grep::rgrep,
    "sdiff" => sdiff::main,
    "sed" => sed::main,
    "strings" => small::strings,
    "tail" => tail::main,
    "tree" => tree::main,
    "xargs" => xargs::main,
    "xxd" => small::xxd,
}
