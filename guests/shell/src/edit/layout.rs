//! Where every glyph of a prompt and a line stands on a terminal of so many columns.

use super::glyphs::{self, Glyph};
use super::prompt::{Part, Prompt};

/// Longest side of a terminal that is believed.
const SIDE_MAX_CELLS: u16 = 10_000;

/// Size of the terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Cells a row, at least 1.
    pub columns: u16,
    /// Rows, at least 1.
    pub rows: u16,
}

impl Size {
    /// A size that can be worked with: a terminal that does not know its own gets the usual one.
    pub fn new(columns: u16, rows: u16) -> Self {
        let or = |cells: u16, usual| {
            if cells == 0 {
                usual
            } else {
                cells.min(SIDE_MAX_CELLS)
            }
        };
        Self {
            columns: or(columns, 80),
            rows: or(rows, 24),
        }
    }
}

/// A place on the screen, counted from where the prompt begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// Row.
    pub row: usize,
    /// Column; up to the number of columns, when the row is full and nothing follows yet.
    pub column: u16,
}

impl Place {
    /// The same place counted from `rows` further down.
    fn up(self, rows: usize) -> Self {
        Self {
            row: self.row - rows,
            ..self
        }
    }
}

/// A glyph at its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    /// End of its text in [`Frame::text`]; it begins where the one before it ends.
    end: usize,
    /// Where its first cell is.
    pub place: Place,
    /// As in [`Glyph`].
    pub width: u16,
    /// As in [`Glyph`].
    pub extent: u16,
}

/// What the screen shall show: the rows of prompt and line that fit.
#[derive(Debug, Default)]
pub struct Frame {
    /// Text of the glyphs, one after the other.
    text: String,
    glyphs: Vec<Placed>,
    /// First row of the whole that is shown; places in here are counted from it.
    pub top: usize,
    /// Behind the last glyph.
    pub end: Place,
    /// Whether the last glyph is that of the line, so that the place behind it exists on the screen.
    pub complete: bool,
    /// Where the cursor is.
    pub cursor: Place,
}

impl Frame {
    /// Number of glyphs.
    pub fn len(&self) -> usize {
        self.glyphs.len()
    }

    /// A glyph and its text.
    pub fn get(&self, index: usize) -> Option<(&str, Placed)> {
        let start = index
            .checked_sub(1)
            .and_then(|before| self.glyphs.get(before))
            .map_or(0, |glyph| glyph.end);
        let glyph = self.glyphs.get(index)?;
        Some((self.text.get(start..glyph.end)?, *glyph))
    }

    /// How many glyphs two frames have in common at their start.
    pub fn common(&self, other: &Self) -> usize {
        let same = |(a, b): &(&Placed, &Placed)| a == b;
        let glyphs = self
            .glyphs
            .iter()
            .zip(&other.glyphs)
            .take_while(same)
            .count();
        let bytes = self
            .text
            .bytes()
            .zip(other.text.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        self.glyphs[..glyphs].partition_point(|glyph| glyph.end <= bytes)
    }

    /// Where the glyph at `index` could have begun: behind the one before it.
    pub fn place_behind(&self, index: usize) -> Place {
        let Some((text, glyph)) = index.checked_sub(1).and_then(|before| self.get(before)) else {
            return Place::default();
        };
        behind(text, glyph.place, glyph.width)
    }
}

fn behind(text: &str, place: Place, width: u16) -> Place {
    match text {
        "\n" => Place {
            row: place.row + 1,
            column: 0,
        },
        _ => Place {
            row: place.row,
            column: place.column + width,
        },
    }
}

/// Walks over prompt and line and says where everything stands.
struct Flow {
    columns: u16,
    at: Place,
}

impl Flow {
    fn new(columns: u16) -> Self {
        Self {
            columns,
            at: Place::default(),
        }
    }

    fn place(&mut self, glyph: Glyph<'_>) -> Place {
        // A glyph nobody agrees about stays off the right edge on every terminal.
        if self.at.column + glyph.width.max(glyph.extent) > self.columns
            || self.at.column >= self.columns
        {
            self.wrap();
        }
        let place = self.at;
        self.at = behind(glyph.text, place, glyph.width);
        place
    }

    fn wrap(&mut self) {
        self.at = Place {
            row: self.at.row + 1,
            column: 0,
        };
    }

    /// All of it: `visit` gets every glyph with its place and its offset in the line, or none for those of the
    /// prompt. What takes no room in the prompt is a glyph of width 0.
    fn run(
        &mut self,
        prompt: &Prompt,
        line: &str,
        visit: &mut dyn FnMut(Option<usize>, Glyph<'_>, Place),
    ) {
        for part in &prompt.parts {
            match part {
                Part::Hidden(text) => visit(
                    None,
                    Glyph {
                        text,
                        width: 0,
                        extent: 0,
                    },
                    self.at,
                ),
                Part::Shown(text) => {
                    glyphs::each(text, self.columns, self.at.column, |_, glyph| {
                        visit(None, glyph, self.place(glyph));
                        self.at.column
                    })
                }
            }
        }
        glyphs::each(line, self.columns, self.at.column, |offset, glyph| {
            visit(Some(offset), glyph, self.place(glyph));
            self.at.column
        });
        if self.at.column >= self.columns {
            self.wrap();
        }
    }
}

/// Lays out a prompt and a line with the cursor at byte `cursor`. When they need more rows than the screen
/// has, as many rows as fit are taken, from `top` on if the cursor is among them.
pub fn lay_out(prompt: &Prompt, line: &str, cursor: usize, size: Size, top: usize) -> Frame {
    let mut flow = Flow::new(size.columns);
    let mut cursor_at = None;
    flow.run(prompt, line, &mut |offset, _, place| {
        if offset.is_some_and(|offset| offset >= cursor) {
            cursor_at.get_or_insert(place);
        }
    });
    let end = flow.at;
    let cursor_at = cursor_at.unwrap_or(end);
    let rows = usize::from(size.rows);
    let top = top
        .min((end.row + 1).saturating_sub(rows))
        .clamp((cursor_at.row + 1).saturating_sub(rows), cursor_at.row);
    let bottom = top + rows;

    let mut frame = Frame {
        top,
        complete: end.row < bottom,
        cursor: cursor_at.up(top),
        ..Frame::default()
    };
    let mut flow = Flow::new(size.columns);
    let mut end = Place::default();
    flow.run(prompt, line, &mut |_, glyph, place| {
        if (top..bottom).contains(&place.row) {
            // The line end of the last row would scroll the screen.
            let scrolls = glyph.text == "\n" && place.row + 1 == bottom;
            let place = place.up(top);
            end = place;
            if !scrolls {
                end = behind(glyph.text, place, glyph.width);
                frame.text.push_str(glyph.text);
                frame.glyphs.push(Placed {
                    end: frame.text.len(),
                    place,
                    width: glyph.width,
                    extent: glyph.extent,
                });
            }
        }
    });
    frame.end = if frame.complete { flow.at.up(top) } else { end };
    frame
}
