//! `diff3`: compare and merge three files.
//!
//! Source: the manual of GNU diffutils, and the formal account of diff3 by Khanna, Kunal and Pierce.

mod blocks;
mod print;

use std::ffi::OsString;
use std::io::Write;

use berth_multicall::takes::{Takes, read};
use berth_multicall::{Output, complain, read_all, reason, text};

use crate::diff::script::Comparison;
use blocks::Blocks;

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;

const HELP: &str = "\
Usage: diff3 [OPTION]... MYFILE OLDFILE YOURFILE
Compare three files line by line.

  -A, --show-all          output all changes, bracketing conflicts
  -e, --ed                output an ed script that brings the changes from OLDFILE to YOURFILE into MYFILE
  -E, --show-overlap      like -e, but bracket conflicts
  -3, --easy-only         like -e, but only changes that do not overlap
  -x, --overlap-only      like -e, but only changes that overlap
  -X                      the same
  -i                      append 'w' and 'q' to the ed script
  -m, --merge             output the merged file, as -A does if no other option is given
  -a, --text              treat all files as text
      --strip-trailing-cr strip trailing carriage return on input
  -T, --initial-tab       begin lines with a tab
  -L, --label=LABEL       use LABEL instead of a file's name; up to three times

Exit status is 0 if successful, 1 if there are conflicts, 2 if trouble.
";

const TAKES: Takes = Takes {
    name: "diff3",
    help: HELP,
    letters: "AeE3xXimaTL:r",
    long: &[
        ("show-all", 'A'),
        ("ed", 'e'),
        ("show-overlap", 'E'),
        ("easy-only", '3'),
        ("overlap-only", 'x'),
        ("merge", 'm'),
        ("text", 'a'),
        ("initial-tab", 'T'),
        ("label", 'L'),
        ("strip-trailing-cr", 'r'),
    ],
    code: EXIT_TROUBLE,
    command: false,
};

/// Which changes are brought into the first file, and how.
pub struct Merge {
    /// Changes on which both sides agree are shown too, and what stood there before.
    pub all: bool,
    /// Conflicts are bracketed.
    pub bracket: bool,
    pub easy_only: bool,
    pub overlap_only: bool,
    /// What the files are called in brackets.
    pub labels: [String; 3],
}

/// `diff3`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [mine, old, yours] = &given.operands[..] else {
        let what = match given.operands.get(3) {
            Some(extra) => format!("extra operand '{}'", text(extra)),
            None => match given.operands.last() {
                Some(last) => format!("missing operand after '{}'", text(last)),
                None => "missing operand".to_owned(),
            },
        };
        complain("diff3", format_args!("{what}"));
        complain(
            "diff3",
            format_args!("Try 'diff3 --help' for more information."),
        );
        return EXIT_TROUBLE;
    };
    let names = [mine, old, yours];
    let mut contents = [const { Vec::new() }; 3];
    for (content, name) in contents.iter_mut().zip(names) {
        match read_all(name) {
            Ok(read) => *content = read,
            Err(error) => {
                complain("diff3", format_args!("{}: {}", text(name), reason(&error)));
                return EXIT_TROUBLE;
            }
        }
    }
    let merges = given.has('m');
    let script = "AeE3xX".chars().any(|letter| given.has(letter));
    let mut labels = names.map(|name| text(name));
    let said = given.letters.iter().filter(|(letter, _)| *letter == 'L');
    for (label, said) in labels.iter_mut().zip(said) {
        *label = said.1.as_deref().map(text).unwrap_or_default();
    }
    let all = given.has('A') || merges && !script;
    let how = Merge {
        all,
        bracket: all || given.has('E'),
        easy_only: given.has('3'),
        overlap_only: given.has('x') || given.has('X'),
        labels,
    };
    let comparison = Comparison {
        carriage_return: given.has('r'),
        ..Comparison::default()
    };
    // Changes are brought from the old file into mine; without that, the last is as good as any.
    let common = if merges || script { 1 } else { 2 };
    let [mine, old, yours] = &contents;
    let found = Blocks::of([mine, old, yours], common, comparison);
    let mut out = Output::stdout();
    let conflicts = if merges {
        print::merged(&found, &how, &mut out)
    } else if script {
        print::script(&found, &how, given.has('i'), &mut out)
    } else {
        let indent = if given.has('T') { "\t" } else { "  " };
        print::listing(&found, indent, &mut out).map(|()| false)
    };
    match conflicts.and_then(|conflicts| out.flush().map(|()| conflicts)) {
        Ok(conflicts) => i32::from(conflicts),
        Err(error) => {
            complain("diff3", format_args!("write error: {}", reason(&error)));
            EXIT_TROUBLE
        }
    }
}
