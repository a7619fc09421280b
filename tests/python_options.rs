//! The command line of `python3`, its PYTHON* variables, and what comes out at its end: as CPython documents them
//! ("Command line and environment"), in both environments.

use berth_tests::{Session, someone};
use serde_json::json;

fn in_both(test: impl Fn(&Session<'_>)) {
    for environment in ["python-3.14", "python-3.12"] {
        let ann = someone();
        test(&ann.session_with(&json!({"environment": environment})));
    }
}

/// Commands with what they print, errors included.
#[track_caller]
fn all_print(session: &Session<'_>, cases: &[(&str, &str)]) {
    for (command, expected) in cases {
        let output = session.run(&format!("{{ {command}\n}} 2>&1"));
        assert_eq!(output.out(), *expected, "{command}: {output}");
    }
}

#[test]
fn options_do_what_they_say() {
    in_both(|session| {
        let prints = |text: &str| format!("python3 {text}");
        let flag = |options: &str, name: &str| {
            prints(&format!(
                "{options} -c 'import sys; print(sys.flags.{name})'"
            ))
        };
        for (options, name, value) in [
            ("-O", "optimize", "1"),
            ("-OO", "optimize", "2"),
            ("-B", "dont_write_bytecode", "1"),
            ("-E", "ignore_environment", "1"),
            ("-s", "no_user_site", "1"),
            ("-S", "no_site", "1"),
            ("-P", "safe_path", "True"),
            ("-I", "isolated", "1"),
            ("-I", "safe_path", "True"),
            ("-I", "no_user_site", "1"),
            ("-I", "ignore_environment", "1"),
            ("-q", "quiet", "1"),
            ("-v", "verbose", "1"),
            ("-b", "bytes_warning", "1"),
            ("-X dev", "dev_mode", "True"),
            ("-BsO", "optimize", "1"),
        ] {
            let command = flag(options, name);
            assert_eq!(session.say(&command), format!("{value}\n"), "{command}");
        }
        all_print(
            session,
            &[
                (
                    "python3 -OO -c 'def f(): \"text\"\nprint(f.__doc__, __debug__)'",
                    "None False\n",
                ),
                (
                    "python3 -s -c 'import site; print(site.ENABLE_USER_SITE)'",
                    "False\n",
                ),
                (
                    "python3 -S -c 'import sys; print([p for p in sys.path if \"site-packages\" in p])'",
                    "[]\n",
                ),
                (
                    "python3 -P -c 'import sys; print(\"\" in sys.path)'",
                    "False\n",
                ),
                (
                    "python3 -u -c 'import os, sys; sys.stdout.write(\"a\"); os.write(1, b\"b\"); print()'",
                    "ab\n",
                ),
                (
                    "python3 -c 'import os, sys; sys.stdout.write(\"a\"); os.write(1, b\"b\"); print()'",
                    "ba\n",
                ),
                (
                    "python3 -W error -c 'import warnings; warnings.warn(\"x\")' 2>&1 | tail -n 1",
                    "UserWarning: x\n",
                ),
                (
                    "python3 -W ignore -c 'import warnings; warnings.warn(\"x\")'",
                    "",
                ),
                (
                    "python3 -Xa=b -X c -c 'import sys; print(sys._xoptions)'",
                    "{'a': 'b', 'c': True}\n",
                ),
                (
                    "python3 -X tracemalloc -c 'import tracemalloc; print(tracemalloc.is_tracing())'",
                    "True\n",
                ),
                ("python3 -x <(printf '#!no\\nprint(5)\\n')", "5\n"),
                ("echo 'print(__name__)' | python3", "__main__\n"),
                (
                    "echo 'import sys; print(sys.argv)' | python3 - -O a",
                    "['-', '-O', 'a']\n",
                ),
                (
                    "printf 'print(1)\\nprint(2)\\n' | python3 -i 2>/dev/null",
                    "1\n2\n",
                ),
                ("echo 'print(y)' | python3 -i -c 'y = 7' 2>/dev/null", "7\n"),
                ("echo 'print(y)' | PYTHONINSPECT=1 python3 -c 'y = 7'", ""),
            ],
        );
    });
}

#[test]
fn variables_do_what_they_say_unless_they_are_ignored() {
    in_both(|session| {
        all_print(
            session,
            &[
                ("PYTHONOPTIMIZE=1 python3 -c 'print(__debug__)'", "False\n"),
                (
                    "PYTHONOPTIMIZE=1 python3 -E -c 'print(__debug__)'",
                    "True\n",
                ),
                (
                    "PYTHONUNBUFFERED=1 python3 -c 'import os, sys; sys.stdout.write(\"a\"); os.write(1, b\"b\"); print()'",
                    "ab\n",
                ),
                (
                    "PYTHONDONTWRITEBYTECODE=1 python3 -c 'import sys; print(sys.dont_write_bytecode)'",
                    "True\n",
                ),
                (
                    "PYTHONNOUSERSITE=1 python3 -c 'import site; print(site.ENABLE_USER_SITE)'",
                    "False\n",
                ),
                (
                    "PYTHONSAFEPATH=1 python3 -c 'import sys; print(\"\" in sys.path)'",
                    "False\n",
                ),
                (
                    "PYTHONWARNINGS=error python3 -c 'import warnings; warnings.warn(\"x\")' 2>&1 | tail -n 1",
                    "UserWarning: x\n",
                ),
                (
                    "PYTHONIOENCODING=latin-1 python3 -c 'print(\"\\xe9\")' | od -An -tx1",
                    " e9 0a\n",
                ),
                (
                    "PYTHONUSERBASE=/tmp/base python3 -c 'import site; print(site.getuserbase())'",
                    "/tmp/base\n",
                ),
                (
                    "PYTHONPATH=/a:/b python3 -c 'import sys; print(sys.path[:3])'",
                    "['', '/a', '/b']\n",
                ),
                (
                    "PYTHONPATH=/a:/b python3 -I -c 'import sys; print(sys.path[0] == \"/a\")'",
                    "False\n",
                ),
            ],
        );
    });
}

#[test]
fn programs_end_as_they_say() {
    in_both(|session| {
        let code = |command: &str| session.run(command).exit_code;
        for (program, expected) in [
            ("raise SystemExit", 0),
            ("raise SystemExit(300)", 44),
            ("import sys; sys.exit(\"bye\")", 1),
            ("import os; os._exit(9)", 9),
            ("import os; os.abort()", 134),
            (
                "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
                143,
            ),
            ("raise KeyboardInterrupt", 130),
            ("1/0", 1),
            ("x = = 1", 1),
        ] {
            assert_eq!(
                code(&format!("python3 -c '{program}'")),
                expected,
                "{program}"
            );
        }
        for (arguments, expected) in [
            ("-c", 2),
            ("-Z", 2),
            ("--nosuch", 2),
            ("nosuch.py", 2),
            ("-m nosuch", 1),
        ] {
            assert_eq!(
                code(&format!("python3 {arguments}")),
                expected,
                "{arguments}"
            );
        }
        assert_eq!(code("python3 -c 'print(1)' > /dev/full"), 120);
        let early =
            session.run("python3 -c 'while True: print(1)' | head -n 1; echo ${PIPESTATUS[0]}");
        assert_eq!(early.out(), "1\n1\n");
        assert!(early.err().trim_end().ends_with("Broken pipe"), "{early}");
        assert!(
            early.err().contains("BrokenPipeError: ") && !early.err().contains("_berth"),
            "{early}"
        );
    });
}

#[test]
fn scripts_packages_and_archives_run() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "mkdir -p pk sub; touch pk/__init__.py; echo 'print(__name__, repr(__package__))' > pk/__main__.py; python3 -m pk; python3 pk",
                    "__main__ 'pk'\n__main__ ''\n",
                ),
                (
                    "python3 -c 'import zipfile; z = zipfile.ZipFile(\"k.pyz\", \"w\", zipfile.ZIP_DEFLATED); z.write(\"pk/__main__.py\", \"__main__.py\"); z.close()'; python3 k.pyz",
                    "__main__ ''\n",
                ),
                (
                    "printf 'import sys\\nprint(__file__, sys.argv, sys.path[0])\\n' > sub/s.py; python3 sub/s.py 1",
                    "/home/work/sub/s.py ['sub/s.py', '1'] /home/work/sub\n",
                ),
                (
                    "printf 'def f():\\n    return 1/0\\nf()\\n' > t.py; python3 t.py 2>&1 | grep -v '\\^'",
                    "Traceback (most recent call last):\n  File \"/home/work/t.py\", line 3, in <module>\n    f()\n  File \"/home/work/t.py\", line 2, in f\n    return 1/0\nZeroDivisionError: division by zero\n",
                ),
                (
                    "python3 -m compileall -q pk && ls pk/__pycache__ | wc -l",
                    "2\n",
                ),
            ],
        );
    });
}

#[test]
fn a_virtual_environment_is_one() {
    in_both(|session| {
        session.say("python3 -m venv --without-pip v");
        all_print(
            session,
            &[
                (
                    "v/bin/python -c 'import sys; print(sys.prefix, sys.base_prefix)'",
                    "/home/work/v /usr\n",
                ),
                (
                    ". v/bin/activate; python -c 'import sys; print(sys.prefix)'",
                    "/home/work/v\n",
                ),
                (
                    "echo 'value = 5' > $(echo v/lib/python3.*/site-packages)/only_here.py; v/bin/python -c 'import only_here; print(only_here.value)'",
                    "5\n",
                ),
                (
                    "python3 -c 'import only_here' 2>&1 | tail -n 1",
                    "ModuleNotFoundError: No module named 'only_here'\n",
                ),
                (
                    "python3 -m venv w; ls w/bin | grep -c pip; w/bin/pip --version | cut -d' ' -f1,3-4 | sed 's/3[.][0-9]*/3/'",
                    "3\npip from /home/work/w/lib/python3/site-packages/pip\n",
                ),
                (
                    ". w/bin/activate; pip list --format=freeze | cut -d= -f1; pip uninstall -qy pip; ls w/bin | grep -c pip",
                    "pip\n0\n",
                ),
            ],
        );
    });
}

#[test]
fn what_is_not_there_says_so() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "python3 -c 'import threading; threading.Thread(target=print).start()' 2>&1 | tail -n 1",
                    "RuntimeError: can't start new thread: a program in a session has only the one\n",
                ),
                (
                    "python3 -c 'import ctypes; ctypes.CDLL(\"libc.so.6\")' 2>&1 | tail -n 1",
                    "OSError: libc.so.6: there are no shared libraries to call in a session\n",
                ),
                (
                    "python3 -c 'import os; os.fork()' 2>&1 | tail -n 1",
                    "AttributeError: module 'os' has no attribute 'fork'\n",
                ),
            ],
        );
    });
}

#[test]
fn zlib_reads_and_writes_what_gzip_does() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "seq 20000 > n; gzip -k n; python3 -c 'import gzip; print(gzip.open(\"n.gz\").read() == open(\"n\", \"rb\").read())'",
                    "True\n",
                ),
                (
                    "python3 -c 'import gzip; gzip.open(\"m.gz\", \"wb\").write(open(\"n\", \"rb\").read())'; gzip -dc m.gz | cmp - n && echo same",
                    "same\n",
                ),
                (
                    "mkdir -p d && cp n d && tar czf d.tgz d && python3 -c 'import tarfile; print(tarfile.open(\"d.tgz\").getnames())'",
                    "['d', 'd/n']\n",
                ),
                (
                    "python3 -c 'import zlib; print(zlib.crc32(b\"berth\"), zlib.adler32(b\"berth\"), zlib.decompress(zlib.compress(b\"x\" * 9)))'",
                    "1986477479 103350806 b'xxxxxxxxx'\n",
                ),
                (
                    "python3 -c 'import zlib; zlib.decompress(b\"nonsense\")' 2>&1 | tail -n 1",
                    "zlib.error: Error -3 while decompressing data: incorrect header check\n",
                ),
            ],
        );
    });
}

#[test]
fn bzip2_is_read_and_written() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "python3 -c 'import base64, bz2; print(bz2.decompress(base64.b64decode(\"QlpoOTFBWSZTWcRB8pUAAADBgAAQEkAUACAAIYAMAieu4u5IpwoSGIg+UqA=\")))'",
                    "b'berth\\n'\n",
                ),
                (
                    "seq 2000 > n; python3 -c 'import bz2; d = open(\"n\", \"rb\").read(); bz2.open(\"n.bz2\", \"wb\").write(d); print(bz2.open(\"n.bz2\").read() == d)'",
                    "True\n",
                ),
                (
                    "python3 -c 'import tarfile; t = tarfile.open(\"u.tbz\", \"w:bz2\"); t.add(\"n\"); t.close(); print(tarfile.open(\"u.tbz\").getnames())'",
                    "['n']\n",
                ),
            ],
        );
    });
}

#[test]
fn ctypes_lays_out_what_c_would() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "python3 -c 'from ctypes import *; print(sizeof(c_long), c_int8(200).value, sizeof(c_int * 3))'",
                    "4 -56 12\n",
                ),
                (
                    "python3 -c 'from ctypes import *\nclass S(Structure): _fields_ = [(\"a\", c_byte), (\"b\", c_int)]\nprint(bytes(S(1, 2)), S.b.offset, S.from_buffer_copy(bytes(8)).b)'",
                    "b'\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00' 4 0\n",
                ),
            ],
        );
    });
}

#[test]
fn extras_do_what_they_say() {
    in_both(|session| {
        all_print(
            session,
            &[
                (
                    "echo > n.py; echo 'import n' > m.py; python3 -X importtime -c 'import m' 2>&1 | sed -n -E '1p; s/ +[0-9]+/ N/g; / [mn]$/p'",
                    "import time: self [us] | cumulative | imported package\n\
                     import time: N | N |   n\nimport time: N | N | m\n",
                ),
                (
                    "PYTHONPROFILEIMPORTTIME=1 python3 -c 'import m' 2>&1 | grep -c ' m$'",
                    "1\n",
                ),
                (
                    "python3 -X faulthandler -c 'import faulthandler; print(faulthandler.is_enabled())'",
                    "True\n",
                ),
                (
                    "python3 -X pycache_prefix=/tmp/c -c 'import sys; print(sys.pycache_prefix)'",
                    "/tmp/c\n",
                ),
                (
                    "python3 -X int_max_str_digits=700 -c 'import sys; print(sys.get_int_max_str_digits())'",
                    "700\n",
                ),
                (
                    "python3 -X int_max_str_digits=7 -c pass; echo $?",
                    "Fatal Python error: config_init_int_max_str_digits: -X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.\n1\n",
                ),
                (
                    "PYTHONDEBUG=1 python3 -c 'import sys; print(sys.flags.debug)'",
                    "1\n",
                ),
                ("python3 -bb -c 'print(b\"a\" == b\"a\")'", "True\n"),
                (
                    "python3 --help-all | grep -c -e 'usage:' -e '^-X importtime' -e '^PYTHONPATH'",
                    "3\n",
                ),
            ],
        );
    });
}
