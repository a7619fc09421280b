//! Shell patterns: `*`, `?`, `[...]` and the extended `?(...)`, `*(...)`, `+(...)`, `@(...)`, `!(...)`.
//!
//! A pattern is matched by following, element by element, the set of places in the text that can be reached.
//! So the time is bounded by pattern times text, whatever the pattern, and the stack by how deep groups nest.

/// How groups repeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Repeat {
    /// `?(...)`
    Optional,
    /// `*(...)`
    Any,
    /// `+(...)`
    Some,
    /// `@(...)`
    One,
    /// `!(...)`
    Not,
}

#[derive(Clone, Debug)]
enum Element {
    Char(char),
    AnyChar,
    Star,
    Set { negated: bool, items: Vec<SetItem> },
    Group(Repeat, Vec<Vec<Element>>),
}

#[derive(Clone, Debug)]
enum SetItem {
    Range(char, char),
    Class(Class),
}

#[derive(Clone, Copy, Debug)]
enum Class {
    Alnum,
    Alpha,
    Ascii,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Word,
    Xdigit,
}

/// How deep groups may nest; what is deeper is text.
const GROUP_MAX_LEVELS: u32 = 50;

/// A pattern ready to be matched.
#[derive(Clone, Debug)]
pub struct Pattern {
    elements: Vec<Element>,
    ignore_case: bool,
}

/// How a pattern is read and matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PatternOptions {
    /// `?(...)` and its sisters count.
    pub extended: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
}

/// Whether unquoted text contains anything that makes it a pattern.
pub fn has_special(text: &str, extended: bool) -> bool {
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'*' | b'?' => return true,
            // A bracket that is never closed is text.
            b'[' if text.as_bytes()[at..].contains(&b']') => return true,
            b'(' if extended && matches!(before, b'+' | b'@' | b'!') => return true,
            _ => {}
        }
        before = byte;
    }
    false
}

/// Makes every character of quoted text stand for itself in a pattern.
pub fn escape_into(pattern: &mut String, text: &str) {
    for character in text.chars() {
        if matches!(
            character,
            '*' | '?' | '[' | ']' | '\\' | '(' | ')' | '|' | '!' | '+' | '@' | '-' | '^'
        ) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
}

/// The text of a pattern without special characters: its backslashes removed.
pub fn unescape(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

impl Pattern {
    /// Reads a pattern. Everything is one: what makes no sense as a special character stands for itself.
    pub fn new(text: &str, options: PatternOptions) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut reader = Reader {
            characters: &characters,
            position: 0,
            extended: options.extended,
            depth: 0,
        };
        let elements = reader.elements(false);
        Self {
            elements,
            ignore_case: options.ignore_case,
        }
    }

    /// Whether it matches all of a text.
    pub fn matches(&self, text: &str) -> bool {
        if let Some(answer) = self.matches_plainly(text) {
            return answer;
        }
        let text = self.fold(text);
        self.ends(&text, 0).contains(text.len())
    }

    /// Ends of all matches that begin at `start`, in characters, ascending.
    pub fn matches_from(&self, text: &[char], start: usize) -> Vec<usize> {
        // Most do not begin here, and that is to be seen without a look at all of the text.
        let is_single = |element: &Element| !matches!(element, Element::Star | Element::Group(..));
        let singles = self
            .elements
            .iter()
            .take_while(|element| is_single(element));
        let mut end = start;
        for element in singles {
            match text.get(end) {
                Some(character) if self.one(element, *character) => end += 1,
                _ => return Vec::new(),
            }
        }
        if end - start == self.elements.len() {
            return vec![end];
        }
        if self.ignore_case {
            let folded: Vec<char> = text.iter().copied().map(fold).collect();
            return self.ends(&folded, start).positions();
        }
        self.ends(text, start).positions()
    }

    fn fold(&self, text: &str) -> Vec<char> {
        if self.ignore_case {
            text.chars().map(fold).collect()
        } else {
            text.chars().collect()
        }
    }

    /// Whether it matches the name of a file, where a dot at the beginning has to be written.
    pub fn matches_name(&self, name: &str) -> bool {
        let rules = Rules {
            explicit_dot: true,
            ..self.rules()
        };
        let name = self.fold(name);
        let mut places = Places::new(name.len());
        places.insert(0);
        follow(&self.elements, &name, places, rules).contains(name.len())
    }

    /// Beginnings of all matches that end with the text, in characters, descending.
    pub fn matches_to_end(&self, text: &[char]) -> Vec<usize> {
        let backwards = Self {
            elements: reversed(&self.elements),
            ignore_case: self.ignore_case,
        };
        let text: Vec<char> = text.iter().rev().copied().collect();
        let lengths = backwards.matches_from(&text, 0).into_iter();
        lengths.map(|length| text.len() - length).collect()
    }

    fn rules(&self) -> Rules {
        Rules {
            ignore_case: self.ignore_case,
            explicit_dot: false,
        }
    }

    fn ends(&self, text: &[char], start: usize) -> Places {
        let mut places = Places::new(text.len());
        places.insert(start);
        follow(&self.elements, text, places, self.rules())
    }

    /// The usual patterns, without groups: one walk with one place to come back to.
    fn matches_plainly(&self, text: &str) -> Option<bool> {
        if self
            .elements
            .iter()
            .any(|element| matches!(element, Element::Group(..)))
        {
            return None;
        }
        let (mut at, mut element) = (0, 0);
        // Where the last star stands, and how much of the text it has taken.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let next = text.get(at..).and_then(|rest| rest.chars().next());
            match (self.elements.get(element), next) {
                (None, None) => return Some(true),
                (Some(Element::Star), _) => {
                    retry = Some((element, at));
                    element += 1;
                    continue;
                }
                (Some(single), Some(character)) if self.one(single, character) => {
                    at += character.len_utf8();
                    element += 1;
                    continue;
                }
                _ => {}
            }
            let Some((star, taken)) = retry else {
                return Some(false);
            };
            let Some(character) = text.get(taken..).and_then(|rest| rest.chars().next()) else {
                return Some(false);
            };
            at = taken + character.len_utf8();
            retry = Some((star, at));
            element = star + 1;
        }
    }

    fn one(&self, element: &Element, character: char) -> bool {
        let character = if self.ignore_case {
            fold(character)
        } else {
            character
        };
        matches_one(element, character, self.ignore_case)
    }
}

/// What matches the same text read from its end.
fn reversed(elements: &[Element]) -> Vec<Element> {
    let turned = elements.iter().rev().map(|element| match element {
        Element::Group(repeat, alternatives) => {
            let alternatives = alternatives.iter().map(|inner| reversed(inner));
            Element::Group(*repeat, alternatives.collect())
        }
        other => other.clone(),
    });
    turned.collect()
}

fn fold(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

fn matches_one(element: &Element, character: char, ignore_case: bool) -> bool {
    match element {
        Element::Char(wanted) => {
            *wanted == character || (ignore_case && fold(*wanted) == character)
        }
        Element::AnyChar => true,
        Element::Set { negated, items } => {
            let found = items
                .iter()
                .any(|item| item.contains(character, ignore_case));
            found != *negated
        }
        Element::Star | Element::Group(..) => false,
    }
}

/// Places in a text, as bits.
#[derive(Clone, PartialEq, Eq)]
struct Places {
    bits: Vec<u64>,
    length: usize,
}

impl Places {
    fn new(length: usize) -> Self {
        Self {
            bits: vec![0; length / 64 + 1],
            length,
        }
    }

    fn insert(&mut self, place: usize) {
        if let Some(word) = self.bits.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn contains(&self, place: usize) -> bool {
        self.bits
            .get(place / 64)
            .is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    fn join(&mut self, other: &Self) {
        for (word, more) in self.bits.iter_mut().zip(&other.bits) {
            *word |= more;
        }
    }

    fn is_empty(&self) -> bool {
        self.bits.iter().all(|word| *word == 0)
    }

    fn positions(&self) -> Vec<usize> {
        (0..=self.length)
            .filter(|place| self.contains(*place))
            .collect()
    }
}

/// How text is compared.
#[derive(Clone, Copy)]
struct Rules {
    ignore_case: bool,
    /// A dot at the beginning is matched by a dot alone, as in names of files.
    explicit_dot: bool,
}

impl Rules {
    /// Whether the character at a place is one that only itself matches.
    fn hides(self, text: &[char], place: usize) -> bool {
        self.explicit_dot && place == 0 && text.first() == Some(&'.')
    }
}

/// The places reached from `places` by matching all elements.
fn follow(elements: &[Element], text: &[char], mut places: Places, rules: Rules) -> Places {
    for element in elements {
        if places.is_empty() {
            return places;
        }
        places = match element {
            Element::Star => {
                let mut reached = Places::new(text.len());
                let mut positions = places.positions().into_iter();
                let mut first = positions.next().unwrap_or(text.len());
                if rules.hides(text, first) {
                    reached.insert(first);
                    first = positions.next().unwrap_or(text.len() + 1);
                }
                (first..=text.len()).for_each(|place| reached.insert(place));
                reached
            }
            Element::Group(repeat, alternatives) => {
                follow_group(*repeat, alternatives, text, &places, rules)
            }
            single => {
                let mut reached = Places::new(text.len());
                for place in places.positions() {
                    if text
                        .get(place)
                        .is_some_and(|character| matches_one(single, *character, rules.ignore_case))
                        && (!rules.hides(text, place) || matches!(single, Element::Char(_)))
                    {
                        reached.insert(place + 1);
                    }
                }
                reached
            }
        };
    }
    places
}

fn follow_group(
    repeat: Repeat,
    alternatives: &[Vec<Element>],
    text: &[char],
    places: &Places,
    rules: Rules,
) -> Places {
    let once = |from: &Places| {
        let mut reached = Places::new(text.len());
        for alternative in alternatives {
            reached.join(&follow(alternative, text, from.clone(), rules));
        }
        reached
    };
    match repeat {
        Repeat::One => once(places),
        Repeat::Optional => {
            let mut reached = once(places);
            reached.join(places);
            reached
        }
        Repeat::Any | Repeat::Some => {
            let mut reached = if repeat == Repeat::Any {
                places.clone()
            } else {
                once(places)
            };
            loop {
                let before = reached.clone();
                reached.join(&once(&before));
                if reached == before {
                    return reached;
                }
            }
        }
        Repeat::Not => {
            let mut reached = Places::new(text.len());
            for start in places.positions() {
                let mut single = Places::new(text.len());
                single.insert(start);
                let excluded = once(&single);
                if rules.hides(text, start) {
                    continue;
                }
                (start..=text.len())
                    .filter(|end| !excluded.contains(*end))
                    .for_each(|end| reached.insert(end));
            }
            reached
        }
    }
}

impl SetItem {
    fn contains(&self, character: char, ignore_case: bool) -> bool {
        match self {
            Self::Range(low, high) => {
                let inside = |character: char| (*low..=*high).contains(&character);
                inside(character)
                    || (ignore_case && character.to_uppercase().next().is_some_and(inside))
            }
            Self::Class(class) => class.contains(character, ignore_case),
        }
    }
}

impl Class {
    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "alnum" => Self::Alnum,
            "alpha" => Self::Alpha,
            "ascii" => Self::Ascii,
            "blank" => Self::Blank,
            "cntrl" => Self::Cntrl,
            "digit" => Self::Digit,
            "graph" => Self::Graph,
            "lower" => Self::Lower,
            "print" => Self::Print,
            "punct" => Self::Punct,
            "space" => Self::Space,
            "upper" => Self::Upper,
            "word" => Self::Word,
            "xdigit" => Self::Xdigit,
            _ => return None,
        })
    }

    fn contains(self, character: char, ignore_case: bool) -> bool {
        let visible = !character.is_control() && !character.is_whitespace();
        match self {
            Self::Alnum => character.is_alphanumeric(),
            Self::Alpha => character.is_alphabetic(),
            Self::Ascii => character.is_ascii(),
            Self::Blank => matches!(character, ' ' | '\t'),
            Self::Cntrl => character.is_control(),
            Self::Digit => character.is_ascii_digit(),
            Self::Graph => visible,
            Self::Lower => character.is_lowercase() || (ignore_case && character.is_uppercase()),
            Self::Print => visible || character == ' ',
            Self::Punct => visible && !character.is_alphanumeric(),
            Self::Space => character.is_whitespace(),
            Self::Upper => character.is_uppercase() || (ignore_case && character.is_lowercase()),
            Self::Word => character.is_alphanumeric() || character == '_',
            Self::Xdigit => character.is_ascii_hexdigit(),
        }
    }
}

struct Reader<'a> {
    characters: &'a [char],
    position: usize,
    extended: bool,
    depth: u32,
}

impl Reader<'_> {
    fn here(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    /// Elements up to the end, or in a group up to `|` or `)`.
    fn elements(&mut self, in_group: bool) -> Vec<Element> {
        let mut elements = Vec::new();
        while let Some(character) = self.here() {
            if in_group && matches!(character, '|' | ')') {
                break;
            }
            if let Some(group) = self.group(character) {
                elements.push(group);
                continue;
            }
            self.position += 1;
            match character {
                '*' => {
                    if !matches!(elements.last(), Some(Element::Star)) {
                        elements.push(Element::Star);
                    }
                }
                '?' => elements.push(Element::AnyChar),
                '[' => match self.set() {
                    Some(set) => elements.push(set),
                    None => elements.push(Element::Char('[')),
                },
                '\\' => {
                    let escaped = self.here().unwrap_or('\\');
                    self.position += 1;
                    elements.push(Element::Char(escaped));
                }
                other => elements.push(Element::Char(other)),
            }
        }
        elements
    }

    /// A group, if one begins here and has an end.
    fn group(&mut self, character: char) -> Option<Element> {
        if !self.extended
            || self.depth >= GROUP_MAX_LEVELS
            || self.characters.get(self.position + 1) != Some(&'(')
        {
            return None;
        }
        let repeat = match character {
            '?' => Repeat::Optional,
            '*' => Repeat::Any,
            '+' => Repeat::Some,
            '@' => Repeat::One,
            '!' => Repeat::Not,
            _ => return None,
        };
        let start = self.position;
        self.position += 2;
        if self.has_open_bracket() {
            self.position = start;
            return None;
        }
        self.depth += 1;
        let mut alternatives = Vec::new();
        let closed = loop {
            alternatives.push(self.elements(true));
            match self.here() {
                Some('|') => self.position += 1,
                Some(_) => {
                    self.position += 1;
                    break true;
                }
                None => break false,
            }
        };
        self.depth -= 1;
        if !closed {
            self.position = start;
            return None;
        }
        Some(Element::Group(repeat, alternatives))
    }

    /// Whether a bracket is opened here and closed nowhere: then the group it is in has no end.
    fn has_open_bracket(&self) -> bool {
        let rest = self.characters.get(self.position..).unwrap_or_default();
        let mut depth = 0_u32;
        let mut at = 0;
        while let Some(character) = rest.get(at) {
            match character {
                '\\' => at += 1,
                '[' => match rest
                    .get(at + 2..)
                    .map(|inner| inner.iter().position(|end| *end == ']'))
                {
                    Some(Some(length)) => at += length + 2,
                    _ => return true,
                },
                '(' => depth += 1,
                ')' if depth == 0 => return false,
                ')' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// A set after its bracket; `None`, with nothing consumed, when it has no end.
    fn set(&mut self) -> Option<Element> {
        let start = self.position;
        let negated = matches!(self.here(), Some('!' | '^'));
        if negated {
            self.position += 1;
        }
        let mut items = Vec::new();
        let mut first = true;
        loop {
            let Some(character) = self.here() else {
                self.position = start;
                return None;
            };
            self.position += 1;
            match character {
                ']' if !first => return Some(Element::Set { negated, items }),
                '[' if matches!(self.here(), Some(':' | '.' | '=')) => match self.bracketed() {
                    // A collating symbol may begin a range.
                    Some(Some(SetItem::Range(low, _))) => items.extend(self.range(low)),
                    Some(item) => items.extend(item),
                    None => items.push(SetItem::Range('[', '[')),
                },
                _ => {
                    let low = if character == '\\' {
                        self.escaped()
                    } else {
                        character
                    };
                    items.extend(self.range(low));
                }
            }
            first = false;
        }
    }

    fn escaped(&mut self) -> char {
        let character = self.here().unwrap_or('\\');
        self.position += 1;
        character
    }

    /// `low-high`, or `low` alone; `None` when `high` is no character.
    fn range(&mut self, low: char) -> Option<SetItem> {
        let high = self.characters.get(self.position + 1).copied();
        match (self.here(), high) {
            (Some('-'), Some(high)) if high != ']' => {
                self.position += 2;
                let high = match high {
                    '\\' => self.escaped(),
                    '[' if self.here() == Some('.') => match self.bracketed() {
                        Some(Some(SetItem::Range(high, _))) => high,
                        Some(_) => return None,
                        None => '[',
                    },
                    high => high,
                };
                Some(SetItem::Range(low, high))
            }
            _ => Some(SetItem::Range(low, low)),
        }
    }

    /// `[:class:]`, `[=c=]` or `[.c.]` after the inner bracket, which is nothing if there is no such class or
    /// character; `None` when it is not of that form.
    fn bracketed(&mut self) -> Option<Option<SetItem>> {
        let kind = self.here()?;
        let rest = self.characters.get(self.position + 1..)?;
        let length = rest.windows(2).position(|pair| pair == [kind, ']'])?;
        let name: String = rest.get(..length)?.iter().collect();
        let item = match kind {
            ':' => Class::by_name(&name).map(SetItem::Class),
            _ => {
                let mut characters = name.chars();
                let only = characters.next().filter(|_| characters.next().is_none());
                let only = only.or_else(|| character_by_name(&name));
                only.map(|only| SetItem::Range(only, only))
            }
        };
        self.position += length + 3;
        Some(item)
    }
}

/// A character by its name in POSIX's character set, as `[.hyphen.]` has it.
fn character_by_name(name: &str) -> Option<char> {
    /// In the order of their codes, from the blank on; some have two.
    const NAMES: [(&str, char); 47] = [
        ("tab", '\t'),
        ("newline", '\n'),
        ("carriage-return", '\r'),
        ("space", ' '),
        ("exclamation-mark", '!'),
        ("quotation-mark", '"'),
        ("number-sign", '#'),
        ("dollar-sign", '$'),
        ("percent-sign", '%'),
        ("ampersand", '&'),
        ("apostrophe", '\''),
        ("left-parenthesis", '('),
        ("right-parenthesis", ')'),
        ("asterisk", '*'),
        ("plus-sign", '+'),
        ("comma", ','),
        ("hyphen", '-'),
        ("hyphen-minus", '-'),
        ("period", '.'),
        ("full-stop", '.'),
        ("slash", '/'),
        ("solidus", '/'),
        ("zero", '0'),
        ("one", '1'),
        ("two", '2'),
        ("three", '3'),
        ("four", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("colon", ':'),
        ("semicolon", ';'),
        ("less-than-sign", '<'),
        ("equals-sign", '='),
        ("greater-than-sign", '>'),
        ("question-mark", '?'),
        ("commercial-at", '@'),
        ("left-square-bracket", '['),
        ("backslash", '\\'),
        ("right-square-bracket", ']'),
        ("circumflex", '^'),
        ("underscore", '_'),
        ("grave-accent", '`'),
        ("vertical-line", '|'),
        ("tilde", '~'),
    ];
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, character)| *character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(
            pattern,
            PatternOptions {
                extended: true,
                ignore_case: false,
            },
        )
        .matches(text)
    }

    #[test]
    fn patterns_match_what_bash_matches() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbbc"),
            ("a?c", "abc"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]x]", "]"),
            ("[[:digit:]]*", "5a"),
            ("[[.a.]-c]", "b"),
            ("[[.hyphen.]-9]", "."),
            ("[a-[.z.]]", "q"),
            ("[[=a=]b]", "a"),
            ("[[.-.]]", "-"),
            ("\\*", "*"),
            ("[", "["),
            ("a[", "a["),
            ("@(a|b)c", "bc"),
            ("+(ab)", "abab"),
            ("*(a|b)c", "abbac"),
            ("!(*.txt)", "a.rs"),
            ("?(x)y", "y"),
            ("*.@(jpg|png)", "a.b.png"),
            ("한?", "한글"),
            ("[^a]", "b"),
            ("*a*b*", "xxaxxbxx"),
        ] {
            assert!(matches(pattern, text), "{pattern} should match {text}");
        }
        for (pattern, text) in [
            ("a*c", "abbd"),
            ("[a-c]x", "dx"),
            ("+(ab)", ""),
            ("!(*.txt)", "a.txt"),
            ("@(a|b)c", "abc"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let text = "a".repeat(2000);
        assert!(!matches(&format!("{}b", "*a".repeat(50)), &text));
        assert!(!matches("*(*(a)|*(aa))b", &text[..200]));
    }

    #[test]
    fn all_ends_of_a_prefix_are_found() {
        let pattern = Pattern::new("a*", PatternOptions::default());
        let text: Vec<char> = "aab".chars().collect();
        assert_eq!(pattern.matches_from(&text, 0), [1, 2, 3]);
    }
}
