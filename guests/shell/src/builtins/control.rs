//! Builtins that decide what runs: `break`, `return`, `exit`, `eval`, `source`, `exec`, `command` and so on.

use crate::builtins::USAGE_STATUS;
use crate::descriptors::{error_text, read_to_end};
use crate::exec::StartFailure;
use crate::files;
use crate::options::SetOption;
use crate::parse::print;
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::Event;
use crate::text;
use crate::variables::Value;

/// Where `command -p` looks.
const STANDARD_PATH: &str = "/bin:/usr/bin:/sbin:/usr/sbin:/etc:/usr/etc";

/// `:`, `true`
pub fn nothing(_: &mut Shell, _: &[String]) -> Outcome {
    Ok(0)
}

/// `false`
pub fn fail(_: &mut Shell, _: &[String]) -> Outcome {
    Ok(1)
}

/// How many loops `break` and `continue` mean; `None` after a message.
fn levels(shell: &mut Shell, words: &[String]) -> Result<Option<u32>, Unwind> {
    if shell.loops == 0 {
        shell.complain(
            words,
            "only meaningful in a `for', `while', or `until' loop",
        );
        return Ok(None);
    }
    let words = without_dashes(words);
    let Some(argument) = words.get(1) else {
        return Ok(Some(1));
    };
    if words.len() > 2 {
        shell.complain(&words, "too many arguments");
        return Err(Unwind::Abandon(1));
    }
    let Ok(number) = argument.parse::<i64>() else {
        shell.complain(&words, &format!("{argument}: numeric argument required"));
        return Err(Unwind::Exit(128));
    };
    if number < 1 {
        shell.complain(&words, &format!("{argument}: loop count out of range"));
        shell.loop_status = 1;
        return Err(Unwind::Break(shell.loops));
    }
    Ok(Some(
        u32::try_from(number).unwrap_or(u32::MAX).min(shell.loops),
    ))
}

/// Leaves loops.
pub fn break_loop(shell: &mut Shell, words: &[String]) -> Outcome {
    match levels(shell, words)? {
        Some(levels) => Err(Unwind::Break(levels)),
        None => Ok(0),
    }
}

/// Goes on with the next turn of a loop.
pub fn continue_loop(shell: &mut Shell, words: &[String]) -> Outcome {
    match levels(shell, words)? {
        Some(levels) => Err(Unwind::Continue(levels)),
        None => Ok(0),
    }
}

/// The status an argument gives, or the last one without; a wrong one is told.
fn status_argument(shell: &Shell, words: &[String]) -> i32 {
    match words.get(1) {
        None => shell.trap_status.unwrap_or(shell.status),
        Some(argument) => match argument.trim().parse::<i64>() {
            Ok(number) => (number & 0xFF) as i32,
            Err(_) => {
                shell.complain(words, &format!("{argument}: numeric argument required"));
                USAGE_STATUS
            }
        },
    }
}

/// Returns from a function or sourced file.
pub fn return_from(shell: &mut Shell, words: &[String]) -> Outcome {
    if shell.frames.is_empty() {
        shell.complain(words, "can only `return' from a function or sourced script");
        if shell.posix() && !shell.mode.interactive && !shell.under_command {
            return Err(Unwind::Exit(USAGE_STATUS));
        }
        return Ok(USAGE_STATUS);
    }
    let words = without_dashes(words);
    Err(Unwind::Return(status_argument(shell, &words)))
}

fn without_dashes(words: &[String]) -> Vec<String> {
    words
        .iter()
        .enumerate()
        .filter(|(index, word)| *index != 1 || *word != "--")
        .map(|(_, word)| word.clone())
        .collect()
}

/// Ends the shell.
pub fn exit(shell: &mut Shell, words: &[String]) -> Outcome {
    let words = without_dashes(words);
    if shell.mode.interactive && !shell.is_child && !shell.runs_sourced_file() {
        shell.write_error(if shell.mode.login {
            "logout\n"
        } else {
            "exit\n"
        });
    }
    let status = status_argument(shell, &words);
    if words.len() > 2 {
        shell.complain(&words, "too many arguments");
        return Ok(1);
    }
    // Here, where the function that ends the shell can still be seen.
    Err(Unwind::Exit(shell.run_exit_trap(status)))
}

/// Ends a login shell.
pub fn logout(shell: &mut Shell, words: &[String]) -> Outcome {
    if !shell.mode.login {
        shell.complain(words, "not login shell: use `exit'");
        return Ok(1);
    }
    exit(shell, words)
}

/// Runs its arguments as a command.
pub fn eval(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "") else {
        return Ok(USAGE_STATUS);
    };
    let text = options.operands.join(" ");
    let line = shell.line;
    shell.run_text(&text, line, "eval")
}

/// Runs the commands of a file.
pub fn source(shell: &mut Shell, words: &[String]) -> Outcome {
    if shell.options_of(words, "").is_none() {
        return Ok(USAGE_STATUS);
    }
    let words = without_dashes(words);
    let Some(name) = words.get(1) else {
        shell.usage(&words, "filename argument required");
        return Ok(USAGE_STATUS);
    };
    if name.contains('/') && shell.refuses(&format!(".: {name}")) {
        return Ok(1);
    }
    let path = if name.contains('/') || !shell.shopt.get("sourcepath") {
        name.clone()
    } else {
        let search = shell.search_path();
        search
            .split(':')
            .map(|directory| {
                if directory.is_empty() {
                    format!("./{name}")
                } else {
                    format!("{directory}/{name}")
                }
            })
            .find(|path| files::metadata(path).is_ok_and(|metadata| metadata.is_file()))
            .unwrap_or_else(|| name.clone())
    };
    if files::is_directory(&path) {
        shell.complain(&words, &format!("{path}: is a directory"));
        return Ok(1);
    }
    let contents = match shell.open_special(&path) {
        Some(file) => file.and_then(|file| read_to_end(&file)),
        None => std::fs::read(text::os(&path)),
    };
    let posix = shell.posix() && !shell.mode.interactive && !shell.under_command;
    match contents {
        Err(error) if shell.posix() => {
            if name.contains('/') {
                shell.error(&format!("{name}: {}", error_text(&error)));
            } else {
                shell.complain(&words, &format!("{name}: file not found"));
            }
            if posix { Err(Unwind::Exit(1)) } else { Ok(1) }
        }
        Ok(contents) => {
            let arguments = (words.len() > 2).then(|| words.get(2..).unwrap_or_default().to_vec());
            shell.source_text(&path, &text::decode_owned(contents), arguments)
        }
        Err(error) => {
            shell.error(&format!("{name}: {}", error_text(&error)));
            Ok(1)
        }
    }
}

/// Becomes another program, or a script of this shell; does not come back then.
pub fn exec(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "cla:") else {
        return Ok(USAGE_STATUS);
    };
    let mut command = options.operands.to_vec();
    let Some(name) = command.first().cloned() else {
        return Ok(0);
    };
    if shell.refuses("exec") {
        return Ok(1);
    }
    let Some(path) = shell.locate(&name) else {
        shell.complain(words, &format!("{name}: not found"));
        return exec_failed(shell, 127);
    };
    let path = shell.full_path(path);
    if files::metadata(&path).is_err() {
        shell.error(&format!("{path}: No such file or directory"));
        return exec_failed_late(shell, 127);
    }
    if let Some(zeroth) = options.value('a')
        && let Some(first) = command.first_mut()
    {
        *first = zeroth.to_owned();
    }
    if options.has('l')
        && let Some(first) = command.first_mut()
    {
        first.insert(0, '-');
    }
    if options.has('c') {
        shell.forget_environment();
    }
    let level = if options.has('c') { 0 } else { 1 };
    adjust_level(shell, -level);
    if shell.mode.interactive && !shell.is_child {
        shell.save_history();
    }
    shell.replaced = true;
    let failure = shell.become_program(&path, &command, &[]);
    shell.replaced = false;
    let result = match failure {
        Ok(StartFailure::Script(path)) => shell.become_script_of(&path, &command, &[]),
        Ok(StartFailure::Told(status)) => {
            if let Some(reason) = files::why_no_command(&path) {
                shell.complain(words, &format!("{path}: cannot execute: {reason}"));
            }
            exec_failed_late(shell, status)
        }
        Err(unwind) => Err(unwind),
    };
    adjust_level(shell, level);
    result
}

/// What replaces this shell is no deeper than this shell.
fn adjust_level(shell: &mut Shell, change: i64) {
    if change == 0 {
        return;
    }
    let level: i64 = shell
        .setting("SHLVL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(0);
    let level = level.saturating_add(change).max(0);
    let variable = shell.variables.entry("SHLVL");
    variable.value = Value::Scalar(level.to_string());
    variable.attributes.exported = true;
}

fn exec_failed(shell: &Shell, status: i32) -> Outcome {
    if !shell.is_child && (shell.mode.interactive || shell.shopt.get("execfail")) {
        Ok(status)
    } else {
        Err(Unwind::Exit(status))
    }
}

/// The same, where bash has forgotten the trap of its end by then.
fn exec_failed_late(shell: &mut Shell, status: i32) -> Outcome {
    let result = exec_failed(shell, status);
    if result.is_err() {
        shell.traps.take(Event::Exit);
    }
    result
}

/// Runs a builtin even if a function has its name.
pub fn builtin(shell: &mut Shell, words: &[String]) -> Outcome {
    let rest = words.get(1..).unwrap_or_default();
    let rest = if rest.first().is_some_and(|word| word == "--") {
        rest.get(1..).unwrap_or_default()
    } else {
        rest
    };
    let Some(name) = rest.first() else {
        return Ok(0);
    };
    match shell.builtin(name) {
        Some(found) => shell.run_builtin(found, rest),
        None => {
            shell.complain(words, &format!("{name}: not a shell builtin"));
            Ok(1)
        }
    }
}

/// Runs a command even if a function has its name, or says what it is.
pub fn command(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "pvV") else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    if options.has('p') && shell.refuses("command: -p") {
        return Ok(1);
    }
    if options.has('p') {
        // The place where the usual commands are, whatever `PATH` says.
        shell.variables.push_scope();
        let path = shell.variables.declare_here("PATH");
        path.value = Value::Scalar(STANDARD_PATH.to_owned());
        let hashed = std::mem::take(&mut shell.hashed);
        let mut again = vec!["command".to_owned()];
        for letter in ['v', 'V'] {
            if options.has(letter) {
                again.push(format!("-{letter}"));
            }
        }
        again.push("--".to_owned());
        again.extend(operands);
        let result = command(shell, &again);
        shell.hashed = hashed;
        shell.variables.pop_scope();
        return result;
    }
    if options.has('v') || options.has('V') {
        let long = options.has('V');
        let mut any = false;
        for name in &operands {
            if super::kinds::describe(shell, name, long) {
                any = true;
            } else if long {
                shell.complain(words, &format!("{name}: not found"));
            }
        }
        return Ok(i32::from(!any));
    }
    let Some(name) = operands.first() else {
        return Ok(0);
    };
    match shell.builtin(name) {
        Some(found) => {
            let outer = std::mem::replace(&mut shell.under_command, true);
            let result = shell.run_builtin(found, &operands);
            shell.under_command = outer;
            match result {
                // What would end the line is a failure of `command` now.
                Err(Unwind::Discard(status)) if found.special => Ok(status),
                other => other,
            }
        }
        None => {
            shell.flush();
            shell.run_external(&operands, &[], || operands.join(" "))
        }
    }
}

/// `let`
pub fn evaluate(shell: &mut Shell, words: &[String]) -> Outcome {
    let expressions = without_dashes(words);
    let Some(expressions) = expressions
        .get(1..)
        .filter(|expressions| !expressions.is_empty())
    else {
        shell.complain(words, "expression expected");
        return Ok(1);
    };
    let mut value = 0;
    for expression in expressions {
        value = match shell.arithmetic_for(expression, "let: ") {
            Ok(value) => value,
            Err(Unwind::Discard(_)) => return Ok(1),
            Err(other) => return Err(other),
        };
    }
    Ok(i32::from(value == 0))
}

/// Where the running function was called.
pub fn caller(shell: &mut Shell, words: &[String]) -> Outcome {
    let depth = match words.get(1) {
        None => None,
        Some(argument) => match argument.parse::<usize>() {
            Ok(depth) => Some(depth),
            Err(_) => {
                shell.usage(words, &format!("{argument}: invalid number"));
                return Ok(USAGE_STATUS);
            }
        },
    };
    let frames: Vec<_> = shell.frames.iter().rev().cloned().collect();
    let Some(frame) = frames.get(depth.unwrap_or(0)) else {
        return Ok(1);
    };
    let outer = frames.get(depth.unwrap_or(0) + 1);
    let source = match outer {
        Some(outer) if !outer.source.is_empty() => outer.source.clone(),
        _ if shell.mode.command_string || shell.mode.from_stdin => "NULL".to_owned(),
        _ => shell.name.clone(),
    };
    let line = match depth {
        None => format!("{} {source}", frame.call_line),
        Some(_) => {
            let name = match outer {
                Some(outer) => outer.function.as_str(),
                None if shell.runs_script() => "main",
                None => return Ok(1),
            };
            format!("{} {name} {source}", frame.call_line)
        }
    };
    shell.print_line(&line);
    Ok(0)
}

/// CPU times; the kernel keeps no account of them for its guests.
pub fn times(shell: &mut Shell, _: &[String]) -> Outcome {
    let used = crate::cpu_time::used();
    for (user, system) in [
        (used.user, used.system),
        (used.children_user, used.children_system),
    ] {
        let [user, system] = [user, system].map(crate::cpu_time::minutes);
        shell.print_line(&format!("{user} {system}"));
    }
    Ok(0)
}

impl Shell {
    /// The text of a function as `declare -f` shows it.
    pub(crate) fn function_text(&self, name: &str) -> Option<String> {
        self.functions
            .get(name)
            .map(|known| print::function(&known.function))
    }

    /// Whether `set -o posix` is on.
    pub(crate) fn posix(&self) -> bool {
        self.option(SetOption::Posix)
    }
}
