//! Programs: finding them, starting them, what their failure to start means.

use std::io;
use std::rc::Rc;

use berth_guest::{Group, Pid, SpawnRequest};

use super::simple::Temporary;
use crate::descriptors::{Descriptor, Descriptors, error_text};
use crate::files;
use crate::options::SetOption;
use crate::parse::ast::{
    Assignment, AssignmentValue, Command, CommandKind, List, Redirect, RedirectDescriptor,
    RedirectKind, SimpleCommand,
};
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::{Event, SIGINT};
use crate::text;

/// Status of a command that was not found.
pub const NOT_FOUND_STATUS: i32 = 127;
/// Status of a command that was found but cannot be run.
pub const NOT_RUNNABLE_STATUS: i32 = 126;
/// How much of a file without `#!` is looked at to see whether it is text.
const SNIFFED_BYTES: usize = 80;

/// Why a program was not started.
#[derive(Debug)]
pub(crate) enum StartFailure {
    /// It was told; the status of the command.
    Told(i32),
    /// Not a program: a text that this shell can run itself.
    Script(String),
}

impl Shell {
    /// Runs a program and waits for it.
    pub(crate) fn run_external(
        &mut self,
        words: &[String],
        temporaries: &[Temporary],
        text: impl FnOnce() -> String,
    ) -> Outcome {
        let becomes = std::mem::take(&mut self.becomes_program);
        if self.refuses_command(words.first().map(String::as_str).unwrap_or_default()) {
            return Ok(1);
        }
        let Some(path) = self.locate_or_tell(words, temporaries)? else {
            return self.not_found(words, temporaries);
        };
        let job_control = self.job_control();
        let group = if job_control {
            Group::New
        } else {
            Group::Inherit
        };
        if becomes && !job_control {
            return match self.become_program(&path, words, temporaries)? {
                StartFailure::Told(status) => Ok(status),
                StartFailure::Script(path) => self.become_script_of(&path, words, temporaries),
            };
        }
        self.hold_interruption();
        match self.start(&path, words, temporaries, group, job_control) {
            Ok(pid) => {
                let group = job_control.then_some(pid);
                Ok(self
                    .wait_for_pipeline(group, &[pid], text)
                    .pop()
                    .unwrap_or(0))
            }
            Err(StartFailure::Told(status)) => Ok(status),
            Err(StartFailure::Script(path)) => self.run_script_in_child(&path, words, temporaries),
        }
    }

    /// Becomes a program, in this very process and with the shell's files open. Comes back only if it could not be
    /// started, and this is a shell as before then.
    pub(crate) fn become_program(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[Temporary],
    ) -> Result<StartFailure, Unwind> {
        let arguments = encoded(words);
        let environment = self.environment_with(path, temporaries);
        let open = self.descriptors.for_child();
        loop {
            let error = berth_guest::exec(&text::encode(path), &arguments, &environment, &open);
            if error.kind() != io::ErrorKind::Interrupted {
                return Ok(self.start_failure(path, &error));
            }
            // It may have had to be compiled first: that is given up for `^C` and goes on after any other signal.
            self.poll_signals()?;
        }
    }

    /// Becomes a text without `#!`, as a script of this shell.
    pub(crate) fn become_script_of(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[Temporary],
    ) -> Outcome {
        // Nothing of this shell is left to be run.
        self.become_child();
        Err(Unwind::Exit(self.become_script(path, words, temporaries)))
    }

    /// Where the program of a command lies.
    fn locate_or_tell(
        &mut self,
        words: &[String],
        temporaries: &[Temporary],
    ) -> Result<Option<String>, Unwind> {
        let name = words.first().map(String::as_str).unwrap_or_default();
        let path = temporaries
            .iter()
            .rev()
            .find(|temporary| temporary.name == "PATH");
        Ok(match path {
            Some(path) if !name.contains('/') => files::find_command(name, &path.value),
            _ => self.locate(name),
        })
    }

    /// Where a command lies: remembered, or the first in `PATH`. A name with a slash is its own place.
    pub(crate) fn locate(&mut self, name: &str) -> Option<String> {
        if name.contains('/') {
            return Some(name.to_owned());
        }
        if let Some((path, hits)) = self.hashed.get_mut(name) {
            let checks = self.shopt.get("checkhash") || self.options.get(SetOption::Posix);
            if !checks || files::is_command(path) {
                *hits += 1;
                return Some(path.clone());
            }
            self.hashed.remove(name);
        }
        let path = files::find_command(name, &self.search_path())?;
        if self.option(SetOption::HashAll) {
            self.hashed.insert(name.to_owned(), (path.clone(), 1));
        }
        Some(path)
    }

    fn not_found(&mut self, words: &[String], temporaries: &[Temporary]) -> Outcome {
        let name = words.first().cloned().unwrap_or_default();
        if let Some(handler) = self.functions.get("command_not_found_handle").cloned() {
            let mut call = vec!["command_not_found_handle".to_owned()];
            call.extend_from_slice(words);
            return self.call_function(&handler, &call);
        }
        let search = temporaries
            .iter()
            .rev()
            .find(|temporary| temporary.name == "PATH")
            .map_or_else(|| self.search_path(), |path| path.value.clone());
        if let Some(path) = files::find_unusable(&name, &search) {
            let reason = if files::is_directory(&path) {
                "Is a directory"
            } else {
                "Permission denied"
            };
            if !files::is_directory(&path) {
                self.error(&format!("{path}: {reason}"));
                return Ok(NOT_RUNNABLE_STATUS);
            }
        }
        let shown = if name.contains(char::is_control) {
            crate::escapes::quote(&name)
        } else {
            name
        };
        self.error(&format!("{shown}: command not found"));
        Ok(NOT_FOUND_STATUS)
    }

    /// Starts a program with the shell's files open. A signal breaks the start off, since a new program may have to be
    /// compiled first: `^C` gives it up, and after any other signal it goes on.
    pub(crate) fn start(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[Temporary],
        group: Group,
        foreground: bool,
    ) -> Result<Pid, StartFailure> {
        let arguments = encoded(words);
        let environment = self.environment_with(path, temporaries);
        let open = self.descriptors.for_child();
        let request = SpawnRequest {
            program: &text::encode(path),
            arguments: &arguments,
            environment: &environment,
            descriptors: &open,
            group,
            foreground,
        };
        loop {
            match berth_guest::spawn(&request) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    self.traps.collect();
                    if self.is_interrupted() {
                        return Err(StartFailure::Told(128 + i32::from(SIGINT)));
                    }
                }
                started => return started.map_err(|error| self.start_failure(path, &error)),
            }
        }
    }

    pub(crate) fn environment_with(&self, path: &str, temporaries: &[Temporary]) -> Vec<Vec<u8>> {
        let mut environment = self.environment();
        let bare = environment.is_empty();
        let mut set = |name: &str, value: &str| {
            let prefix = format!("{name}=");
            environment.retain(|entry| !entry.starts_with(prefix.as_bytes()));
            environment.push(text::encode(&format!("{prefix}{value}")).into_owned());
        };
        for temporary in temporaries {
            set(&self.variables.resolve(&temporary.name), &temporary.value);
        }
        // What takes the shell's place gets no name of its own.
        if !bare && !self.replaced {
            set("_", path);
        }
        environment
    }

    fn start_failure(&self, path: &str, error: &io::Error) -> StartFailure {
        if files::is_directory(path) {
            self.error(&format!("{path}: Is a directory"));
            return StartFailure::Told(NOT_RUNNABLE_STATUS);
        }
        if is_not_executable_format(error) {
            return match looks_like_text(path) {
                true => StartFailure::Script(path.to_owned()),
                false => {
                    self.error(&format!(
                        "{path}: cannot execute binary file: {}",
                        error_text(error)
                    ));
                    StartFailure::Told(NOT_RUNNABLE_STATUS)
                }
            };
        }
        if error.kind() == io::ErrorKind::NotFound {
            if files::metadata(path).is_ok() {
                self.error(&format!("{path}: cannot execute: required file not found"));
                return StartFailure::Told(NOT_FOUND_STATUS);
            }
            self.error(&format!("{path}: {}", error_text(error)));
            return StartFailure::Told(NOT_FOUND_STATUS);
        }
        self.error(&format!("{path}: {}", error_text(error)));
        StartFailure::Told(NOT_RUNNABLE_STATUS)
    }

    /// `exec -c`: no variable is exported any more.
    pub(crate) fn forget_environment(&mut self) {
        let names: Vec<String> = self
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            self.variables.entry(&name).attributes.exported = false;
        }
        self.exported_functions.clear();
        self.foreign_environment.clear();
        self.set_last_argument(String::new());
    }

    /// Runs a text without `#!` as a script of this shell, in a child.
    fn run_script_in_child(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[Temporary],
    ) -> Outcome {
        let job_control = self.job_control();
        let group = if job_control {
            Group::New
        } else {
            Group::Inherit
        };
        self.hold_interruption();
        let pid = berth_guest::fork(group, job_control, || {
            self.become_child();
            self.become_script(path, words, temporaries)
        })
        .map_err(|error| self.no_process(&error))?;
        let group = job_control.then_some(pid);
        let command = words.join(" ");
        Ok(self
            .wait_for_pipeline(group, &[pid], || command)
            .pop()
            .unwrap_or(0))
    }

    /// Starts a list directly as a program when it is nothing but one and when expanding its words here
    /// makes no difference: then no copy of the shell is needed. `number` stands for `file` in it.
    pub(crate) fn spawn_directly(
        &mut self,
        list: &List,
        number: i32,
        file: &Descriptor,
    ) -> Result<Option<Pid>, Unwind> {
        let [item] = list.items.as_slice() else {
            return Ok(None);
        };
        let pipeline = &item.and_or.first;
        let [command] = pipeline.commands.as_slice() else {
            return Ok(None);
        };
        if item.background
            || !item.and_or.rest.is_empty()
            || pipeline.negated
            || pipeline.timed.is_some()
        {
            return Ok(None);
        }
        let mut descriptors = self.descriptors.clone();
        descriptors.set(number, Rc::clone(file));
        self.start_directly(command, descriptors, Group::Inherit, false)
    }

    /// Starts one command as a program, if it is one; see [`Shell::spawn_directly`].
    pub(crate) fn start_directly(
        &mut self,
        command: &Command,
        descriptors: Descriptors,
        group: Group,
        foreground: bool,
    ) -> Result<Option<Pid>, Unwind> {
        let CommandKind::Simple(simple) = &command.kind else {
            return Ok(None);
        };
        if !self.is_plain_program(simple, command) {
            return Ok(None);
        }
        let words = self.expand_words(&simple.words)?;
        let name = words.first().map(String::as_str).unwrap_or_default();
        if name.is_empty() || self.functions.contains_key(name) || self.builtin(name).is_some() {
            return Ok(None);
        }
        let Some(path) = self.locate(name) else {
            return Ok(None);
        };
        let temporaries = self.temporaries(&simple.assignments)?;
        // What cannot be started as it is goes the long way, where failures are told in the right place.
        let outer = std::mem::replace(&mut self.descriptors, descriptors);
        self.muted = true;
        let redirected = self.redirect(&command.redirects);
        self.muted = false;
        let result = match redirected {
            Ok(_) => self.quietly_start(&path, &words, &temporaries, group, foreground),
            Err(_) => None,
        };
        self.descriptors = outer;
        Ok(result)
    }

    fn quietly_start(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[Temporary],
        group: Group,
        foreground: bool,
    ) -> Option<Pid> {
        let arguments = encoded(words);
        let environment = self.environment_with(path, temporaries);
        let open = self.descriptors.for_child();
        let request = SpawnRequest {
            program: &text::encode(path),
            arguments: &arguments,
            environment: &environment,
            descriptors: &open,
            group,
            foreground,
        };
        berth_guest::spawn(&request).ok()
    }

    /// Whether it makes no difference to anybody that this shell expands and opens what a command needs, and not a child.
    fn is_plain_program(&mut self, simple: &SimpleCommand, command: &Command) -> bool {
        let name = simple.words.first();
        !self.option(SetOption::XTrace)
            && !self.option(SetOption::NoUnset)
            && !self.shopt.get("failglob")
            && self.traps.get(Event::Debug).is_none()
            && name.is_some()
            && simple
                .words
                .iter()
                .all(|word| word.assignment.is_none() && Self::is_pure(&word.parts))
            && simple
                .assignments
                .iter()
                .all(|assignment| self.is_plain_assignment(assignment))
            && command
                .redirects
                .iter()
                .all(|redirect| self.is_plain_redirect(redirect))
    }

    fn is_plain_assignment(&self, assignment: &Assignment) -> bool {
        let AssignmentValue::Scalar(value) = &assignment.value else {
            return false;
        };
        let name = self.variables.resolve(&assignment.name);
        assignment.subscript.is_none()
            && name != "PATH"
            && !self.is_readonly(&name)
            && !self
                .variables
                .get(&name)
                .is_some_and(|variable| variable.attributes.integer)
            && Self::is_pure(&value.parts)
    }

    /// Whether a redirection opens a file at once, or duplicates what is open: whoever opens a FIFO waits.
    fn is_plain_redirect(&mut self, redirect: &Redirect) -> bool {
        let word = match &redirect.kind {
            RedirectKind::Read(word)
            | RedirectKind::Write(word)
            | RedirectKind::Clobber(word)
            | RedirectKind::Append(word)
            | RedirectKind::ReadWrite(word)
            | RedirectKind::WriteBoth(word)
            | RedirectKind::AppendBoth(word) => word,
            RedirectKind::DuplicateInput(word) | RedirectKind::DuplicateOutput(word) => {
                return word.literal().is_some_and(|text| {
                    text == "-" || text.bytes().all(|byte| byte.is_ascii_digit())
                }) && !matches!(redirect.descriptor, RedirectDescriptor::Variable(_));
            }
            RedirectKind::HereString(_) | RedirectKind::HereDocument(_) => return false,
        };
        if matches!(redirect.descriptor, RedirectDescriptor::Variable(_))
            || !Self::is_pure(&word.parts)
        {
            return false;
        }
        let Ok(path) = self.expand_single(word) else {
            return false;
        };
        path == "/dev/null"
            || (!path.starts_with("/dev/")
                && files::metadata(&path).map_or(true, |metadata| metadata.is_file()))
    }
}

#[cfg(unix)]
fn is_not_executable_format(error: &io::Error) -> bool {
    const ENOEXEC: i32 = 8;
    error.raw_os_error() == Some(ENOEXEC)
}

#[cfg(target_os = "wasi")]
fn is_not_executable_format(error: &io::Error) -> bool {
    const ENOEXEC: i32 = 45;
    error.raw_os_error() == Some(ENOEXEC)
}

/// Whether the first line of a file contains no NUL: then it is taken for a script.
fn looks_like_text(path: &str) -> bool {
    let mut start = [0; SNIFFED_BYTES];
    let count = std::fs::File::open(text::os(path))
        .and_then(|mut file| io::Read::read(&mut file, &mut start));
    let Ok(count) = count else { return false };
    let start = start.get(..count).unwrap_or_default();
    let line = start
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    !line.contains(&0)
}

/// Words as a program gets them.
fn encoded(words: &[String]) -> Vec<Vec<u8>> {
    let words = words.iter();
    words.map(|word| text::encode(word).into_owned()).collect()
}
