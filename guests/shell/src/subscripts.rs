//! Subscripts that come as text and not as part of a word: `unset 'a[$i]'`, `printf -v 'a[$i]'`, `test -v`,
//! `${!name}`, name references and arithmetic. Bash expands them when they are used.

use crate::parameters::Key;
use crate::parse;
use crate::shell::{Shell, Unwind};

/// Where a name of an array element stands unquoted after one of these, its subscript is not expanded again.
const EXPANDED_ONCE: [&str; 2] = ["[[", "unset"];

impl Shell {
    /// What the subscript in `name[subscript]` means, where that is an argument or the target of a name reference.
    ///
    /// # Errors
    /// An expansion failed, it is no arithmetic, or it points before the beginning; the message has been given.
    pub fn named_key(&mut self, name: &str, subscript: &str) -> Result<Key, Unwind> {
        let expanded = self.named_subscript(name, subscript)?;
        if expanded.is_empty() && self.is_associative(name) {
            self.error(&format!("{name}[{subscript}]: bad array subscript"));
            return Err(Unwind::Discard(1));
        }
        self.key(name, &expanded)
    }

    /// The same; `None`, without a message, when it points before the beginning.
    ///
    /// # Errors
    /// An expansion failed, or it is no arithmetic; the message has been given.
    pub fn named_key_if_any(&mut self, name: &str, subscript: &str) -> Result<Option<Key>, Unwind> {
        let subscript = self.named_subscript(name, subscript)?;
        if subscript.is_empty() && self.is_associative(name) {
            return Ok(None);
        }
        self.key_if_any(name, &subscript)
    }

    /// Expands the subscript in `name[subscript]` unless that has been done with the command it stands in.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn named_subscript(&mut self, name: &str, subscript: &str) -> Result<String, Unwind> {
        let written = self.written_elements.iter().any(|element| {
            element
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('['))
                .and_then(|rest| rest.strip_suffix(']'))
                == Some(subscript)
        });
        if written || (self.shopt.get("assoc_expand_once") && self.is_associative(name)) {
            return Ok(subscript.to_owned());
        }
        self.expand_subscript_text(name, subscript)
    }

    /// Expands the text of a subscript: to a key, or to arithmetic.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_subscript_text(&mut self, name: &str, subscript: &str) -> Result<String, Unwind> {
        let mut host = self.plain_host();
        if self.is_associative(name) {
            if !subscript.contains(['$', '`', '\\', '\'', '"']) {
                return Ok(subscript.to_owned());
            }
            return match parse::whole_word(subscript, self.line, &mut host) {
                Ok(word) => self.expand_single(&word),
                Err(_) => Ok(subscript.to_owned()),
            };
        }
        if !subscript.contains(['$', '`', '\\', '"']) {
            return Ok(subscript.to_owned());
        }
        match parse::arithmetic_word(subscript, self.line, &mut host) {
            Ok(word) => self.expand_expression(&word.parts),
            Err(_) => Ok(subscript.to_owned()),
        }
    }

    /// Remembers which arguments of a builtin were written as elements of arrays, before it runs: their subscripts have
    /// been expanded.
    pub(crate) fn note_written_elements(
        &mut self,
        builtin: &str,
        words: &[parse::ast::Word],
        expanded: &[impl AsRef<str>],
    ) {
        self.written_elements.clear();
        if !EXPANDED_ONCE.contains(&builtin) || words.len() != expanded.len() {
            return;
        }
        let elements = words.iter().zip(expanded).filter(|(word, _)| {
            let name = word.text.split('[').next().unwrap_or_default();
            name.len() < word.text.len() && crate::text::is_name(name)
        });
        self.written_elements
            .extend(elements.map(|(_, expanded)| expanded.as_ref().to_owned()));
    }
}
