//! Columns and lines: `col`, `colrm`, `look`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};

use berth_multicall::takes::{Takes, read};
use berth_multicall::{
    Output, bytes, complain, print_help, read_all, read_line, reason, text, usage_error_text,
};

/// Columns between tab stops.
const TAB_COLUMNS: usize = 8;
/// Where `look` looks when no file is named.
const WORDS: &str = "/usr/share/dict/words";

const COL: Takes = Takes {
    name: "col",
    help: "\
Usage: col [-b] [-f] [-h] [-p] [-x]
Take backspaces and reverse line feeds out of the input.

  -b, --no-backspaces  print only the last character of those in one place
  -x, --spaces         blanks, not tabs
",
    letters: "bfhpxl:",
    long: &[
        ("no-backspaces", 'b'),
        ("fine", 'f'),
        ("tabs", 'h'),
        ("pass", 'p'),
        ("spaces", 'x'),
        ("lines", 'l'),
    ],
    code: 1,
    command: false,
};

/// `col`: backspaces and reverse line feeds made plain.
pub fn col(arguments: Vec<OsString>) -> i32 {
    let given = match read(&COL, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(operand) = given.operands.first() {
        return usage_error_text("col", &format!("extra operand '{}'", text(operand)), 1);
    }
    let only_last = given.has('b');
    // Of the two the last one counts.
    let tabs = given
        .letters
        .iter()
        .rev()
        .find(|(letter, _)| matches!(letter, 'x' | 'h'));
    let blanks = tabs.is_some_and(|(letter, _)| *letter == 'x');
    let input = match read_all(b"-") {
        Ok(input) => text(&input),
        Err(error) => {
            complain("col", format_args!("{}", reason(&error)));
            return 1;
        }
    };
    let mut out = Output::stdout();
    let page = Page::of(&input);
    let written = page.rows.iter().try_for_each(|(_, row)| {
        let line = shown(row, only_last, blanks);
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")
    });
    i32::from(written.and_then(|()| out.flush()).is_err())
}

/// Characters in their places, in half rows, several in one place in the order they came.
struct Page {
    rows: BTreeMap<i64, BTreeMap<usize, String>>,
}

impl Page {
    fn of(input: &str) -> Self {
        let mut rows: BTreeMap<i64, BTreeMap<usize, String>> = BTreeMap::new();
        let (mut row, mut column) = (0i64, 0usize);
        let mut letters = input.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\n' => {
                    rows.entry(row).or_default();
                    (row, column) = (row + 1, 0);
                }
                '\r' => column = 0,
                '\u{8}' => column = column.saturating_sub(1),
                '\t' => column += TAB_COLUMNS - column % TAB_COLUMNS,
                '\u{b}' => row -= 1,
                // Reverse line feed, and half of one either way, which is shown on the same row.
                '\u{1b}' => {
                    if letters.next() == Some('7') {
                        row -= 1;
                    }
                }
                ' ' => column += 1,
                letter if letter.is_control() => {}
                letter => {
                    rows.entry(row)
                        .or_default()
                        .entry(column)
                        .or_default()
                        .push(letter);
                    column += 1;
                }
            }
        }
        if column > 0 {
            rows.entry(row).or_default();
        }
        // Rows that nothing was written to are empty ones.
        if let (Some(first), Some(last)) = (
            rows.keys().next().copied(),
            rows.keys().next_back().copied(),
        ) {
            for row in first..last {
                rows.entry(row).or_default();
            }
        }
        Self { rows }
    }
}

fn shown(row: &BTreeMap<usize, String>, only_last: bool, blanks: bool) -> String {
    let (mut line, mut at) = (String::new(), 0);
    for (column, letters) in row {
        while !blanks && at / TAB_COLUMNS < column / TAB_COLUMNS && column - at > 1 {
            line.push('\t');
            at = (at / TAB_COLUMNS + 1) * TAB_COLUMNS;
        }
        line.extend(std::iter::repeat_n(' ', column - at));
        let mut letters = letters.chars().rev();
        let last = letters.next();
        if !only_last {
            for letter in letters.rev() {
                line.push(letter);
                line.push('\u{8}');
            }
        }
        line.extend(last);
        at = column + 1;
    }
    line
}

/// `colrm`: some columns left out.
pub fn colrm(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "\
Usage: colrm [FIRST [LAST]]
Leave columns out of every line, from FIRST to LAST or to its end.
";
    let words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| text(bytes(word)))
        .collect();
    if words.iter().any(|word| word == "--help") {
        return print_help("colrm", HELP);
    }
    let mut bounds = [usize::MAX; 2];
    for (bound, word) in bounds.iter_mut().zip(&words) {
        match word.parse() {
            Ok(column) if column > 0 => *bound = column,
            _ => {
                complain("colrm", format_args!("invalid column argument: {word:?}"));
                return 1;
            }
        }
    }
    let [first, last] = bounds;
    let mut from = io::stdin().lock();
    let mut out = Output::stdout();
    let mut line = Vec::new();
    loop {
        match read_line(&mut from, b'\n', &mut line) {
            Ok(true) => {}
            Ok(false) => return i32::from(out.flush().is_err()),
            Err(error) => {
                complain("colrm", format_args!("{}", reason(&error)));
                return 1;
            }
        }
        let mut column = 0;
        let kept: String = text(&line)
            .chars()
            .filter(|letter| {
                column = match letter {
                    '\t' => column + TAB_COLUMNS - column % TAB_COLUMNS,
                    '\u{8}' => column.saturating_sub(1),
                    _ => column + 1,
                };
                *letter == '\n' || column < first || column > last
            })
            .collect();
        if out.write_all(kept.as_bytes()).is_err() {
            return 1;
        }
    }
}

const LOOK: Takes = Takes {
    name: "look",
    help: "\
Usage: look [-a] [-d] [-f] [-t CHARACTER] STRING [FILE]
Print the lines of a sorted file that begin with STRING.

  -d, --alphanum          compare only blanks and alphanumeric characters
  -f, --ignore-case       ignore case
  -t, --terminate CHAR    the string ends at this character
",
    letters: "adft:",
    long: &[
        ("alternative", 'a'),
        ("alphanum", 'd'),
        ("ignore-case", 'f'),
        ("terminate", 't'),
    ],
    code: 2,
    command: false,
};

/// `look`: the lines of a sorted file that begin with a text.
pub fn look(arguments: Vec<OsString>) -> i32 {
    let given = match read(&LOOK, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let (mut alphanumeric, mut fold) = (given.has('d'), given.has('f'));
    let end = given.text('t').and_then(|end| end.chars().next());
    let (string, file) = match &given.operands[..] {
        [string] => {
            // As if -d and -f had been given, says look(1).
            (alphanumeric, fold) = (true, true);
            (string, WORDS.as_bytes())
        }
        [string, file] => (string, &file[..]),
        [] => return usage_error_text("look", "a string is missing", 2),
        _ => return usage_error_text("look", "too many operands", 2),
    };
    let key = |line: &[u8]| -> String {
        let text = text(line);
        let kept = text
            .chars()
            .filter(|letter| !alphanumeric || letter.is_alphanumeric() || *letter == ' ');
        if fold {
            kept.flat_map(char::to_lowercase).collect()
        } else {
            kept.collect()
        }
    };
    let mut wanted = key(string);
    if let Some(end) = end
        && let Some(at) = wanted.find(end)
    {
        wanted.truncate(at + end.len_utf8());
    }
    let content = match read_all(file) {
        Ok(content) => content,
        Err(error) => {
            complain("look", format_args!("{}: {}", text(file), reason(&error)));
            return 2;
        }
    };
    let lines: Vec<&[u8]> = content
        .strip_suffix(b"\n")
        .unwrap_or(&content)
        .split(|byte| *byte == b'\n')
        .collect();
    let begins = |line: &[u8]| {
        let key = key(line);
        if key.starts_with(&wanted) {
            Ordering::Equal
        } else {
            key.cmp(&wanted)
        }
    };
    let start = lines.partition_point(|line| begins(line) == Ordering::Less);
    let found = lines[start..]
        .iter()
        .take_while(|line| begins(line) == Ordering::Equal);
    let mut out = Output::stdout();
    let mut any = false;
    for line in found {
        any = true;
        if out
            .write_all(line)
            .and_then(|()| out.write_all(b"\n"))
            .is_err()
        {
            return 2;
        }
    }
    if out.flush().is_err() {
        return 2;
    }
    i32::from(!any)
}
