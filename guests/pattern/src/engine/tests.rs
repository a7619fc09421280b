use super::*;

fn found(syntax: Syntax, expression: &str, text: &str) -> Option<String> {
    let options = Options {
        syntax,
        ..Options::default()
    };
    let pattern = Pattern::new(expression.as_bytes(), options).unwrap();
    let range = pattern.find(text.as_bytes(), 0)?;
    Some(text[range].to_owned())
}

fn basic(expression: &str, text: &str) -> Option<String> {
    found(Syntax::Basic, expression, text)
}

fn extended(expression: &str, text: &str) -> Option<String> {
    found(Syntax::Extended, expression, text)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_longest_of_the_leftmost_matches_is_found() {
    assert_eq!(extended("a|ab|abc", "xabcd"), some("abc"));
    assert_eq!(extended("(a|ab)(c|bcd)", "abcd"), some("abcd"));
    assert_eq!(extended("a?(ab)?", "ab"), some("ab"));
    assert_eq!(extended("(a|ab)*c|ababd", "ababd"), some("ababd"));
    assert_eq!(basic("foo\\|foobar", "foobar"), some("foobar"));
}

#[test]
fn the_groups_of_a_longer_match_are_its_own() {
    let options = Options {
        syntax: Syntax::Extended,
        ..Options::default()
    };
    let pattern = Pattern::new(b"(a|ab)(c|bcd)?", options).unwrap();
    let mut captures = Captures::default();
    assert!(pattern.captures(b"abcd", 0, &mut captures));
    assert_eq!(captures.get(0), Some(0..4));
    assert_eq!(captures.get(1), Some(0..1));
    assert_eq!(captures.get(2), Some(1..4));
}

#[test]
fn signs_are_literal_where_posix_has_them_so() {
    assert_eq!(basic("*a", "x*a"), some("*a"));
    assert_eq!(basic("a+b", "aab a+b"), some("a+b"));
    assert_eq!(basic("a\\+b", "aab"), some("aab"));
    assert_eq!(basic("a^b$c", "a^b$c"), some("a^b$c"));
    assert_eq!(basic("\\(^a\\)", "ba"), None);
    assert_eq!(extended("a{x}", "a{x}"), some("a{x}"));
    assert_eq!(extended("a{,2}b", "aaab"), some("aab"));
    assert_eq!(extended("a+?b", "aab"), some("aab"));
    assert_eq!(extended("\\.\\/", "x./"), some("./"));
}

#[test]
fn angle_brackets_are_text_unless_a_backslash_makes_them_the_ends_of_words() {
    assert_eq!(basic("<[^>]*>", "a <b> c"), some("<b>"));
    assert_eq!(extended("(<|>)", "a>"), some(">"));
    assert_eq!(found(Syntax::Fixed, "<b>", "a <b> c"), some("<b>"));
    assert_eq!(basic("\\<b\\>", "ab b"), some("b"));
    assert_eq!(basic("\\<b", "<"), None);
}

#[test]
fn brackets_have_their_own_rules() {
    assert_eq!(basic("[]a]*", "]a]b"), some("]a]"));
    assert_eq!(basic("[^]a]", "]ab"), some("b"));
    assert_eq!(basic("[a\\]]*", "\\]]x"), some("\\]]"));
    assert_eq!(basic("[[:digit:]-]*", "12-3x"), some("12-3"));
    assert_eq!(extended("[[:alpha:]]+", "12한글3"), some("한글"));
    assert_eq!(extended("[a-c&&]+", "ab&x"), some("ab&"));
    assert!(Pattern::new(b"[a", Options::default()).is_err());
    assert!(Pattern::new(b"[[:foo:]]", Options::default()).is_err());
}

#[test]
fn groups_are_referred_back_to() {
    assert_eq!(basic("\\(.\\)\\1", "abccd"), some("cc"));
    assert_eq!(extended("(a*)b\\1", "aabaa"), some("aabaa"));
    assert!(Pattern::new(b"\\1", Options::default()).is_err());
}

#[test]
fn words_have_ends() {
    assert_eq!(basic("\\<b.\\>", "abc bd"), some("bd"));
    let options = Options {
        whole_word: true,
        ..Options::default()
    };
    let pattern = Pattern::new(b"foo", options).unwrap();
    assert!(pattern.is_match(b"a foo-b"));
    assert!(!pattern.is_match(b"a foob"));
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let pattern = Pattern::new(b"b", Options::default()).unwrap();
    assert!(pattern.is_match(b"\xff\xfeb"));
    let pattern = Pattern::new(b"\xff", Options::default()).unwrap();
    assert!(pattern.is_match(b"a\xffb"));
}
