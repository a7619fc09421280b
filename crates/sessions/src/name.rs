//! What a session may be called.

use std::fmt;

use berth_store::SessionId;

/// Fewest characters of a name.
const CHARACTERS_MIN: usize = 4;
/// Most characters of a name.
const CHARACTERS_MAX: usize = 64;

/// A session's name: 4 to 64 ASCII letters, digits, `_`, `.` and `-`, the last two not at its ends.
/// It is also the host name inside the session.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SessionName(String);

/// Why a text is no session name. The sentence says what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionNameError {
    /// Too short or too long.
    #[error("give the session a name of {CHARACTERS_MIN} to {CHARACTERS_MAX} characters")]
    Length,
    /// A character that is not allowed.
    #[error("use only the letters a to z and A to Z, digits, \"_\", \".\" and \"-\"")]
    Character,
    /// `.` or `-` at an end.
    #[error("begin and end the name with a letter, a digit or \"_\"")]
    End,
}

impl SessionName {
    /// Checks `text`.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(text: &str) -> Result<Self, SessionNameError> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !text
            .bytes()
            .all(|byte| word(byte) || byte == b'.' || byte == b'-')
        {
            return Err(SessionNameError::Character);
        }
        if !(CHARACTERS_MIN..=CHARACTERS_MAX).contains(&text.len()) {
            return Err(SessionNameError::Length);
        }
        if !text.bytes().next().is_some_and(word) || !text.bytes().next_back().is_some_and(word) {
            return Err(SessionNameError::End);
        }
        Ok(Self(text.to_owned()))
    }

    /// A name for a session whose owner gave none: `session-` and the id's last digits, which are
    /// random.
    pub fn generated(id: SessionId) -> Self {
        let digits = id.as_uuid().simple().to_string();
        let tail = digits.len().saturating_sub(8);
        Self(format!("session-{}", &digits[tail..]))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_four_to_sixty_four_word_characters() {
        for name in ["mysess", "a.b-c_d", "____", "1234", &"x".repeat(64)] {
            assert_eq!(
                SessionName::new(name).as_ref().map(SessionName::as_str),
                Ok(name)
            );
        }
        for (name, expected) in [
            ("", SessionNameError::Length),
            ("abc", SessionNameError::Length),
            (&"x".repeat(65), SessionNameError::Length),
            ("-abc", SessionNameError::End),
            ("abc.", SessionNameError::End),
            ("a bc", SessionNameError::Character),
            ("a/bc", SessionNameError::Character),
            ("세션이름", SessionNameError::Character),
            ("abcd\n", SessionNameError::Character),
        ] {
            assert_eq!(SessionName::new(name), Err(expected), "{name:?}");
        }
    }

    #[test]
    fn a_generated_name_keeps_the_rules() {
        let (one, other) = (
            SessionName::generated(SessionId::new()),
            SessionName::generated(SessionId::new()),
        );
        assert_eq!(SessionName::new(one.as_str()), Ok(one.clone()));
        assert_ne!(one, other);
    }
}
