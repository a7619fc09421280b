//! The shell: a table of scripts, and what bash prints for each.

use berth_tests::{Session, someone};
use serde_json::json;

/// A script, what it prints, and its exit code. Each runs in an empty directory of its own.
type Case = (&'static str, &'static str, i64);

const COMMANDS: &[Case] = &[
    ("echo hello", "hello\n", 0),
    ("echo  a   b ; echo c", "a b\nc\n", 0),
    ("echo -n a; echo b", "ab\n", 0),
    ("echo -e 'a\\tb'; echo 'a\\tb'", "a\tb\na\\tb\n", 0),
    ("# nothing\necho a # b\necho a#b", "a\na#b\n", 0),
    ("echo a \\\n b", "a b\n", 0),
    ("true", "", 0),
    ("false", "", 1),
    ("exit 42", "", 42),
    ("exit 300", "", 44),
    ("(exit 7); echo $?", "7\n", 0),
    (":; echo $?", "0\n", 0),
    ("no-such-command; echo $?", "127\n", 0),
    ("mkdir d; ./d; echo $?", "126\n", 0),
    ("/tmp; echo $?", "126\n", 0),
    (
        "printf '%s-%d-%x-%c|' a 7 255 xyz; printf '%5s|%-5s|%05d\\n' ab cd 42",
        "a-7-ff-x|   ab|cd   |00042\n",
        0,
    ),
    ("printf '%s\\n' a b c", "a\nb\nc\n", 0),
    ("true; false; echo $?", "1\n", 0),
    ("type cd | head -1", "cd is a shell builtin\n", 0),
    (
        "ulimit -n 20; ulimit -n; bash -c 'ulimit -Hn'",
        "20\n20\n",
        0,
    ),
    (
        "ulimit -f 1; head -c 5000 /dev/zero > f; echo $?; wc -c < f",
        "153\n1024\n",
        0,
    ),
    (
        "trap '' HUP; bash -c 'trap - HUP; kill -HUP $$; trap; echo alive'",
        "trap -- '' SIGHUP\nalive\n",
        0,
    ),
];

const QUOTING: &[Case] = &[
    ("echo 'a  $b' \"c  $d\" e\\ f", "a  $b c   e f\n", 0),
    ("x='a  b'; echo $x; echo \"$x\"", "a b\na  b\n", 0),
    ("echo \"a'b\" 'a\"b' a\\'b a\\\"b", "a'b a\"b a'b a\"b\n", 0),
    ("echo \"\\$x \\\\ \\\" \\` \\n\"", "$x \\ \" ` \\n\n", 0),
    ("echo $'a\\tb\\x41\\n'", "a\tbA\n\n", 0),
    ("printf '<%s>' '' \"\" a''b; echo", "<><><ab>\n", 0),
    ("x=; printf '<%s>' $x \"$x\" a; echo", "<><a>\n", 0),
    ("echo '한글' \"👩‍🔬\"", "한글 👩‍🔬\n", 0),
    ("echo \"two\nlines\"", "two\nlines\n", 0),
];

const VARIABLES: &[Case] = &[
    ("a=1 b=2; echo $a${b}3", "123\n", 0),
    ("a=x; a=$a$a; echo $a", "xx\n", 0),
    (
        "echo ${u:-default} ${u-default}; u=; echo \"${u:-default}\" \"<${u-default}>\"",
        "default default\ndefault <>\n",
        0,
    ),
    ("echo ${u:=given}; echo $u", "given\ngiven\n", 0),
    ("u=1; echo ${u:+set} \"<${v:+set}>\"", "set <>\n", 0),
    ("echo ${u:?must be given}; echo not reached", "", 127),
    ("x=hello; echo ${#x}", "5\n", 0),
    ("x=한글; echo ${#x}", "2\n", 0),
    (
        "x=a.b.c; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.}",
        "a.b a b.c c\n",
        0,
    ),
    ("A=1 printenv A; echo \"<$A>\"", "1\n<>\n", 0),
    ("X=1; printenv X; export X; printenv X", "1\n", 0),
    ("export X=1; unset X; echo \"<$X>\"", "<>\n", 0),
    (
        "IFS=:; x=a:b:c; for p in $x; do echo $p; done",
        "a\nb\nc\n",
        0,
    ),
    (
        "set -- a 'b c' d; echo $# $1 \"$2\"; printf '<%s>' \"$@\"; printf '<%s>' $*; echo",
        "3 a b c\n<a><b c><d><a><b><c><d>\n",
        0,
    ),
    ("set -- a b c; shift; echo $1 $#", "b 2\n", 0),
    ("f=x; echo $f_y ${f}_y", "x_y\n", 0),
    (
        "echo ${HOME}/x ~/x ~",
        "/home/work/x /home/work/x /home/work\n",
        0,
    ),
    ("echo '~' \"~\" a~", "~ ~ a~\n", 0),
    ("readonly r=1; (r=2) 2>/dev/null; echo $r", "1\n", 0),
    ("true; echo $?; false; echo $?", "0\n1\n", 0),
];

const SUBSTITUTION: &[Case] = &[
    ("echo $(echo a; echo b)", "a b\n", 0),
    ("echo \"$(echo a; echo b)\"", "a\nb\n", 0),
    ("echo `echo a`", "a\n", 0),
    ("x=$(printf 'a\\n\\n\\n'); echo \"<$x>\"", "<a>\n", 0),
    ("echo $(echo $(echo deep))", "deep\n", 0),
    ("x=$(false); echo $?", "1\n", 0),
    ("x=1; y=$(x=2; echo $x); echo $x $y", "1 2\n", 0),
    ("echo \"a $(echo \"b c\") d\"", "a b c d\n", 0),
    ("echo $(seq 1000 | tail -1)", "1000\n", 0),
    ("x=$(seq 20000); echo ${#x}", "108893\n", 0),
    ("echo $(cat <<E\nin here\nE\n)", "in here\n", 0),
];

const LISTS: &[Case] = &[
    ("true && echo a || echo b", "a\n", 0),
    ("false && echo a || echo b", "b\n", 0),
    ("false || false; echo $?", "1\n", 0),
    ("! true; echo $?; ! false; echo $?", "1\n0\n", 0),
    ("{ echo a; echo b; } | cat", "a\nb\n", 0),
    (
        "(cd /; pwd); [ \"$PWD\" != / ] && echo stayed",
        "/\nstayed\n",
        0,
    ),
    ("false; true && echo yes", "yes\n", 0),
];

const PIPELINES: &[Case] = &[
    ("echo b a | tr ' ' '\\n' | sort", "a\nb\n", 0),
    (
        "seq 5 | while read n; do echo \"<$n>\"; done",
        "<1>\n<2>\n<3>\n<4>\n<5>\n",
        0,
    ),
    (
        "f() { while read l; do echo \"f:$l\"; done; }; echo a | f | f",
        "f:f:a\n",
        0,
    ),
    ("yes | head -3", "y\ny\ny\n", 0),
    ("seq 100000 | wc -l", "100000\n", 0),
    (
        "for n in $(seq 30000); do echo 0123456789; done | tail -1",
        "0123456789\n",
        0,
    ),
    ("true | false; echo $?; false | true; echo $?", "1\n0\n", 0),
    ("exit 3 | cat; echo $?", "0\n", 0),
    ("echo a | { read x; echo \"got $x\"; }", "got a\n", 0),
    (
        "{ echo out; echo err >&2; } 2>&1 >/dev/null | cat",
        "err\n",
        0,
    ),
    ("{ echo out; echo err >&2; } 2>&1 | sort", "err\nout\n", 0),
    ("cat /dev/null | wc -c", "0\n", 0),
    ("echo a | cat | cat | cat | cat | cat | cat | cat", "a\n", 0),
    ("printf 'b\\na\\n' | sort | head -1 | tr a-z A-Z", "A\n", 0),
];

const REDIRECTIONS: &[Case] = &[
    ("echo a > f; echo b >> f; cat f", "a\nb\n", 0),
    ("echo a > f; echo b > f; cat < f", "b\n", 0),
    ("> f; wc -c < f", "0\n", 0),
    ("ls nothing 2> f; wc -l < f", "1\n", 0),
    ("ls nothing 2>/dev/null; echo $?", "2\n", 0),
    (
        "{ echo out; echo err >&2; } > f 2>&1; cat f",
        "out\nerr\n",
        0,
    ),
    ("{ echo out; echo err >&2; } &> f; cat f", "out\nerr\n", 0),
    ("cat < nothing; echo $?", "1\n", 0),
    ("echo a > no/such; echo $?", "1\n", 0),
    ("cat <<E\na $((1)) b\nE", "a 1 b\n", 0),
    (
        "x=1; cat <<E; cat <<'E'\n<$x>\nE\n<$x>\nE",
        "<1>\n<$x>\n",
        0,
    ),
    ("cat <<-E\n\t\tindented\n\tE", "indented\n", 0),
    ("cat <<A <<B\n1\nA\n2\nB", "2\n", 0),
    (
        "while read l; do echo \"$l!\"; done <<E\na\nb\nE",
        "a!\nb!\n",
        0,
    ),
    ("cat <<< 'a string'", "a string\n", 0),
    ("for n in 1 2; do echo $n; done > f; cat f", "1\n2\n", 0),
    ("exec 3> f; echo three >&3; exec 3>&-; cat f", "three\n", 0),
    ("echo a > 'b c'; cat 'b c'", "a\n", 0),
    ("echo a >&-; echo $?", "1\n", 0),
    ("read x < /dev/null; echo $?", "1\n", 0),
];

const GLOBS: &[Case] = &[
    ("touch b a c.txt .hidden; echo *", "a b c.txt\n", 0),
    ("touch a1 a2 b1; echo a? [ab]1 [!a]*", "a1 a2 a1 b1 b1\n", 0),
    ("echo *.none", "*.none\n", 0),
    ("touch a; echo '*' \"*\" \\*", "* * *\n", 0),
    (
        "mkdir -p d/e; touch d/e/f d/g; echo d/* */e/*",
        "d/e d/g d/e/f\n",
        0,
    ),
    ("touch .a .b; echo .[ab]", ".a .b\n", 0),
    (
        "touch '한 글' 'x y'; for f in *; do echo \"<$f>\"; done",
        "<x y>\n<한 글>\n",
        0,
    ),
    ("touch a b; x='*'; echo $x \"$x\"", "a b *\n", 0),
    ("mkdir d; touch f; echo */", "d/\n", 0),
    ("echo {a,b}{1,2} x{1..3}y", "a1 a2 b1 b2 x1y x2y x3y\n", 0),
];

const COMPOUND: &[Case] = &[
    ("if true; then echo a; else echo b; fi", "a\n", 0),
    (
        "if false; then echo a; elif true; then echo b; else echo c; fi",
        "b\n",
        0,
    ),
    ("if false; then echo a; fi; echo $?", "0\n", 0),
    (
        "for x in a 'b c' d; do echo \"<$x>\"; done",
        "<a>\n<b c>\n<d>\n",
        0,
    ),
    ("for x in; do echo $x; done; echo none", "none\n", 0),
    ("set -- p q; for x; do echo $x; done", "p\nq\n", 0),
    (
        "for x in 1 2 3 4; do [ $x = 2 ] && continue; [ $x = 4 ] && break; echo $x; done",
        "1\n3\n",
        0,
    ),
    (
        "for x in 1 2; do for y in a b; do [ $y = b ] && continue 2; echo $x$y; done; done",
        "1a\n2a\n",
        0,
    ),
    (
        "x=; while [ \"$x\" != aaa ]; do x=${x}a; echo $x; done",
        "a\naa\naaa\n",
        0,
    ),
    (
        "x=; until [ \"$x\" = aa ]; do x=${x}a; done; echo $x",
        "aa\n",
        0,
    ),
    ("case hello in h*) echo a;; *) echo b;; esac", "a\n", 0),
    (
        "case x in a|x) echo yes;; esac; case y in x) ;; esac; echo $?",
        "yes\n0\n",
        0,
    ),
    (
        "case 'a b' in 'a b') echo quoted;; esac; x='*'; case y in \"$x\") echo no;; $x) echo yes;; esac",
        "quoted\nyes\n",
        0,
    ),
    (
        "case 7 in [0-5]) echo low;; [6-9]) echo high;; esac",
        "high\n",
        0,
    ),
    (
        "f() { echo \"$# $1\"; return 3; }; f a b; echo $?",
        "2 a\n3\n",
        0,
    ),
    (
        "f() { local x=in; echo $x; }; x=out; f; echo $x",
        "in\nout\n",
        0,
    ),
    ("function f { echo f; }; f", "f\n", 0),
    (
        "f() { [ $1 = aaaa ] && { echo end; return; }; f a$1; }; f a",
        "end\n",
        0,
    ),
    (
        "f() { echo $1; }; set -- outer; f inner; echo $1",
        "inner\nouter\n",
        0,
    ),
    (
        "echo() { printf 'mine\\n'; }; echo a; unset -f echo; echo a",
        "mine\na\n",
        0,
    ),
];

const BUILTINS: &[Case] = &[
    (
        "[ a = a ] && [ a != b ] && [ -n x ] && [ -z '' ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "[ 2 -gt 1 ] && [ 1 -le 1 ] && [ 3 -ne 4 ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "touch f; mkdir d; [ -f f ] && [ -d d ] && [ -e f ] && [ ! -e g ] && [ -r f ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "echo x > f; > g; [ -s f ] && [ ! -s g ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "ln -s f l; [ -L l ] && [ -h l ] && [ ! -e l ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "[ a = a -a b = b ] && [ a = b -o b = b ] && echo ok",
        "ok\n",
        0,
    ),
    (
        "test; echo $?; test a; echo $?; [ ]; echo $?",
        "1\n0\n1\n",
        0,
    ),
    ("[ a -eq 1 ]; echo $?; [ a = a; echo $?", "2\n2\n", 0),
    (
        "mkdir -p a/b; cd a/b; echo ${PWD##*/}; cd ..; echo ${PWD##*/}; cd - > /dev/null; echo ${PWD##*/}",
        "b\na\nb\n",
        0,
    ),
    ("cd nowhere; echo $?", "1\n", 0),
    (
        "mkdir d; ln -s d l; cd l; pwd | tail -c 3; pwd -P | tail -c 3",
        "/l\n/d\n",
        0,
    ),
    ("cd /usr/bin/..; pwd", "/usr\n", 0),
    (
        "echo 'x=sourced; f() { echo \"f $1\"; }' > lib; source ./lib; echo $x; . ./lib; f a",
        "sourced\nf a\n",
        0,
    ),
    ("echo 'return 4' > lib; . ./lib; echo $?", "4\n", 0),
    (
        "printf 'a b c\\n' | { read x y; echo \"<$x><$y>\"; }",
        "<a><b c>\n",
        0,
    ),
    (
        "printf 'a\\\\b\\n' | { read -r x; echo \"$x\"; }",
        "a\\b\n",
        0,
    ),
    (
        "printf 'x:y\\n' | { IFS=: read a b; echo $b $a; }",
        "y x\n",
        0,
    ),
    (
        "eval 'x=1; echo $x'; y='echo evaluated'; eval $y",
        "1\nevaluated\n",
        0,
    ),
    (
        "bash -c 'echo $0 $1 $#' name arg; bash -c 'exit 9'; echo $?",
        "name arg 1\n9\n",
        0,
    ),
    (
        "printf 'echo from stdin\\nexit 2\\n' | bash; echo $?",
        "from stdin\n2\n",
        0,
    ),
    ("sh -c 'echo sh'", "sh\n", 0),
    (
        "printf '#!/bin/bash\\necho \"script $1\"\\nexit 6\\n' > s; chmod +x s; ./s a; echo $?",
        "script a\n6\n",
        0,
    ),
    (
        "printf '#!/usr/bin/env bash\\necho env\\n' > s; chmod +x s; ./s",
        "env\n",
        0,
    ),
    (
        "printf 'echo \"no line $#\"\\n' > s; chmod +x s; ./s a b",
        "no line 2\n",
        0,
    ),
    (
        "mkdir b; printf '#!/bin/sh\\necho found\\n' > b/tool; chmod +x b/tool; PATH=$PWD/b:$PATH; tool",
        "found\n",
        0,
    ),
    (
        "shopt -s expand_aliases\nalias hi='echo hello'\nhi there\nunalias hi\nhi 2>/dev/null; echo $?",
        "hello there\n127\n",
        0,
    ),
    ("set -e; false; echo not reached", "", 1),
    ("set -u; echo $undefined; echo not reached", "", 127),
    ("x=1; x=2 true; echo $x; exit", "1\n", 0),
    ("echo a; exit 3; echo b", "a\n", 3),
    ("command -v ls; command echo a", "/usr/bin/ls\na\n", 0),
    (
        "umask 077; umask; (umask 022; umask); umask",
        "0077\n0022\n0077\n",
        0,
    ),
];

const CORE_UTILITIES: &[Case] = &[
    ("echo a > f; cp f g; mv g h; cat h; rm h; ls", "a\nf\n", 0),
    (
        "mkdir -p a/b; touch a/b/c; ls -R a; rm -r a; ls",
        "a:\nb\n\na/b:\nc\n",
        0,
    ),
    (
        "printf 'b 2\\na 1\\n' | sort -k2 -n | cut -d' ' -f1",
        "a\nb\n",
        0,
    ),
    (
        "printf 'a\\na\\nb\\n' | uniq -c | tr -s ' '",
        " 2 a\n 1 b\n",
        0,
    ),
    (
        "echo hello | md5sum | cut -c1-8; echo hello | sha256sum | cut -c1-8",
        "b1946ac9\n5891b5b5\n",
        0,
    ),
    (
        "ln -s target link; readlink link; echo through > target; cat link",
        "target\nthrough\n",
        0,
    ),
    (
        "touch a; ln a b; echo x >> a; cat b; rm a; cat b",
        "x\nx\n",
        0,
    ),
    (
        "echo a > f; cp f g; echo b > f; cp -r . /tmp/copy-of-it; cat f g; cat /tmp/copy-of-it/f; rm -r /tmp/copy-of-it",
        "b\na\nb\n",
        0,
    ),
    ("basename /a/b.txt .txt; dirname /a/b.txt", "b\n/a\n", 0),
    (
        "seq 10 | head -3 | tail -1; seq 3 | tac; seq 3 | paste -sd,",
        "3\n3\n2\n1\n1,2,3\n",
        0,
    ),
    ("printf 'abc' | od -An -c | tr -s ' '", " a b c\n", 0),
    (
        "echo -n 123 | wc -c; expr 3 + 4; echo 5 | tee f; cat f",
        "3\n7\n5\n5\n",
        0,
    ),
    (
        "truncate -s 5 f; wc -c < f; head -c 30 /dev/zero > g; wc -c < g; cat /dev/zero | head -c 7 | wc -c",
        "5\n30\n7\n",
        0,
    ),
    (
        "mkdir d; touch d/x; cp -r d e; ls e; rmdir d; echo $?",
        "x\n1\n",
        0,
    ),
    (
        "date -u -d @0 +%Y-%m-%dT%H:%M:%S",
        "1970-01-01T00:00:00\n",
        0,
    ),
    (
        "mktemp -p . | wc -l; mktemp -d | cut -c1-5",
        "1\n/tmp/\n",
        0,
    ),
    (
        "touch -d 2001-02-03T04:05:06Z f; date -r f +%s",
        "981173106\n",
        0,
    ),
    (
        "uname -s > /dev/null && nproc > /dev/null && echo ok",
        "ok\n",
        0,
    ),
];

#[track_caller]
fn check(cases: &[Case]) {
    let ann = someone();
    let session = ann.session(&[]);
    let mut wrong = Vec::new();
    for (number, (script, out, code)) in cases.iter().enumerate() {
        let directory = format!("/tmp/case-{number}");
        session.say(&format!("mkdir {directory}"));
        let wish = json!({"argv": ["bash", "-c", script], "cwd": directory, "timeout_seconds": 30});
        let output = session.exec(&wish);
        if (output.out().as_str(), output.exit_code) != (*out, *code) {
            wrong.push(format!(
                "{script}\n  bash: exit code {code}, stdout {out:?}\n  ours: {output}"
            ));
        }
    }
    let (count, all) = (wrong.len(), cases.len());
    assert!(
        wrong.is_empty(),
        "{count} of {all} scripts do something else:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn simple_commands() {
    check(COMMANDS);
}

#[test]
fn quoting() {
    check(QUOTING);
}

#[test]
fn variables_and_defaults() {
    check(VARIABLES);
}

#[test]
fn command_substitution() {
    check(SUBSTITUTION);
}

#[test]
fn lists() {
    check(LISTS);
}

#[test]
fn pipelines() {
    check(PIPELINES);
}

#[test]
fn redirections_and_here_documents() {
    check(REDIRECTIONS);
}

#[test]
fn globs() {
    check(GLOBS);
}

#[test]
fn conditions_loops_and_functions() {
    check(COMPOUND);
}

#[test]
fn builtins_and_scripts() {
    check(BUILTINS);
}

#[test]
fn core_utilities() {
    check(CORE_UTILITIES);
}

#[test]
fn errors_go_to_the_standard_error_and_name_the_culprit() {
    let ann = someone();
    let session = ann.session(&[]);
    let complains = |session: &Session<'_>, script: &str, words: &[&str]| {
        let output = session.run(script);
        for word in words {
            assert!(
                output.err().contains(word),
                "{script} does not say {word:?}: {output}"
            );
        }
    };
    complains(
        &session,
        "no-such-command",
        &["no-such-command", "command not found"],
    );
    complains(
        &session,
        "./nothing",
        &["./nothing", "No such file or directory"],
    );
    complains(
        &session,
        "cat nothing",
        &["nothing", "No such file or directory"],
    );
    complains(
        &session,
        "cd nowhere",
        &["cd", "nowhere", "No such file or directory"],
    );
    complains(
        &session,
        "cat < nothing",
        &["nothing", "No such file or directory"],
    );
    complains(&session, "echo ${x:?is needed}", &["x", "is needed"]);
    complains(&session, "if true; then", &["syntax error"]);
    complains(
        &session,
        "ls /tmp/x",
        &["/tmp/x", "No such file or directory"],
    );
}

#[test]
fn a_persons_bashrc_is_read_by_interactive_shells() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("printf 'alias greet=\"echo hello\"\\nWHO=bashrc\\n' >> ~/.bashrc");
    let mut terminal = session.terminal();
    assert_eq!(terminal.run("greet $WHO"), "hello bashrc");
    assert_eq!(session.say("echo \"<$WHO>\""), "<>\n");
}

const EXEC: &[Case] = &[
    // The number stays, and what is started that way is no child.
    (
        "sh -c 'echo $$; exec sh -c \"echo \\$\\$\"' | uniq | wc -l",
        "1\n",
        0,
    ),
    (
        "bash -c 'echo $$; bash -c \"echo \\$\\$\"' | uniq | wc -l",
        "1\n",
        0,
    ),
    (
        "(exec sleep 97) & sleep 0.3; tr '\\0' ' ' < /proc/$!/cmdline; cat /proc/$!/comm; readlink /proc/$!/exe | wc -l; \
         kill -STOP $!; sleep 0.1; grep -c '^State:.T' /proc/$!/status; kill -CONT $!; sleep 0.1; \
         grep -c '^State:.T' /proc/$!/status; kill -9 $!; wait $!; echo $?; ps | grep -c 'sleep 97$'",
        "sleep 97 sleep\n1\n1\n0\n137\n0\n",
        1,
    ),
    // A server's file of its number.
    (
        "bash -c 'echo $$ > pid; exec sleep 98' & sleep 0.3; kill $(cat pid); wait $!; echo $?",
        "143\n",
        0,
    ),
    // Open files go along, others do not.
    (
        "exec 5> f 6>&1; (exec 6>&- sh -c 'echo five >&5; echo six >&6') 2> /dev/null; echo $?; cat f",
        "1\nfive\n",
        0,
    ),
    // Directory, mask and what is ignored.
    (
        "mkdir d; cd d; umask 027; trap '' USR1; exec sh -c 'pwd | grep -o d$; umask; kill -USR1 $$; echo alive'",
        "d\n0027\nalive\n",
        0,
    ),
    (
        "trap 'echo no' EXIT; (sleep 0.1; exit 3) & exec sh -c 'echo yes; exit 4'",
        "yes\n",
        4,
    ),
    // A component.
    (
        "bash -c 'echo $$; exec python3 -c \"import os; print(os.getpid())\"' | uniq | wc -l",
        "1\n",
        0,
    ),
    ("exec python3 -c 'import sys; sys.exit(5)'", "", 5),
    ("exec nosuch; echo no", "", 127),
    ("mkdir d; exec ./d; echo no", "", 126),
    ("shopt -s execfail; exec ./nosuch; echo $?", "127\n", 0),
    (
        "printf '#!/bin/sh\\necho script $1 $$' > s; chmod +x s; [ \"$(sh -c 'echo script a $$; exec ./s a' | uniq | wc -l)\" = 1 ]",
        "",
        0,
    ),
];

#[test]
fn exec_becomes_the_program() {
    check(EXEC);
}

/// Every round frees what the one before it had: a session has room for one of them and no more.
#[test]
fn a_script_that_becomes_itself_ten_thousand_times_grows_nothing() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say(
        r#"printf '%s\n' '[ $1 = 10000 ] && { echo done $(( $2 == $$ )); exit; }' 'exec bash ~/again $(($1 + 1)) $2' > again"#,
    );
    let wish = json!({"command": "exec bash ~/again 0 $$", "timeout_seconds": 300});
    assert_eq!(session.exec(&wish).out(), "done 1\n");
}
