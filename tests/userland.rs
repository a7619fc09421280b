//! The programs of a session, each at work at least once.

use berth_tests::someone;
use serde_json::json;

/// Commands, and what they print. Each runs in a fresh directory with `l` (a to e, a line each).
const WORK: &[(&str, &str)] = &[
    // Searching and editing text.
    ("grep -n c l", "3:c\n"),
    ("grep -rl b .", "./l\n"),
    ("egrep 'a|e' l; fgrep b l", "a\ne\nb\n"),
    ("rg -n d l", "4:d\n"),
    ("sed -n '2s/b/B/p' l", "B\n"),
    ("sed -i 's/a/A/' l; head -1 l", "A\n"),
    ("awk '{ n += NR } END { print n, $0 }' l", "15 e\n"),
    (
        "awk 'BEGIN { \"echo hi\" | getline x; print x; print \"b\\na\" | \"sort\" }'",
        "hi\na\nb\n",
    ),
    ("cut -c1 l | sort -r | tr '\\n' ' '", "e d c b a "),
    ("rev <<< abc; column -t <<< 'a  b'", "cba\na  b\n"),
    (
        "printf 'x' | xxd -p; printf 'abcdef\\0gh' | strings",
        "78\nabcdef\n",
    ),
    // Finding and handing on.
    ("find . -name l", "./l\n"),
    ("find . -name l -exec wc -l {} +", "5 ./l\n"),
    ("find . -type f -print0 | xargs -0 basename", "l\n"),
    (
        "mkdir d; touch d/f; tree d",
        "d\n└── f\n\n0 directories, 1 file\n",
    ),
    (
        "file -b l; file -b /usr/bin/coreutils",
        "ASCII text\nWebAssembly (wasm) binary module version 0x1 (MVP)\n",
    ),
    ("which sed", "/usr/bin/sed\n"),
    // Comparing.
    ("sed s/c/X/ l > m; diff l m", "3c3\n< c\n---\n> X\n"),
    (
        "sed s/c/X/ l > m; diff -u l m | patch -s l; sed -n 3p l",
        "X\n",
    ),
    ("cmp l l && echo same", "same\n"),
    // Archives.
    ("tar czf a.tgz l; rm l; tar xzf a.tgz; wc -l < l", "5\n"),
    ("tar cf - l | tar tf -", "l\n"),
    ("gzip l; zcat l.gz | head -1; gunzip l.gz; ls", "a\nl\n"),
    ("xz l; xzcat l.xz | tail -1; unxz l.xz; ls", "e\nl\n"),
    (
        "zstd -q --rm l; zstdcat l.zst | wc -l; unzstd -q l.zst; ls l",
        "5\nl\n",
    ),
    ("zip -q a.zip l; rm l; unzip -q a.zip; cat l | wc -l", "5\n"),
    // Files and their modes.
    (
        "echo 'echo ran' > s; ./s 2>/dev/null; echo $?; chmod +x s; ./s",
        "126\nran\n",
    ),
    (
        "chmod 640 l; stat -c '%a %A %U' l; ls -l l | cut -c1-10",
        "640 -rw-r----- work\n-rw-r-----\n",
    ),
    ("umask 077; mkdir p; stat -c %a p", "700\n"),
    ("chown work l; chown root l 2>/dev/null; echo $?", "1\n"),
    ("du -b l; install -m 755 l x; stat -c %a x", "10\tl\n755\n"),
    (
        "df -P . | awk 'NR == 2 { print $1, $6 }'",
        "scratch /home/work\n",
    ),
    (
        "dd if=l bs=2 count=1 status=none; sync; truncate -s 3 l; stat -c %s l",
        "a\n3\n",
    ),
    ("tac l | head -1; mkfifo f 2>/dev/null; echo $?", "e\n1\n"),
    // Processes.
    ("ps -o comm= -p $$", "bash\n"),
    ("sleep 5 & kill $!; wait $!; echo $?", "143\n"),
    (
        "sleep 5 & pgrep sleep > /dev/null && pkill sleep; wait; echo done",
        "done\n",
    ),
    (
        "timeout 0.1 sleep 5; echo $?; timeout 5 true; echo $?",
        "124\n0\n",
    ),
    ("nohup echo hi 2>/dev/null; nice echo there", "hi\nthere\n"),
    ("env -i A=1 env", "A=1\n"),
    ("kill -l TERM; /usr/bin/kill -l 9", "15\nKILL\n"),
    (
        "free -b | head -2 | tail -1 | cut -d: -f1; uptime | grep -c up",
        "Mem\n1\n",
    ),
    ("top -bn1 | grep -c COMMAND", "1\n"),
    // Who and where.
    ("id -un; whoami; groups", "work\nwork\nwork\n"),
    (
        "[ \"$(hostname)\" = \"$HOSTNAME\" ] && . /etc/os-release && echo $ID $USER",
        "berth work\n",
    ),
    ("tput bold | xxd -p; tput cols", "1b5b316d\n80\n"),
    ("less l | tail -1; more l | head -1", "e\na\n"),
    // Data.
    ("echo '{\"a\":[1,2]}' | jq -c '.a | map(. * 2)'", "[2,4]\n"),
    ("seq 3 | paste -sd+ | sed 's/+/ + /g'", "1 + 2 + 3\n"),
    (
        "curl -s http://nowhere.invalid/ 2>/dev/null; echo $?",
        "6\n",
    ),
];

#[test]
fn every_program_does_its_work() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut wrong = Vec::new();
    for (number, (command, expected)) in WORK.iter().enumerate() {
        let prepared =
            format!("mkdir w{number}; cd w{number}; printf 'a\\nb\\nc\\nd\\ne\\n' > l; {command}");
        let output = session.exec(&json!({"command": prepared, "timeout_seconds": 30}));
        if output.out() != *expected {
            wrong.push(format!("{command}\n{output}\nexpected: {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_program_explains_itself() {
    let ann = someone();
    let session = ann.session(&[]);
    // `[` has no options of its own, and `false` fails whatever it is asked.
    let command = "for n in $(ls /usr/bin); do case $n in '['|false) continue;; esac; \
                   /usr/bin/$n --help > /tmp/help 2>&1 < /dev/null || echo \"$n: $?\"; done";
    let output = session.exec(&json!({"command": command, "timeout_seconds": 120}));
    assert_eq!(output.out(), "", "{output}");
}

#[test]
fn a_mode_outlives_its_session() {
    let ann = someone();
    ann.folder("tools");
    let session = ann.session(&["tools"]);
    session.say("printf '#!/bin/sh\\necho from a folder\\n' > tools/t; chmod 755 tools/t");
    session.end();
    let session = ann.session(&["tools"]);
    assert_eq!(
        session.say("tools/t; stat -c %a tools/t"),
        "from a folder\n755\n"
    );
    // The mount point itself stays as it was chosen.
    assert_eq!(session.run("chmod 700 tools").exit_code, 1);
}
