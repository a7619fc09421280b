//! `!!`, `!$`, `^old^new`: what stands for something that was typed before.

/// What a line became.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expanded {
    /// The line that is meant.
    pub line: String,
    /// `:p`: it is not to be run.
    pub only_shown: bool,
}

/// Replaces everything that stands for an entry of the history or a part of one; `None` when there is nothing.
/// `first` is the number of the oldest entry.
///
/// # Errors
/// There is no such entry or word; the message in bash's words.
pub fn expand(line: &str, entries: &[&str], first: usize) -> Result<Option<Expanded>, String> {
    let quick;
    let line = match line.strip_prefix('^') {
        Some(rest) => {
            quick = format!("!!:s^{rest}");
            &quick
        }
        None => line,
    };
    if !line.contains('!') {
        return Ok(None);
    }
    let mut reader = Reader {
        text: line,
        position: 0,
        entries,
        first,
        only_shown: false,
    };
    let mut output = String::new();
    let mut quote = None;
    let mut any = false;
    while let Some(character) = reader.next() {
        match (quote, character) {
            (None | Some('"'), '\\') => {
                output.push('\\');
                output.extend(reader.next());
            }
            (None, '\'' | '"') => {
                quote = Some(character);
                output.push(character);
            }
            (Some(open), close) if open == close => {
                quote = None;
                output.push(character);
            }
            (None | Some('"'), '!') if reader.begins(&output, quote) => {
                any = true;
                let replacement = reader.reference(&output)?;
                output.push_str(&replacement);
            }
            (_, other) => output.push(other),
        }
    }
    Ok(any.then_some(Expanded {
        line: output,
        only_shown: reader.only_shown,
    }))
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
    entries: &'a [&'a str],
    first: usize,
    only_shown: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn accept(&mut self, character: char) -> bool {
        let there = self.peek() == Some(character);
        if there {
            self.position += character.len_utf8();
        }
        there
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let end = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        let taken = rest.get(..end).unwrap_or_default().to_owned();
        self.position += end;
        taken
    }

    /// Whether the `!` just read stands for something, after what is before it.
    fn begins(&self, before: &str, quote: Option<char>) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\n' | '\r' | '=' | '(') => return false,
            Some('"') if quote == Some('"') => return false,
            _ => {}
        }
        !before.ends_with(['$', '[']) && !before.ends_with("${")
    }

    /// What follows `!`: an entry, which words of it, what is done with them.
    fn reference(&mut self, before: &str) -> Result<String, String> {
        let start = self.position;
        let entry = self.event(before, start)?;
        let mut text = self.words(&entry, start)?;
        while self.rest().starts_with(':') {
            let back = self.position;
            self.position += 1;
            if !self.modify(&mut text, start)? {
                self.position = back;
                break;
            }
        }
        Ok(text)
    }

    fn not_found(&self, start: usize) -> String {
        let shown = self.text.get(start..self.position).unwrap_or_default();
        format!("!{shown}: event not found")
    }

    fn event(&mut self, before: &str, start: usize) -> Result<String, String> {
        let count = self.entries.len();
        let by_position = |position: Option<usize>| {
            position
                .and_then(|position| self.entries.get(position))
                .map(|entry| (*entry).to_owned())
        };
        let found = match self.peek() {
            Some('!') => {
                let entry = by_position(count.checked_sub(1));
                self.position += 1;
                entry
            }
            Some('#') => {
                self.position += 1;
                Some(before.to_owned())
            }
            Some('$' | '^' | '*' | '%' | ':') => by_position(count.checked_sub(1)),
            Some('-' | '0'..='9') => {
                let negative = self.accept('-');
                let digits = self.take_while(|character| character.is_ascii_digit());
                let number: Option<usize> = digits.parse().ok();
                let position = if negative {
                    number.and_then(|number| count.checked_sub(number))
                } else {
                    number.and_then(|number| number.checked_sub(self.first))
                };
                position
                    .and_then(|position| self.entries.get(position))
                    .map(|entry| (*entry).to_owned())
            }
            Some('?') => {
                self.position += 1;
                let text = self.take_while(|character| character != '?' && character != '\n');
                self.accept('?');
                self.newest(|entry| entry.contains(&text))
            }
            _ => {
                let text = self.take_while(|character| {
                    !character.is_whitespace() && !":;&()|<>\"'".contains(character)
                });
                self.newest(|entry| entry.starts_with(&text))
            }
        };
        found.ok_or_else(|| self.not_found(start))
    }

    fn newest(&self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let found = self.entries.iter().rev().find(|entry| wanted(entry));
        found.map(|entry| (*entry).to_owned())
    }

    /// The words asked for; without a word all of the entry.
    fn words(&mut self, entry: &str, start: usize) -> Result<String, String> {
        let back = self.position;
        let colon = self.accept(':');
        let designates = match self.peek() {
            Some('^' | '$' | '*' | '%') => true,
            Some('-' | '0'..='9') => colon,
            _ => false,
        };
        if !designates {
            self.position = back;
            return Ok(entry.to_owned());
        }
        let words = split(entry);
        let last = words.len().saturating_sub(1);
        let from = match self.peek() {
            Some('*') => {
                self.position += 1;
                return Ok(words.get(1..).unwrap_or_default().join(" "));
            }
            Some('-') => 0,
            _ => self.word_number(last).unwrap_or(0),
        };
        let mut to = from;
        if self.accept('*') {
            to = last;
        } else if self.accept('-') {
            to = match self.word_number(last) {
                Some(number) => number,
                None => last.saturating_sub(1),
            };
        }
        match words.get(from..=to).filter(|words| !words.is_empty()) {
            Some(words) => Ok(words.join(" ")),
            None => {
                let shown = self.text.get(start..self.position).unwrap_or_default();
                Err(format!(
                    "{}: bad word specifier",
                    shown.trim_start_matches('!')
                ))
            }
        }
    }

    fn word_number(&mut self, last: usize) -> Option<usize> {
        match self.peek()? {
            '^' => {
                self.position += 1;
                Some(1)
            }
            '$' | '%' => {
                self.position += 1;
                Some(last)
            }
            '0'..='9' => self
                .take_while(|character| character.is_ascii_digit())
                .parse()
                .ok(),
            _ => None,
        }
    }

    /// Does what follows a colon; false when that is nothing of ours.
    fn modify(&mut self, text: &mut String, start: usize) -> Result<bool, String> {
        let everywhere = matches!(self.peek(), Some('g' | 'a'));
        if everywhere {
            self.position += 1;
        }
        match self.next() {
            Some('h') => text.truncate(text.rfind('/').unwrap_or(text.len())),
            Some('t') => *text = text.rsplit('/').next().unwrap_or_default().to_owned(),
            Some('r') => text.truncate(text.rfind('.').unwrap_or(text.len())),
            Some('e') => *text = text.rfind('.').map_or("", |dot| &text[dot..]).to_owned(),
            Some('p') => self.only_shown = true,
            Some('q') => *text = crate::escapes::quote_single(text),
            Some('x') => {
                let words: Vec<String> = text
                    .split_whitespace()
                    .map(crate::escapes::quote_single)
                    .collect();
                *text = words.join(" ");
            }
            Some('s') => {
                let Some(delimiter) = self.next() else {
                    return Ok(false);
                };
                let old = self.take_while(|character| character != delimiter);
                self.accept(delimiter);
                let new = self.take_while(|character| character != delimiter);
                self.accept(delimiter);
                let new = new.replace('&', &old);
                if old.is_empty() || !text.contains(&old) {
                    let shown = self.text.get(start..self.position).unwrap_or_default();
                    return Err(format!(
                        ":{}: substitution failed",
                        shown.trim_start_matches("!:")
                    ));
                }
                *text = if everywhere {
                    text.replace(&old, &new)
                } else {
                    text.replacen(&old, &new, 1)
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An entry in its words: operators are words too.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let operator = |character: char| "|&;()<>".contains(character);
        match (quote, character) {
            (None, blank) if blank.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, sign) if operator(sign) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                let mut sign = sign.to_string();
                while let Some(next) = characters.next_if(|next| operator(*next)) {
                    sign.push(next);
                }
                words.push(sign);
                continue;
            }
            (None | Some('"'), '\\') => {
                word.push('\\');
                word.extend(characters.next());
                continue;
            }
            (None, '\'' | '"' | '`') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        word.push(character);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [&str; 3] = ["ls /usr/lib", "echo 'a b' c.tar.gz", "make -j4 all"];

    fn line(text: &str) -> String {
        match expand(text, &ENTRIES, 1) {
            Ok(Some(expanded)) => expanded.line,
            Ok(None) => format!("unchanged {text}"),
            Err(message) => message,
        }
    }

    #[test]
    fn events_are_found_by_place_number_and_text() {
        assert_eq!(line("!!"), "make -j4 all");
        assert_eq!(line("sudo !!"), "sudo make -j4 all");
        assert_eq!(line("!1"), "ls /usr/lib");
        assert_eq!(line("!-2"), "echo 'a b' c.tar.gz");
        assert_eq!(line("!ec x"), "echo 'a b' c.tar.gz x");
        assert_eq!(line("!?usr?"), "ls /usr/lib");
        assert_eq!(line("!nosuch"), "!nosuch: event not found");
        assert_eq!(line("echo a !#"), "echo a echo a ");
    }

    #[test]
    fn words_are_taken_out_of_events() {
        assert_eq!(line("cd !$"), "cd all");
        assert_eq!(line("x !^ !*"), "x -j4 -j4 all");
        assert_eq!(line("x !2:1"), "x 'a b'");
        assert_eq!(line("x !2:1-2"), "x 'a b' c.tar.gz");
        assert_eq!(line("!!:0 clean"), "make clean");
        assert_eq!(line("!!:-"), "make -j4");
    }

    #[test]
    fn modifiers_change_what_was_found() {
        assert_eq!(line("cd !1:1:h"), "cd /usr");
        assert_eq!(line("x !1:$:t"), "x lib");
        assert_eq!(line("x !2:$:r !2:$:e"), "x c.tar .gz");
        assert_eq!(line("!!:s/all/clean/"), "make -j4 clean");
        assert_eq!(line("^all^clean^"), "make -j4 clean");
        assert_eq!(line("^all^clean"), "make -j4 clean");
        assert!(expand("!!:p", &ENTRIES, 1).unwrap().unwrap().only_shown);
    }

    #[test]
    fn an_exclamation_mark_that_means_none_stays() {
        for text in [
            "echo hi!",
            "a != b",
            "echo '!!'",
            "echo \\!!",
            "[[ ! -e x ]]",
            "echo $!",
            "echo ${!x}",
            "ls [!a]*",
            "echo \"hi!\"",
            "ls !(a)",
        ] {
            assert_eq!(line(text), format!("unchanged {text}"));
        }
    }
}
