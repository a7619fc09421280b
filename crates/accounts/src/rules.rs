//! What an address, a password and a token's name may be.

use crate::{Error, Result};

/// The longest address that mail carries (RFC 5321).
pub const EMAIL_MAX_BYTES: usize = 254;
/// The shortest password, after NIST SP 800-63B.
pub const PASSWORD_MIN_CHARACTERS: usize = 8;
/// The longest password: hashing is paid by the byte.
pub const PASSWORD_MAX_BYTES: usize = 1024;
/// The longest name of a token.
pub const TOKEN_NAME_MAX_CHARACTERS: usize = 64;

/// The address without blanks around it. Whether mail arrives there is not our question.
pub(crate) fn check_email(email: &str) -> Result<&str> {
    let email = email.trim();
    let (person, place) = email.rsplit_once('@').ok_or(Error::InvalidEmail)?;
    let strange = |character: char| character.is_whitespace() || character.is_control();
    if person.is_empty()
        || place.is_empty()
        || email.len() > EMAIL_MAX_BYTES
        || email.contains(strange)
    {
        return Err(Error::InvalidEmail);
    }
    Ok(email)
}

pub(crate) fn check_password(password: &str) -> Result<()> {
    let long_enough = password.chars().count() >= PASSWORD_MIN_CHARACTERS;
    if long_enough && password.len() <= PASSWORD_MAX_BYTES {
        Ok(())
    } else {
        Err(Error::InvalidPassword)
    }
}

/// The name without blanks around it.
pub(crate) fn check_token_name(name: &str) -> Result<&str> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > TOKEN_NAME_MAX_CHARACTERS || name.contains(char::is_control) {
        return Err(Error::InvalidTokenName);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_person_and_a_place() {
        for good in ["a@b", " ann@example.org ", "앤@예.한국", "\"a@b\"@c"] {
            assert!(check_email(good).is_ok(), "{good:?}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "ann",
            "a b@c",
            "a@b\nc",
            "a\0@b",
            &format!("{}@b", "a".repeat(253)),
        ] {
            assert!(
                matches!(check_email(bad), Err(Error::InvalidEmail)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn passwords_are_measured_in_characters_below_and_in_bytes_above() {
        assert!(check_password("안녕하세요여러분").is_ok());
        assert!(check_password("1234567").is_err());
        assert!(check_password(&"x".repeat(PASSWORD_MAX_BYTES)).is_ok());
        assert!(check_password(&"안".repeat(PASSWORD_MAX_BYTES / 2)).is_err());
    }

    #[test]
    fn token_names_are_short_and_printable() {
        assert_eq!(check_token_name(" CI 🚀 ").unwrap(), "CI 🚀");
        for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
            assert!(
                matches!(check_token_name(bad), Err(Error::InvalidTokenName)),
                "{bad:?}"
            );
        }
    }
}
