//! Python's prompt, as somebody types at it.

use std::time::Duration;

use berth_tests::{Terminal, someone};
use serde_json::json;

/// The key, as a terminal sends it whose keys are the program's (`smkx` of terminfo(5)).
const UP: &str = "\x1bOA";

/// Types a line at Python's prompt, when it is there.
fn enter(terminal: &mut Terminal, line: &str) {
    terminal.wait_for_cursor_line(">>>");
    terminal.enter(line);
}

fn start(terminal: &mut Terminal) {
    terminal.wait_for_prompt();
    terminal.enter("clear; python3 -q");
    terminal.wait_for_cursor_line(">>>");
}

#[test]
fn names_are_completed() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    start(&mut terminal);
    enter(&mut terminal, "import platform");
    terminal.wait_for_cursor_line(">>>");
    terminal.type_text("platform.python_impl\t");
    terminal.wait_for("platform.python_implementation()");
    terminal.enter("");
    terminal.wait_for_line("'CPython'");
    terminal.wait_for_cursor_line(">>>");
    // Modules, too, that nobody has imported.
    terminal.type_text("import fracti\t");
    terminal.wait_for_line(">>> import fractions");
}

#[test]
fn the_prompt_of_asyncio_awaits() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("clear; python3 -m asyncio");
    enter(&mut terminal, "await asyncio.sleep(0.1, 6 * 7)");
    terminal.wait_for_line("42");
    enter(
        &mut terminal,
        "job = asyncio.create_task(asyncio.sleep(0.1, 'awaited'))",
    );
    enter(&mut terminal, "await job");
    terminal.wait_for_line("'awaited'");
    enter(&mut terminal, "await asyncio.sleep(60)");
    std::thread::sleep(Duration::from_millis(300));
    terminal.type_text("\x03");
    terminal.wait_for("KeyboardInterrupt");
    enter(&mut terminal, "exit()");
    terminal.wait_for_prompt();
}

#[test]
fn what_was_typed_in_lines_is_edited_in_lines() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    start(&mut terminal);
    enter(&mut terminal, "def double(x):");
    terminal.wait_for_line("...");
    terminal.enter("return 2 * x");
    terminal.wait_for_line("...     return 2 * x");
    terminal.enter("");
    enter(&mut terminal, "double(21)");
    terminal.wait_for_line("42");
    terminal.wait_for_cursor_line(">>>");
    terminal.type_text(UP);
    terminal.wait_for_cursor_line(">>> double(21)");
    terminal.type_text(UP);
    terminal.wait_for_cursor_line("...     return 2 * x");
    terminal.type_text(" + 1\r\r");
    enter(&mut terminal, "double(21)");
    terminal.wait_for_line("43");
}

#[test]
fn what_was_typed_is_remembered_by_the_next_prompt() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    start(&mut terminal);
    enter(&mut terminal, "6 * 7");
    terminal.wait_for_line("42");
    enter(&mut terminal, "exit()");
    start(&mut terminal);
    terminal.type_text(UP);
    terminal.wait_for_cursor_line(">>> exit()");
}

/// Its tracebacks, and `inspect`, have the lines of what was typed.
#[test]
fn a_prompt_in_a_pipe_knows_its_lines() {
    let ann = someone();
    let session = ann.session(&[]);
    let output = session.exec(&json!({
        "argv": ["bash", "-c", "printf 'def f():\\n  return 1/0\\n\\nf()\\nimport inspect; print(inspect.getsource(f))' | python3 -iq 2>&1"],
    }));
    let text = output.out();
    assert!(
        text.contains("    return 1/0\n           ~^~\n"),
        "{output}"
    );
    assert!(text.contains(">>> def f():\n  return 1/0\n"), "{output}");
}

/// Programs that talk to a prompt through pipes wait for each of its answers.
#[test]
fn a_prompt_in_a_pipe_answers_line_by_line() {
    for environment in ["python-3.14", "python-3.12"] {
        let ann = someone();
        let session = ann.session_with(&json!({"environment": environment}));
        let script = "import subprocess, sys\n\
            child = subprocess.Popen([sys.executable, '-i', '-q'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n\
            for number in (6, 7):\n    \
                child.stdin.write(b'%d * 7\\n' % number)\n    \
                child.stdin.flush()\n    \
                print(child.stdout.readline().decode().strip())\n\
            child.stdin.close()\n\
            print(child.wait())\n";
        let output = session.exec(&json!({"argv": ["python3", "-c", script]}));
        assert_eq!(output.out(), "42\n49\n0\n", "{output}");
    }
}
