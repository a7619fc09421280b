//! How text looks on a terminal: what is printed for it, and how many cells that takes.
//!
//! Terminals agree about nearly all text, but not about clusters of several visible characters: a family
//! emoji takes two cells on a terminal that knows clusters and six on one that does not. Such a glyph is
//! marked ([`Glyph::extent`]), and the painter says where the next one begins instead of trusting the
//! terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text;

/// Cells between tab stops.
const TAB_CELLS: u16 = 8;
/// Shown for what is wider than the whole terminal.
const TOO_WIDE: &str = "\u{FFFD}";

/// One thing to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Glyph<'a> {
    /// What is printed; `"\n"` ends the row.
    pub text: &'a str,
    /// Cells it takes; 0 for a line end.
    pub width: u16,
    /// For a glyph that terminals disagree about: the most cells one may give it. 0 for all others.
    pub extent: u16,
}

impl Glyph<'_> {
    fn plain(text: &str, width: u16) -> Glyph<'_> {
        Glyph {
            text,
            width,
            extent: 0,
        }
    }
}

/// Gives the glyphs of `text` in order, each with the offset in `text` of the cluster it belongs to.
/// `print` returns the column the next glyph begins at, which a tab needs to know.
pub fn each(text: &str, columns: u16, start: u16, mut print: impl FnMut(usize, Glyph<'_>) -> u16) {
    let mut column = start;
    for (offset, cluster) in text.grapheme_indices(true) {
        // Nearly all text is this.
        if let &[b' '..=b'~'] = cluster.as_bytes() {
            column = print(offset, Glyph::plain(cluster, 1));
        } else {
            draw_cluster(cluster, columns, column, &mut |glyph| {
                column = print(offset, glyph);
            });
        }
    }
}

fn draw_cluster(cluster: &str, columns: u16, column: u16, print: &mut dyn FnMut(Glyph<'_>)) {
    if cluster == "\t" {
        let column = if column >= columns { 0 } else { column };
        let cells = (TAB_CELLS - column % TAB_CELLS).min(columns - column);
        (0..cells).for_each(|_| print(Glyph::plain(" ", 1)));
        return;
    }
    let widths = || {
        cluster
            .chars()
            .map(|character| character.width().unwrap_or(0))
    };
    let visible = widths().filter(|width| *width > 0).count();
    if visible == 0
        || cluster
            .chars()
            .any(|character| character.is_control() || stray_byte(character).is_some())
    {
        cluster
            .chars()
            .for_each(|character| draw_invisible(character, print));
        return;
    }
    let sum = cells(widths().sum());
    let glyph = if visible == 1 && sum <= 2 && !cluster.contains(['\u{FE0E}', '\u{FE0F}']) {
        Glyph::plain(cluster, sum)
    } else {
        let width = cells(cluster.width()).clamp(1, 2.max(sum));
        Glyph {
            text: cluster,
            width,
            extent: sum.max(width).max(2),
        }
    };
    if glyph.width.max(glyph.extent) > columns {
        print(Glyph::plain(TOO_WIDE, 1));
    } else {
        print(glyph);
    }
}

fn cells(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

/// A character that has no looks of its own, or belongs to a cluster that must not be printed as it is.
fn draw_invisible(character: char, print: &mut dyn FnMut(Glyph<'_>)) {
    let mut spelled = |spelling: &str| {
        spelling.char_indices().for_each(|(at, sign)| {
            print(Glyph::plain(&spelling[at..at + sign.len_utf8()], 1));
        });
    };
    match character {
        '\n' => print(Glyph::plain("\n", 0)),
        '\0'..' ' => spelled(&format!("^{}", char::from(character as u8 + b'@'))),
        '\u{7F}' => spelled("^?"),
        // A byte that is not UTF-8, as bash shows it.
        character if let Some(byte) = stray_byte(character) => spelled(&format!("\\{byte:03o}")),
        character if character.width().unwrap_or(0) == 0 => {
            spelled(&format!("<{:x}>", u32::from(character)))
        }
        character => {
            let mut buffer = [0; 4];
            let width = cells(character.width().unwrap_or(1)).min(2);
            print(Glyph::plain(character.encode_utf8(&mut buffer), width));
        }
    }
}

/// The byte a character stands for, if it is one of those for bytes that are not UTF-8.
fn stray_byte(character: char) -> Option<u8> {
    let mut buffer = [0; 4];
    match *text::encode(character.encode_utf8(&mut buffer)) {
        [byte] if !byte.is_ascii() => Some(byte),
        _ => None,
    }
}

/// Cells text takes on a row of its own that never ends; for columns of a listing.
pub fn width(text: &str) -> usize {
    let mut width = 0;
    each(text, u16::MAX, 0, |_, glyph| {
        width += usize::from(glyph.width.max(glyph.extent));
        0
    });
    width
}

/// Text as it can be printed safely on one row: control characters are spelled out, line ends too.
pub fn safe(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    each(text, u16::MAX, 0, |_, glyph| {
        output.push_str(if glyph.text == "\n" { "^J" } else { glyph.text });
        0
    });
    output
}
