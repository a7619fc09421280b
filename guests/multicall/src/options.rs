//! Options as GNU's programs take them, and complaints about them.

use std::ffi::{OsStr, OsString};

use lexopt::Arg;

use crate::bytes::text;
use crate::message::complain;

/// Bad command line, where a program has no code of its own for it.
pub const EXIT_USAGE: i32 = 2;

/// `lexopt`'s parser, whose long options may be shortened as `getopt_long(3)` allows it.
#[derive(Debug)]
pub struct Options {
    parser: lexopt::Parser,
    long: &'static [&'static str],
    any_long: bool,
}

impl Options {
    /// The options of `arguments`, whose first is the program's name. `long` are the long names that there are.
    pub fn new(arguments: Vec<OsString>, long: &'static [&'static str]) -> Self {
        Self {
            parser: lexopt::Parser::from_iter(arguments),
            long,
            any_long: false,
        }
    }

    /// Lets every long name through as it is written: the caller knows which there are.
    #[must_use]
    pub fn any_long(mut self) -> Self {
        self.any_long = true;
        self
    }

    /// The next option or operand. A shortened long name comes back whole.
    ///
    /// # Errors
    /// What `lexopt` finds wrong.
    #[expect(clippy::should_implement_trait, reason = "it lends from the parser")]
    pub fn next(&mut self) -> Result<Option<Arg<'_>>, lexopt::Error> {
        let long = self.long;
        let any_long = self.any_long;
        Ok(match self.parser.next()? {
            Some(Arg::Long(name)) if !any_long => {
                if let Some(known) = long.iter().find(|known| **known == name) {
                    return Ok(Some(Arg::Long(known)));
                }
                let mut matching = long.iter().filter(|known| known.starts_with(name));
                match (matching.next(), matching.next()) {
                    (Some(known), None) => Some(Arg::Long(known)),
                    (Some(_), Some(_)) => {
                        return Err(format!("option '--{name}' is ambiguous").into());
                    }
                    (None, _) => return Err(format!("unrecognized option '--{name}'").into()),
                }
            }
            other => other,
        })
    }

    /// The value of the option just seen.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&mut self) -> Result<OsString, lexopt::Error> {
        self.parser.value()
    }

    /// The value that stands behind `=` or right behind the letter, if there is one.
    pub fn optional_value(&mut self) -> Option<OsString> {
        self.parser.optional_value()
    }

    /// Everything that follows, untouched.
    ///
    /// # Errors
    /// An option's value has not been taken.
    pub fn raw_rest(&mut self) -> Result<Vec<OsString>, lexopt::Error> {
        Ok(self.parser.raw_args()?.collect())
    }

    /// The parser itself.
    pub fn parser(&mut self) -> &mut lexopt::Parser {
        &mut self.parser
    }
}

/// An error about an option, in GNU's words.
fn described(error: &lexopt::Error) -> String {
    match error {
        lexopt::Error::UnexpectedOption(option) => match option.strip_prefix("--") {
            Some(_) => format!("unrecognized option '{option}'"),
            None => format!("invalid option -- '{}'", option.trim_start_matches('-')),
        },
        lexopt::Error::MissingValue {
            option: Some(option),
        } => match option.strip_prefix("--") {
            Some(_) => format!("option '{option}' requires an argument"),
            None => format!(
                "option requires an argument -- '{}'",
                option.trim_start_matches('-')
            ),
        },
        lexopt::Error::UnexpectedArgument(argument) => {
            format!("extra operand '{}'", argument.to_string_lossy())
        }
        lexopt::Error::UnexpectedValue { option, .. } => {
            format!("option '{option}' doesn't allow an argument")
        }
        other => other.to_string(),
    }
}

/// Complains about the command line; returns the exit code given for that.
pub fn usage_error(program: &str, error: &lexopt::Error, code: i32) -> i32 {
    usage_error_text(program, &described(error), code)
}

/// Complains about the command line in words; returns the exit code given for that.
pub fn usage_error_text(program: &str, what: &str, code: i32) -> i32 {
    complain(
        program,
        format_args!("{what}\nTry '{program} --help' for more information."),
    );
    code
}

/// Numbers that [`number`] reads.
pub trait Number: std::str::FromStr {}
impl<T: std::str::FromStr> Number for T {}

/// A number of an option.
///
/// # Errors
/// It is none.
pub fn number<T: Number>(value: &OsStr, what: &str) -> Result<T, lexopt::Error> {
    value
        .to_str()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| format!("invalid {what}: '{}'", value.to_string_lossy()).into())
}

/// A size as GNU's programs write it: `12`, `4K`, `1MB`, `2GiB`, `1b` (512), `1c`, `1w`.
pub fn size(value: &[u8]) -> Option<u64> {
    let digits = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number: u64 = if digits == 0 {
        1
    } else {
        text(&value[..digits]).parse().ok()?
    };
    let suffix = text(&value[digits..]);
    let factor: u64 = match suffix.as_str() {
        "" => {
            if digits == 0 {
                return None;
            }
            1
        }
        "c" => 1,
        "w" => 2,
        "b" => 512,
        _ => {
            let (letter, rest) = suffix.split_at(1);
            let base: u64 = match rest {
                "" | "iB" => 1024,
                "B" => 1000,
                _ => return None,
            };
            let power = match letter {
                "k" | "K" => 1,
                "M" | "m" => 2,
                "G" | "g" => 3,
                "T" | "t" => 4,
                "P" => 5,
                "E" => 6,
                _ => return None,
            };
            base.pow(power)
        }
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_their_usual_suffixes() {
        let cases: [(&str, Option<u64>); 9] = [
            ("12", Some(12)),
            ("4K", Some(4096)),
            ("1kB", Some(1000)),
            ("1MB", Some(1_000_000)),
            ("2GiB", Some(2 << 30)),
            ("M", Some(1 << 20)),
            ("1b", Some(512)),
            ("1x", None),
            ("", None),
        ];
        for (written, meant) in cases {
            assert_eq!(size(written.as_bytes()), meant, "{written}");
        }
    }

    #[test]
    fn long_names_may_be_shortened() {
        let arguments = |text: &str| vec!["x".into(), text.into()];
        let mut options = Options::new(arguments("--rec"), &["recursive", "regexp"]);
        assert_eq!(options.next().unwrap(), Some(Arg::Long("recursive")));
        let mut options = Options::new(arguments("--re"), &["recursive", "regexp"]);
        assert!(options.next().is_err());
    }
}
