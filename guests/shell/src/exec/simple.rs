//! Simple commands: assignments, builtins, functions, programs.

use crate::builtins::{self, Builtin};
use crate::options::SetOption;
use crate::parameters::Refused;
use crate::parse::ast::{ArrayElement, Assignment, AssignmentValue, Command, SimpleCommand, Word};
use crate::shell::{Outcome, Shell, Unwind};
use crate::variables::Value;

/// An assignment before a command, expanded.
#[derive(Clone, Debug)]
pub(crate) struct Temporary {
    /// The variable.
    pub name: String,
    /// Its value during the command.
    pub value: String,
}

impl Shell {
    /// Runs a simple command.
    ///
    /// # Errors
    /// What takes another way than to the next command.
    pub(crate) fn run_simple(&mut self, simple: &SimpleCommand, command: &Command) -> Outcome {
        // What is run before it is not what this process was made for.
        let last = std::mem::take(&mut self.becomes_program);
        self.poll_signals()?;
        self.note_command(|| crate::parse::print::command(command));
        if self.debug_trap_skips()? {
            return Ok(0);
        }
        self.substitution_status = None;
        let held = self.held.len();
        let result = self.run_simple_held(simple, command, last);
        self.release(held);
        result
    }

    fn run_simple_held(
        &mut self,
        simple: &SimpleCommand,
        command: &Command,
        last: bool,
    ) -> Outcome {
        let words = self.expand_words(&simple.words)?;
        let Some(name) = words.first() else {
            return self.run_assignments(simple, command);
        };
        let name = name.clone();
        let function = self.functions.get(&name).cloned();
        let builtin = if function.is_some() {
            None
        } else {
            self.builtin(&name)
        };
        let bare_exec = match words.as_slice() {
            [_] => builtin.is_some_and(|builtin| builtin.keeps_redirects),
            // `command exec >file` is no different.
            [_, exec] => {
                exec == "exec"
                    && builtin.is_some_and(|builtin| matches!(builtin.name, "command" | "builtin"))
            }
            _ => false,
        };
        if bare_exec {
            return self.run_exec_alone(simple, command);
        }
        let undo = match self.redirect(&command.redirects) {
            Ok(undo) => undo,
            // In bash the redirections of a program are made in its process, which ends then.
            Err(failure) if function.is_none() && builtin.is_none() => {
                return match self.redirect_failed(failure) {
                    Err(Unwind::Fatal(status)) => Ok(status),
                    other => other,
                };
            }
            Err(failure) => {
                let status = self.redirect_failed(failure)?;
                return self.special_failed(builtin, status);
            }
        };
        let result = self.run_words(simple, command, words, function, builtin, last);
        self.undo(undo);
        result
    }

    fn run_words(
        &mut self,
        simple: &SimpleCommand,
        command: &Command,
        words: Vec<String>,
        function: Option<crate::shell::KnownFunction>,
        builtin: Option<&'static Builtin>,
        last: bool,
    ) -> Outcome {
        let temporaries = self.temporaries(&simple.assignments)?;
        self.trace(&temporaries, &words);
        let last_argument = words.last().cloned().unwrap_or_default();
        if let Some(builtin) = builtin {
            self.note_written_elements(builtin.name, &simple.words, &words);
        }
        let result = if let Some(function) = function {
            self.with_temporaries(&temporaries, |shell| {
                if !temporaries.is_empty() {
                    shell.variables.await_function();
                }
                shell.call_function(&function, &words)
            })
        } else if let Some(builtin) = builtin {
            self.run_builtin_with(builtin, simple, &temporaries, &words)
        } else {
            let text = || crate::parse::print::command(command);
            let temporaries = self.writable(temporaries)?;
            self.becomes_program = last;
            self.run_external(&words, &temporaries, text)
        };
        self.set_last_argument(last_argument);
        result
    }

    /// The assignments before a program without those that are refused, which ends the line in POSIX mode.
    fn writable(&self, temporaries: Vec<Temporary>) -> Result<Vec<Temporary>, Unwind> {
        let mut allowed = Vec::with_capacity(temporaries.len());
        for temporary in temporaries {
            let name = self.variables.resolve(&temporary.name);
            if !self.is_readonly(&name) {
                allowed.push(temporary);
                continue;
            }
            self.error(&format!("{name}: readonly variable"));
            if self.option(SetOption::Posix) {
                return Err(Unwind::Discard(1));
            }
        }
        Ok(allowed)
    }

    /// Runs a builtin; the assignments before it hold while it runs.
    fn run_builtin_with(
        &mut self,
        builtin: &'static Builtin,
        simple: &SimpleCommand,
        temporaries: &[Temporary],
        words: &[String],
    ) -> Outcome {
        let persists = builtin.special && self.option(SetOption::Posix);
        if persists {
            for temporary in temporaries {
                self.assign(&temporary.name, &temporary.value, false)
                    .map_err(|refused| refused.or(self.assignment_failed()))?;
                // As POSIX has it, such variables are exported.
                self.variables.entry(&temporary.name).attributes.exported = true;
                if builtin.name != "eval" {
                    self.variables.keep_temporary(&temporary.name);
                }
            }
        }
        let temporaries = if persists { &[] } else { temporaries };
        let shows = words
            .iter()
            .skip(1)
            .all(|word| word.starts_with(['-', '+']))
            || words.iter().any(|word| word == "-p");
        if builtin.declares && !shows && !temporaries.is_empty() {
            let temporaries = self.writable(temporaries.to_vec())?;
            return self.declare_with(builtin, simple, &temporaries, words);
        }
        if builtin.declares {
            return self.with_temporaries(temporaries, |shell| {
                shell.declare_with(builtin, simple, &[], words)
            });
        }
        self.with_temporaries(temporaries, |shell| {
            let result = shell.run_builtin(builtin, words);
            for temporary in temporaries {
                // Only a call is outlived by what it was given, `eval` is not.
                if let Some(variable) = shell.variables.get_mut(&temporary.name) {
                    variable.attributes.outlives = false;
                }
            }
            result
        })
    }

    /// Runs a builtin that declares. What it declares stays, so the assignments before it get no scope: one of a name
    /// it declares is that name's value, and the others are nothing it looks at.
    fn declare_with(
        &mut self,
        builtin: &'static Builtin,
        simple: &SimpleCommand,
        temporaries: &[Temporary],
        words: &[String],
    ) -> Outcome {
        let declared = temporaries
            .iter()
            .filter(|temporary| {
                let declared = |word: &String| word.split('=').next() == Some(&temporary.name);
                words.iter().any(declared)
            })
            .cloned()
            .collect();
        let outer_declared = std::mem::replace(&mut self.declared_with, declared);
        let outer = std::mem::replace(&mut self.running_builtin, builtin.name);
        let written = simple.words.first().and_then(Word::literal) == Some(builtin.name);
        let result = if written {
            builtins::declare::run(self, builtin.name, simple, words)
        } else {
            // The name came out of an expansion, and maybe all the rest with it.
            builtins::declare::run_words(self, words)
        };
        let result = self.finish_builtin(result);
        self.running_builtin = outer;
        self.just_called = false;
        self.declared_with = outer_declared;
        result
    }

    /// After an error of a special builtin, which ends a shell that follows POSIX and has no person.
    fn special_failed(&self, builtin: Option<&'static Builtin>, status: i32) -> Outcome {
        let special = builtin.is_some_and(|builtin| builtin.special);
        if status != 0 && special && self.option(SetOption::Posix) && !self.mode.interactive {
            return Err(Unwind::Exit(status));
        }
        Ok(status)
    }

    /// Runs a builtin and writes its output.
    pub(crate) fn run_builtin(&mut self, builtin: &'static Builtin, words: &[String]) -> Outcome {
        let outer = std::mem::replace(&mut self.running_builtin, builtin.name);
        let result = (builtin.run)(self, words);
        let result = self.finish_builtin(result);
        self.running_builtin = outer;
        self.just_called = false;
        result
    }

    fn finish_builtin(&mut self, result: Outcome) -> Outcome {
        let written = self.flush();
        match result {
            Ok(0) if !written => Ok(1),
            other => other,
        }
    }

    /// Runs something with variables that are gone afterwards.
    fn with_temporaries(
        &mut self,
        temporaries: &[Temporary],
        run: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        if temporaries.is_empty() {
            return run(self);
        }
        self.variables.push_scope();
        for temporary in temporaries {
            let name = self.variables.resolve(&temporary.name);
            if self.is_readonly(&name) {
                self.error(&format!("{name}: readonly variable"));
                if self.option(SetOption::Posix) {
                    self.variables.pop_scope();
                    return Err(Unwind::Discard(1));
                }
                continue;
            }
            let variable = self.variables.declare_here(&name);
            variable.value = Value::Scalar(temporary.value.clone());
            variable.attributes.exported = true;
            variable.attributes.temporary = true;
        }
        let result = run(self);
        self.variables.pop_scope();
        if temporaries.iter().any(|temporary| temporary.name == "PATH") {
            self.hashed.clear();
        }
        result
    }

    /// The assignments before a command, expanded; arrays cannot be there.
    pub(crate) fn temporaries(
        &mut self,
        assignments: &[Assignment],
    ) -> Result<Vec<Temporary>, Unwind> {
        match assignments {
            [] => return Ok(Vec::new()),
            [_] => return self.temporaries_here(assignments),
            _ => {}
        }
        // Each one sees those before it.
        self.variables.push_scope();
        let result = self.temporaries_here(assignments);
        self.variables.pop_scope();
        result
    }

    fn temporaries_here(&mut self, assignments: &[Assignment]) -> Result<Vec<Temporary>, Unwind> {
        let mut temporaries: Vec<Temporary> = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            if assignment.subscript.is_some() {
                self.error(&format!(
                    "`{}': not a valid identifier",
                    assignment.shown_name()
                ));
                continue;
            }
            let mut value = match &assignment.value {
                AssignmentValue::Scalar(word) => self.expand_value(word)?,
                AssignmentValue::Array(elements) => self.text_of_elements(elements)?,
            };
            if assignment.append {
                let before = temporaries
                    .iter()
                    .rev()
                    .find(|temporary| temporary.name == assignment.name);
                let old = match before {
                    Some(temporary) => Some(temporary.value.clone()),
                    None => self.parameter(&assignment.name),
                };
                let is_integer = self
                    .variables
                    .get(&self.variables.resolve(&assignment.name))
                    .is_some_and(|variable| variable.attributes.integer);
                value = if is_integer {
                    let old = self.arithmetic(&old.unwrap_or_default())?;
                    old.wrapping_add(self.arithmetic(&value)?).to_string()
                } else {
                    old.unwrap_or_default() + &value
                };
            }
            if assignments.len() > 1 {
                let variable = self.variables.declare_here(&assignment.name);
                variable.value = Value::Scalar(value.clone());
            }
            temporaries.push(Temporary {
                name: assignment.name.clone(),
                value,
            });
        }
        Ok(temporaries)
    }

    /// `( ... )` where no array can be: text, expanded.
    fn text_of_elements(&mut self, elements: &[ArrayElement]) -> Result<String, Unwind> {
        let mut shown = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.expand_single(&element.value)?;
            shown.push(match &element.subscript {
                Some(subscript) => {
                    let operator = if element.append { "+=" } else { "=" };
                    format!("[{}]{operator}{value}", self.expand_single(subscript)?)
                }
                None => value,
            });
        }
        Ok(format!("({})", shown.join(" ")))
    }

    /// A command without words: its assignments stay, its redirections only open files.
    fn run_assignments(&mut self, simple: &SimpleCommand, command: &Command) -> Outcome {
        for assignment in &simple.assignments {
            self.assign_from(assignment)?;
        }
        self.set_last_argument(String::new());
        match self.redirect(&command.redirects) {
            Ok(undo) => self.undo(undo),
            Err(failure) => return self.redirect_failed(failure),
        }
        Ok(self.substitution_status.unwrap_or(0))
    }

    /// `exec` with nothing but redirections: they stay.
    fn run_exec_alone(&mut self, simple: &SimpleCommand, command: &Command) -> Outcome {
        match self.redirect(&command.redirects) {
            Ok(_) => {}
            Err(failure) => {
                let status = self.redirect_failed(failure)?;
                return if self.mode.interactive || !self.option(SetOption::Posix) {
                    Ok(status)
                } else {
                    Err(Unwind::Exit(status))
                };
            }
        }
        if self.option(SetOption::Posix) {
            for assignment in &simple.assignments {
                self.assign_from(assignment)?;
            }
        }
        Ok(0)
    }

    /// Does one assignment for good.
    ///
    /// # Errors
    /// The variable is readonly, or an expansion failed.
    pub(crate) fn assign_from(&mut self, assignment: &Assignment) -> Result<(), Unwind> {
        let failed = self.assignment_failed();
        let refused = |refused: Refused| refused.or(failed);
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                let value = self.expand_value(word)?;
                if self.option(SetOption::XTrace) {
                    self.trace_assignment(assignment, &value);
                }
                match &assignment.subscript {
                    None => self
                        .assign(&assignment.name, &value, assignment.append)
                        .map_err(refused),
                    Some(subscript) => {
                        let key = self.subscript(&assignment.name, subscript)?;
                        self.assign_element(&assignment.name, key, &value, assignment.append)
                            .map_err(refused)
                    }
                }
            }
            AssignmentValue::Array(_) if assignment.subscript.is_some() => {
                self.error(&format!(
                    "{}: cannot assign list to array member",
                    assignment.shown_name()
                ));
                Err(Unwind::Discard(1))
            }
            AssignmentValue::Array(elements) => {
                let keyed = self.is_associative(&assignment.name);
                let expanded = self.expand_elements(elements, keyed)?;
                if self.option(SetOption::XTrace) {
                    let values: Vec<String> = expanded
                        .iter()
                        .map(|(_, _, value)| quote_traced(value))
                        .collect();
                    self.trace_assignment(assignment, &format!("({})", values.join(" ")));
                }
                self.assign_array(&assignment.name, expanded, assignment.append)
                    .map_err(refused)
            }
        }
    }

    /// The elements of `( ... )`, expanded; those of an associative array, `keyed`, are one word each.
    pub(crate) fn expand_elements(
        &mut self,
        elements: &[ArrayElement],
        keyed: bool,
    ) -> Result<Vec<(Option<String>, bool, String)>, Unwind> {
        let mut expanded = Vec::with_capacity(elements.len());
        for element in elements {
            match &element.subscript {
                Some(subscript)
                    if !keyed
                        && self.option(SetOption::BraceExpand)
                        && self.has_braces(&element.value) =>
                {
                    // Braces come first, and what they make are words that only look like assignments.
                    let operator = if element.append { "+=" } else { "=" };
                    let mut word = Word::quoted(&format!("[{}]{operator}", subscript.text));
                    word.parts.extend(element.value.parts.iter().cloned());
                    let mut fields = Vec::new();
                    self.expand_word(&word, &mut fields)?;
                    expanded.extend(fields.into_iter().map(|value| (None, false, value)));
                }
                Some(subscript) => {
                    let subscript = match keyed {
                        true => self.expand_single(subscript)?,
                        false => self.expand_operand(subscript)?,
                    };
                    let value = self.expand_value(&element.value)?;
                    expanded.push((Some(subscript), element.append, value));
                }
                None if keyed => {
                    let value = self.expand_value(&element.value)?;
                    expanded.push((None, false, value));
                }
                None => {
                    let mut fields = Vec::new();
                    self.expand_word(&element.value, &mut fields)?;
                    expanded.extend(fields.into_iter().map(|value| (None, false, value)));
                }
            }
        }
        Ok(expanded)
    }

    /// Under `set -x`, shows a command before it runs.
    pub(crate) fn trace(&mut self, temporaries: &[Temporary], words: &[String]) {
        if !self.option(SetOption::XTrace) {
            return;
        }
        for temporary in temporaries {
            self.trace_line(&format!(
                "{}={}",
                temporary.name,
                quote_traced(&temporary.value)
            ));
        }
        let shown: Vec<String> = words.iter().map(|word| quote_traced(word)).collect();
        self.trace_line(&shown.join(" "));
    }

    fn trace_assignment(&mut self, assignment: &Assignment, value: &str) {
        let operator = if assignment.append { "+=" } else { "=" };
        let subscript = match &assignment.subscript {
            Some(word) => format!("[{}]", word.text),
            None => String::new(),
        };
        let value = match assignment.value {
            AssignmentValue::Scalar(_) if value.is_empty() => String::new(),
            AssignmentValue::Scalar(_) => quote_traced(value),
            AssignmentValue::Array(_) => value.to_owned(),
        };
        self.trace_line(&format!("{}{subscript}{operator}{value}", assignment.name));
    }

    /// One line of `set -x`.
    pub(crate) fn trace_line(&mut self, line: &str) {
        let prefix = self.setting("PS4").unwrap_or("+ ").to_owned();
        self.options.set(SetOption::XTrace, false);
        let status = self.status;
        let prefix = self.expand_prompt(&prefix).unwrap_or(prefix);
        self.status = status;
        self.options.set(SetOption::XTrace, true);
        // The first character shows how deep substitutions are nested.
        let mut characters = prefix.chars();
        let depth = self.traced_depth();
        let first: String = characters
            .next()
            .map(|first| first.to_string().repeat(depth))
            .unwrap_or_default();
        let shown = format!("{first}{}{line}\n", characters.as_str());
        let number = self
            .setting("BASH_XTRACEFD")
            .and_then(|number| number.parse().ok());
        match number.and_then(|number| self.descriptors.get(number)) {
            // There is nobody to tell that telling failed.
            Some(file) => drop(crate::descriptors::write_all(
                &file,
                &crate::text::encode(&shown),
            )),
            None => self.write_error(&shown),
        }
    }

    fn traced_depth(&self) -> usize {
        1 + usize::try_from(self.trace_level).unwrap_or(0)
    }
}

/// A word as `set -x` shows it: what has blanks, newlines or characters that mean something stands between single quotes
/// as it is; only then come characters that cannot be printed.
fn quote_traced(word: &str) -> String {
    if word.contains(|character| " \t\n'\"\\|&;()<>!{}*[?]^$`".contains(character)) {
        crate::escapes::quote_single(word)
    } else {
        crate::escapes::quote(word)
    }
}
