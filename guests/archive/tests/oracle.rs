//! Our programs beside the machine's own: the same commands, the same output, the same exit codes. What one writes
//! the other must read.

use std::path::Path;

use berth_multicall::oracle;

/// Files that the cases work on.
const FIXTURE: &str = r#"
umask 022
M=$PATH; case $PATH in */bin:/*) M=${PATH#*:};; esac
mkdir -p d/sub; printf 'hello\n' > d/a.txt; seq 2000 > d/sub/n; : > d/empty; ln -s a.txt d/link; printf 'x\n' > d/run.sh; chmod 755 d/run.sh
touch -hd 2001-02-03T04:05:06 d/a.txt d/sub/n d/empty d/link d/run.sh; touch -d 2001-02-03T04:05:06 d/sub d
mkdir o
"#;

#[test]
fn programs_do_as_the_machines_do() {
    oracle::compare(
        Path::new(env!("CARGO_BIN_EXE_archive")),
        include_str!("oracle.txt"),
        FIXTURE,
    );
}
