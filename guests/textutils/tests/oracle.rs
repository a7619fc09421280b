//! Our programs beside the machine's own: the same commands, the same output, the same exit codes.

use std::path::Path;

use berth_multicall::oracle;

/// Files that the cases work on.
const FIXTURE: &str = r#"
printf 'one two three\nfour five six\nfoo=bar; baz=qux\nhello world\n  indented line\n' > words.txt
printf 'a\nb\nc\nd\ne\n' > l.txt
printf 'Apple\nbanana\napple pie\nBANANA split\ncherry\n' > fruit.txt
printf 'no newline' > open.txt
printf 'a\0b\n' > binary
: > empty
printf '한글 텍스트\nhello 세계\n' > wide.txt
mkdir -p tree/sub/deep tree/.hidden
echo needle > tree/a.txt; echo hay > tree/b.c; echo needle > tree/sub/c.txt
echo 'needle in deep' > tree/sub/deep/d.c; echo needle > tree/.hidden/e.txt
ln -s a.txt tree/link; ln -s sub tree/dirlink; ln -s nowhere tree/broken
"#;

fn compare(cases: &str) {
    oracle::compare(Path::new(env!("CARGO_BIN_EXE_textutils")), cases, FIXTURE);
}

#[test]
fn awk() {
    compare(include_str!("oracle/awk.txt"));
}

#[test]
fn diff() {
    compare(include_str!("oracle/diff.txt"));
}

#[test]
fn diff3() {
    compare(include_str!("oracle/diff3.txt"));
}

#[test]
fn ed() {
    compare(include_str!("oracle/ed.txt"));
}

#[test]
fn patch() {
    compare(include_str!("oracle/patch.txt"));
}

#[test]
fn find() {
    compare(include_str!("oracle/find.txt"));
}

#[test]
fn xargs() {
    compare(include_str!("oracle/xargs.txt"));
}

#[test]
fn sed() {
    compare(include_str!("oracle/sed.txt"));
}

#[test]
fn grep() {
    compare(include_str!("oracle/grep.txt"));
}

#[test]
fn small_programs() {
    compare(include_str!("oracle/small.txt"));
}

#[test]
fn tail() {
    compare(include_str!("oracle/tail.txt"));
}

#[test]
fn bc() {
    compare(include_str!("oracle/bc.txt"));
}

#[test]
fn columns_and_encodings() {
    compare(include_str!("oracle/columns.txt"));
}
