//! `$( ... )`, backquotes and process substitution.

use std::rc::Rc;

use berth_guest::Group;

use crate::descriptors::{error_text, read_to_end, read_to_end_unless};
use crate::parse::ast::{CommandKind, List, ProcessDirection, RedirectKind};
use crate::parse::{self, Input};
use crate::shell::{Shell, Unwind};
use crate::text;

/// First number of the descriptor behind `<( ... )`; further ones count down, as in bash.
const PROCESS_DESCRIPTOR: i32 = 63;

impl Shell {
    /// The output of a list without the newlines at its end.
    ///
    /// # Errors
    /// No process could be made.
    pub(super) fn substitute_command(&mut self, list: &Rc<List>) -> Result<String, Unwind> {
        if list.items.is_empty() {
            self.substitution_status = Some(0);
            return Ok(String::new());
        }
        if let Some(output) = self.substitute_file(list)? {
            return Ok(trimmed(output));
        }
        self.check_stack()?;
        let result = self.captured(list);
        let output = result?;
        if output.contains(&0) {
            self.error("warning: command substitution: ignored null byte in input");
        }
        Ok(trimmed(output))
    }

    /// As [`Shell::substitute_command`], for text still to be read.
    pub(super) fn substitute_backquoted(&mut self, source: &str) -> Result<String, Unwind> {
        let mut input = Input::from_text(source, self.line);
        let mut host = self.plain_host();
        let mut list = List::default();
        loop {
            match parse::next_command(&mut input, &mut host) {
                Ok(Some(mut more)) => list.items.append(&mut more.items),
                Ok(None) => break,
                Err(failure) => {
                    self.report_syntax_error(&failure, Some("command substitution"));
                    self.substitution_status = Some(2);
                    return Ok(String::new());
                }
            }
        }
        self.substitute_command(&Rc::new(list))
    }

    /// `$(< file)`
    fn substitute_file(&mut self, list: &List) -> Result<Option<Vec<u8>>, Unwind> {
        let [item] = list.items.as_slice() else {
            return Ok(None);
        };
        if item.background || !item.and_or.rest.is_empty() || item.and_or.first.negated {
            return Ok(None);
        }
        let [command] = item.and_or.first.commands.as_slice() else {
            return Ok(None);
        };
        let CommandKind::Simple(simple) = &command.kind else {
            return Ok(None);
        };
        let [redirect] = command.redirects.as_slice() else {
            return Ok(None);
        };
        let RedirectKind::Read(word) = &redirect.kind else {
            return Ok(None);
        };
        if !simple.words.is_empty() || !simple.assignments.is_empty() {
            return Ok(None);
        }
        let path = match self.file_name(word) {
            Ok(path) => path,
            Err(failure) => {
                self.substitution_status = Some(self.redirect_failed(failure)?);
                return Ok(Some(Vec::new()));
            }
        };
        let contents = match self.open_special(&path) {
            Some(file) => file.and_then(|file| read_to_end(&file)),
            None => std::fs::read(text::os(&path)),
        };
        match contents {
            Ok(contents) => {
                self.substitution_status = Some(0);
                Ok(Some(contents))
            }
            Err(error) => {
                self.error(&format!("{path}: {}", error_text(&error)));
                self.substitution_status = Some(1);
                Ok(Some(Vec::new()))
            }
        }
    }

    /// Runs a list with its output in a pipe and reads that to its end.
    fn captured(&mut self, list: &Rc<List>) -> Result<Vec<u8>, Unwind> {
        let (read, write) = berth_guest::pipe().map_err(|error| self.no_process(&error))?;
        // Taken away in the child, which must not be the reader of its own output.
        let mut read = Some(read);
        let write = Rc::new(write);
        self.hold_interruption();
        let pid = match self.spawn_directly(list, 1, &write)? {
            Some(pid) => {
                drop(write);
                pid
            }
            None => {
                let result = berth_guest::fork(Group::Inherit, false, || {
                    read = None;
                    self.become_child();
                    self.trace_level += 1;
                    if !self.shopt.get("inherit_errexit") && !self.posix() {
                        self.options.set(crate::options::SetOption::ErrExit, false);
                    }
                    self.descriptors.set(1, Rc::clone(&write));
                    drop(write);
                    self.run_as_child(|shell| shell.run_list_in_child(list))
                });
                result.map_err(|error| self.no_process(&error))?
            }
        };
        let output = read.take().map_or(Ok(Vec::new()), |read| {
            read_to_end_unless(&read, || self.is_ending())
        });
        self.end_by_signal()?;
        let status = self.wait_for(pid);
        self.substitution_status = Some(status);
        self.status = status;
        match output {
            Ok(output) => Ok(output),
            Err(error) => {
                self.error(&format!("command substitution: {}", error_text(&error)));
                Ok(Vec::new())
            }
        }
    }

    /// The complaint about a process that could not be made.
    pub(crate) fn no_process(&self, error: &std::io::Error) -> Unwind {
        self.error(&format!("fork: {}", error_text(error)));
        Unwind::Discard(254)
    }

    /// Starts a list with one end of a pipe and gives the path of the other.
    pub(super) fn substitute_process(
        &mut self,
        direction: ProcessDirection,
        list: &Rc<List>,
    ) -> Result<String, Unwind> {
        let (read, write) = berth_guest::pipe().map_err(|error| self.no_process(&error))?;
        let (ours, theirs, number) = match direction {
            ProcessDirection::Read => (read, write, 1),
            ProcessDirection::Write => (write, read, 0),
        };
        let mut ours = Some(ours);
        let theirs = Rc::new(theirs);
        let pid = match self.spawn_directly(list, number, &theirs)? {
            Some(pid) => pid,
            None => {
                let result = berth_guest::fork(Group::Inherit, false, || {
                    ours = None;
                    self.become_child();
                    self.traps.forget_inherited();
                    self.descriptors.set(number, Rc::clone(&theirs));
                    drop(theirs);
                    self.run_as_child(|shell| shell.run_list_in_child(list))
                });
                result.map_err(|error| self.no_process(&error))?
            }
        };
        self.jobs.last_background = Some(pid);
        self.jobs.remember(pid);
        let place = (10..=PROCESS_DESCRIPTOR)
            .rev()
            .find(|number| self.descriptors.get(*number).is_none());
        let place = place.unwrap_or(PROCESS_DESCRIPTOR);
        if let Some(ours) = ours {
            self.descriptors.set(place, Rc::new(ours));
            self.held.push(place);
        }
        Ok(format!("/dev/fd/{place}"))
    }
}

/// Text without the newlines at its end; NUL bytes go, as in bash.
fn trimmed(mut output: Vec<u8>) -> String {
    while output.last() == Some(&b'\n') {
        output.pop();
    }
    if output.contains(&0) {
        output.retain(|byte| *byte != 0);
    }
    text::decode_owned(output)
}
