//! Running commands: lists, and-or lists and everything shared by the rest.

mod compound;
mod coprocess;
mod external;
mod function;
mod pipeline;
mod redirect;
mod simple;
pub mod test_command;

pub(crate) use coprocess::Coprocess;
pub(crate) use external::StartFailure;
pub(crate) use function::COMMAND_VARIABLE;
pub(crate) use simple::Temporary;

use std::rc::Rc;

use crate::options::SetOption;
use crate::parse::ast::{AndOr, Command, CommandKind, Connector, List, ListItem};
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::Event;

impl Shell {
    /// Runs the commands of a list one after the other.
    ///
    /// # Errors
    /// What takes another way than to the next command.
    pub fn run_list(&mut self, list: &List) -> Outcome {
        self.run_items(&list.items)
    }

    fn run_items(&mut self, items: &[ListItem]) -> Outcome {
        let mut status = 0;
        for item in items {
            status = match item.single_command() {
                // The usual case, without the frames of all that it is not: they would count in a recursion.
                Some(command) => self.run_single(command)?,
                None if item.background => self.run_background(&item.and_or)?,
                None => self.run_and_or(&item.and_or)?,
            };
            self.status = status;
        }
        Ok(status)
    }

    /// Runs the last commands that there are for this shell. The very last becomes the program, as in bash, if it is one
    /// without redirections and nothing is left to be done after it.
    pub(crate) fn run_last_list(&mut self, list: &List) -> Outcome {
        let Some((last, before)) = list.items.split_last() else {
            return Ok(0);
        };
        self.run_items(before)?;
        if let Some(command) = last.single_command() {
            self.becomes_program = matches!(command.kind, CommandKind::Simple(_))
                && command.redirects.is_empty()
                && self.traps.is_empty();
        }
        let result = self.run_items(std::slice::from_ref(last));
        self.becomes_program = false;
        result
    }

    /// Runs a command that is a whole and-or list.
    fn run_single(&mut self, command: &Command) -> Outcome {
        let status = self.run_command(command)?;
        self.after_single(command, status)?;
        Ok(status)
    }

    /// What follows a command that is a pipeline by itself.
    pub(crate) fn after_single(&mut self, command: &Command, status: i32) -> Result<(), Unwind> {
        if !matches!(command.kind, CommandKind::Group(_) | CommandKind::If { .. }) {
            self.pipe_status.clear();
            self.pipe_status.push(status);
        }
        if status != 0 && pipeline::counts_as_failure(std::slice::from_ref(command)) {
            self.after_failure(status)?;
        }
        Ok(())
    }

    /// Runs `a && b || c`.
    ///
    /// # Errors
    /// What takes another way than to the next command.
    pub fn run_and_or(&mut self, and_or: &AndOr) -> Outcome {
        if and_or.rest.is_empty() {
            return self.run_pipeline(&and_or.first);
        }
        let count = and_or.rest.len();
        let mut status = self.tolerating(|shell| shell.run_pipeline(&and_or.first))?;
        self.status = status;
        for (index, (connector, pipeline)) in and_or.rest.iter().enumerate() {
            let runs = match connector {
                Connector::And => status == 0,
                Connector::Or => status != 0,
            };
            if !runs {
                continue;
            }
            status = if index + 1 == count {
                self.run_pipeline(pipeline)?
            } else {
                self.tolerating(|shell| shell.run_pipeline(pipeline))?
            };
            self.status = status;
        }
        Ok(status)
    }

    /// Runs something whose failure `set -e` overlooks.
    pub(crate) fn tolerating(&mut self, run: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        self.failure_tolerated += 1;
        let result = run(self);
        self.failure_tolerated -= 1;
        result
    }

    /// After a command that failed: its trap, and the end of the shell under `set -e`.
    pub(crate) fn after_failure(&mut self, status: i32) -> Result<(), Unwind> {
        if status == 0 || self.failure_tolerated > 0 {
            return Ok(());
        }
        self.status = status;
        self.run_trap(Event::Err)?;
        if self.option(SetOption::ErrExit) {
            return Err(Unwind::Exit(self.run_exit_trap(status)));
        }
        Ok(())
    }

    /// Runs one command of any kind.
    ///
    /// # Errors
    /// What takes another way than to the next command.
    pub fn run_command(&mut self, command: &Command) -> Outcome {
        if self.option(SetOption::NoExec) && !self.mode.interactive {
            return Ok(0);
        }
        self.line = self.shown_line(command.line);
        if let CommandKind::Simple(simple) = &command.kind {
            return self.run_simple(simple, command);
        }
        self.check_stack()?;
        if command.redirects.is_empty() {
            let result = self.run_compound(command);
            self.redirection_refused = false;
            return result;
        }
        let held = self.held.len();
        let input = self.descriptors.get(0);
        let undo = match self.redirect(&command.redirects) {
            Ok(undo) => undo,
            Err(unwind) => {
                self.release(held);
                self.redirection_refused = true;
                let status = self.redirect_failed(unwind)?;
                if !pipeline::counts_as_failure(std::slice::from_ref(command)) {
                    self.after_failure(status)?;
                }
                return Ok(status);
            }
        };
        let redirected = match (input, self.descriptors.get(0)) {
            (Some(before), Some(now)) => !Rc::ptr_eq(&before, &now),
            (before, now) => before.is_some() != now.is_some(),
        };
        let outer = self.input_redirected;
        self.input_redirected |= redirected;
        let result = self.run_compound(command);
        self.input_redirected = outer;
        self.redirection_refused = false;
        self.undo(undo);
        self.release(held);
        result
    }

    /// A line of the running text as messages count it.
    pub(crate) fn shown_line(&self, line: u32) -> u32 {
        (line + 1).saturating_sub(self.first_line).max(1)
    }

    /// A redirection that failed is a command that failed, unless it unwinds further.
    pub(crate) fn redirect_failed(&mut self, failure: redirect::RedirectFailure) -> Outcome {
        match failure {
            redirect::RedirectFailure::Told => Ok(1),
            redirect::RedirectFailure::Unwind(unwind) => Err(unwind),
        }
    }

    /// Closes the pipes of process substitutions made since there were `count` of them.
    pub(crate) fn release(&mut self, count: usize) {
        for number in self.held.split_off(count.min(self.held.len())) {
            self.descriptors.close(number);
        }
    }
}
