//! `env -S`: one string into arguments, by the rules of GNU env, so that a `#!` line can hold several.
//!
//! Rules: the manual of GNU coreutils, "env invocation", section "-S/--split-string syntax".

/// Why a string cannot be split.
#[derive(Debug, PartialEq, Eq)]
pub enum SplitError {
    /// A quotation mark without its partner.
    UnclosedQuote,
    /// A backslash before something that means nothing.
    UnknownEscape(char),
    /// A backslash at the very end.
    TrailingBackslash,
    /// `\c` between double quotation marks.
    StopInsideQuotes,
    /// `$` not followed by `{NAME}`.
    BadVariable,
}

impl std::fmt::Display for SplitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnclosedQuote => f.write_str("no terminating quote in -S string"),
            Self::UnknownEscape(byte) => write!(f, "invalid sequence '\\{byte}' in -S"),
            Self::TrailingBackslash => f.write_str("invalid backslash at end of string in -S"),
            Self::StopInsideQuotes => {
                f.write_str("'\\c' must not appear in double-quoted -S string")
            }
            Self::BadVariable => f.write_str("only ${VARNAME} expansion is supported in -S"),
        }
    }
}

/// Splits `text`; `${NAME}` becomes what `variable` says, nothing where it says nothing.
///
/// # Errors
/// [`SplitError`].
pub fn split(
    text: &[u8],
    variable: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, SplitError> {
    Splitter {
        rest: text,
        variable,
        done: Vec::new(),
        open: None,
    }
    .run()
}

struct Splitter<'a, V> {
    rest: &'a [u8],
    variable: V,
    done: Vec<Vec<u8>>,
    /// The argument being read; `None` between arguments.
    open: Option<Vec<u8>>,
}

impl<V: Fn(&[u8]) -> Option<Vec<u8>>> Splitter<'_, V> {
    fn run(mut self) -> Result<Vec<Vec<u8>>, SplitError> {
        while let Some(byte) = self.next() {
            match byte {
                b'\'' => self.single_quoted()?,
                b'"' => self.double_quoted()?,
                b'$' => self.expand()?,
                b'#' if self.open.is_none() => break,
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.close(),
                b'\\' => match self.next().ok_or(SplitError::TrailingBackslash)? {
                    b'_' => self.close(),
                    b'c' => break,
                    escaped => self.push(unescaped(escaped)?),
                },
                byte => self.push(byte),
            }
        }
        self.close();
        Ok(self.done)
    }

    /// Everything as it is up to the next `'`, except `\'` and `\\`.
    fn single_quoted(&mut self) -> Result<(), SplitError> {
        self.argument();
        loop {
            match self.next().ok_or(SplitError::UnclosedQuote)? {
                b'\'' => return Ok(()),
                b'\\' if matches!(self.rest.first(), Some(b'\'' | b'\\')) => {
                    let escaped = self.next().unwrap_or(b'\\');
                    self.push(escaped);
                }
                byte => self.push(byte),
            }
        }
    }

    /// Up to the next `"`, with escapes and variables.
    fn double_quoted(&mut self) -> Result<(), SplitError> {
        self.argument();
        loop {
            match self.next().ok_or(SplitError::UnclosedQuote)? {
                b'"' => return Ok(()),
                b'$' => self.expand()?,
                b'\\' => match self.next().ok_or(SplitError::UnclosedQuote)? {
                    b'_' => self.push(b' '),
                    b'c' => return Err(SplitError::StopInsideQuotes),
                    escaped => self.push(unescaped(escaped)?),
                },
                byte => self.push(byte),
            }
        }
    }

    /// The value of `{NAME}`; its blanks do not separate.
    fn expand(&mut self) -> Result<(), SplitError> {
        let inner = self
            .rest
            .strip_prefix(b"{")
            .ok_or(SplitError::BadVariable)?;
        let end = inner
            .iter()
            .position(|byte| *byte == b'}')
            .ok_or(SplitError::BadVariable)?;
        let (name, after) = (&inner[..end], &inner[end + 1..]);
        let starts_well = name
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        if !starts_well
            || !name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            return Err(SplitError::BadVariable);
        }
        self.rest = after;
        let value = (self.variable)(name).unwrap_or_default();
        self.argument().extend(value);
        Ok(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn argument(&mut self) -> &mut Vec<u8> {
        self.open.get_or_insert_default()
    }

    fn push(&mut self, byte: u8) {
        self.argument().push(byte);
    }

    fn close(&mut self) {
        self.done.extend(self.open.take());
    }
}

/// What a backslash and this byte mean, the same inside and outside double quotation marks.
fn unescaped(byte: u8) -> Result<u8, SplitError> {
    match byte {
        b'f' => Ok(0x0c),
        b'n' => Ok(b'\n'),
        b'r' => Ok(b'\r'),
        b't' => Ok(b'\t'),
        b'v' => Ok(0x0b),
        b'#' | b'$' | b'"' | b'\'' | b'\\' => Ok(byte),
        other => Err(SplitError::UnknownEscape(char::from(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<String>, SplitError> {
        let variable = |name: &[u8]| (name == b"NAME").then(|| b"two words".to_vec());
        Ok(split(text.as_bytes(), variable)?
            .into_iter()
            .map(|word| String::from_utf8(word).unwrap())
            .collect())
    }

    #[test]
    fn blanks_separate_and_quotes_keep_together() {
        assert_eq!(
            words(" prog  -a\t'b c' \"d e\"f ''").unwrap(),
            ["prog", "-a", "b c", "d ef", ""]
        );
    }

    #[test]
    fn a_variable_is_one_argument_whatever_it_holds() {
        assert_eq!(
            words("x ${NAME} \"<${NAME}>\" ${UNSET}y '${NAME}'").unwrap(),
            ["x", "two words", "<two words>", "y", "${NAME}"]
        );
    }

    #[test]
    fn escapes_mean_what_the_manual_says() {
        assert_eq!(
            words(r"a\tb c\_d \#e \$f").unwrap(),
            ["a\tb", "c", "d", "#e", "$f"]
        );
        assert_eq!(words(r#""a\_b" 'c\'d\ne'"#).unwrap(), ["a b", r"c'd\ne"]);
        assert_eq!(words(r"a b\c d").unwrap(), ["a", "b"]);
        assert_eq!(words("a # b").unwrap(), ["a"]);
        assert_eq!(words("a#b").unwrap(), ["a#b"]);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        assert_eq!(words("'a"), Err(SplitError::UnclosedQuote));
        assert_eq!(words("\"a\\"), Err(SplitError::UnclosedQuote));
        assert_eq!(words("a\\"), Err(SplitError::TrailingBackslash));
        assert_eq!(words(r"\q"), Err(SplitError::UnknownEscape('q')));
        assert_eq!(words(r#""\c""#), Err(SplitError::StopInsideQuotes));
        for text in ["$NAME", "${", "${}", "${1A}", "${A-b}"] {
            assert_eq!(words(text), Err(SplitError::BadVariable), "{text}");
        }
    }
}
