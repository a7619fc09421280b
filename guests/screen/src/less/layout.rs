//! How a line of text becomes rows of the screen.

use std::ops::Range;

use crate::glyph::{self, SIGN_MAX_BYTES};

/// Bytes of color sequences that are carried from one row to the next; more are no colors any more.
const COLORS_MAX_BYTES: usize = 256;

/// How lines are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Columns that a row has for text.
    pub columns: usize,
    /// A line has one row, which shows it from column [`Self::skip`] on.
    pub chop: bool,
    /// Columns that are left out at the left, of lines that are chopped.
    pub skip: usize,
}

/// What a line is made of, in the order of its text.
enum Piece<'a> {
    /// Text in one place: an offset in the line, what is printed, the columns it takes.
    Text(usize, &'a str, usize),
    /// A sequence that changes colors.
    Color(&'a str),
}

impl Layout {
    /// How many rows a line takes; at least one.
    pub fn height(self, line: &[u8]) -> usize {
        let mut rows = 1;
        if !self.chop {
            let mut column = 0;
            each_piece(&String::from_utf8_lossy(line), |piece| {
                if let Piece::Text(_, _, wide) = piece {
                    if column + wide > self.columns && column > 0 {
                        rows += 1;
                        column = 0;
                    }
                    column += wide;
                }
                true
            });
        }
        rows
    }

    /// Some of the rows of a line. Colors are let through and other controls are shown; what lies in `lit`, which is in
    /// order, stands out.
    pub fn rows(self, line: &str, rows: Range<usize>, lit: &[Range<usize>]) -> Vec<Vec<u8>> {
        let mut painter = Painter {
            layout: self,
            wanted: rows,
            lit,
            row: 0,
            column: 0,
            position: 0,
            standing_out: false,
            colors: String::new(),
            painted: Vec::new(),
        };
        painter.begin_row();
        each_piece(line, |piece| match piece {
            Piece::Color(sequence) => painter.color(sequence),
            Piece::Text(offset, shown, wide) => painter.text(offset, shown, wide),
        });
        painter.painted
    }
}

/// Paints the rows of one line.
struct Painter<'a> {
    layout: Layout,
    wanted: Range<usize>,
    /// What is still to come of the ranges that stand out.
    lit: &'a [Range<usize>],
    row: usize,
    column: usize,
    /// Columns from the line's start, what is not shown included.
    position: usize,
    standing_out: bool,
    /// Sequences that are in force.
    colors: String,
    painted: Vec<Vec<u8>>,
}

impl Painter<'_> {
    fn begin_row(&mut self) {
        if self.wanted.contains(&self.row) {
            let mut row = self.colors.clone().into_bytes();
            if self.standing_out {
                row.extend(b"\x1b[7m");
            }
            self.painted.push(row);
        }
    }

    fn put(&mut self, text: &str) {
        if self.wanted.contains(&self.row)
            && let Some(row) = self.painted.last_mut()
        {
            row.extend(text.bytes());
        }
    }

    /// Takes a color over. Always true: the line goes on.
    fn color(&mut self, sequence: &str) -> bool {
        self.put(sequence);
        if matches!(sequence, "\x1b[m" | "\x1b[0m") {
            self.colors.clear();
            if self.standing_out {
                self.put("\x1b[7m");
            }
        } else if self.colors.len() + sequence.len() <= COLORS_MAX_BYTES {
            self.colors.push_str(sequence);
        }
        true
    }

    /// Puts text into its place; false when nothing more is wanted.
    fn text(&mut self, offset: usize, shown: &str, wide: usize) -> bool {
        self.stand_out(offset);
        self.position += wide;
        if self.layout.chop && self.position <= self.layout.skip {
            return true;
        }
        if self.column + wide > self.layout.columns && self.column > 0 {
            if self.layout.chop {
                return false;
            }
            self.row += 1;
            self.column = 0;
            if self.row >= self.wanted.end {
                return false;
            }
            self.begin_row();
        }
        self.column += wide;
        self.put(shown);
        true
    }

    fn stand_out(&mut self, offset: usize) {
        while let Some((range, others)) = self.lit.split_first()
            && range.end <= offset
        {
            self.lit = others;
        }
        let stands_out = self.lit.first().is_some_and(|range| range.start <= offset);
        if stands_out != self.standing_out {
            self.standing_out = stands_out;
            self.put(if stands_out { "\x1b[7m" } else { "\x1b[27m" });
        }
    }
}

/// Takes a line apart until `visit` has enough.
fn each_piece(line: &str, mut visit: impl FnMut(Piece<'_>) -> bool) {
    let mut position = 0;
    let mut at = 0;
    while let Some(letter) = line[at..].chars().next() {
        let start = at;
        at += letter.len_utf8();
        if letter == '\x1b'
            && let Some(length) = sequence_length(&line[start..])
        {
            at = start + length;
            let sequence = &line[start..at];
            if sequence.ends_with('m') && !visit(Piece::Color(sequence)) {
                return;
            }
            continue;
        }
        if letter == '\r' {
            continue;
        }
        let mut buffer = [0; SIGN_MAX_BYTES];
        let (shown, wide) = glyph::shown(letter, position, &mut buffer);
        position += wide;
        if !visit(Piece::Text(start, shown, wide)) {
            return;
        }
    }
}

/// Bytes of the control sequence that text begins with, if it is a whole one.
fn sequence_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?;
    let end = parameters.find(|letter: char| !matches!(letter, ' '..='?'))?;
    let last = parameters[end..].chars().next()?;
    matches!(last, '@'..='~').then_some(2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(line: &str, columns: usize, chop: bool) -> Vec<String> {
        let layout = Layout {
            columns,
            chop,
            skip: 0,
        };
        let rows = layout.rows(line, 0..usize::MAX, &[]);
        assert_eq!(rows.len(), layout.height(line.as_bytes()));
        rows.into_iter()
            .map(|row| String::from_utf8(row).unwrap())
            .collect()
    }

    #[test]
    fn long_lines_are_wrapped_and_wide_letters_keep_their_width() {
        assert_eq!(rows("abcdef", 4, false), ["abcd", "ef"]);
        assert_eq!(rows("가나다", 4, false), ["가나", "다"]);
        assert_eq!(rows("a가나", 4, false), ["a가", "나"]);
        assert_eq!(rows("abcdef", 4, true), ["abcd"]);
        assert_eq!(rows("", 4, false), [""]);
        assert_eq!(rows("abcd", 4, false), ["abcd"]);
        assert_eq!(rows("가", 1, false), ["가"], "nothing is too wide for good");
    }

    #[test]
    fn colors_go_on_in_the_next_row_and_other_controls_are_shown() {
        assert_eq!(
            rows("\x1b[31mabc\x1b[mde", 2, false),
            ["\x1b[31mab", "\x1b[31mc\x1b[md", "e"]
        );
        assert_eq!(rows("a\x1b[2Jb\x07\x1b", 80, false), ["ab^G^["]);
        assert_eq!(rows("a\tb", 80, false), ["a       b"]);
    }

    #[test]
    fn what_is_lit_stands_out_in_every_row_it_is_in() {
        let layout = Layout {
            columns: 3,
            chop: false,
            skip: 0,
        };
        let painted = layout.rows("abcdef", 0..2, &[1..2, 2..5]);
        assert_eq!(painted[0], b"a\x1b[7mbc");
        assert_eq!(painted[1], b"\x1b[7mde\x1b[27mf");
    }

    #[test]
    fn a_chopped_line_is_seen_from_the_side() {
        let layout = Layout {
            columns: 3,
            chop: true,
            skip: 2,
        };
        assert_eq!(layout.rows("abcdefg", 0..1, &[]), [b"cde".to_vec()]);
    }

    #[test]
    fn only_the_wanted_rows_are_painted() {
        let layout = Layout {
            columns: 2,
            chop: false,
            skip: 0,
        };
        assert_eq!(
            layout.rows("abcdefgh", 1..3, &[]),
            [b"cd".to_vec(), b"ef".to_vec()]
        );
    }
}
