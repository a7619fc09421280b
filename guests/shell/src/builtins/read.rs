//! `read`

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use berth_guest::ApplyWhen;

use super::USAGE_STATUS;
use crate::descriptors::{Descriptor, error_text};
use crate::parameters::Refused;
use crate::shell::{Outcome, Shell, Unwind, bad_descriptor};
use crate::text::{self, is_name};

/// Status of `read -t` when time is up.
const TIMEOUT_STATUS: i32 = 142;

/// What a call asks for.
#[derive(Clone, Debug)]
struct Request {
    raw: bool,
    silent: bool,
    delimiter: u8,
    /// Most characters; with `exact` the delimiter does not count.
    most: Option<usize>,
    exact: bool,
    deadline: Option<Instant>,
}

/// Characters read, with whether a backslash took their meaning.
type Characters = Vec<(char, bool)>;

/// How reading ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Input,
    Timeout,
}

/// Reads a line into variables.
pub fn read(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "ersa:d:i:n:N:p:t:u:") else {
        return Ok(USAGE_STATUS);
    };
    let names = options.operands.to_vec();
    let array = options.value('a').map(str::to_owned);
    for name in names.iter().chain(&array) {
        if !is_name(name.split('[').next().unwrap_or_default()) {
            shell.complain(words, &format!("`{name}': not a valid identifier"));
            return Ok(1);
        }
    }
    if let Some(array) = array.as_ref().filter(|array| shell.is_associative(array)) {
        shell.complain(
            words,
            &format!("{array}: cannot convert associative to indexed array"),
        );
        return Ok(1);
    }
    let number = match options.value('u').map(str::parse::<i32>) {
        None => 0,
        Some(Ok(number)) => number,
        Some(Err(_)) => {
            let shown = options.value('u').unwrap_or_default().to_owned();
            shell.complain(
                words,
                &format!("{shown}: invalid file descriptor specification"),
            );
            return Ok(1);
        }
    };
    let mut count = None;
    for letter in ['n', 'N'] {
        if let Some(text) = options.value(letter) {
            let Ok(most) = text.parse::<usize>() else {
                let shown = text.to_owned();
                shell.complain(words, &format!("{shown}: invalid number"));
                return Ok(1);
            };
            count = Some(most);
        }
    }
    let timeout = match options.value('t') {
        None => None,
        Some(text) => match text
            .parse::<f64>()
            .ok()
            .filter(|seconds| *seconds >= 0.0 && seconds.is_finite())
        {
            Some(seconds) => Some(Duration::from_secs_f64(seconds.min(1e9))),
            None => {
                let shown = text.to_owned();
                shell.complain(words, &format!("{shown}: invalid timeout specification"));
                return Ok(1);
            }
        },
    };
    let request = Request {
        raw: options.has('r'),
        silent: options.has('s'),
        delimiter: options.value('d').map_or(b'\n', |text| {
            text::encode(text).first().copied().unwrap_or(0)
        }),
        most: count,
        exact: options.has('N'),
        deadline: timeout.map(|timeout| Instant::now() + timeout),
    };
    let prompt = options.value('p').map(str::to_owned);
    let Some(file) = shell.descriptors.get(number) else {
        let reason = error_text(&bad_descriptor());
        shell.complain(
            words,
            &format!("{number}: invalid file descriptor: {reason}"),
        );
        return Ok(1);
    };
    let terminal = berth_guest::tty_attributes(file.as_fd()).ok();
    if let (Some(prompt), true) = (&prompt, terminal.is_some()) {
        shell.flush();
        shell.write_error(prompt);
    }
    if timeout == Some(Duration::ZERO) {
        return Ok(i32::from(
            !berth_guest::wait_readable(file.as_fd(), Duration::ZERO).unwrap_or(false),
        ));
    }
    if let Some(before) = terminal {
        let mut attributes = before;
        if request.silent {
            attributes.local &= !berth_guest::local::ECHO;
        }
        if request.most.is_some() || request.delimiter != b'\n' {
            attributes.local &= !berth_guest::local::ICANON;
        }
        let _ = berth_guest::set_tty_attributes(file.as_fd(), &attributes, ApplyWhen::Drained);
    }
    let result = characters(shell, &file, &request);
    if let Some(before) = terminal {
        let _ = berth_guest::set_tty_attributes(file.as_fd(), &before, ApplyWhen::Drained);
    }
    let (read, end) = match result {
        Ok(result) => result,
        Err(ReadFailure::Unwind(unwind)) => return Err(unwind),
        Err(ReadFailure::Error(error)) => {
            shell.complain(
                words,
                &format!("read error: {number}: {}", error_text(&error)),
            );
            return Ok(1);
        }
    };
    if let Err(refused) = store(shell, &names, array.as_deref(), read, &request) {
        return refused.outcome();
    }
    Ok(match end {
        End::Complete => 0,
        End::Input => 1,
        End::Timeout => TIMEOUT_STATUS,
    })
}

enum ReadFailure {
    Error(io::Error),
    Unwind(Unwind),
}

/// One byte; `None` at the end of the input.
fn byte(
    shell: &mut Shell,
    file: &Descriptor,
    request: &Request,
) -> Result<Result<Option<u8>, End>, ReadFailure> {
    loop {
        if let Some(deadline) = request.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            match berth_guest::wait_readable(file.as_fd(), left) {
                Ok(true) => {}
                Ok(false) => return Ok(Err(End::Timeout)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    shell.poll_signals().map_err(ReadFailure::Unwind)?;
                    continue;
                }
                Err(error) => return Err(ReadFailure::Error(error)),
            }
        }
        let mut buffer = [0];
        match berth_guest::read(file.as_fd(), &mut buffer) {
            Ok(0) => return Ok(Ok(None)),
            Ok(_) => return Ok(Ok(Some(buffer[0]))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                shell.poll_signals().map_err(ReadFailure::Unwind)?;
            }
            Err(error) => return Err(ReadFailure::Error(error)),
        }
    }
}

fn characters(
    shell: &mut Shell,
    file: &Descriptor,
    request: &Request,
) -> Result<(Characters, End), ReadFailure> {
    // A whole line of a file or pipe is read by the fast way.
    if request.most.is_none() && request.deadline.is_none() {
        return lines(shell, file, request);
    }
    let mut raw = Vec::new();
    let mut escaped = Vec::new();
    let mut after_backslash = false;
    let end = loop {
        if request
            .most
            .is_some_and(|most| count_characters(&raw) >= most && is_whole(&raw))
        {
            break End::Complete;
        }
        let next = match byte(shell, file, request)? {
            Ok(Some(next)) => next,
            Ok(None) => break End::Input,
            Err(end) => break end,
        };
        if after_backslash {
            after_backslash = false;
            if next != b'\n' {
                raw.push(next);
                escaped.push(true);
            }
            continue;
        }
        if next == b'\\' && !request.raw {
            after_backslash = true;
            continue;
        }
        if next == request.delimiter && !request.exact {
            break End::Complete;
        }
        if next != 0 {
            raw.push(next);
            escaped.push(false);
        }
    };
    Ok((pair(&raw, &escaped), end))
}

fn count_characters(bytes: &[u8]) -> usize {
    text::decode(bytes).chars().count()
}

/// Whether the bytes end with a complete character (or with one that never will be).
fn is_whole(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_some(),
    }
}

/// Characters of bytes, each with the mark of its first byte.
fn pair(bytes: &[u8], escaped: &[bool]) -> Characters {
    let decoded = text::decode(bytes);
    let mut at = 0;
    decoded
        .chars()
        .map(|character| {
            let mark = escaped.get(at).copied().unwrap_or(false);
            at += text::encode(character.encode_utf8(&mut [0; 4])).len();
            (character, mark)
        })
        .collect()
}

/// A line, with lines that continue it unless `-r`.
fn lines(
    shell: &mut Shell,
    file: &Descriptor,
    request: &Request,
) -> Result<(Characters, End), ReadFailure> {
    let mut all = Characters::new();
    loop {
        let mut unwound = None;
        let result = crate::descriptors::read_record(file, request.delimiter, || {
            match shell.poll_signals() {
                Ok(()) => false,
                Err(unwind) => {
                    unwound = Some(unwind);
                    true
                }
            }
        });
        if let Some(unwind) = unwound {
            return Err(ReadFailure::Unwind(unwind));
        }
        let record = result.map_err(ReadFailure::Error)?;
        let end = if record.complete {
            End::Complete
        } else {
            End::Input
        };
        let mut bytes = record.bytes;
        bytes.retain(|byte| *byte != 0);
        let line = text::decode_owned(bytes);
        if request.raw {
            all.extend(line.chars().map(|character| (character, false)));
            return Ok((all, end));
        }
        let mut characters = line.chars();
        let mut continued = false;
        while let Some(character) = characters.next() {
            if character != '\\' {
                all.push((character, false));
                continue;
            }
            match characters.next() {
                Some('\n') => {}
                Some(escaped) => all.push((escaped, true)),
                None => continued = true,
            }
        }
        if !(continued && record.complete && request.delimiter == b'\n') {
            if continued && record.complete {
                all.push((char::from(request.delimiter), true));
                continue;
            }
            return Ok((all, end));
        }
    }
}

fn store(
    shell: &mut Shell,
    names: &[String],
    array: Option<&str>,
    read: Characters,
    request: &Request,
) -> Result<(), Refused> {
    let separators = shell.field_separators();
    if let Some(array) = array {
        if request.exact {
            let all = vec![(None, false, whole(&read))];
            return shell.assign_array(array, all, false);
        }
        let mut fields = Vec::new();
        let mut rest = read.as_slice();
        while let Some((field, after)) = next_field(rest, &separators) {
            fields.push((None, false, field));
            rest = after;
        }
        return shell.assign_array(array, fields, false);
    }
    if names.is_empty() {
        return shell.assign("REPLY", &whole(&read), false);
    }
    if request.exact {
        shell.assign_named(
            names.first().map(String::as_str).unwrap_or_default(),
            &whole(&read),
        )?;
        for name in names.iter().skip(1) {
            shell.assign_named(name, "")?;
        }
        return Ok(());
    }
    let mut rest = skip_blanks(&read, &separators);
    for (index, name) in names.iter().enumerate() {
        if index + 1 == names.len() {
            shell.assign_named(name, &last_field(rest, &separators))?;
            break;
        }
        match next_field(rest, &separators) {
            Some((field, after)) => {
                shell.assign_named(name, &field)?;
                rest = after;
            }
            None => shell.assign_named(name, "")?,
        }
    }
    Ok(())
}

fn whole(characters: &[(char, bool)]) -> String {
    characters.iter().map(|(character, _)| *character).collect()
}

fn is_blank(item: &(char, bool), separators: &str) -> bool {
    !item.1 && matches!(item.0, ' ' | '\t' | '\n') && separators.contains(item.0)
}

fn is_separator(item: &(char, bool), separators: &str) -> bool {
    !item.1 && separators.contains(item.0)
}

fn skip_blanks<'a>(characters: &'a [(char, bool)], separators: &str) -> &'a [(char, bool)] {
    let start = characters
        .iter()
        .position(|item| !is_blank(item, separators))
        .unwrap_or(characters.len());
    characters.get(start..).unwrap_or_default()
}

/// The next field and what follows its separator; `None` when only blanks are left.
fn next_field<'a>(
    characters: &'a [(char, bool)],
    separators: &str,
) -> Option<(String, &'a [(char, bool)])> {
    let characters = skip_blanks(characters, separators);
    if characters.is_empty() {
        return None;
    }
    let end = characters
        .iter()
        .position(|item| is_separator(item, separators))
        .unwrap_or(characters.len());
    let (field, rest) = characters.split_at(end);
    let mut rest = skip_blanks(rest, separators);
    if let Some(first) = rest.first()
        && is_separator(first, separators)
    {
        rest = skip_blanks(rest.get(1..).unwrap_or_default(), separators);
    }
    Some((whole(field), rest))
}

/// All that is left for the last name, without the separator that ends a single field.
fn last_field(characters: &[(char, bool)], separators: &str) -> String {
    if let Some((field, rest)) = next_field(characters, separators)
        && rest.is_empty()
    {
        return field;
    }
    let end = characters
        .iter()
        .rposition(|item| !is_blank(item, separators))
        .map_or(0, |at| at + 1);
    whole(characters.get(..end).unwrap_or_default())
}

impl Shell {
    /// One line of standard input without anything done to it; `None` at its end.
    ///
    /// # Errors
    /// What a trap does.
    pub(crate) fn read_line_plainly(&mut self) -> Result<Option<String>, Unwind> {
        let Some(file) = self.descriptors.get(0) else {
            return Ok(None);
        };
        let request = Request {
            raw: true,
            silent: false,
            delimiter: b'\n',
            most: None,
            exact: false,
            deadline: None,
        };
        match lines(self, &file, &request) {
            Ok((characters, End::Input)) if characters.is_empty() => Ok(None),
            Ok((characters, _)) => Ok(Some(whole(&characters))),
            Err(ReadFailure::Unwind(unwind)) => Err(unwind),
            Err(ReadFailure::Error(_)) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(separators: &str, text: &str, count: usize) -> Vec<String> {
        let characters: Characters = text.chars().map(|character| (character, false)).collect();
        let mut rest = skip_blanks(&characters, separators);
        let mut fields = Vec::new();
        for index in 0..count {
            if index + 1 == count {
                fields.push(last_field(rest, separators));
            } else if let Some((field, after)) = next_field(rest, separators) {
                fields.push(field);
                rest = after;
            }
        }
        fields
    }

    #[test]
    fn the_last_name_gets_the_rest_of_the_line() {
        assert_eq!(fields(" \t\n", "  a  b c  ", 2), ["a", "b c"]);
        assert_eq!(fields(":", "a:b:", 2), ["a", "b"]);
        assert_eq!(fields(":", "a:b:c:", 2), ["a", "b:c:"]);
        assert_eq!(fields(":", "a::b", 3), ["a", "", "b"]);
        assert_eq!(fields(" \t\n", "", 1), [""]);
    }
}
