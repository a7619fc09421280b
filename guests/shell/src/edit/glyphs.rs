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
/// Asks for the looks of an emoji.
const EMOJI_SELECTOR: char = '\u{FE0F}';
/// Asks for the looks of text.
const TEXT_SELECTOR: char = '\u{FE0E}';
/// Some terminals print nothing for it, taking it for broken input.
const REPLACEMENT: char = '\u{FFFD}';
/// Shown for what is wider than the whole terminal.
const TOO_WIDE: &str = "?";

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
    if visible == 0 || cluster.chars().any(has_no_looks) {
        cluster
            .chars()
            .for_each(|character| draw_alone(character, print));
        return;
    }
    // A selector of emoji looks makes a narrow character wide on some terminals.
    let selectors = cluster.matches(EMOJI_SELECTOR).count();
    let most = cells(widths().sum::<usize>() + selectors);
    let glyph = if visible == 1 && most <= 2 && selectors == 0 && !cluster.contains(TEXT_SELECTOR) {
        Glyph::plain(cluster, most)
    } else {
        let width = cells(cluster.width()).clamp(1, most.max(2));
        Glyph {
            text: cluster,
            width,
            extent: most.max(2),
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

/// Whether a character is never printed as it is.
fn has_no_looks(character: char) -> bool {
    character.is_control() || character == REPLACEMENT || stray_byte(character).is_some()
}

/// Draws a character by itself; one that cannot be seen is spelled out.
fn draw_alone(character: char, print: &mut dyn FnMut(Glyph<'_>)) {
    let spelling = match character {
        '\n' => return print(Glyph::plain("\n", 0)),
        '\0'..' ' => format!("^{}", char::from(character as u8 + b'@')),
        '\u{7F}' => "^?".to_owned(),
        _ => match (stray_byte(character), character.width()) {
            // As bash shows it.
            (Some(byte), _) => format!("\\{byte:03o}"),
            (None, Some(width @ 1..)) if character != REPLACEMENT => {
                let mut buffer = [0; 4];
                return print(Glyph::plain(
                    character.encode_utf8(&mut buffer),
                    cells(width).min(2),
                ));
            }
            _ => format!("<{:x}>", u32::from(character)),
        },
    };
    for (at, sign) in spelling.char_indices() {
        print(Glyph::plain(&spelling[at..at + sign.len_utf8()], 1));
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
