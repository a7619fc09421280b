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
    (
        "look b l; printf 'a\\bbc\\n' | col -b; colrm 2 <<< abc",
        "b\nbc\na\n",
    ),
    (
        "printf '한글' | iconv -t euc-kr | xxd -p; printf '한글' | iconv -t cp949 | iconv -f cp949",
        "c7d1b1db\n한글",
    ),
    ("rename a b l 2>/dev/null; rename l m l; ls", "m\n"),
    (
        "whereis sed; man printf | head -1",
        "sed: /usr/bin/sed\nprintf: printf [-v var] format [arguments]\n",
    ),
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
    (
        "gzip -k l; zgrep -n c l.gz; zcmp l.gz l && echo same; xz l; xzgrep -c . l.xz; zless l.gz | tail -1",
        "3:c\nsame\n5\ne\n",
    ),
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
    ("tac l | head -1; mkfifo f; ls -l f | cut -c1", "e\np\n"),
    (
        "mkfifo f; (echo one; echo two) > f & cat f; rm f; wait; ls",
        "one\ntwo\nl\n",
    ),
    (
        "mkfifo f; exec 3<> f; echo kept >&3; read x <&3; echo $x; timeout 0.1 cat f; echo $?",
        "kept\n124\n",
    ),
    (
        "mkfifo f; timeout 0.1 bash -c 'echo x > f'; echo $?; python3 -c 'print(open(\"f\").read())' & echo hi > f; wait",
        "124\nhi\n\n",
    ),
    (
        "mkfifo f; [ -p f ] && [ -w f ] && ! [ -c f ] && echo pipe; [ -c /dev/null ] && echo device; file -b f; cp -r . ../copy; ls -F ../copy",
        "pipe\ndevice\nfifo (named pipe)\nf|\nl\n",
    ),
    (
        "echo | [ -p /dev/stdin ] && echo piped; test -c /dev/stdin < /dev/null && echo device",
        "piped\ndevice\n",
    ),
    (
        "flock k -c 'flock -n k echo no || echo held'; (flock -n 9 && echo got) 9> k",
        "held\ngot\n",
    ),
    (
        "(flock 9; sleep 0.2; echo first) 9> k & sleep 0.05; flock k echo second; wait",
        "first\nsecond\n",
    ),
    // Processes.
    ("ps -o comm= -p $$; true", "bash\n"),
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
    (
        "pstree -A $$ | head -1 | cut -d- -f1; pwdx $$ | grep -c /w",
        "bash\n1\n",
    ),
    // Who and where.
    (
        "getconf PATH_MAX; getent passwd work | cut -d: -f6; locale charmap; [ \"$(nproc)\" = \"$(getconf _NPROCESSORS_ONLN)\" ] && echo equal",
        "4096\n/home/work\nUTF-8\nequal\n",
    ),
    (
        "sudo -u root id -un; sudo A=1 env | grep ^A=; sudo -n true && echo yes",
        "work\nA=1\nyes\n",
    ),
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
fn sessions_meet_at_the_locks_of_a_folder() {
    let ann = someone();
    ann.folder("meeting");
    let [one, other] = [(); 2].map(|()| ann.session(&["meeting"]));
    let refused = one.run("mkfifo meeting/pipe");
    assert_eq!(
        refused.err(),
        "mkfifo: cannot create fifo 'meeting/pipe': Operation not permitted (folders have no named pipes; /tmp has)\n"
    );
    one.say("(flock 9; touch locked; sleep 1000) > /dev/null 2>&1 9> meeting/lock &");
    one.say("until [ -e locked ]; do sleep 0.02; done");
    assert_eq!(other.run("flock -n meeting/lock true").exit_code, 1);
    // A lock goes with those who had it.
    one.end();
    assert_eq!(other.say("flock -w 20 meeting/lock echo mine"), "mine\n");
}

#[test]
fn somebody_at_a_terminal_is_told_what_to_do_about_a_missing_command() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    let said = terminal.run("apt install jq");
    assert!(
        said.starts_with(
            "bash: apt: command not found\napt: programs come with 'brew install NAME'"
        ),
        "{said}"
    );
    assert_eq!(
        terminal.run("nosuch; echo $?"),
        "bash: nosuch: command not found\n127"
    );
    // Scripts get what bash says, and nothing else.
    let output = session.run("apt");
    assert_eq!(output.err(), "bash: line 1: apt: command not found\n");
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
