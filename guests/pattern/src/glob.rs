//! Shell patterns, as `fnmatch(3)` matches names with them.

use crate::bracket::first_char;

/// What may match what.
#[derive(Clone, Copy, Debug, Default)]
pub struct GlobOptions {
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// A `/` is matched by a `/` only.
    pub whole_components: bool,
}

/// Whether a name matches a pattern of `*`, `?` and brackets; a backslash takes a sign's meaning away.
pub fn glob_matches(pattern: &[u8], name: &[u8], options: GlobOptions) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Where the last star stands and what it would have to swallow next: no other one needs to be tried again.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        let advanced = match pattern.first() {
            Some(b'*') => {
                pattern = &pattern[1..];
                star = Some((pattern, name));
                continue;
            }
            None if name.is_empty() => return true,
            None => None,
            Some(_) => one(pattern, name, options),
        };
        if let Some((pattern_length, name_length)) = advanced {
            pattern = &pattern[pattern_length..];
            name = &name[name_length..];
            continue;
        }
        let Some((behind, swallow)) = star else {
            return false;
        };
        let Some(&next) = swallow.first() else {
            return false;
        };
        if next == b'/' && options.whole_components {
            return false;
        }
        let (_, length) = first_char(swallow);
        star = Some((behind, &swallow[length..]));
        (pattern, name) = (behind, &swallow[length..]);
    }
}

/// Matches one sign against one character; how many bytes of each were taken.
fn one(pattern: &[u8], name: &[u8], options: GlobOptions) -> Option<(usize, usize)> {
    let &first = name.first()?;
    let (character, length) = first_char(name);
    let slash = first == b'/' && options.whole_components;
    match pattern[0] {
        b'?' if !slash => Some((1, length)),
        b'?' => None,
        b'[' => match bracket(&pattern[1..], character, options) {
            Some((matched, taken)) => (matched && !slash).then_some((taken + 1, length)),
            None => (first == b'[').then_some((1, 1)),
        },
        b'\\' if pattern.len() > 1 => {
            literal(&pattern[1..], character, options).map(|taken| (taken + 1, length))
        }
        _ => literal(pattern, character, options).map(|taken| (taken, length)),
    }
}

fn literal(pattern: &[u8], character: u32, options: GlobOptions) -> Option<usize> {
    let (wanted, length) = first_char(pattern);
    same(wanted, character, options).then_some(length)
}

fn same(one: u32, other: u32, options: GlobOptions) -> bool {
    one == other || (options.ignore_case && lower(one) == lower(other))
}

fn lower(character: u32) -> u32 {
    char::from_u32(character)
        .and_then(|letter| letter.to_lowercase().next())
        .map_or(character, u32::from)
}

/// Whether a character is in a bracket expression, and how long that is; `None` if it has no end.
fn bracket(pattern: &[u8], character: u32, options: GlobOptions) -> Option<(bool, usize)> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let mut at = usize::from(negated);
    let mut matched = false;
    let mut first = true;
    loop {
        let rest = pattern.get(at..).filter(|rest| !rest.is_empty())?;
        if rest[0] == b']' && !first {
            return Some((matched != negated, at + 1));
        }
        first = false;
        if let Some(inner) = rest.strip_prefix(b"[:") {
            let end = inner.windows(2).position(|pair| pair == b":]")?;
            matched |= in_class(&inner[..end], character);
            at += end + 4;
            continue;
        }
        let escaped = usize::from(rest[0] == b'\\' && rest.len() > 1);
        let (low, length) = first_char(&rest[escaped..]);
        at += escaped + length;
        let rest = &pattern[at..];
        if rest.first() == Some(&b'-') && rest.get(1).is_some_and(|next| *next != b']') {
            let (high, length) = first_char(&rest[1..]);
            at += 1 + length;
            matched |= (low..=high).contains(&character)
                || (options.ignore_case && (low..=high).contains(&lower(character)));
        } else {
            matched |= same(low, character, options);
        }
    }
}

fn in_class(name: &[u8], character: u32) -> bool {
    let Some(letter) = char::from_u32(character) else {
        return false;
    };
    match name {
        b"alpha" => letter.is_alphabetic(),
        b"digit" => letter.is_ascii_digit(),
        b"alnum" => letter.is_alphanumeric(),
        b"upper" => letter.is_uppercase(),
        b"lower" => letter.is_lowercase(),
        b"space" => letter.is_whitespace(),
        b"blank" => matches!(letter, ' ' | '\t'),
        b"punct" => letter.is_ascii_punctuation(),
        b"print" => !letter.is_control(),
        b"graph" => !letter.is_control() && !letter.is_whitespace(),
        b"cntrl" => letter.is_control(),
        b"xdigit" => letter.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_the_shell_has_it() {
        let cases = [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.gz", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("?", "한", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[[:digit:]]*", "1a", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("[", "[", true),
            ("*", "", true),
            ("", "", true),
            ("*/b", "a/x/b", true),
        ];
        for (pattern, name, matches) in cases {
            let options = GlobOptions::default();
            assert_eq!(
                glob_matches(pattern.as_bytes(), name.as_bytes(), options),
                matches,
                "{pattern} {name}"
            );
        }
        let components = GlobOptions {
            whole_components: true,
            ..GlobOptions::default()
        };
        assert!(!glob_matches(b"*/b", b"a/x/b", components));
        let ignore_case = GlobOptions {
            ignore_case: true,
            ..GlobOptions::default()
        };
        assert!(glob_matches(b"*.TXT", b"a.txt", ignore_case));
    }
}
