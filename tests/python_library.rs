//! What programs expect of Python's library, and WASI does not have by itself.

use berth_tests::{Session, someone};
use serde_json::json;

fn in_both(test: impl Fn(&Session<'_>)) {
    for environment in ["python-3.14", "python-3.12"] {
        let ann = someone();
        test(&ann.session_with(&json!({"environment": environment})));
    }
}

/// Runs a program, which must end with 0, and returns what it printed.
#[track_caller]
fn python(session: &Session<'_>, program: &str) -> String {
    let output = session.exec(&json!({"argv": ["python3", "-c", program]}));
    assert_eq!(output.exit_code, 0, "{program}\n{output}");
    output.out()
}

#[test]
fn xz_is_read_and_written() {
    in_both(|session| {
        session.say("seq 200000 > n; xz -k n; mkdir d; cp n d; tar -cJf d.tar.xz d");
        let program = r#"
import io, lzma, shutil, tarfile
plain = open("n", "rb").read()
print(lzma.open("n.xz").read() == plain)
with lzma.open("m.xz", "wb", preset=1) as file:
    for at in range(0, len(plain), 10000):
        file.write(plain[at : at + 10000])
print(lzma.open("m.xz", "rt").readline().strip())
# In pieces, two streams after each other, and something behind them.
packed, pieces = lzma.compress(b"one ") + lzma.compress(b"two", check=lzma.CHECK_SHA256), []
decompressor = lzma.LZMADecompressor()
for at in range(len(packed) + 4):
    pieces.append(decompressor.decompress((packed + b"rest")[at : at + 1]))
    if decompressor.eof:
        break
print(b"".join(pieces), decompressor.check == lzma.CHECK_CRC64, lzma.decompress(packed))
print(lzma.LZMAFile("n.xz").read(4), len(lzma.LZMADecompressor().decompress(open("n.xz", "rb").read(), 100)))
alone = lzma.compress(plain[:5000], format=lzma.FORMAT_ALONE)
print(alone[0], lzma.decompress(alone) == plain[:5000])
print(tarfile.open("d.tar.xz").getnames())
shutil.unpack_archive("d.tar.xz", "u")
print(open("u/d/n", "rb").read() == plain)
with tarfile.open("e.tar.xz", "w:xz") as archive:
    archive.add("n")
large = lzma.compress(plain)
for bad in (b"nonsense of some length", packed[:-8], large[:5000] + b"xyz" + large[5003:]):
    try:
        lzma.decompress(bad)
    except lzma.LZMAError as error:
        print(error)
"#;
        assert_eq!(
            python(session, program),
            "True\n1\nb'one ' True b'one two'\nb'1\\n2\\n' 100\n93 True\n['d', 'd/n']\nTrue\n\
             Input format not supported by decoder\n\
             Compressed data ended before the end-of-stream marker was reached\nCorrupt input data\n"
        );
        assert_eq!(session.say("xz -dc m.xz | cmp - n && echo same"), "same\n");
        assert_eq!(session.say("tar -tf e.tar.xz"), "n\n");
    });
}

#[test]
fn time_zones_are_there() {
    in_both(|session| {
        let program = "from datetime import datetime\nfrom zoneinfo import ZoneInfo, available_timezones\n\
            print(datetime(2026, 7, 1, 12, tzinfo=ZoneInfo('Europe/Berlin')).astimezone(ZoneInfo('Asia/Seoul')))\n\
            print(len(available_timezones()) > 400)";
        assert_eq!(
            python(session, program),
            "2026-07-01 19:00:00+09:00\nTrue\n"
        );
        // Local time is UTC, or what TZ says: a zone by its name, or a rule.
        for (zone, expected) in [
            ("", "(1970, 1, 1, 0, 0) UTC 1970-01-01 00:00:00 0.0\n"),
            (
                "TZ=Asia/Seoul",
                "(1970, 1, 1, 9, 0) KST 1970-01-01 09:00:00 0.0\n",
            ),
            (
                "TZ=EST5EDT",
                "(1969, 12, 31, 19, 0) EST 1969-12-31 19:00:00 0.0\n",
            ),
            (
                "TZ='<-03>3'",
                "(1969, 12, 31, 21, 0) -03 1969-12-31 21:00:00 0.0\n",
            ),
            (
                "TZ=No/Where",
                "(1970, 1, 1, 0, 0) UTC 1970-01-01 00:00:00 0.0\n",
            ),
        ] {
            let program = "import time; from datetime import datetime; l = time.localtime(0); \
                print(l[:5], time.strftime(\"%Z\", l), datetime.fromtimestamp(0), time.mktime(l))";
            let command = format!("{zone} python3 -c '{program}'");
            assert_eq!(session.say(&command), expected, "{command}");
        }
        let program = "import os, time\nos.environ['TZ'] = 'Asia/Seoul'\ntime.tzset()\n\
            import logging, sys\nlogging.basicConfig(stream=sys.stdout, format='%(asctime)s', datefmt='%z')\nlogging.warning('')\n\
            print(time.tzname, time.ctime(0))";
        assert_eq!(
            python(session, program),
            "+0900\n('KST', 'KST') Thu Jan  1 09:00:00 1970\n"
        );
    });
}

#[test]
fn a_link_is_the_same_file_as_its_target() {
    in_both(|session| {
        let program = "import os, shutil\nopen('a', 'w').write('kept')\nos.symlink('a', 'b')\n\
            print(os.path.samefile('a', 'b'), os.stat('b').st_ino == os.lstat('b').st_ino)\n\
            try: shutil.copyfile('a', 'b')\n\
            except shutil.SameFileError: print(open('a').read())";
        assert_eq!(python(session, program), "True False\nkept\n");
    });
}

#[test]
fn files_have_the_modes_that_were_asked_for() {
    in_both(|session| {
        let program = "import os, shutil, tempfile\nmode = lambda path: oct(os.stat(path).st_mode & 0o777)\n\
            os.close(os.open('private', os.O_WRONLY | os.O_CREAT, 0o600))\nos.mkdir('own', 0o700)\n\
            open('own/tool', 'w').close()\nos.chmod('own/tool', 0o755)\nos.symlink('tool', 'own/link')\n\
            shutil.copytree('own', 'copy', symlinks=True)\n\
            fd, path = tempfile.mkstemp()\n\
            print(mode('private'), mode('own'), mode('copy/tool'), os.readlink('copy/link'), mode(path))\n\
            print(sorted((entry.name, oct(entry.stat().st_mode & 0o777)) for entry in os.scandir('own') if entry.is_file(follow_symlinks=False)))\n\
            try: os.chmod('none', 0o600)\n\
            except FileNotFoundError as error: print(error.filename)";
        assert_eq!(
            python(session, program),
            "0o600 0o700 0o755 tool 0o600\n[('tool', '0o755')]\nnone\n"
        );
    });
}

#[test]
fn a_log_tells_who_logs() {
    in_both(|session| {
        let program = "import logging\n\
            logging.basicConfig(format='%(module)s:%(funcName)s:%(lineno)d')\n\
            def caller():\n    logging.error('x')\n\ncaller()\n";
        session.say(&format!("cat > told.py <<'E'\n{program}E"));
        assert_eq!(
            session.say("python3 told.py 2>&1"),
            "told:caller:4\n",
            "{}",
            session.about
        );
    });
}

#[test]
fn what_is_built_in_is_no_method() {
    in_both(|session| {
        let program = "import time\nclass Files:\n    open, wait = open, time.sleep\n\
            Files().wait(0)\nprint(Files().open('/etc/pip.conf').readable())";
        assert_eq!(python(session, program), "True\n");
    });
}

#[test]
fn programs_are_spawned() {
    in_both(|session| {
        let program = "import os\n\
            print(os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', 'exit 7'))\n\
            pid = os.spawnve(os.P_NOWAIT, '/bin/sh', ['sh', '-c', 'exit $code'], {'code': '3'})\n\
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), os.spawnv(os.P_WAIT, '/none', ['none']))\n\
            for argv, environ in ([], {}), (['x'], {'a=b': 'c'}), (['x'], {'a': 'b\\0'}):\n    \
                try: os.execve('/bin/true', argv, environ)\n    \
                except ValueError as error: print(error)";
        assert_eq!(
            python(session, program),
            "7\n3 127\nexecve() arg 2 must not be empty\nillegal environment variable name\nembedded null byte\n"
        );
    });
}

#[test]
fn recursion_in_c_ends_in_an_error() {
    in_both(|session| {
        let program =
            "import json\ntry: json.loads('[' * 100000)\nexcept RecursionError: print('too deep')";
        assert_eq!(python(session, program), "too deep\n");
    });
}

/// What takes much more of wasm's stack than of the C library's, by which the interpreter measures.
#[test]
fn deep_recursion_in_c_is_no_trap() {
    let ann = someone();
    let session = ann.session(&[]);
    let program = "import json\n\
        try: json.loads('{\"a\":' * 100000)\n\
        except RecursionError: print('too deep')\n\
        def within(inner): return lambda: inner\n\
        inner = None\n\
        for depth in range(200000): inner = within(inner)\n\
        del inner\n\
        print('freed')";
    assert_eq!(python(&session, program), "too deep\nfreed\n");
}

/// And what the interpreter does not measure at all is told as a shell tells of it.
#[test]
fn a_trap_says_what_it_was() {
    let ann = someone();
    let session = ann.session(&[]);
    let program = "import sys; sys.setrecursionlimit(10**7)\n\
        def fall(depth): return 1 // 0 if depth == 0 else 1 + fall(depth - 1)\n\
        try: fall(600000)\n\
        except ZeroDivisionError: pass\n";
    session.exec(&json!({"command": format!("cat > fall.py <<'END'\n{program}END")}));
    let output = session.exec(&json!({"command": "python3 fall.py"}));
    assert_eq!(output.exit_code, 139, "{output}");
    assert!(output.err().contains("stack overflow"), "{output}");
}

#[test]
fn what_a_program_leaves_is_ended_with_it() {
    in_both(|session| {
        let program = "import sys\n\
            class Last:\n    \
                def __del__(self): print('last', sys.is_finalizing())\n\
            here, circle = Last(), Last()\n\
            circle.own = circle\n\
            file = open('left', 'w')\n\
            file.write('written')\n";
        assert_eq!(python(session, program), "last True\nlast True\n");
        assert_eq!(session.say("cat left"), "written");
        for (ending, code) in [("sys.exit(2**128)", 255), ("sys.exit(-1)", 255)] {
            let output =
                session.exec(&json!({"argv": ["python3", "-c", format!("import sys; {ending}")]}));
            assert_eq!(output.exit_code, code, "{output}");
        }
        let closed = "import os, sys; sys.stdout.write('x'); os.close(1)";
        let output = session.exec(&json!({"argv": ["python3", "-c", closed]}));
        assert_eq!(output.exit_code, 120, "{output}");
        assert!(output.err().starts_with("Exception ignored "), "{output}");
        assert!(output.err().contains("Bad file descriptor"), "{output}");
    });
}

/// The interpreter's state was made long before.
#[test]
fn a_records_age_is_the_programs() {
    in_both(|session| {
        let program = "import logging; print(logging.makeLogRecord({}).relativeCreated < 60_000)";
        assert_eq!(python(session, program), "True\n");
    });
}

#[test]
fn what_the_network_lacks_is_said() {
    let ann = someone();
    let session = ann.session(&[]);
    let program = "import socket, ssl\n\
        try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n\
        except OSError as error: print(error)\n\
        try: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain('own.pem')\n\
        except ssl.SSLError as error: print(error)";
    assert_eq!(
        python(&session, program),
        "[Errno 58] No UDP: the network of a session carries TCP; names are resolved by the server\n\
         a session's programs have no certificates of their own\n"
    );
}

/// In the folder, so that only the first session after an installation compiles.
#[test]
fn what_was_imported_once_is_compiled_for_the_next_session() {
    let ann = someone();
    ann.folder(".local");
    let first = ann.session(&[]);
    first.say("d=$(python3 -m site --user-site); mkdir -p $d; echo 'answer = 42' > $d/once.py");
    assert_eq!(python(&first, "import once; print(once.answer)"), "42\n");
    first.end();
    let second = ann.session(&[]);
    let program = "import importlib.util, once, os; print(os.path.exists(importlib.util.cache_from_source(once.__file__)))";
    assert_eq!(python(&second, program), "True\n");
}

#[test]
fn users_packages_have_a_place() {
    in_both(|session| {
        let site = session.say("python3 -m site --user-site");
        assert!(site.starts_with("/home/work/.local/lib/python3."), "{site}");
        let owner =
            "import pathlib; print(pathlib.Path.home().owner(), pathlib.Path.home().group())";
        assert_eq!(python(session, owner), "work work\n");
    });
}
