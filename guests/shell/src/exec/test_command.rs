//! Conditions: `[[ ]]`, and the questions it shares with `test`.

use std::cmp::Ordering;
use std::fs::Metadata;
use std::time::SystemTime;

use berth_guest::{FileType, Status};
use berth_pattern::Captures;

use crate::files::{self, Access};
use crate::options::{SetOption, SetOptions};
use crate::parameters::split_subscript;
use crate::parse::ast::{TestExpression, Word};
use crate::pattern::{Pattern, PatternOptions};
use crate::shell::{Shell, Unwind};
use crate::text;
use crate::variables::Value;

/// Status of `[[ ]]` with a regular expression that is none.
pub(super) const NO_REGEX_STATUS: i32 = 2;

impl Shell {
    /// Whether a condition of `[[ ]]` holds.
    pub(super) fn test_expression(&mut self, expression: &TestExpression) -> Result<bool, Unwind> {
        match expression {
            TestExpression::Or(left, right) => {
                Ok(self.test_expression(left)? || self.test_expression(right)?)
            }
            TestExpression::And(left, right) => {
                Ok(self.test_expression(left)? && self.test_expression(right)?)
            }
            TestExpression::Not(inner) => {
                self.traced_negation = !self.traced_negation;
                let holds = self.test_expression(inner);
                self.traced_negation = false;
                Ok(!holds?)
            }
            TestExpression::Group(inner) => {
                self.traced_negation = false;
                self.test_expression(inner)
            }
            TestExpression::Lone(word) => {
                let operand = self.expand_single(word)?;
                self.trace_test(|| format!("-n {}", shown(&operand)));
                Ok(!operand.is_empty())
            }
            TestExpression::Unary(operator, word) => {
                let operand = self.expand_single(word)?;
                self.trace_test(|| format!("{operator} {}", shown(&operand)));
                if operator == "-v" {
                    self.note_written_elements("[[", std::slice::from_ref(word), &[&operand]);
                }
                self.test_unary(operator, &operand)
            }
            TestExpression::Binary(left, operator, right) => {
                self.test_binary_words(left, operator, right)
            }
        }
    }

    /// Under `set -x`, shows one condition before it is looked at.
    fn trace_test(&mut self, text: impl FnOnce() -> String) {
        if self.option(SetOption::XTrace) {
            let not = if std::mem::take(&mut self.traced_negation) {
                "! "
            } else {
                ""
            };
            let line = format!("[[ {not}{} ]]", text());
            self.trace_line(&line);
        }
    }

    fn test_binary_words(
        &mut self,
        left: &Word,
        operator: &str,
        right: &Word,
    ) -> Result<bool, Unwind> {
        let number = operator.starts_with('-') && !matches!(operator, "-nt" | "-ot" | "-ef");
        let left = match number {
            true => self.expand_operand(left)?,
            false => self.expand_single(left)?,
        };
        match operator {
            "==" | "=" | "!=" => {
                let pattern = self.expand_pattern(right)?;
                self.trace_test(|| format!("{} {operator} {}", shown(&left), &pattern));
                let options = PatternOptions {
                    extended: true,
                    ignore_case: self.shopt.get("nocasematch"),
                };
                Ok(Pattern::new(&pattern, options).matches(&left) == (operator != "!="))
            }
            "=~" => {
                let regex = self.expand_regex(right)?;
                self.trace_test(|| format!("{} {operator} {}", shown(&left), &regex));
                self.test_regex(&left, &regex)
            }
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                let right = self.expand_operand(right)?;
                self.trace_test(|| format!("{} {operator} {}", shown(&left), shown(&right)));
                let left = self.arithmetic_for(&left, "[[: ");
                let both = left.and_then(|left| Ok((left, self.arithmetic_for(&right, "[[: ")?)));
                match both {
                    Ok((left, right)) => Ok(compare_numbers(operator, left, right)),
                    Err(Unwind::Discard(_)) => Ok(false),
                    Err(other) => Err(other),
                }
            }
            _ => {
                let right = self.expand_single(right)?;
                self.trace_test(|| format!("{} {operator} {}", shown(&left), shown(&right)));
                Ok(test_binary(operator, &left, &right).unwrap_or(false))
            }
        }
    }

    /// Matches a regular expression and fills `BASH_REMATCH`.
    fn test_regex(&mut self, text: &str, regex: &str) -> Result<bool, Unwind> {
        let ignore_case = self.shopt.get("nocasematch");
        let Some(compiled) = self.regexes.compiled(regex, ignore_case) else {
            // Bash says nothing, its status tells.
            return Err(Unwind::Discard(NO_REGEX_STATUS));
        };
        let text = text::encode(text);
        let mut captures = Captures::default();
        let matched = compiled.captures(&text, 0, &mut captures);
        let groups = if matched { captures.len() } else { 0 };
        let groups = (0..groups).map(|group| {
            let found = captures.get(group).and_then(|range| text.get(range));
            (None, false, text::decode(found.unwrap_or_default()))
        });
        let groups = groups.collect();
        // It cannot be readonly: bash does not allow that either.
        let _ = self.assign_array("BASH_REMATCH", groups, false);
        Ok(matched)
    }

    /// Whether `-f x` and the like hold.
    pub(crate) fn test_unary(&mut self, operator: &str, operand: &str) -> Result<bool, Unwind> {
        let file = |question: fn(&Metadata) -> bool| {
            self.file_metadata(operand)
                .is_some_and(|metadata| question(&metadata))
        };
        Ok(match operator {
            "-z" => operand.is_empty(),
            "-n" => !operand.is_empty(),
            "-a" | "-e" => self.file_metadata(operand).is_some(),
            "-f" => file(Metadata::is_file),
            "-d" => file(Metadata::is_dir),
            "-s" => file(|metadata| metadata.len() > 0),
            "-h" | "-L" => {
                files::link_metadata(operand).is_ok_and(|metadata| metadata.is_symlink())
            }
            "-r" => files::may(operand, Access::Read),
            "-w" => files::may(operand, Access::Write),
            "-x" => files::may(operand, Access::Execute),
            "-b" | "-c" | "-p" | "-S" | "-g" | "-k" | "-u" | "-O" | "-G" | "-N" => self
                .file_status(operand)
                .is_some_and(|status| is_of_kind(operator, &status)),
            "-t" => operand
                .trim()
                .parse()
                .is_ok_and(|number| self.descriptors.is_terminal(number)),
            "-o" => SetOptions::by_name(operand).is_some_and(|option| self.options.get(option)),
            "-v" => self.is_set(operand)?,
            "-R" => self.variables.get(operand).is_some_and(|variable| {
                variable.attributes.reference && variable.value != Value::Unset
            }),
            _ => false,
        })
    }

    /// A file's metadata; the shell's own descriptors have names too.
    fn file_metadata(&self, path: &str) -> Option<Metadata> {
        if path.is_empty() {
            return None;
        }
        if let Some(file) = self.open_special(path) {
            let file = file.ok()?;
            let copy = berth_guest::dup(std::os::fd::AsFd::as_fd(&*file), 10).ok()?;
            return std::fs::File::from(copy).metadata().ok();
        }
        files::metadata(path).ok()
    }

    /// As [`Self::file_metadata`], with what the standard library does not tell.
    fn file_status(&self, path: &str) -> Option<Status> {
        if let Some(file) = self.open_special(path) {
            return berth_guest::fd_status(std::os::fd::AsFd::as_fd(&*file.ok()?)).ok();
        }
        berth_guest::status(&text::encode(path), true).ok()
    }

    fn is_set(&mut self, name: &str) -> Result<bool, Unwind> {
        if let Some((array, subscript)) = split_subscript(name) {
            if matches!(subscript, "@" | "*") && !self.is_associative(array) {
                return Ok(self
                    .elements(array)
                    .is_some_and(|elements| !elements.is_empty()));
            }
            let Some(key) = self.named_key_if_any(array, subscript)? else {
                self.error(&format!("{array}: bad array subscript"));
                return Ok(false);
            };
            return Ok(self.element(array, &key).is_some());
        }
        if let Ok(number) = name.parse::<usize>() {
            return Ok(number == 0 || number <= self.positional.len());
        }
        // Bash looks for a variable of the name `array[index]` then, and there is none.
        let names_element =
            self.variables.is_reference(name) && self.variables.resolve(name).contains('[');
        Ok(!names_element && self.parameter(name).is_some())
    }
}

/// An operand as `set -x` shows it.
fn shown(operand: &str) -> String {
    if operand.is_empty() {
        "''".to_owned()
    } else {
        operand.to_owned()
    }
}

/// Whether a comparison of strings or files holds; `None` when the operator is none of those.
pub(crate) fn test_binary(operator: &str, left: &str, right: &str) -> Option<bool> {
    Some(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left.cmp(right) == Ordering::Less,
        ">" => left.cmp(right) == Ordering::Greater,
        "-nt" => match (modified(left), modified(right)) {
            (Some(left), Some(right)) => left > right,
            (left, _) => left.is_some(),
        },
        "-ot" => match (modified(left), modified(right)) {
            (Some(left), Some(right)) => left < right,
            (_, right) => right.is_some(),
        },
        "-ef" => same_file(left, right),
        _ => return None,
    })
}

/// Whether a comparison of numbers holds.
pub(crate) fn compare_numbers(operator: &str, left: i64, right: i64) -> bool {
    match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    }
}

fn modified(path: &str) -> Option<SystemTime> {
    files::metadata(path).ok()?.modified().ok()
}

fn same_file(left: &str, right: &str) -> bool {
    let identity = |path| {
        let status = berth_guest::status(&text::encode(path), true).ok()?;
        Some((status.device, status.inode))
    };
    identity(left).is_some_and(|left| identity(right) == Some(left))
}

fn is_of_kind(operator: &str, status: &Status) -> bool {
    let user = files::effective_user();
    match operator {
        "-b" => status.file_type == FileType::BlockDevice,
        "-c" => status.file_type == FileType::CharacterDevice,
        "-p" => status.file_type == FileType::Fifo,
        "-S" => status.file_type == FileType::Socket,
        "-g" => status.mode & 0o2000 != 0,
        "-k" => status.mode & 0o1000 != 0,
        "-u" => status.mode & 0o4000 != 0,
        "-O" => status.user == user,
        "-G" => status.group == user,
        _ => status.modified > status.accessed,
    }
}
