//! What is to be started, and how.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use berth_guest::Group;
use berth_multicall::{bytes, path_bytes, start};

use crate::stdio::Direction;
use crate::{Child, ExitStatus, Output, Stdio};

/// A program to start, with its arguments, variables, directory and descriptors.
#[derive(Debug)]
pub struct Command {
    program: OsString,
    arguments: Vec<OsString>,
    keeps_environment: bool,
    /// What is different from this process's: a value, or nothing.
    environment: BTreeMap<OsString, Option<OsString>>,
    directory: Option<PathBuf>,
    stdin: Option<Stdio>,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
}

impl Command {
    /// A program by its path, or by its name in `PATH`.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            keeps_environment: true,
            environment: BTreeMap::new(),
            directory: None,
            stdin: None,
            stdout: None,
            stderr: None,
        }
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        for argument in arguments {
            self.arg(argument);
        }
        self
    }

    /// Sets a variable.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        let value = value.as_ref().to_owned();
        self.environment
            .insert(name.as_ref().to_owned(), Some(value));
        self
    }

    /// Sets variables.
    pub fn envs(
        &mut self,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> &mut Self {
        for (name, value) in variables {
            self.env(name, value);
        }
        self
    }

    /// Leaves a variable out.
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.environment.insert(name.as_ref().to_owned(), None);
        self
    }

    /// Leaves all variables out that are not set from here on.
    pub fn env_clear(&mut self) -> &mut Self {
        self.keeps_environment = false;
        self.environment.clear();
        self
    }

    /// Where it works.
    pub fn current_dir(&mut self, directory: impl AsRef<Path>) -> &mut Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Its standard input.
    pub fn stdin(&mut self, stdin: impl Into<Stdio>) -> &mut Self {
        self.stdin = Some(stdin.into());
        self
    }

    /// Its standard output.
    pub fn stdout(&mut self, stdout: impl Into<Stdio>) -> &mut Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// Its standard error.
    pub fn stderr(&mut self, stderr: impl Into<Stdio>) -> &mut Self {
        self.stderr = Some(stderr.into());
        self
    }

    /// The program's name or path.
    pub fn get_program(&self) -> &OsStr {
        &self.program
    }

    /// Its arguments, without its name.
    pub fn get_args(&self) -> impl Iterator<Item = &OsStr> {
        self.arguments.iter().map(OsString::as_os_str)
    }

    /// The variables that are set or left out.
    pub fn get_envs(&self) -> impl Iterator<Item = (&OsStr, Option<&OsStr>)> {
        let changes = self.environment.iter();
        changes.map(|(name, value)| (name.as_os_str(), value.as_deref()))
    }

    /// Where it works, if not here.
    pub fn get_current_dir(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Starts it.
    ///
    /// # Errors
    /// There is no such program or directory, or no room for another process.
    pub fn spawn(&mut self) -> io::Result<Child> {
        self.launch(Stdio::inherit)
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// As [`Self::spawn`].
    pub fn status(&mut self) -> io::Result<ExitStatus> {
        self.spawn()?.wait()
    }

    /// Runs it to its end and takes all that it writes, where nothing else was said about that.
    ///
    /// # Errors
    /// As [`Self::spawn`].
    pub fn output(&mut self) -> io::Result<Output> {
        self.launch(Stdio::piped)?.wait_with_output()
    }

    fn launch(&mut self, otherwise: fn() -> Stdio) -> io::Result<Child> {
        let input = self.stdin.get_or_insert_with(Stdio::inherit);
        let input = input.open(0, Direction::In)?;
        let place = |set: &Option<Stdio>, fd| match set {
            Some(stdio) => stdio.open(fd, Direction::Out),
            None => otherwise().open(fd, Direction::Out),
        };
        let (output, error) = (place(&self.stdout, 1)?, place(&self.stderr, 2)?);
        let descriptors = [(0, input.theirs), (1, output.theirs), (2, error.theirs)];
        let pid = self.within_directory(|command| {
            start(
                &command.words(),
                &command.variables(),
                &descriptors,
                Group::Inherit,
            )
        })?;
        Ok(Child::new(pid, [input.ours, output.ours, error.ours]))
    }

    /// A program begins where the one that starts it is.
    fn within_directory<T>(&self, body: impl FnOnce(&Self) -> io::Result<T>) -> io::Result<T> {
        let Some(directory) = &self.directory else {
            return body(self);
        };
        let before = berth_guest::getcwd()?;
        berth_guest::chdir(path_bytes(directory))?;
        let started = body(self);
        berth_guest::chdir(&before)?;
        started
    }

    fn words(&self) -> Vec<Vec<u8>> {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| bytes(word).to_vec()).collect()
    }

    fn variables(&self) -> Vec<Vec<u8>> {
        let mut variables = BTreeMap::new();
        if self.keeps_environment {
            variables.extend(std::env::vars_os());
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => variables.insert(name.clone(), value.clone()),
                None => variables.remove(name),
            };
        }
        let line =
            |(name, value): (OsString, OsString)| [bytes(&name), b"=", bytes(&value)].concat();
        variables.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn sh(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn a_program_tells_how_it_ended_and_all_that_it_wrote() {
        let output = sh("echo out; echo err >&2; exit 3").output().unwrap();
        assert_eq!(
            (&output.stdout[..], &output.stderr[..]),
            (&b"out\n"[..], &b"err\n"[..])
        );
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.status.to_string(), "exit status: 3");
        let killed = sh("kill -9 $$").status().unwrap();
        assert_eq!((killed.code(), killed.signal()), (None, Some(9)));
        assert_eq!(killed.to_string(), "signal: 9 (SIGKILL)");
    }

    #[test]
    fn much_on_both_pipes_keeps_nobody_waiting() {
        let output =
            sh("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero")
                .output()
                .unwrap();
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (600_000, 300_000)
        );
    }

    #[test]
    fn variables_and_directory_are_the_programs_own() {
        let here = std::env::current_dir().unwrap();
        let output = sh("echo $SET ${HOME-none}; pwd")
            .env("SET", "one two")
            .env_remove("HOME")
            .current_dir("/")
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"one two none\n/\n");
        assert_eq!(std::env::current_dir().unwrap(), here);
        let cleared = sh("echo ${HOME-none} $A")
            .env_clear()
            .env("A", "a")
            .output();
        assert_eq!(cleared.unwrap().stdout, b"none a\n");
    }

    #[test]
    fn a_pipe_in_and_a_pipe_out() {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"through").unwrap();
        let mut text = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "through");
        assert!(child.wait().unwrap().success());
        assert!(child.try_wait().unwrap().unwrap().success());
    }

    #[test]
    fn what_cannot_be_started_is_told() {
        let missing = Command::new("no-such-program").spawn().unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let nowhere = sh("true").current_dir("/no/such/place").status();
        assert_eq!(nowhere.unwrap_err().kind(), io::ErrorKind::NotFound);
        let mut long = sh("sleep 60").spawn().unwrap();
        assert!(long.try_wait().unwrap().is_none());
        long.kill().unwrap();
        assert_eq!(long.wait().unwrap().signal(), Some(9));
    }
}
