//! `cd`, `pwd` and the directory stack.

use std::io;

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::files;
use crate::options::SetOption;
use crate::shell::{Outcome, Shell};
use crate::text;

/// Changes the working directory.
pub fn cd(shell: &mut Shell, words: &[String]) -> Outcome {
    if shell.refuses("cd") {
        return Ok(1);
    }
    let Some(options) = shell.options_of(words, "LPe@") else {
        return Ok(USAGE_STATUS);
    };
    let last = options
        .found
        .iter()
        .rev()
        .find(|(letter, _)| matches!(letter, 'L' | 'P'));
    let physical = last.map_or(shell.option(SetOption::Physical), |(letter, _)| {
        *letter == 'P'
    });
    let operands = options.operands.to_vec();
    if operands.len() > 1 {
        shell.complain(words, "too many arguments");
        return Ok(1);
    }
    let (target, mut show) = match operands.first().map(String::as_str) {
        None => match shell.setting("HOME") {
            Some(home) => (home.to_owned(), false),
            None => {
                shell.complain(words, "HOME not set");
                return Ok(1);
            }
        },
        Some("-") => match shell.parameter("OLDPWD") {
            Some(before) => (before, true),
            None => {
                shell.complain(words, "OLDPWD not set");
                return Ok(1);
            }
        },
        Some(target) => (target.to_owned(), false),
    };
    if target.is_empty() {
        if physical {
            shell.complain(words, "null directory");
        }
        return Ok(i32::from(physical));
    }
    if let Some(path) = shell.in_cdpath(&target) {
        show |= path.1;
        if shell.change_directory(&path.0, physical).is_ok() {
            if show {
                let now = shell.working_directory.clone();
                shell.print_line(&now);
            }
            return Ok(0);
        }
    }
    match shell.change_directory(&target, physical) {
        Ok(()) => {
            if show {
                let now = shell.working_directory.clone();
                shell.print_line(&now);
            }
            Ok(i32::from(!shell.told_where))
        }
        Err(error) => {
            shell.complain(words, &format!("{target}: {}", error_text(&error)));
            Ok(1)
        }
    }
}

/// Says where one is.
pub fn pwd(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "LP") else {
        return Ok(USAGE_STATUS);
    };
    let last = options.found.last().map(|(letter, _)| *letter);
    let physical = last.map_or(shell.option(SetOption::Physical), |letter| letter == 'P');
    if !physical {
        let now = shell.working_directory.clone();
        shell.print_line(&now);
        return Ok(0);
    }
    match berth_guest::getcwd() {
        Ok(path) => {
            shell.print_bytes(&path);
            shell.print("\n");
            Ok(0)
        }
        Err(error) => {
            // In the words, and without the prefix, that bash has for this.
            shell.write_error(&format!(
                "{}: error retrieving current directory: getcwd: cannot access parent directories: {}\n",
                words.first().map_or("pwd", String::as_str),
                error_text(&error)
            ));
            Ok(1)
        }
    }
}

impl Shell {
    /// A directory found by `CDPATH`, and whether it has to be shown.
    fn in_cdpath(&self, target: &str) -> Option<(String, bool)> {
        if target.starts_with(['/', '.']) {
            return None;
        }
        let search = self.setting("CDPATH")?;
        search.split(':').find_map(|directory| {
            let path = match directory {
                "" | "." => target.to_owned(),
                directory => format!("{}/{target}", directory.trim_end_matches('/')),
            };
            files::is_directory(&path).then_some((path, !directory.is_empty()))
        })
    }

    /// Changes the directory of the process and of the shell; `PWD` and `OLDPWD` follow.
    ///
    /// # Errors
    /// What the kernel says; nothing has changed then.
    pub(crate) fn change_directory(&mut self, target: &str, physical: bool) -> io::Result<()> {
        let logical = normalise(&self.working_directory, target);
        // `x/..` is taken as text, but `x` has to be there.
        if !physical && let Some(missing) = missing_before_dots(&self.working_directory, target) {
            return Err(missing);
        }
        if physical || berth_guest::chdir(&text::encode(&logical)).is_err() {
            berth_guest::chdir(&text::encode(target))?;
            let now = text::decode_owned(berth_guest::getcwd()?);
            self.moved_to(now);
            return Ok(());
        }
        self.moved_to(logical);
        Ok(())
    }

    /// A path from the root: a relative one begins in the shell's directory.
    pub(crate) fn full_path(&self, path: String) -> String {
        if path.starts_with('/') {
            return path;
        }
        let relative = path.strip_prefix("./").unwrap_or(&path);
        format!(
            "{}/{relative}",
            self.working_directory.trim_end_matches('/')
        )
    }

    fn moved_to(&mut self, path: String) {
        let before = std::mem::replace(&mut self.working_directory, path);
        let now = self.working_directory.clone();
        // Readonly PWD and OLDPWD are told of; the directory has changed all the same.
        let old = self.assign("OLDPWD", &before, false);
        let new = self.assign("PWD", &now, false);
        self.told_where = old.is_ok() && new.is_ok();
    }
}

/// What is wrong with a directory that `..` leaves in a path, if anything is.
fn missing_before_dots(base: &str, target: &str) -> Option<io::Error> {
    let mut at = 0;
    while let Some(found) = target.get(at..)?.find("..") {
        let dots = at + found;
        at = dots + 2;
        let whole =
            target[..dots].ends_with('/') && matches!(target.as_bytes().get(at), None | Some(b'/'));
        if !whole {
            continue;
        }
        let left = normalise(base, &target[..dots]);
        match files::metadata(&left) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Some(io::ErrorKind::NotADirectory.into()),
            Err(error) => return Some(error),
        }
    }
    None
}

/// A path made absolute, with `.` and `..` taken as text.
fn normalise(base: &str, target: &str) -> String {
    let joined = if target.starts_with('/') {
        target.to_owned()
    } else {
        format!("{base}/{target}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Shell {
    /// A directory as the stack shows it: with a tilde for the home directory unless `long`.
    fn shown_directory(&self, path: &str, long: bool) -> String {
        let home = self.setting("HOME").unwrap_or_default();
        if !long && !home.is_empty() && home != "/" {
            if path == home {
                return "~".to_owned();
            }
            if let Some(rest) = path.strip_prefix(home).filter(|rest| rest.starts_with('/')) {
                return format!("~{rest}");
            }
        }
        path.to_owned()
    }

    /// `+n` and `-n` as a position in the stack.
    fn stack_position(&self, argument: &str) -> Option<usize> {
        let count = self.directories().len();
        let number: usize = argument.get(1..)?.parse().ok()?;
        let position = if argument.starts_with('-') {
            count.checked_sub(number + 1)?
        } else {
            number
        };
        (position < count).then_some(position)
    }

    fn show_stack(&mut self) {
        let shown: Vec<String> = self
            .directories()
            .iter()
            .map(|path| self.shown_directory(path, false))
            .collect();
        self.print_line(&shown.join(" "));
    }
}

fn is_position(argument: &str) -> bool {
    argument.strip_prefix(['+', '-']).is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether an argument looks like an option and is neither one nor a position.
fn is_no_number(argument: &str) -> bool {
    argument.starts_with(['-', '+']) && argument.len() > 1 && !is_position(argument)
}

/// Shows the stack.
pub fn dirs(shell: &mut Shell, words: &[String]) -> Outcome {
    let (mut long, mut lines, mut numbered, mut wanted) = (false, false, false, None);
    for word in words.iter().skip(1) {
        if is_position(word) {
            let Some(position) = shell.stack_position(word) else {
                shell.complain(
                    words,
                    &format!(
                        "{}: directory stack index out of range",
                        word.trim_start_matches(['+', '-'])
                    ),
                );
                return Ok(1);
            };
            wanted = Some(position);
            continue;
        }
        for letter in word.trim_start_matches('-').chars() {
            match letter {
                'c' => {
                    shell.directory_stack.clear();
                    return Ok(0);
                }
                'l' => long = true,
                'p' => lines = true,
                'v' => numbered = true,
                _ => {
                    let what = if word.starts_with('-') {
                        "number"
                    } else {
                        "option"
                    };
                    shell.usage(words, &format!("{word}: invalid {what}"));
                    return Ok(USAGE_STATUS);
                }
            }
        }
    }
    let shown: Vec<String> = shell
        .directories()
        .iter()
        .map(|path| shell.shown_directory(path, long))
        .collect();
    if let Some(position) = wanted {
        let line = shown.get(position).cloned().unwrap_or_default();
        shell.print_line(&if numbered {
            format!("{position:2}  {line}")
        } else {
            line
        });
    } else if numbered {
        for (index, path) in shown.iter().enumerate() {
            shell.print_line(&format!("{index:2}  {path}"));
        }
    } else {
        shell.print_line(&shown.join(if lines { "\n" } else { " " }));
    }
    Ok(0)
}

/// Puts a directory on the stack and goes there.
pub fn pushd(shell: &mut Shell, words: &[String]) -> Outcome {
    let stay = words.get(1).is_some_and(|word| word == "-n");
    let operands = words.get(if stay { 2 } else { 1 }..).unwrap_or_default();
    let (operands, literal) = match operands {
        [first, rest @ ..] if first == "--" => (rest, true),
        all => (all, false),
    };
    if let [first, ..] = operands
        && !literal
        && is_no_number(first)
    {
        shell.usage(words, &format!("{first}: invalid number"));
        return Ok(USAGE_STATUS);
    }
    let rest: Vec<&String> = operands.iter().collect();
    let mut stack = shell.directories();
    match rest.first() {
        None => {
            if stack.len() < 2 {
                shell.complain(words, "no other directory");
                return Ok(1);
            }
            stack.swap(0, 1);
        }
        Some(argument) if is_position(argument) => {
            let Some(position) = shell.stack_position(argument) else {
                shell.complain(
                    words,
                    &format!("{argument}: directory stack index out of range"),
                );
                return Ok(1);
            };
            stack.rotate_left(position);
            if stay {
                shell.directory_stack = stack.get(1..).unwrap_or_default().to_vec();
                return Ok(0);
            }
        }
        Some(target) => {
            let target = (*target).clone();
            if stay {
                shell.directory_stack.insert(0, target);
            } else {
                let before = shell.working_directory.clone();
                if let Err(error) = shell.change_directory(&target, false) {
                    shell.complain(words, &format!("{target}: {}", error_text(&error)));
                    return Ok(1);
                }
                shell.directory_stack.insert(0, before);
            }
            shell.show_stack();
            return Ok(0);
        }
    }
    go_to_stack(shell, words, stack)
}

fn go_to_stack(shell: &mut Shell, words: &[String], mut stack: Vec<String>) -> Outcome {
    let target = stack.remove(0);
    if let Err(error) = shell.change_directory(&target, false) {
        shell.complain(words, &format!("{target}: {}", error_text(&error)));
        return Ok(1);
    }
    shell.directory_stack = stack;
    shell.show_stack();
    Ok(0)
}

/// Takes a directory off the stack and goes to the one below.
pub fn popd(shell: &mut Shell, words: &[String]) -> Outcome {
    let stay = words.get(1).is_some_and(|word| word == "-n");
    let argument = words.get(if stay { 2 } else { 1 });
    if let Some(argument) = argument.filter(|argument| is_no_number(argument)) {
        shell.usage(words, &format!("{argument}: invalid number"));
        return Ok(USAGE_STATUS);
    }
    if shell.directory_stack.is_empty() {
        shell.complain(words, "directory stack empty");
        return Ok(1);
    }
    let position = match argument {
        None => usize::from(stay),
        Some(argument) if is_position(argument) => match shell.stack_position(argument) {
            Some(position) => position,
            None => {
                shell.complain(
                    words,
                    &format!("{argument}: directory stack index out of range"),
                );
                return Ok(1);
            }
        },
        Some(argument) => {
            shell.usage(words, &format!("{argument}: invalid argument"));
            return Ok(USAGE_STATUS);
        }
    };
    if position == 0 {
        let stack = shell.directory_stack.clone();
        return go_to_stack(shell, words, stack);
    }
    shell.directory_stack.remove(position - 1);
    shell.show_stack();
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn a_logical_path_forgets_what_dots_leave() {
        assert_eq!(normalise("/a/b", "../c"), "/a/c");
        assert_eq!(normalise("/a", "/x/./y//z"), "/x/y/z");
        assert_eq!(normalise("/", ".."), "/");
        assert_eq!(normalise("/a", "b/../.."), "/");
    }
}
