//! The shell beside bash itself: every script of `tests/oracle/` runs through both, and what they print, what
//! they complain about and how they end must be the same.
//!
//! A file holds cases: a line `### name`, then the script. Lines `#: ...` right after the name say how it runs:
//! `stdin` (as a script on standard input), `file` (as a script file), `args a b` (further arguments),
//! `errors-differ` (only whether there are complaints is compared), `status-differs` (the status is not compared), `input text` (on standard input).

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

const BASH: &str = "/bin/bash";
const SIGHUP: berth_guest::Signal = 1;
const SIGINT: berth_guest::Signal = 2;
const SIGQUIT: berth_guest::Signal = 3;
const SIGTERM: berth_guest::Signal = 15;
/// A case that takes longer hangs.
const CASE_MAX: std::time::Duration = std::time::Duration::from_secs(10);

#[derive(Default)]
struct Case {
    name: String,
    script: String,
    stdin: bool,
    file: bool,
    errors_differ: bool,
    status_differs: bool,
    input: String,
    arguments: Vec<String>,
}

#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    output: String,
    errors: String,
    status: Option<i32>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("### ") {
            cases.push(Case {
                name: name.to_owned(),
                ..Case::default()
            });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        match line
            .strip_prefix("#: ")
            .map(|directive| directive.split_once(' ').unwrap_or((directive, "")))
        {
            Some(("stdin", _)) => case.stdin = true,
            Some(("file", _)) => case.file = true,
            Some(("errors-differ", _)) => case.errors_differ = true,
            Some(("status-differs", _)) => case.status_differs = true,
            Some(("input", text)) => case.input = text.replace("\\n", "\n"),
            Some(("args", words)) => case.arguments = words.split(' ').map(str::to_owned).collect(),
            Some((other, _)) => panic!("{}: unknown directive {other}", case.name),
            None => {
                case.script.push_str(line);
                case.script.push('\n');
            }
        }
    }
    cases
}

fn run(program: &Path, case: &Case) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.arg0("bash");
    if case.file {
        fs::write(home.path().join("script.sh"), &case.script).unwrap();
        command.arg("script.sh");
    } else if case.stdin {
        command.arg("-s");
    } else {
        command.arg("-c").arg(case.script.trim_end_matches('\n'));
        if !case.arguments.is_empty() {
            command.arg("bash");
        }
    }
    command
        .args(&case.arguments)
        .current_dir(home.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "dumb")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input = if case.stdin {
        case.script.clone()
    } else {
        case.input.clone()
    };
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // A shell that reads nothing closes its end.
        let _ = stdin.write_all(input.as_bytes());
    });
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    // The whole group: a child left behind would keep the pipes open.
    let group = format!("-{}", child.id());
    let watchdog = std::thread::spawn(move || {
        if waiting.recv_timeout(CASE_MAX).is_err() {
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
    });
    let finished = child.wait_with_output().unwrap();
    // The watchdog may have gone.
    let _ = done.send(());
    watchdog.join().unwrap();
    writer.join().unwrap();
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.replace(home.path().to_str().unwrap(), "HOME")
    };
    Outcome {
        output: clean(&finished.stdout),
        errors: clean(&finished.stderr),
        status: finished.status.code(),
    }
}

fn compare(file: &str) {
    if !Path::new(BASH).exists() {
        eprintln!("no {BASH} here: nothing to compare with");
        return;
    }
    let ours = Path::new(env!("CARGO_BIN_EXE_bash"));
    // Whoever started this run may ignore some (nohup does): the shells would inherit that.
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        berth_guest::set_signal_action(signal, berth_guest::SignalAction::Default).unwrap();
    }
    // As seen from the package, where cargo starts tests.
    let path = Path::new("tests/oracle").join(file);
    let cases = cases(&fs::read_to_string(path).unwrap());
    assert!(!cases.is_empty(), "{file} holds no cases");
    let only = std::env::var("ORACLE").ok();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in &cases {
        if only
            .as_ref()
            .is_some_and(|only| !case.name.contains(only.as_str()))
        {
            continue;
        }
        count += 1;
        let mut expected = run(Path::new(BASH), case);
        let mut found = run(ours, case);
        if case.errors_differ {
            expected.errors = (!expected.errors.is_empty()).to_string();
            found.errors = (!found.errors.is_empty()).to_string();
        }
        if case.status_differs {
            found.status = expected.status;
        }
        if expected != found {
            failures.push(format!(
                "### {}\n{}--- bash\n{expected:#?}\n--- ours\n{found:#?}\n",
                case.name, case.script
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} differ in {file}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

macro_rules! oracle {
    ($($test:ident: $file:literal,)*) => { $(#[test] fn $test() { compare($file); })* };
}

oracle! {
    quoting_is_that_of_bash: "quoting.txt",
    parameters_expand_as_in_bash: "parameters.txt",
    arrays_are_those_of_bash: "arrays.txt",
    arithmetic_gives_what_bash_gives: "arithmetic.txt",
    words_become_the_fields_bash_makes: "words.txt",
    redirections_go_where_bash_sends_them: "redirections.txt",
    control_flows_as_in_bash: "control.txt",
    scripts_end_as_in_bash: "endings.txt",
    functions_behave_as_in_bash: "functions.txt",
    pipelines_and_children_behave_as_in_bash: "processes.txt",
    conditions_hold_when_bash_says_so: "conditions.txt",
    builtins_do_what_those_of_bash_do: "builtins.txt",
    printing_is_that_of_bash: "printing.txt",
    options_change_what_they_change_in_bash: "options.txt",
    errors_read_as_bash_writes_them: "errors.txt",
    scripts_are_read_as_bash_reads_them: "scripts.txt",
    limits_and_ignored_signals_are_those_of_bash: "limits.txt",
    what_other_suites_asked_is_as_in_bash: "more.txt",
    declarations_are_those_of_bash: "declarations.txt",
    subscripts_are_expanded_as_in_bash: "subscripts.txt",
    what_is_rarely_written_means_what_it_means_in_bash: "further.txt",
    an_interactive_shell_speaks_as_bash: "interactive.txt",
    what_is_shown_is_what_bash_understood: "shown.txt",
}
