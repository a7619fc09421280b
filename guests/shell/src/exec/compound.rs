//! Loops, conditions and the other compound commands.

use std::rc::Rc;

use super::test_command::NO_REGEX_STATUS;
use crate::options::SetOption;
use crate::parameters::Refused;
use crate::parse::ast::{CaseArm, CaseEnd, Command, CommandKind, List, Word};
use crate::parse::print;
use crate::pattern::{Pattern, PatternOptions};
use crate::shell::{KnownFunction, Outcome, Shell, Unwind};
use crate::text::is_name;

/// What a loop does after one turn.
enum Turn {
    /// The next one, after this status.
    Next(i32),
    /// No more.
    Leave(i32),
}

impl Shell {
    /// Runs a command that is not simple; its redirections have been made.
    pub(super) fn run_compound(&mut self, command: &Command) -> Outcome {
        match &command.kind {
            CommandKind::Simple(simple) => self.run_simple(simple, command),
            CommandKind::Group(list) => self.run_list(list),
            CommandKind::Subshell(list) => self.run_subshell(command, list),
            CommandKind::If {
                branches,
                otherwise,
            } => self.run_if(branches, otherwise.as_ref()),
            CommandKind::Loop {
                until,
                condition,
                body,
            } => self.run_loop(*until, condition, body),
            CommandKind::For {
                variable,
                words,
                body,
            } => self.run_for(command, variable, words.as_deref(), body),
            CommandKind::Select {
                variable,
                words,
                body,
            } => {
                self.note_command(|| print::head(command));
                if self.debug_trap_skips()? {
                    return Ok(0);
                }
                self.run_select(variable, words.as_deref(), body)
            }
            CommandKind::ArithmeticFor {
                start,
                condition,
                step,
                body,
            } => self.run_arithmetic_for(command.line, [start, condition, step], body),
            CommandKind::Case { subject, arms } => {
                self.note_command(|| print::head(command));
                if self.debug_trap_skips()? {
                    return Ok(0);
                }
                self.run_case(subject, arms)
            }
            CommandKind::Arithmetic(word) => {
                self.note_command(|| print::head(command));
                if self.debug_trap_skips()? {
                    return Ok(0);
                }
                self.run_arithmetic(word)
            }
            CommandKind::Test(expression) => {
                self.poll_signals()?;
                self.note_command(|| print::head(command));
                if self.debug_trap_skips()? {
                    return Ok(0);
                }
                match self.test_expression(expression) {
                    Err(Unwind::Discard(NO_REGEX_STATUS)) => Ok(NO_REGEX_STATUS),
                    result => Ok(i32::from(!result?)),
                }
            }
            CommandKind::Function(function) => {
                let posix = self.option(SetOption::Posix);
                let special =
                    crate::builtins::find(&function.name).is_some_and(|builtin| builtin.special);
                if posix && special {
                    self.error(&format!("`{}': is a special builtin", function.name));
                    return if self.mode.interactive {
                        Ok(1)
                    } else {
                        Err(Unwind::Exit(2))
                    };
                }
                // Complaints name the line that has been read.
                self.line = self.shown_line(function.last_line);
                if let Err(status) = self.check_function_writable("", &function.name) {
                    return Ok(status);
                }
                if !posix || is_name(&function.name) {
                    let source = self.current_source().into();
                    let known = KnownFunction {
                        function: Rc::clone(function),
                        source,
                        line: command.line,
                        traced: false,
                        readonly: false,
                    };
                    self.functions.insert(function.name.clone(), known);
                    return Ok(0);
                }
                self.error(&format!("`{}': not a valid identifier", function.name));
                if self.mode.interactive {
                    Ok(1)
                } else {
                    Err(Unwind::Exit(2))
                }
            }
            CommandKind::Coprocess { name, body } => self.run_coprocess(name, body),
        }
    }

    fn run_if(&mut self, branches: &[(List, List)], otherwise: Option<&List>) -> Outcome {
        for (condition, body) in branches {
            if self.tolerating(|shell| shell.run_list(condition))? == 0 {
                self.status = 0;
                return self.run_list(body);
            }
        }
        match otherwise {
            Some(body) => self.run_list(body),
            None => Ok(0),
        }
    }

    /// Runs the body of a loop once.
    fn turn(&mut self, body: &List) -> Result<Turn, Unwind> {
        let result = self.run_list(body);
        self.turn_of(result)
    }

    /// What the outcome of commands in a loop means for it.
    fn turn_of(&mut self, outcome: Outcome) -> Result<Turn, Unwind> {
        match outcome {
            Ok(status) => Ok(Turn::Next(status)),
            Err(Unwind::Break(1)) => Ok(Turn::Leave(std::mem::take(&mut self.loop_status))),
            Err(Unwind::Break(levels)) => Err(Unwind::Break(levels - 1)),
            Err(Unwind::Continue(1)) => Ok(Turn::Next(0)),
            Err(Unwind::Continue(levels)) => Err(Unwind::Continue(levels - 1)),
            Err(other) => Err(other),
        }
    }

    fn in_loop(&mut self, run: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        self.loops += 1;
        let result = run(self);
        self.loops = self.loops.saturating_sub(1);
        result
    }

    fn run_loop(&mut self, until: bool, condition: &List, body: &List) -> Outcome {
        self.in_loop(|shell| {
            let mut status = 0;
            loop {
                shell.poll_signals()?;
                let mut left = None;
                let mut again = false;
                let verdict = shell.tolerating(|shell| match shell.run_list(condition) {
                    Err(Unwind::Continue(1)) => {
                        again = true;
                        Ok(0)
                    }
                    other => match shell.turn_of(other)? {
                        Turn::Next(status) => Ok(status),
                        Turn::Leave(status) => {
                            left = Some(status);
                            Ok(status)
                        }
                    },
                })?;
                if let Some(status) = left {
                    return Ok(status);
                }
                if again && !until {
                    // `continue` in the condition goes back to it, and is no reason to run the body.
                    continue;
                }
                if (verdict == 0) == until {
                    return Ok(status);
                }
                match shell.turn(body)? {
                    Turn::Next(result) => status = result,
                    Turn::Leave(result) => return Ok(result),
                }
                shell.status = status;
            }
        })
    }

    /// The words a loop goes through.
    fn loop_words(&mut self, words: Option<&[Word]>) -> Result<Vec<String>, Unwind> {
        match words {
            Some(words) => self.expand_words(words),
            None => Ok(self.positional.clone()),
        }
    }

    fn run_for(
        &mut self,
        command: &Command,
        variable: &str,
        words: Option<&[Word]>,
        body: &List,
    ) -> Outcome {
        if !is_name(variable) {
            self.error(&format!("`{variable}': not a valid identifier"));
            return Ok(1);
        }
        let values = self.loop_words(words)?;
        self.in_loop(|shell| {
            let mut status = 0;
            for value in values {
                shell.line = (command.line + 1).saturating_sub(shell.first_line).max(1);
                shell.poll_signals()?;
                if shell.option(SetOption::XTrace) {
                    let shown: Vec<&str> = words
                        .unwrap_or_default()
                        .iter()
                        .map(|word| word.text.as_str())
                        .collect();
                    shell.trace_line(&format!("for {variable} in {}", shown.join(" ")));
                }
                shell.note_command(|| print::head(command));
                if shell.debug_trap_skips()? {
                    continue;
                }
                if let Err(refused) = shell.assign_loop(variable, &value) {
                    return shell.loop_variable_refused(refused);
                }
                match shell.turn(body)? {
                    Turn::Next(result) => status = result,
                    Turn::Leave(result) => return Ok(result),
                }
                shell.status = status;
            }
            Ok(status)
        })
    }

    /// The end of a loop whose variable takes no value.
    fn loop_variable_refused(&self, refused: Refused) -> Outcome {
        match refused {
            Refused::Told if self.posix() && !self.mode.interactive => Err(Unwind::Exit(1)),
            refused => refused.outcome(),
        }
    }

    fn run_arithmetic_for(
        &mut self,
        line: u32,
        [start, condition, step]: [&Word; 3],
        body: &List,
    ) -> Outcome {
        self.in_loop(|shell| {
            shell.evaluate_of_loop(line, start)?;
            let mut status = 0;
            loop {
                shell.poll_signals()?;
                if shell.evaluate_of_loop(line, condition)? == Some(0) {
                    return Ok(status);
                }
                match shell.turn(body)? {
                    Turn::Next(result) => status = result,
                    Turn::Leave(result) => return Ok(result),
                }
                shell.status = status;
                shell.evaluate_of_loop(line, step)?;
            }
        })
    }

    /// The value of one of the three expressions of a loop, which are commands for the trap `DEBUG`; `None` when there
    /// is none.
    fn evaluate_of_loop(&mut self, line: u32, word: &Word) -> Result<Option<i64>, Unwind> {
        self.line = (line + 1).saturating_sub(self.first_line).max(1);
        let text = word.text.trim_start();
        self.note_command(|| format!("(({}))", print::loop_expression(text)));
        if self.debug_trap_skips()? {
            return Ok(Some(0));
        }
        if text.is_empty() {
            return Ok(None);
        }
        self.evaluate_word(word).map(Some)
    }

    /// The value of an arithmetic word; of an empty one 0.
    fn evaluate_word(&mut self, word: &Word) -> Result<i64, Unwind> {
        let text = self.expand_expression(&word.parts)?;
        if self.option(SetOption::XTrace) && !text.trim().is_empty() {
            self.trace_line(&format!("(( {} ))", text.trim_start()));
        }
        self.arithmetic_for(&text, "((: ")
    }

    fn run_arithmetic(&mut self, word: &Word) -> Outcome {
        self.poll_signals()?;
        let evaluated = self.expand_expression(&word.parts).and_then(|text| {
            if self.option(SetOption::XTrace) {
                self.trace_line(&format!("(( {text} ))"));
            }
            self.arithmetic_for(&text, "((: ")
        });
        match evaluated {
            Ok(value) => Ok(i32::from(value == 0)),
            Err(Unwind::Discard(_)) => Ok(1),
            Err(other) => Err(other),
        }
    }

    fn run_case(&mut self, subject: &Word, arms: &[CaseArm]) -> Outcome {
        if self.option(SetOption::XTrace) {
            self.trace_line(&format!("case {} in", subject.text));
        }
        let subject = self.expand_single(subject)?;
        let options = PatternOptions {
            extended: self.shopt.get("extglob"),
            ignore_case: self.shopt.get("nocasematch"),
        };
        let mut status = 0;
        let mut falling = false;
        for arm in arms {
            let mut matched = std::mem::take(&mut falling);
            for pattern in &arm.patterns {
                if matched {
                    break;
                }
                let pattern = self.expand_pattern(pattern)?;
                matched = Pattern::new(&pattern, options).matches(&subject);
            }
            if !matched {
                continue;
            }
            status = self.run_list(&arm.body)?;
            match arm.end {
                CaseEnd::Leave => return Ok(status),
                CaseEnd::FallThrough => falling = true,
                CaseEnd::Continue => {}
            }
        }
        Ok(status)
    }

    fn run_select(&mut self, variable: &str, words: Option<&[Word]>, body: &List) -> Outcome {
        let values = self.loop_words(words)?;
        if values.is_empty() {
            return Ok(0);
        }
        self.in_loop(|shell| {
            let mut show = true;
            loop {
                shell.poll_signals()?;
                if show {
                    let menu = shell.menu(&values);
                    shell.write_error(&menu);
                }
                let prompt = shell.setting("PS3").unwrap_or("#? ").to_owned();
                shell.write_error(&prompt);
                let Some(reply) = shell.read_line_plainly()? else {
                    shell.print("\n");
                    shell.flush();
                    return Ok(1);
                };
                shell
                    .assign("REPLY", &reply, false)
                    .map_err(|refused| refused.or(Unwind::Discard(1)))?;
                show = reply.trim().is_empty();
                if show {
                    continue;
                }
                let choice = reply
                    .trim()
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| values.get(number.checked_sub(1)?));
                let choice = choice.cloned().unwrap_or_default();
                if let Err(refused) = shell.assign(variable, &choice, false) {
                    return shell.loop_variable_refused(refused);
                }
                match shell.turn(body)? {
                    Turn::Next(_) => {}
                    Turn::Leave(result) => return Ok(result),
                }
            }
        })
    }

    /// The numbered choices of `select`, in columns when there are many.
    fn menu(&self, values: &[String]) -> String {
        let digits = values.len().to_string().len();
        let columns = self
            .setting("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .unwrap_or(80_usize);
        let widest = values
            .iter()
            .map(|value| unicode_width::UnicodeWidthStr::width(value.as_str()))
            .max()
            .unwrap_or(0);
        let cell = widest + digits + 4;
        let per_row = (columns / cell).max(1);
        let rows = values.len().div_ceil(per_row);
        let rows = if rows == 1 { values.len() } else { rows };
        let mut menu = String::new();
        for row in 0..rows {
            let mut index = row;
            let mut line = String::new();
            while let Some(value) = values.get(index) {
                let entry = format!("{:>digits$}) {value}", index + 1);
                line.push_str(&entry);
                index += rows;
                if index < values.len() {
                    let width = unicode_width::UnicodeWidthStr::width(entry.as_str());
                    line.extend(std::iter::repeat_n(' ', cell.saturating_sub(width)));
                }
            }
            menu.push_str(&line);
            menu.push('\n');
        }
        menu
    }
}
