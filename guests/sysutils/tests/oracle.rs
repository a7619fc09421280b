//! Our programs beside the machine's own: the same commands, the same output, the same exit codes.

use std::path::Path;

use berth_multicall::oracle;

/// Files that the cases work on.
const FIXTURE: &str = r#"
umask 022
printf 'hello\n' > a.txt; printf 'x' > b.sh; chmod 755 b.sh; : > empty; : > 'with space'
mkdir -p dir/sub; printf '%01000d' 0 > dir/k; ln -s a.txt link; ln -s nowhere broken; ln a.txt hard
touch -d 2001-02-03T04:05:06 a.txt b.sh empty dir/k 'with space'; touch -hd 2001-02-03T04:05:06 link broken; touch -d 2002-01-01 dir/sub dir .hidden
"#;

fn compare(cases: &str) {
    oracle::compare(Path::new(env!("CARGO_BIN_EXE_sysutils")), cases, FIXTURE);
}

#[test]
fn programs_do_as_the_machines_do() {
    compare(include_str!("oracle.txt"));
}

#[test]
fn files_go_where_the_machines_programs_put_them() {
    compare(include_str!("transfer.txt"));
}

#[test]
fn named_pipes_and_locks_are_like_the_machines() {
    compare(include_str!("special.txt"));
}
