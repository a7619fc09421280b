//! Showing a buffer on the screen.

use std::io;

use crate::buffer::Buffer;
use crate::glyph::{SIGN_MAX_BYTES, advance, shown};
use crate::terminal::Terminal;

/// The part of a buffer that is on the screen.
#[derive(Default)]
pub struct View {
    pub top: usize,
    pub left: usize,
    /// Line numbers in front.
    pub numbers: bool,
}

/// Where a character of a line is shown, in columns.
fn column_of(line: &str, character: usize) -> usize {
    line.chars().take(character).fold(0, advance)
}

impl View {
    /// Draws the lines into `rows` rows from row `first` (1 is the top one), with other lines around them.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(
        &mut self,
        terminal: &Terminal,
        buffer: &Buffer,
        first: usize,
        rows: usize,
        around: &[(usize, String)],
    ) -> io::Result<()> {
        let (_, columns) = terminal.size();
        let margin = if self.numbers { 5 } else { 0 };
        let columns = columns.saturating_sub(margin).max(1);
        if buffer.row < self.top {
            self.top = buffer.row;
        } else if buffer.row >= self.top + rows {
            self.top = buffer.row + 1 - rows;
        }
        let cursor = column_of(buffer.line(), buffer.column);
        if cursor < self.left {
            self.left = cursor.saturating_sub(columns / 2);
        } else if cursor >= self.left + columns {
            self.left = cursor + 1 - columns / 2;
        }
        let mut screen = String::from("\x1b[?25l");
        for row in 0..rows {
            screen.push_str(&format!("\x1b[{};1H\x1b[m", first + row));
            if let Some(line) = buffer.lines.get(self.top + row) {
                if self.numbers {
                    screen.push_str(&format!("\x1b[2m{:>4} \x1b[m", self.top + row + 1));
                }
                self.push_line(line, columns, &mut screen);
            }
            screen.push_str("\x1b[K");
        }
        for (row, line) in around {
            screen.push_str(&format!("\x1b[{row};1H\x1b[m{line}\x1b[m\x1b[K"));
        }
        screen.push_str(&format!(
            "\x1b[{};{}H\x1b[?25h",
            first + buffer.row - self.top,
            margin + cursor - self.left + 1
        ));
        terminal.write(screen.as_bytes())
    }

    fn push_line(&self, line: &str, columns: usize, screen: &mut String) {
        let mut column = 0;
        for letter in line.chars() {
            let mut buffer = [0; SIGN_MAX_BYTES];
            let (shown, step) = shown(letter, column, &mut buffer);
            if column >= self.left && column + step <= self.left + columns {
                screen.push_str(shown);
            } else if column < self.left && column + step > self.left {
                screen.push_str(&" ".repeat(column + step - self.left));
            }
            column += step;
            if column >= self.left + columns {
                break;
            }
        }
    }
}
