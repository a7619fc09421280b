//! A person's own programs: any WebAssembly core module for WASI preview 1.

use berth_tests::{Person, Session, programs, someone};
use serde_json::json;

/// Somebody with a folder `tools`, which is mounted in the session.
fn with_tools(person: &Person) -> Session<'_> {
    person.folder("tools");
    person.session(&["tools"])
}

#[test]
fn a_program_that_was_uploaded_runs_by_its_path() {
    let ann = someone();
    let session = with_tools(&ann);
    ann.put(
        "tools",
        "hello.wasm",
        programs::hello("hello from outside\n", 0),
    )
    .fine();
    ann.put("tools", "arguments.wasm", programs::arguments())
        .fine();
    assert_eq!(
        session.say("cd tools && ./hello.wasm"),
        "hello from outside\n"
    );
    assert_eq!(
        session.say("tools/hello.wasm; ~/tools/hello.wasm | cat"),
        "hello from outside\n".repeat(2)
    );
    let output = session.run("cd tools; ./arguments.wasm a 'b c' '' '*' 한글");
    assert_eq!(
        (output.exit_code, output.out()),
        (5, "a\nb c\n\n*\n한글\n".into())
    );
    let output = session.exec(&json!({"argv": ["/home/work/tools/arguments.wasm", "x y"]}));
    assert_eq!((output.exit_code, output.out()), (1, "x y\n".into()));
    assert_eq!(
        session.terminal().run("tools/hello.wasm"),
        "hello from outside"
    );
}

#[test]
fn a_program_in_path_runs_by_its_name() {
    let ann = someone();
    ann.folder(".local");
    ann.put(".local", "bin/hello", programs::hello("by name\n", 0))
        .fine();
    ann.put(
        ".local",
        "bin/other.wasm",
        programs::hello("with its ending\n", 0),
    )
    .fine();
    let session = with_tools(&ann);
    assert_eq!(
        session.say("hello; other.wasm"),
        "by name\nwith its ending\n"
    );
    assert_eq!(session.exec(&json!({"argv": ["hello"]})).out(), "by name\n");
    ann.put("tools", "mine", programs::hello("in my own PATH\n", 0))
        .fine();
    assert_eq!(session.say("PATH=$PATH:~/tools; mine"), "in my own PATH\n");
    assert_eq!(session.run("mine").exit_code, 127);
}

#[test]
fn every_exit_code_arrives() {
    let ann = someone();
    let session = with_tools(&ann);
    for code in [0, 1, 2, 63, 125, 126, 127, 128, 200, 255] {
        ann.put("tools", "exit.wasm", programs::hello("", code))
            .fine();
        assert_eq!(
            session
                .exec(&json!({"argv": ["tools/exit.wasm"]}))
                .exit_code,
            i64::from(code)
        );
        assert_eq!(session.say("tools/exit.wasm; echo $?"), format!("{code}\n"));
    }
}

#[test]
fn a_program_is_part_of_pipelines_and_redirections() {
    let ann = someone();
    let session = with_tools(&ann);
    ann.put("tools", "copy.wasm", programs::copy()).fine();
    assert_eq!(
        session.say("seq 50000 | tools/copy.wasm | tools/copy.wasm | tail -1"),
        "50000\n"
    );
    assert_eq!(
        session.say("echo in > f; tools/copy.wasm < f > g; cat g"),
        "in\n"
    );
    assert_eq!(
        session
            .exec(&json!({"argv": ["tools/copy.wasm"], "stdin": "given"}))
            .out(),
        "given"
    );
    assert_eq!(
        session.say("x=$(echo inner | tools/copy.wasm); echo \"<$x>\""),
        "<inner>\n"
    );
    assert_eq!(session.say("yes | tools/copy.wasm | head -2"), "y\ny\n");
}

#[test]
fn a_program_finds_files_from_where_it_was_started() {
    let ann = someone();
    let session = with_tools(&ann);
    ann.put("tools", "show.wasm", programs::show("note")).fine();
    ann.put("tools", "absolute.wasm", programs::show("/etc/os-release"))
        .fine();
    session.say("echo at home > note; mkdir sub; echo below > sub/note");
    assert_eq!(
        session.say("tools/show.wasm; cd sub; ../tools/show.wasm"),
        "at home\nbelow\n"
    );
    // 44: there is no such file.
    assert_eq!(session.run("cd /tmp; ~/tools/show.wasm").exit_code, 44);
    let hostname = session.say("tools/absolute.wasm");
    assert_eq!(hostname, session.say("cat /etc/os-release"));
}

#[test]
fn a_program_sees_no_more_than_the_shell_does() {
    let ann = someone();
    let session = with_tools(&ann);
    let server = berth_tests::Server::shared();
    let secret = server.outside().join("secret-for-programs");
    std::fs::write(&secret, "the host's secret").unwrap();
    for (number, path) in [
        secret.display().to_string(),
        format!("../../../../../../..{}", secret.display()),
        "/etc/shadow".to_owned(),
        format!("/proc/self/root{}", secret.display()),
        format!("/proc/self/cwd/../../../..{}", secret.display()),
    ]
    .iter()
    .enumerate()
    {
        let name = format!("show-{number}.wasm");
        ann.put("tools", &name, programs::show(path)).fine();
        let output = session.run(&format!("tools/{name}"));
        assert!(
            output.exit_code != 0 && output.stdout.is_empty(),
            "{path}: {output}"
        );
    }
}

#[test]
fn a_file_that_is_no_valid_module_is_told_so() {
    let ann = someone();
    let session = with_tools(&ann);
    let valid = programs::hello("x", 0);
    let mut flipped = valid.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    flipped[middle + 1] ^= 0xff;
    let component = b"\0asm\x0d\0\x01\0".to_vec();
    let without_start = wat::parse_str("(module (memory (export \"memory\") 1))").unwrap();
    let strange_import = wat::parse_str(
        "(module (import \"nobody\" \"knows\" (func)) (memory (export \"memory\") 1) (func (export \"_start\")))",
    )
    .unwrap();
    let threads =
        wat::parse_str("(module (memory 1 1 shared) (func (export \"_start\")))").unwrap();
    for (what, content) in [
        (
            "garbage",
            b"\0asm\x01\0\0\0 and then nothing sensible".to_vec(),
        ),
        ("another version", b"\0asm\x63\0\0\0".to_vec()),
        ("half", valid[..valid.len() / 2].to_vec()),
        ("flipped", flipped),
        ("component", component),
        ("without-start", without_start),
        ("strange-import", strange_import),
        ("threads", threads),
        (
            "elf",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0".to_vec(),
        ),
    ] {
        ann.put("tools", "bad.wasm", &content).fine();
        let output = session.run("cd tools; ./bad.wasm; code=$?; echo after; exit $code");
        assert_eq!(
            (output.exit_code, output.out()),
            (126, "after\n".into()),
            "{what}: {output}"
        );
        assert!(output.err().contains("bad.wasm"), "{what}: {output}");
        assert!(
            output.err().trim().len() > "bad.wasm".len() + 10,
            "{what} is told in no words: {output}"
        );
        assert!(
            !output.err().contains("panicked") && output.err().len() < 2000,
            "{what}: {output}"
        );
        let output = session.run("PATH=~/tools; bad.wasm");
        assert_eq!(output.exit_code, 126, "{what} by its name: {output}");
        let output = session.exec(&json!({"argv": ["tools/bad.wasm"]}));
        assert_eq!(output.exit_code, 126, "{what} without a shell: {output}");
    }
}

#[test]
fn a_new_version_of_a_program_is_the_one_that_runs() {
    let ann = someone();
    let session = with_tools(&ann);
    for version in 1..=5 {
        ann.put(
            "tools",
            "tool.wasm",
            programs::hello(&format!("version {version}\n"), 0),
        )
        .fine();
        assert_eq!(
            session.say("tools/tool.wasm"),
            format!("version {version}\n")
        );
    }
    session.say("cp tools/tool.wasm copy.wasm");
    assert_eq!(session.say("./copy.wasm"), "version 5\n");
}

#[test]
fn a_program_that_fails_is_ended_by_a_signal() {
    let ann = someone();
    let session = with_tools(&ann);
    ann.put("tools", "trap.wasm", programs::trap()).fine();
    ann.put("tools", "recurse.wasm", programs::recurse()).fine();
    assert_eq!(session.run("tools/trap.wasm").exit_code, 134, "SIGABRT");
    let output = session.run("tools/recurse.wasm");
    assert_eq!(output.exit_code, 139, "SIGSEGV: {output}");
    assert!(output.err().contains("stack"), "{output}");
    assert_eq!(session.say("echo alive"), "alive\n");
}

#[test]
fn bad_pointers_are_errors_of_the_program() {
    let ann = someone();
    let session = with_tools(&ann);
    ann.put("tools", "pointers.wasm", programs::bad_pointers())
        .fine();
    assert_eq!(session.say("tools/pointers.wasm"), "ok\n");
}
