//! Brackets of subscripts in the text of expressions, which are read more than once.

/// Characters of an expanded value that would mean something else when the subscript it became a part of is read again.
const SPECIAL: &str = "[]$`~\\'\"";

/// Appends the value of an expansion inside a subscript of an arithmetic expression, so that reading the subscript
/// again gives the value.
pub fn escape_into(text: &mut String, value: &str) {
    for character in value.chars() {
        if SPECIAL.contains(character) {
            text.push('\\');
        }
        text.push(character);
    }
}

/// The same as a text of its own.
pub fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    escape_into(&mut text, value);
    text
}

/// What [`escape`] was given.
pub fn unescape(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => unescaped.extend(characters.next()),
            other => unescaped.push(other),
        }
    }
    unescaped
}

/// Follows an expression piece by piece: whether its end so far stands in a subscript.
#[derive(Default)]
pub struct Brackets {
    open: u32,
    previous: Option<char>,
    /// The next character is behind a backslash.
    escaped: bool,
}

impl Brackets {
    /// Takes the next piece of the expression as it was written.
    pub fn read(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                _ if std::mem::take(&mut self.escaped) => {}
                '\\' => self.escaped = true,
                '[' if self.open > 0
                    || self
                        .previous
                        .is_some_and(|before| before.is_ascii_alphanumeric() || before == '_') =>
                {
                    self.open += 1;
                }
                ']' => self.open = self.open.saturating_sub(1),
                _ => {}
            }
            self.previous = Some(character);
        }
    }

    /// A value stands here: what follows it is not the subscript of a name that was written.
    pub fn value(&mut self) {
        self.previous = None;
    }

    /// Whether what comes next stands in a subscript.
    pub fn inside(&self) -> bool {
        self.open > 0
    }
}
