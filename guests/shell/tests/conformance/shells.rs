//! Runs a case by bash and by our shell. Both are called `bash`, are found at the same place and work in a directory
//! of the same name, one after the other: what they print needs no editing before it is compared.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::cases::{Case, Spec};
use super::pseudoterminal;

const BASH: &str = "/bin/bash";
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
const CASE_MAX: Duration = Duration::from_secs(15);

/// What a shell left behind.
#[derive(PartialEq, Eq)]
pub struct Outcome {
    pub output: String,
    pub errors: String,
    pub status: String,
    files: BTreeMap<PathBuf, String>,
}

pub enum Verdict {
    Same,
    Differs(String),
}

/// A place where one case at a time runs.
pub struct Shells {
    scratch: tempfile::TempDir,
}

impl Shells {
    pub fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        fs::create_dir(scratch.path().join("bin")).unwrap();
        Self { scratch }
    }

    pub fn compare(&self, case: &Case) -> Verdict {
        let mut expected = self.run(Path::new(BASH), case);
        let mut found = self.run(Path::new(env!("CARGO_BIN_EXE_bash")), case);
        for outcome in [&mut expected, &mut found] {
            forget_ignored(&case.spec, outcome);
        }
        if expected == found {
            return Verdict::Same;
        }
        Verdict::Differs(describe(&expected, &found))
    }

    fn run(&self, shell: &Path, case: &Case) -> Outcome {
        let bin = self.scratch.path().join("bin");
        // The first time there is nothing to remove.
        let _ = fs::remove_file(bin.join("bash"));
        symlink(shell, bin.join("bash")).unwrap();
        let work = self.scratch.path().join("work");
        remove(&work);
        fs::create_dir(&work).unwrap();
        for file in &case.files {
            let path = work.join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &file.contents).unwrap();
            if file.executable {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o744)).unwrap();
            }
        }
        let command = command(&bin, &work, &case.spec);
        let limit = case
            .spec
            .timeout_in_seconds
            .map_or(CASE_MAX, Duration::from_secs);
        let mut outcome = if case.spec.pty {
            pseudoterminal::run(command, &case.spec, limit)
        } else {
            run_with_pipes(command, &case.spec, limit)
        };
        collect(&work, &work, &mut outcome.files);
        outcome
    }
}

/// A case may have taken rights away from its own directories.
fn remove(work: &Path) {
    if fs::remove_dir_all(work).is_err() && work.exists() {
        let _ = Command::new("chmod")
            .arg("-R")
            .arg("u+rwx")
            .arg(work)
            .status();
        fs::remove_dir_all(work).unwrap();
    }
}

fn command(bin: &Path, work: &Path, spec: &Spec) -> Command {
    // Away from the terminal that runs the tests; `setsid` becomes the shell, with the same process id.
    let mut command = Command::new("setsid");
    if spec.pty {
        command.arg("--ctty");
    }
    command.arg("bash");
    for argument in ["--norc", "--noprofile"] {
        if !spec
            .removed_default_args
            .iter()
            .any(|name| name == argument)
        {
            command.arg(argument);
        }
    }
    command
        .args(spec.args.iter().map(ToString::to_string))
        .current_dir(work)
        .env_clear()
        .env("LC_ALL", "C")
        .env("PS1", "test$ ")
        .env("PATH", format!("{}:{PATH}", bin.display()))
        .envs(
            spec.env
                .iter()
                .map(|(name, value)| (name, value.to_string())),
        );
    if let Some(home) = &spec.home_dir {
        command.env("HOME", work.join(home));
    }
    command
}

fn run_with_pipes(mut command: Command, spec: &Spec, limit: Duration) -> Outcome {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = spec.stdin.clone().unwrap_or_default();
    thread::spawn(move || {
        // A shell that reads nothing closes its end.
        let _ = stdin.write_all(input.as_bytes());
    });
    let deadline = Instant::now() + limit;
    let output = drain(child.stdout.take().unwrap());
    let errors = drain(child.stderr.take().unwrap());
    // What the shell left running in the background may still write.
    let (output, errors) = (until(&output, deadline), until(&errors, deadline));
    Outcome {
        output,
        errors,
        status: wait(&mut child, deadline),
        files: BTreeMap::new(),
    }
}

fn drain(mut source: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = source.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn until(pieces: &mpsc::Receiver<Vec<u8>>, deadline: Instant) -> String {
    let mut bytes = Vec::new();
    while let Ok(piece) = pieces.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        bytes.extend(piece);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How the shell ended; one that is late is stopped with all it started.
pub fn wait(child: &mut Child, deadline: Instant) -> String {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.to_string();
        }
        if Instant::now() >= deadline {
            if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
                // It may end by itself right now.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            child.wait().unwrap();
            return "timed out".to_owned();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

impl Outcome {
    pub fn of_terminal(output: String, status: String) -> Self {
        Self {
            output,
            errors: String::new(),
            status,
            files: BTreeMap::new(),
        }
    }
}

fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.insert(name, "directory".to_owned());
            collect(root, &path, files);
        } else if kind.is_file() {
            let contents = fs::read(&path).unwrap_or_default();
            files.insert(name, String::from_utf8_lossy(&contents).into_owned());
        } else {
            files.insert(name, format!("{kind:?}"));
        }
    }
}

fn forget_ignored(spec: &Spec, outcome: &mut Outcome) {
    if spec.ignore_stdout {
        outcome.output.clear();
    }
    if spec.ignore_stderr {
        outcome.errors.clear();
    }
    if spec.ignore_exit_status {
        outcome.status.clear();
    }
    if spec.ignore_whitespace {
        for text in [&mut outcome.output, &mut outcome.errors] {
            *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
}

fn describe(expected: &Outcome, found: &Outcome) -> String {
    let mut text = String::new();
    for (what, expected, found) in [
        ("output", &expected.output, &found.output),
        ("errors", &expected.errors, &found.errors),
        ("status", &expected.status, &found.status),
    ] {
        if expected != found {
            text.push_str(&format!(
                "--- {what} of bash\n{expected}\n--- ours\n{found}\n"
            ));
        }
    }
    if expected.files != found.files {
        text.push_str(&format!(
            "--- files of bash\n{:?}\n--- ours\n{:?}\n",
            expected.files, found.files
        ));
    }
    text
}
