//! Lines of `.inputrc`, which `bind` takes as arguments too.

use super::notation::{parse, parse_name};
use super::{Binding, Keymap, function};

/// Files that include one another.
const INCLUDES_MAX: usize = 10;

/// What conditions of a file are about.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// `TERM`
    pub terminal: String,
    /// What sequences are to begin with, if they are of a map that works.
    pub prefix: Vec<u8>,
}

/// A condition that lines stand below.
struct Branch {
    /// Lines count here.
    holds: bool,
    /// They would count at all: whatever is around them does.
    reached: bool,
}

impl Keymap {
    /// Takes a whole file; gives what is wrong with it, a message each.
    pub fn read_file(&mut self, path: &str, context: &Context) -> std::io::Result<Vec<String>> {
        let mut messages = Vec::new();
        self.read_included(path, context, 0, &mut messages)?;
        Ok(messages)
    }

    fn read_included(
        &mut self,
        path: &str,
        context: &Context,
        depth: usize,
        messages: &mut Vec<String>,
    ) -> std::io::Result<()> {
        let contents = std::fs::read(crate::text::os(path))?;
        let mut branches: Vec<Branch> = Vec::new();
        for (index, line) in crate::text::decode_owned(contents).lines().enumerate() {
            let line = line.trim_start();
            let counts = branches.last().is_none_or(|branch| branch.holds);
            let Some(directive) = line.strip_prefix('$') else {
                if counts && let Err(message) = self.read_line(line, context) {
                    messages.push(format!("{path}: line {}: {message}", index + 1));
                }
                continue;
            };
            let (name, argument) = split(directive);
            match name.to_lowercase().as_str() {
                "if" => branches.push(Branch {
                    holds: counts && condition(argument, context),
                    reached: counts,
                }),
                "else" => {
                    if let Some(branch) = branches.last_mut() {
                        branch.holds = branch.reached && !branch.holds;
                    }
                }
                "endif" => {
                    branches.pop();
                }
                "include" if counts && depth < INCLUDES_MAX => {
                    // One that cannot be read is left out.
                    let _ = self.read_included(argument, context, depth + 1, messages);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes one line that is no directive.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_line(&mut self, line: &str, context: &Context) -> Result<(), String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(rest) = line
            .strip_prefix("set")
            .filter(|rest| rest.starts_with(char::is_whitespace))
        {
            let (name, value) = split(rest.trim_start());
            // A blank and a comment may follow the value of a switch.
            let value = value.split_whitespace().next().unwrap_or_default();
            return if self.set(name, value.trim_matches('"')) {
                Ok(())
            } else {
                Err(format!("{name}: unknown variable name"))
            };
        }
        let (sequence, rest) = sequence(line)?;
        let rest = rest.trim_start();
        let binding = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => Binding::Macro(parse(quoted(rest, quote).0)),
            _ => {
                let (name, _) = split(rest);
                // A name nobody knows leaves the key without a meaning.
                function(name).map_or(Binding::Nothing, Binding::Function)
            }
        };
        let mut bytes = context.prefix.clone();
        bytes.extend(sequence);
        self.bind(bytes, binding);
        Ok(())
    }
}

/// What `bind -x` takes: a sequence and the text the shell shall run.
///
/// # Errors
/// What is wrong with it.
pub fn parse_command(text: &str) -> Result<(Vec<u8>, String), String> {
    let (sequence, rest) = sequence(text.trim_start())?;
    let rest = rest.trim_start();
    let command = match rest.chars().next() {
        Some('"') => crate::text::decode_owned(parse(quoted(rest, '"').0)),
        _ => rest.to_owned(),
    };
    Ok((sequence, command))
}

/// The sequence at the beginning of a line, and what follows its colon.
fn sequence(line: &str) -> Result<(Vec<u8>, &str), String> {
    let missing = || format!("{line}: no key sequence terminator");
    if line.starts_with('"') {
        let (text, rest) = quoted(line, '"');
        let rest = rest.trim_start().strip_prefix(':').ok_or_else(missing)?;
        return Ok((parse(text), rest));
    }
    let (name, rest) = line.split_once(':').ok_or_else(missing)?;
    let sequence = parse_name(name.trim()).ok_or_else(missing)?;
    Ok((sequence, rest))
}

/// A text between quotes that `line` begins with, still with its backslashes, and what is behind.
fn quoted(line: &str, quote: char) -> (&str, &str) {
    let inner = line.get(1..).unwrap_or_default();
    let mut escaped = false;
    for (offset, character) in inner.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        if character == quote {
            return (&inner[..offset], &inner[offset + 1..]);
        }
        escaped = character == '\\';
    }
    (inner, "")
}

/// The first word and the rest.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((first, rest)) => (first, rest.trim_start()),
        None => (text, ""),
    }
}

fn condition(text: &str, context: &Context) -> bool {
    let terminal = |name: &str| {
        let short = context.terminal.split('-').next().unwrap_or_default();
        name == context.terminal || name == short
    };
    match text.split_once('=') {
        Some(("mode", mode)) => mode == "emacs",
        Some(("term", name)) => terminal(name),
        Some((name, value)) if name.trim_end_matches([' ', '=', '!', '<', '>']) == "version" => {
            // As in bash 5.2.
            let wanted: f64 = value.trim_start_matches('=').trim().parse().unwrap_or(0.0);
            if name.contains('<') {
                8.2 <= wanted
            } else if name.contains('>') {
                8.2 >= wanted
            } else {
                (8.2 - wanted).abs() < f64::EPSILON
            }
        }
        Some((name, value)) => {
            let switch = super::names::SWITCHES
                .iter()
                .find(|(known, _)| *known == name.trim());
            switch.is_some_and(|(_, on)| (if *on { "on" } else { "off" }) == value.trim())
        }
        None => text.eq_ignore_ascii_case("bash"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Keymap, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inputrc");
        std::fs::write(&path, text).unwrap();
        let mut keymap = Keymap::default();
        let context = Context {
            terminal: "xterm-256color".to_owned(),
            prefix: Vec::new(),
        };
        let messages = keymap.read_file(path.to_str().unwrap(), &context).unwrap();
        (keymap, messages)
    }

    #[test]
    fn a_file_binds_keys_and_sets_variables() {
        let (keymap, messages) = read(
            "# mine\nset bell-style none\n\"\\e[A\": history-search-backward\nControl-o: \"ls\\r\"\n",
        );
        assert_eq!(messages, Vec::<String>::new());
        assert_eq!(keymap.value("bell-style"), "none");
        assert_eq!(
            keymap.all().get(b"\x1B[A".as_slice()),
            Some(&Binding::Function("history-search-backward"))
        );
        assert_eq!(
            keymap.all().get(b"\x0F".as_slice()),
            Some(&Binding::Macro(b"ls\r".to_vec()))
        );
    }

    #[test]
    fn only_the_lines_count_whose_conditions_hold() {
        let (keymap, _) = read(
            "$if mode=vi\nset bell-style visible\n$else\nset comment-begin //\n$if bash\nset keymap emacs-meta\n$endif\n$endif\n\
             $if term=xterm\nset completion-query-items 7\n$endif\n",
        );
        assert_eq!(keymap.value("bell-style"), "audible");
        assert_eq!(keymap.value("comment-begin"), "//");
        assert_eq!(keymap.value("keymap"), "emacs-meta");
        assert_eq!(keymap.value("completion-query-items"), "7");
    }

    #[test]
    fn a_wrong_line_is_told_and_the_others_count() {
        let (keymap, messages) = read("nonsense\nset nosuch x\nset bell-style none\n");
        assert_eq!(messages.len(), 2);
        assert!(messages[0].ends_with("line 1: nonsense: no key sequence terminator"));
        assert_eq!(keymap.value("bell-style"), "none");
    }
}
