//! Functions, and other text that runs in this shell: `eval`, traps, sourced files.

use std::rc::Rc;

use super::pipeline::counts_as_failure;
use crate::interactive::PROMPT_COMMAND;
use crate::options::SetOption;
use crate::parse::ast::Command;
use crate::parse::{self, Input, ParseFailure, SyntaxError};
use crate::shell::{Frame, KnownFunction, Outcome, Shell, Unwind};
use crate::signals::Event;

/// Text that names it may ask for the running command's text.
pub(crate) const COMMAND_VARIABLE: &str = "BASH_COMMAND";

impl Shell {
    /// Calls a function with its name and arguments.
    ///
    /// # Errors
    /// What goes beyond the function: the end of the shell, a dropped command line.
    pub(crate) fn call_function(&mut self, known: &KnownFunction, words: &[String]) -> Outcome {
        let function = Rc::clone(&known.function);
        if crate::stack::is_exhausted() {
            self.error(&format!(
                "{}: maximum function nesting level exceeded ({})",
                function.name,
                self.frames.iter().filter(|frame| frame.is_function).count()
            ));
            return Err(Unwind::Discard(1));
        }
        if let Some(most) = self
            .setting("FUNCNEST")
            .and_then(|most| most.parse::<usize>().ok())
            .filter(|most| *most > 0)
            && self.frames.iter().filter(|frame| frame.is_function).count() >= most
        {
            self.error(&format!(
                "{}: maximum function nesting level exceeded ({most})",
                function.name
            ));
            return Err(Unwind::Discard(1));
        }
        let arguments = words.get(1..).unwrap_or_default().to_vec();
        let debugged = self.shopt.get("extdebug");
        let shown_arguments = if debugged {
            arguments.clone()
        } else {
            Vec::new()
        };
        let outer_arguments = std::mem::replace(&mut self.positional, arguments);
        let outer_loops = std::mem::take(&mut self.loops);
        let call_line = self.line;
        // At a prompt the lines of a function are counted from its first.
        let first_line = if self.mode.interactive { known.line } else { 1 };
        let outer_first = std::mem::replace(&mut self.first_line, first_line.max(1));
        self.just_called = true;
        self.frames.push(Frame {
            function: function.name.clone(),
            source: known.source.to_string(),
            call_line,
            is_function: true,
            arguments: shown_arguments,
            options: None,
        });
        let own_scope = self.variables.push_function_scope();
        let trap_status = self.trap_status.take();
        let getopts_offset = self.getopts_offset;
        let traps = self.hide_traps(known.traced);
        // `DEBUG` sees the line the body begins in.
        self.line = self.shown_line(function.body.line);
        let result = match self.debug_trap_skips() {
            Ok(true) => Ok(0),
            Ok(false) => self.run_body(&function.body),
            Err(unwind) => Err(unwind),
        };
        if let Ok(status) = result {
            self.status = status;
            // At its end the body as a whole is what has run.
            self.line = self.shown_line(function.body.line);
        }
        let result = match result {
            // In the trap `$?` is still that of the command before `return`.
            Ok(status) | Err(Unwind::Return(status)) => {
                self.run_trap(Event::Return).map(|_| status)
            }
            other => other,
        };
        self.trap_status = trap_status;
        if self.variables.is_local("OPTIND") {
            // What the caller has read of its own arguments holds again.
            self.getopts_offset = getopts_offset;
        }
        self.traps.put_back(traps);
        if own_scope {
            self.variables.pop_scope();
        }
        if let Some(options) = self.frames.pop().and_then(|frame| frame.options) {
            // `IGNOREEOF` goes with it.
            let ignores = options.get(SetOption::IgnoreEof);
            if self.option(SetOption::IgnoreEof) != ignores {
                crate::builtins::settings::apply(self, SetOption::IgnoreEof, ignores);
            }
            self.options = options;
        }
        self.first_line = outer_first;
        self.positional = outer_arguments;
        self.loops = outer_loops;
        self.line = call_line;
        result
    }

    /// Runs the body of a function. One that is no group fails as a command by itself, inside.
    fn run_body(&mut self, body: &Command) -> Outcome {
        let status = self.run_command(body)?;
        if status != 0 && counts_as_failure(std::slice::from_ref(body)) {
            self.after_failure(status)?;
        }
        Ok(status)
    }

    /// Takes away the traps a function does not inherit.
    fn hide_traps(&mut self, traced: bool) -> Vec<(Event, String)> {
        let mut hidden = Vec::new();
        if !self.option(SetOption::FuncTrace) && !traced {
            hidden.extend([Event::Debug, Event::Return]);
        }
        if !self.option(SetOption::ErrTrace) {
            hidden.push(Event::Err);
        }
        hidden
            .into_iter()
            .filter_map(|event| Some((event, self.traps.take(event)?)))
            .collect()
    }

    /// Runs text in this shell: `eval`, the action of a trap, `PROMPT_COMMAND`. `what` names it in messages
    /// about its syntax.
    ///
    /// # Errors
    /// What its commands do.
    pub fn run_text(&mut self, text: &str, line: u32, what: &str) -> Outcome {
        self.check_stack()?;
        self.names_command |= text.contains(COMMAND_VARIABLE);
        let mut input = Input::from_string(text, line.max(1));
        self.trace_level += 1;
        let result = self.run_input(&mut input, what);
        self.trace_level -= 1;
        result
    }

    /// Runs every command of an input that is all there; syntax errors end it with status 2.
    fn run_input(&mut self, input: &mut Input, what: &str) -> Outcome {
        let mut status = 0;
        loop {
            let mut host = ShellHost { shell: self };
            let parsed = parse::next_command(input, &mut host);
            // Files are shown as they are read; `eval` shows nothing.
            if what.is_empty() && self.option(SetOption::Verbose) {
                self.write_error(input.consumed());
            }
            match parsed {
                Ok(Some(list)) => {
                    let loops = self.loops;
                    status = match self.run_list(&list) {
                        // What could not be expanded ends the line, and not the rest of the text.
                        Err(Unwind::Discard(failed)) if !self.is_child => {
                            self.loops = loops;
                            self.pipe_status = vec![failed.max(1)];
                            failed.max(1)
                        }
                        other => other?,
                    };
                    self.status = status;
                }
                Ok(None) => return Ok(status),
                Err(failure) => {
                    self.report_syntax_error(&failure, Some(what));
                    self.status = 2;
                    let special = matches!(what, "eval" | "");
                    if special && self.posix() && !self.mode.interactive && !self.under_command {
                        return Err(Unwind::Exit(2));
                    }
                    return Ok(2);
                }
            }
        }
    }

    /// Runs the commands of a file in this shell.
    ///
    /// # Errors
    /// What its commands do.
    pub(crate) fn source_text(
        &mut self,
        name: &str,
        text: &str,
        arguments: Option<Vec<String>>,
    ) -> Outcome {
        self.check_stack()?;
        let call_line = self.line;
        let replaced =
            arguments.map(|arguments| std::mem::replace(&mut self.positional, arguments));
        let shown_arguments = if self.shopt.get("extdebug") {
            match &replaced {
                Some(_) => self.positional.clone(),
                None => vec![name.to_owned()],
            }
        } else {
            Vec::new()
        };
        self.frames.push(Frame {
            function: "source".to_owned(),
            source: name.to_owned(),
            call_line,
            is_function: false,
            arguments: shown_arguments,
            options: None,
        });
        self.names_command |= text.contains(COMMAND_VARIABLE);
        self.positional_set &= replaced.is_none();
        let mut input = Input::from_string(text, 1);
        let outer_first = std::mem::replace(&mut self.first_line, 1);
        let debug = match self.option(SetOption::FuncTrace) {
            true => None,
            false => self.traps.take(Event::Debug),
        };
        self.trace_level += 1;
        let result = match self.run_input(&mut input, "") {
            Err(Unwind::Return(status)) => Ok(status),
            other => other,
        };
        self.trace_level -= 1;
        self.first_line = outer_first;
        self.frames.pop();
        if let Some(replaced) = replaced {
            // Outside of functions, what `set` has set in the file stays.
            if !std::mem::take(&mut self.positional_set) || self.in_function() {
                self.positional = replaced;
            }
        }
        self.line = call_line;
        let result = match result {
            Ok(status) => {
                self.status = status;
                self.run_trap(Event::Return).map(|_| status)
            }
            other => other,
        };
        let debug = debug.map(|action| (Event::Debug, action));
        self.traps.put_back(debug.into_iter().collect());
        result
    }

    /// Prints what is wrong with the text of a here-document.
    pub(crate) fn report_broken(&self, error: &SyntaxError, text: &str) {
        if error.message.ends_with("matching `}'") {
            self.error(&format!("{text}: bad substitution"));
        } else if error.message.ends_with("matching ``'") {
            let from = text.rfind('`').unwrap_or(0);
            let rest = text.get(from..).unwrap_or_default();
            self.error(&format!("bad substitution: no closing \"`\" in {rest}"));
        } else {
            let failure = ParseFailure::Syntax(error.clone());
            self.report_syntax_error(&failure, Some("command substitution"));
        }
    }

    /// Prints what is wrong with text as bash does.
    pub fn report_syntax_error(&self, failure: &ParseFailure, what: Option<&str>) {
        let ParseFailure::Syntax(error) = failure else {
            return;
        };
        let name = self
            .frames
            .last()
            .map_or(self.name.as_str(), |frame| frame.source.as_str());
        let base = self
            .name
            .rsplit('/')
            .next()
            .unwrap_or(name)
            .trim_start_matches('-');
        let to_person = self.mode.interactive && !self.runs_sourced_file();
        let place = match what {
            _ if to_person && what.is_none_or(|what| what != PROMPT_COMMAND) => format!("{base}: "),
            Some(what) if to_person => format!("{base}: {what}: line {}: ", error.line),
            Some(what) if !what.is_empty() => format!("{name}: {what}: line {}: ", error.line),
            _ if self.mode.interactive => format!("{base}: {name}: line {}: ", error.line),
            _ => format!("{name}: line {}: ", error.line),
        };
        if error.message.is_empty() {
            return;
        }
        self.write_error(&format!("{place}{}\n", error.message));
        if let Some(shown) = &error.shown
            && (!to_person || what == Some(PROMPT_COMMAND))
        {
            self.write_error(&format!("{place}{shown}\n"));
        }
    }
}

/// A shell as the host of a parser, for text that is all there.
pub struct ShellHost<'a> {
    /// The shell whose aliases and options count.
    pub shell: &'a Shell,
}

impl parse::ParseHost for ShellHost<'_> {
    fn alias(&self, name: &str) -> Option<String> {
        if self.shell.shopt.get("expand_aliases") {
            self.shell.alias_of(name)
        } else {
            None
        }
    }

    fn extended_globs(&self) -> bool {
        self.shell.shopt.get("extglob")
    }

    fn posix(&self) -> bool {
        self.shell.posix()
    }

    fn read_more(&mut self, _: bool) -> Result<Option<String>, parse::Interrupted> {
        Ok(None)
    }
}
