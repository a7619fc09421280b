//! Where commands come from: a string, a script, standard input.

use crate::descriptors::{error_text, read_record};
use crate::exec::COMMAND_VARIABLE;
use crate::options::SetOption;
use crate::parse::{self, Input, Interrupted, ParseFailure, ParseHost};
use crate::shell::{Outcome, Shell, Unwind};
use crate::text;

/// What names the text of `-c` in messages.
pub const COMMAND_STRING: &str = "-c";

/// Where commands come from.
pub enum Source {
    /// Text that is all there; `what` names it in messages.
    Text {
        /// The text.
        text: String,
        /// [`COMMAND_STRING`]
        what: Option<&'static str>,
    },
    /// Standard input, a line at a time, so that the commands can read the rest.
    StandardInput,
}

impl Shell {
    /// Runs all commands of a source.
    ///
    /// # Errors
    /// What ends the shell.
    pub fn run_source(&mut self, source: Source) -> Outcome {
        let (mut input, what, from_stdin) = match source {
            Source::Text { text, what } => {
                self.names_command |= text.contains(COMMAND_VARIABLE);
                let input = match what {
                    Some(_) => Input::from_string(&text, 1),
                    None => Input::from_script(&text, 1),
                };
                (input, what, false)
            }
            Source::StandardInput => (Input::from_host(), None, true),
        };
        loop {
            let parsed = {
                let mut host = SourceHost {
                    shell: self,
                    from_stdin,
                };
                parse::next_command(&mut input, &mut host)
            };
            if !from_stdin && self.option(SetOption::Verbose) {
                self.write_error(input.consumed());
            }
            for (line, warning) in input.take_warnings() {
                self.write_error(&format!("{}: line {line}: {warning}\n", self.name));
            }
            let list = match parsed {
                Ok(Some(list)) => list,
                Ok(None) => return Ok(self.status),
                Err(ParseFailure::Syntax(error)) if error.in_elements => {
                    self.report_syntax_error(&ParseFailure::Syntax(error), what);
                    input.discard_line();
                    self.status = 1;
                    continue;
                }
                Err(ParseFailure::Syntax(error)) if error.keeps_status => {
                    self.report_syntax_error(&ParseFailure::Syntax(error), what);
                    return Ok(self.status);
                }
                Err(failure) => {
                    self.report_syntax_error(&failure, what);
                    self.status = 2;
                    return Ok(2);
                }
            };
            let result = if what == Some(COMMAND_STRING) && input.is_spent() {
                self.run_last_list(&list)
            } else {
                self.run_list(&list)
            };
            self.commands_read += 1;
            match result {
                Ok(status) => self.status = status,
                Err(Unwind::Abandon(status)) if self.mode.command_string => {
                    return Err(Unwind::Exit(status));
                }
                Err(Unwind::Discard(status) | Unwind::Abandon(status)) => {
                    self.status = if status == 0 { 1 } else { status };
                    self.loops = 0;
                    if self.is_child {
                        return Ok(self.status);
                    }
                }
                Err(Unwind::Fatal(status)) => {
                    // Bash ends a command string with another status than a script.
                    let string = self.mode.command_string
                        && !self.is_child
                        && !self.option(SetOption::ErrExit);
                    return Err(Unwind::Exit(if string { 127 } else { status }));
                }
                Err(Unwind::Break(_) | Unwind::Continue(_)) => self.loops = 0,
                Err(other) => return Err(other),
            }
            if !self.jobs.list().is_empty() {
                self.reap();
            }
            // A signal that came with the last command of a line.
            match self.poll_signals() {
                Ok(()) | Err(Unwind::Discard(_) | Unwind::Abandon(_) | Unwind::Fatal(_)) => {}
                Err(other) => return Err(other),
            }
            if self.option(SetOption::OneCmd) {
                return Ok(self.status);
            }
        }
    }
}

/// A shell as the host of a parser that may read standard input.
struct SourceHost<'a> {
    shell: &'a mut Shell,
    from_stdin: bool,
}

impl ParseHost for SourceHost<'_> {
    fn alias(&self, name: &str) -> Option<String> {
        if self.shell.shopt.get("expand_aliases") || self.shell.posix() {
            self.shell.alias_of(name)
        } else {
            None
        }
    }

    fn keyword_assignments(&self) -> bool {
        self.shell.option(SetOption::Keyword)
    }

    fn extended_globs(&self) -> bool {
        self.shell.shopt.get("extglob")
    }

    fn posix(&self) -> bool {
        self.shell.posix()
    }

    fn read_more(&mut self, continued: bool) -> Result<Option<String>, Interrupted> {
        if !self.from_stdin {
            return Ok(None);
        }
        let Some(file) = self.shell.descriptors.get(0) else {
            return Ok(None);
        };
        let shell = &mut *self.shell;
        let record = read_record(&file, b'\n', || shell.poll_signals().is_err());
        match record {
            Ok(record) if record.bytes.is_empty() && !record.complete => Ok(None),
            Ok(record) => {
                let mut line = text::decode_owned(record.bytes);
                line.push('\n');
                shell.remember_line(&line, continued);
                shell.names_command |= line.contains(COMMAND_VARIABLE);
                if self.shell.option(SetOption::Verbose) {
                    self.shell.write_error(&line);
                }
                Ok(Some(line))
            }
            Err(error) => {
                self.shell
                    .error(&format!("read error: 0: {}", error_text(&error)));
                Ok(None)
            }
        }
    }
}
