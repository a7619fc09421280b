//! Draws the line: prints only from the first glyph that changed, and leaves the cursor where it belongs.
//!
//! Nothing is known about where on the screen the prompt is, so every move is relative to where the cursor was
//! left. That holds because a [`Frame`] never has more rows than the screen.

use std::fmt::Write;

use super::layout::{Frame, Place, Placed, Size, lay_out};
use super::prompt::Prompt;

/// Clears from the cursor to the end of the screen.
const CLEAR_BELOW: &str = "\x1b[J";
/// Clears from the cursor to the end of the row.
const CLEAR_ROW: &str = "\x1b[K";

/// What is on the screen of prompt and line.
#[derive(Debug)]
pub struct Screen {
    size: Size,
    /// `None` before the first drawing and when the cursor is where a new one may begin.
    shown: Option<Frame>,
}

impl Screen {
    /// Nothing drawn yet; the cursor is at the start of a row.
    pub fn new(size: Size) -> Self {
        Self { size, shown: None }
    }

    /// Size of the terminal.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Draws prompt and line, and puts the cursor before byte `cursor` of the line.
    pub fn draw(&mut self, prompt: &Prompt, line: &str, cursor: usize, output: &mut String) {
        let top = self.shown.as_ref().map_or(0, |shown| shown.top);
        let frame = lay_out(prompt, line, cursor, self.size, top);
        let empty = Frame::default();
        let shown = self.shown.as_ref().unwrap_or(&empty);
        let common = shown.common(&frame);
        let mut pen = Pen {
            at: shown.cursor,
            waits: false,
            columns: self.size.columns,
            output,
        };
        if common < shown.len() || common < frame.len() {
            pen.go_to_start(frame.place_behind(common));
            for index in common..frame.len() {
                if let Some((text, glyph)) = frame.get(index) {
                    pen.print(text, glyph);
                }
            }
            if frame.end.row > pen.at.row {
                pen.wrap();
            }
            if shown.end > pen.at && pen.at.column < self.size.columns {
                pen.output.push_str(CLEAR_BELOW);
            }
        }
        pen.go_to(frame.cursor);
        self.shown = Some(frame);
    }

    /// Takes prompt and line off the screen; the cursor is where they began.
    pub fn erase(&mut self, output: &mut String) {
        if let Some(shown) = self.shown.take() {
            let mut pen = Pen {
                at: shown.cursor,
                waits: false,
                columns: self.size.columns,
                output,
            };
            pen.go_to(Place::default());
            output.push_str(CLEAR_BELOW);
        }
    }

    /// Leaves what is drawn where it is and goes to a new row below it.
    pub fn leave(&mut self, prompt: &Prompt, line: &str, mark: &str, output: &mut String) {
        self.draw(prompt, line, line.len(), output);
        output.push_str(mark);
        output.push_str("\r\n");
        self.shown = None;
    }

    /// Forgets what is drawn: somebody else moved the cursor to the start of a row.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// The terminal has another size. What is drawn there is taken off; how the terminal has moved it is
    /// not known, but terminals leave the rows with the cursor as they are.
    pub fn resize(&mut self, size: Size, output: &mut String) {
        if size != self.size {
            self.size = size;
            self.erase(output);
        }
    }
}

/// The cursor while drawing.
struct Pen<'a> {
    at: Place,
    /// The row is full and the terminal waits for the next character before it goes to the next one.
    waits: bool,
    columns: u16,
    output: &'a mut String,
}

impl Pen<'_> {
    fn print(&mut self, text: &str, glyph: Placed) {
        if glyph.place.row > self.at.row {
            self.enter_next_row(glyph);
        }
        if text == "\n" {
            self.output.push_str(CLEAR_ROW);
            self.output.push_str("\r\n");
            self.at = Place {
                row: self.at.row + 1,
                column: 0,
            };
            self.waits = false;
            return;
        }
        if glyph.extent > 0 {
            self.print_carefully(text, glyph);
        } else {
            self.output.push_str(text);
        }
        if glyph.width > 0 {
            self.at.column += glyph.width;
            self.waits = glyph.extent == 0 && self.at.column >= self.columns;
        }
    }

    /// The glyph did not fit, or the row is full.
    fn enter_next_row(&mut self, glyph: Placed) {
        if self.at.column < self.columns {
            self.output.push_str(CLEAR_ROW);
        }
        // When the terminal itself goes to the next row it knows that both are one line, and copies it as one.
        let by_itself = glyph.width > 0
            && glyph.extent == 0
            && (self.waits
                || (self.at.column < self.columns && self.at.column + glyph.width > self.columns));
        if by_itself {
            self.at = Place {
                row: self.at.row + 1,
                column: 0,
            };
            self.waits = false;
        } else {
            self.wrap();
        }
    }

    /// Goes to the start of the next row of the same line.
    fn wrap(&mut self) {
        self.output
            .push_str(if self.waits { " \r" } else { "\r\n" });
        self.at = Place {
            row: self.at.row + 1,
            column: 0,
        };
        self.waits = false;
    }

    /// A glyph that may take another number of cells: clears all it could take, and says where the next begins.
    fn print_carefully(&mut self, text: &str, glyph: Placed) {
        let next = self.at.column + glyph.width;
        self.sequence(glyph.extent, 'X');
        self.output.push_str(text);
        self.sequence(next + 1, 'G');
        self.sequence(glyph.extent - glyph.width, 'X');
    }

    /// Goes to where printing begins; a full row means the start of the next.
    fn go_to_start(&mut self, place: Place) {
        let full = place.column >= self.columns;
        self.go_to(if full {
            Place {
                row: place.row + 1,
                column: 0,
            }
        } else {
            place
        });
    }

    fn go_to(&mut self, place: Place) {
        let cells = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
        if place.row == self.at.row && self.at.column < self.columns {
            self.sequence(place.column.saturating_sub(self.at.column), 'C');
            match self.at.column.saturating_sub(place.column) {
                0 => {}
                _ if place.column == 0 => self.output.push('\r'),
                1 => self.output.push('\u{8}'),
                back => self.sequence(back, 'D'),
            }
        } else {
            self.sequence(cells(self.at.row.saturating_sub(place.row)), 'A');
            self.sequence(cells(place.row.saturating_sub(self.at.row)), 'B');
            self.output.push('\r');
            self.sequence(place.column, 'C');
        }
        self.at = place;
        self.waits = false;
    }

    /// `CSI count letter`; nothing for 0, which terminals take for 1.
    fn sequence(&mut self, count: u16, letter: char) {
        match count {
            0 => {}
            1 => {
                self.output.push_str("\x1b[");
                self.output.push(letter);
            }
            // Writing to a string does not fail.
            _ => drop(write!(self.output, "\x1b[{count}{letter}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use proptest::prelude::*;

    use super::*;

    impl Screen {
        /// Fails unless a terminal shows exactly what this believes: each glyph in its cells, nothing else from
        /// the prompt on, the cursor in its place.
        pub fn assert_shown_on(&self, screen: &vt100::Screen) {
            let frame = self.shown.as_ref().unwrap();
            let (row, column) = screen.cursor_position();
            assert_eq!(
                column, frame.cursor.column,
                "the cursor's column; {frame:?}"
            );
            let first = usize::from(row)
                .checked_sub(frame.cursor.row)
                .expect("the prompt is on the screen");
            let (rows, columns) = screen.size();
            let (rows, columns) = (rows.get(), columns.get());
            let mut expected = vec![Some(""); (usize::from(rows) - first) * usize::from(columns)];
            for index in 0..frame.len() {
                let (text, glyph) = frame.get(index).unwrap();
                let cell = glyph.place.row * usize::from(columns) + usize::from(glyph.place.column);
                if glyph.width > 0 {
                    expected[cell] = Some(text);
                }
                if glyph.extent > 0 {
                    // What a terminal has in the other cells of a cluster is its own affair.
                    expected[cell + 1..cell + usize::from(glyph.width)].fill(None);
                }
            }
            for (index, expected) in expected.iter().enumerate() {
                let Some(expected) = expected else { continue };
                let row = first + index / usize::from(columns);
                let column = index % usize::from(columns);
                let cell = screen.cell(row as u16, column as u16).unwrap();
                let shown = cell.contents().trim_end();
                // Of a cluster this terminal keeps the first character, and of many marks some.
                let first = |text: &str| text.trim_end().chars().next();
                assert_eq!(
                    first(shown),
                    first(expected),
                    "row {row}, column {column}; {frame:?}"
                );
            }
        }
    }

    proptest! {
        /// A terminal that just prints the text is the judge of where characters go.
        #[test]
        fn rows_break_where_the_terminal_breaks_them(
            text in "[a-z \u{e9}\u{d55c}\u{ae00}\u{1f600}\u{4e2d}]{0,100}",
            columns in 2u16..30,
        ) {
            let terminal = |output: &str| {
                let mut parser = vt100::Parser::new(NonZero::new(120).unwrap(), NonZero::new(columns).unwrap(), 0);
                parser.process(output.as_bytes());
                parser
            };
            let mut output = String::new();
            let mut screen = Screen::new(Size::new(columns, 120));
            screen.draw(&Prompt::parse("$ "), &text, text.len(), &mut output);
            let (drawn, plain) = (terminal(&output), terminal(&format!("$ {text}")));
            let rows = |parser: &vt100::Parser| -> Vec<String> {
                parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect()
            };
            prop_assert_eq!(rows(&drawn), rows(&plain));
        }
    }

    fn drawn(steps: &[(&str, usize)], columns: u16) -> Vec<String> {
        let mut screen = Screen::new(Size::new(columns, 24));
        let draw = |(line, cursor): &(&str, usize)| {
            let mut output = String::new();
            screen.draw(&Prompt::parse("$ "), line, *cursor, &mut output);
            output
        };
        steps.iter().map(draw).collect()
    }

    #[test]
    fn only_what_changed_is_printed() {
        for (before, after, printed) in [
            (("ab", 2), ("abc", 3), "c"),
            (("ab", 2), ("ab", 1), "\u{8}"),
            (("ab", 1), ("ab", 2), "\x1b[C"),
            (("ab", 2), ("a", 1), "\u{8}\x1b[J"),
            (("ab", 1), ("axb", 2), "xb\u{8}"),
            (("abcd", 0), ("abcd", 4), "\x1b[4C"),
            (("ab", 2), ("ab", 2), ""),
        ] {
            assert_eq!(
                drawn(&[before, after], 80)[1],
                printed,
                "{before:?} {after:?}"
            );
        }
    }

    #[test]
    fn a_full_row_leaves_the_cursor_at_the_start_of_the_next() {
        assert_eq!(
            drawn(&[("0123456", 7), ("01234567", 8), ("0123456", 7)], 10)[1..],
            ["7 \r", "\x1b[A\r\x1b[9C\x1b[J"]
        );
    }

    #[test]
    fn a_wide_character_that_does_not_fit_leaves_a_clean_cell() {
        assert_eq!(
            drawn(&[("0123456x", 7), ("0123456\u{d55c}", 7)], 10)[1],
            "\x1b[K\u{d55c}\r"
        );
    }

    #[test]
    fn a_cluster_that_terminals_disagree_about_is_fenced() {
        let family = "\u{1f468}\u{200d}\u{1f469}";
        let output = &drawn(&[("", 0), (&format!("{family}x"), 12)], 80)[1];
        assert_eq!(output, &format!("\x1b[4X{family}\x1b[5G\x1b[2Xx"));
    }
}
