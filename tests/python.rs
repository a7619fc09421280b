//! Python in a session, in both of its environments.

use std::time::Duration;

use berth_tests::{Session, someone};
use serde_json::json;

/// The environments, with what their interpreters say of themselves.
const ENVIRONMENTS: [(&str, &str); 2] = [
    ("python-3.14", "Python 3.14.0"),
    ("python-3.12", "Python 3.12.1"),
];

fn in_both(test: impl Fn(&Session<'_>)) {
    for (environment, _) in ENVIRONMENTS {
        let ann = someone();
        test(&ann.session_with(&json!({"environment": environment})));
    }
}

fn in_newest(test: impl Fn(&Session<'_>)) {
    let ann = someone();
    test(&ann.session_with(&json!({"environment": ENVIRONMENTS[0].0})));
}

#[test]
fn each_environment_has_its_python() {
    for (environment, version) in ENVIRONMENTS {
        let ann = someone();
        let session = ann.session_with(&json!({"environment": environment}));
        for name in ["python3", "python", environment.replace('-', "").as_str()] {
            assert_eq!(session.say(&format!("{name} -V")).trim(), version);
        }
    }
}

#[test]
fn whoever_does_not_choose_gets_the_newest_python() {
    let ann = someone();
    let session = ann.session(&[]);
    assert_eq!(session.now()["environment"], ENVIRONMENTS[0].0);
}

#[test]
fn the_command_line_is_pythons() {
    in_both(|session| {
        let run = |command: &str| {
            let output = session.run(command);
            (output.exit_code, output.out())
        };
        assert_eq!(
            run("python3 -c 'import sys; print(sys.argv)' a b"),
            (0, "['-c', 'a', 'b']\n".into())
        );
        assert_eq!(
            run("echo 'import sys; print(sys.argv)' | python3 - x"),
            (0, "['-', 'x']\n".into())
        );
        assert_eq!(
            run("echo 'print(__name__)' | python3"),
            (0, "__main__\n".into())
        );
        assert_eq!(
            run("cd /tmp && python3 -c 'import os; print(os.getcwd())'"),
            (0, "/tmp\n".into())
        );
        assert_eq!(
            run("python3 -c 'import sys; print(sys.executable)'"),
            (0, "/usr/bin/python3\n".into())
        );
        assert_eq!(
            run("X=y python3 -c 'import os; print(os.environ[\"X\"])'"),
            (0, "y\n".into())
        );
        for code in [0, 1, 2, 77, 255] {
            assert_eq!(
                run(&format!("python3 -c 'import sys; sys.exit({code})'")).0,
                code
            );
        }
        assert_eq!(
            run("python3 -O -c 'assert False; print(__debug__)'"),
            (0, "False\n".into())
        );
        assert_eq!(
            run("python3 -W error -c 'import warnings; warnings.warn(\"x\")'").0,
            1
        );
        assert_eq!(
            run("python3 -X a=b -c 'import sys; print(sys._xoptions)'"),
            (0, "{'a': 'b'}\n".into())
        );
        assert_eq!(
            run("PYTHONPATH=/tmp/p python3 -E -c 'import sys; print(\"/tmp/p\" in sys.path)'"),
            (0, "False\n".into())
        );
        assert_eq!(
            run("PYTHONPATH=/tmp/p python3 -c 'import sys; print(\"/tmp/p\" in sys.path)'"),
            (0, "True\n".into())
        );
        assert_eq!(
            run("python3 -m json.tool <<< '[1]'"),
            (0, "[\n    1\n]\n".into())
        );
        assert_eq!(
            run(
                "printf '#!/usr/bin/env python3\\nimport sys\\nprint(__file__, sys.argv[1:])\\n' > s.py; chmod +x s.py; ./s.py 1"
            ),
            (0, "/home/work/s.py ['1']\n".into())
        );
        let missing = session.run("python3 nosuch.py");
        assert_eq!(missing.exit_code, 2);
        assert!(
            missing
                .err()
                .contains("can't open file '/home/work/nosuch.py'"),
            "{missing}"
        );
        let broken = session.run("python3 -c 'def f(): 1/0\nf()'");
        assert_eq!(broken.exit_code, 1);
        assert!(
            broken.err().starts_with(
                "Traceback (most recent call last):\n  File \"<string>\", line 2, in <module>\n"
            ),
            "{broken}"
        );
        assert!(
            broken
                .err()
                .ends_with("ZeroDivisionError: division by zero\n"),
            "{broken}"
        );
    });
}

#[test]
fn the_library_is_there() {
    in_newest(|session| {
        let modules = "asyncio, csv, ctypes.util, decimal, email, hashlib, html, http.server, logging, mmap, pwd, select, socket, \
                       sqlite3, tarfile, tomllib, unittest, urllib.request, uuid, xml.etree.ElementTree, zipfile, zlib"
            .replace("ctypes.util, ", "");
        session.say(&format!("python3 -c 'import {modules}'"));
        assert_eq!(
            session.say("python3 -c 'import sqlite3; c = sqlite3.connect(\"a.db\"); c.execute(\"create table t (x)\"); c.execute(\"insert into t values (42)\"); c.commit()' && python3 -c 'import sqlite3; print(sqlite3.connect(\"a.db\").execute(\"select x from t\").fetchall())'"),
            "[(42,)]\n"
        );
    });
}

#[test]
fn python_drives_the_sessions_programs() {
    in_both(|session| {
        let script = r#"
import os, shutil, subprocess, sys
print(subprocess.run(["echo", "a"], capture_output=True))
print(subprocess.run("echo b | tr a-z A-Z; exit 5", shell=True, capture_output=True, text=True))
print(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True).communicate("c")[0])
print(os.waitstatus_to_exitcode(os.system("exit 3")), os.popen("echo d").read().strip(), shutil.which("ls"))
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode)
big = subprocess.Popen(["sh", "-c", "cat; echo e >&2"], stdin=-1, stdout=-1, stderr=-1)
print([len(part) for part in big.communicate(b"x" * 1_000_000)])
try:
    subprocess.run(["nosuch"])
except FileNotFoundError as error:
    print("missing", error.filename)
try:
    subprocess.run(["sleep", "60"], timeout=0.2)
except subprocess.TimeoutExpired:
    print("timeout")
print(subprocess.check_output([sys.executable, "-c", "print(1+1)"]))
"#;
        let output = session.exec(&json!({"argv": ["python3", "-"], "stdin": script}));
        let expected = "CompletedProcess(args=['echo', 'a'], returncode=0, stdout=b'a\\n', stderr=b'')\n\
                        CompletedProcess(args='echo b | tr a-z A-Z; exit 5', returncode=5, stdout='B\\n', stderr='')\n\
                        c\n3 d /usr/bin/ls\n-9\n[1000000, 2]\nmissing nosuch\ntimeout\nb'2\\n'\n";
        assert_eq!(output.out(), expected, "{output}");
    });
}

#[test]
fn control_c_reaches_python_wherever_it_is() {
    in_newest(control_c_reaches);
}

/// Programs that are interrupted by their parent, as a terminal would do it.
const INTERRUPTED: &str = r#"
import subprocess, time

def interrupted(code, patience):
    child = subprocess.Popen(["python3", "-c", "print(1, flush=True)\n" + code], stdout=-1, stderr=-1)
    child.stdout.readline()
    while True:
        time.sleep(0.3)
        child.send_signal(2)
        try:
            return child.wait(patience), child.stderr.read().splitlines()[-1]
        except subprocess.TimeoutExpired:
            pass

for code in ("while True: pass", "while True: sum(range(1000))", "import gc; gc.disable()\nwhile True: pass", "import time; time.sleep(99)"):
    print(*interrupted(code, 60))
# All of it is in C, which looks for no signals. Again and again, as people do.
print(*interrupted("sum(iter(int, 1))", 0.3))
"#;

#[test]
fn an_interrupt_ends_loops_and_a_second_one_what_does_not_see_it() {
    in_both(|session| {
        let output = session.exec(&json!({"argv": ["python3", "-"], "stdin": INTERRUPTED}));
        let expected = "-2 b'KeyboardInterrupt'\n".repeat(4)
            + "-2 b'python3: ended by a second interrupt, since the first was not seen to'\n";
        assert_eq!(output.out(), expected, "{output}");
    });
}

fn control_c_reaches(session: &Session<'_>) {
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    for (what, code) in [
        ("loop", "while True: pass"),
        ("builtins", "while True: sum(range(1000))"),
        ("collector", "import gc; gc.disable()\nwhile True: pass"),
        ("sleep", "import time; time.sleep(100)"),
        ("input", "input()"),
        ("pipe", "import os; os.read(os.pipe()[0], 1)"),
        ("select", "import select; select.select([], [], [], 100)"),
        (
            "child",
            "import subprocess; subprocess.run([\"sleep\", \"100\"])",
        ),
    ] {
        let text = code.replace('\n', "\\n").replace('"', "\\\"");
        terminal.enter(&format!(
            "clear; python3 -c $'print(\"begin \" \"{what}\", flush=True)\\n{text}'"
        ));
        terminal.wait_for_line(&format!("begin {what}"));
        std::thread::sleep(Duration::from_millis(300));
        terminal.type_text("\x03");
        terminal.wait_for("KeyboardInterrupt");
        terminal.wait_for_prompt();
        // It ends by the signal, so bash drops what else is in the line: the code is asked for in another.
        terminal.enter(&format!("echo {what} co\"\"de $?"));
        terminal.wait_for_line(&format!("{what} code 130"));
    }
    terminal.enter("python3 -q");
    terminal.wait_for(">>>");
    terminal.enter("6*7");
    terminal.wait_for_line("42");
    terminal.type_text("while True: pass\r\r");
    std::thread::sleep(Duration::from_millis(500));
    terminal.type_text("\x03");
    terminal.wait_for("KeyboardInterrupt");
    terminal.enter("exit(7)");
    terminal.wait_for_prompt();
    terminal.enter("echo exit co\"\"de $?");
    terminal.wait_for_line("exit code 7");
}

#[test]
fn pip_installs_from_a_directory_of_wheels_for_good() {
    in_both(|session| {
        // A wheel as anybody's build makes it, with a module and a console script.
        let make = r#"
import zipfile
with zipfile.ZipFile("greet-1.2-py3-none-any.whl", "w") as wheel:
    wheel.writestr("greet.py", "def main():\n    print('greetings')\n")
    wheel.writestr("greet-1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: greet\nVersion: 1.2\n")
    wheel.writestr("greet-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("greet-1.2.dist-info/entry_points.txt", "[console_scripts]\ngreet = greet:main\n")
    wheel.writestr("greet-1.2.dist-info/RECORD", "")
"#;
        assert_eq!(
            session
                .exec(&json!({"argv": ["python3", "-"], "stdin": make}))
                .exit_code,
            0
        );
        let installed = session.say("pip install --no-index --find-links . greet 2>&1");
        assert!(
            installed.contains("Successfully installed greet-1.2"),
            "{installed}"
        );
        assert_eq!(session.say("~/.local/bin/greet"), "greetings\n");
        assert!(
            session
                .say("python3 -c 'import greet; print(greet.__file__)'")
                .starts_with("/home/work/.local/lib/python3.")
        );
        assert_eq!(session.say("pip3 freeze --user"), "greet==1.2\n");
        assert!(session.say("pip list").contains("greet"));
        assert!(session.say("pip show greet").contains("Version: 1.2"));
        let removed = session.say("pip uninstall -y greet 2>&1");
        assert!(
            removed.contains("Successfully uninstalled greet-1.2"),
            "{removed}"
        );
        assert_eq!(session.run("python3 -c 'import greet'").exit_code, 1);
    });
}
