//! Searching one file.
//!
//! A file is read in large pieces that end at the end of a line, and each piece is searched at once: the expression
//! jumps from one matching line to the next, and what lies between them is looked at only as far as somebody wants
//! to know its lines' number or print them as context.

use std::fs::File;
use std::io::{self, Read};

use berth_multicall::os_string;
use berth_pattern::Pattern;
use memchr::{memchr, memrchr};

use super::arguments::{Binary, Request, Summary};
use super::printer::Printer;

/// Bytes read at a time.
const PIECE_BYTES: usize = 128 * 1024;

/// What came of it.
pub struct Outcome {
    /// A line was selected.
    pub selected: bool,
    /// Nothing more needs to be searched.
    pub stop: bool,
}

/// Searches a file; `-` is standard input.
pub fn file(
    name: &[u8],
    request: &Request,
    pattern: &Pattern,
    printer: &mut Printer<'_>,
) -> io::Result<Outcome> {
    let shown = match (&request.label, name) {
        (Some(label), b"-") => label.clone(),
        (None, b"-") => b"(standard input)".to_vec(),
        _ => name.to_vec(),
    };
    printer.begin(shown);
    let mut search = Search {
        request,
        pattern,
        printer,
        selected: 0,
        limit: request.count_max.unwrap_or(u64::MAX),
        binary: false,
        over: false,
    };
    if search.limit > 0 {
        if name == b"-" {
            search.read(&mut io::stdin().lock())?;
        } else {
            search.read(&mut File::open(os_string(name))?)?;
        }
    }
    let selected = search.selected;
    let said = search.binary && selected > 0 && request.binary == Binary::Said;
    printer.end(selected, said)?;
    let listed = match request.summary {
        Summary::NotMatching => selected == 0,
        _ => selected > 0,
    };
    Ok(Outcome {
        selected: listed,
        stop: request.quiet && listed,
    })
}

struct Search<'a, 'p> {
    request: &'a Request,
    pattern: &'a Pattern,
    printer: &'a mut Printer<'p>,
    selected: u64,
    limit: u64,
    binary: bool,
    /// Nothing more of this file matters.
    over: bool,
}

impl Search<'_, '_> {
    fn read(&mut self, from: &mut dyn Read) -> io::Result<()> {
        let separator = self.request.separator;
        let mut buffer = vec![0; PIECE_BYTES];
        // What is in the buffer: the beginning of a line whose end has not been read yet.
        let mut length = 0;
        let mut first = true;
        while !self.over {
            if length == buffer.len() {
                buffer.resize(buffer.len() * 2, 0);
            }
            let read = match from.read(&mut buffer[length..]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if !self.binary && !self.request.binary_is_text() {
                let fresh = &buffer[length..length + read];
                self.binary = is_binary(fresh, separator, first && read < PIECE_BYTES);
                first = false;
                if self.binary && self.request.binary == Binary::Skipped {
                    self.selected = 0;
                    return Ok(());
                }
            }
            if read == 0 {
                if length > 0 {
                    if length == buffer.len() {
                        buffer.push(separator);
                    } else {
                        buffer[length] = separator;
                    }
                    self.piece(&buffer[..=length])?;
                }
                return Ok(());
            }
            let fresh = &buffer[length..length + read];
            let end = memrchr(separator, fresh).map(|at| length + at + 1);
            length += read;
            if let Some(end) = end {
                self.piece(&buffer[..end])?;
                buffer.copy_within(end..length, 0);
                length -= end;
            }
        }
        Ok(())
    }

    /// Searches whole lines.
    fn piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let mut at = 0;
        while at < piece.len() && !self.over {
            match self.next_match(piece, at) {
                Some((start, end)) => {
                    self.lines(&piece[at..start], self.request.invert)?;
                    if !self.over {
                        self.lines(&piece[start..end], !self.request.invert)?;
                    }
                    at = end;
                }
                None => {
                    self.lines(&piece[at..], self.request.invert)?;
                    at = piece.len();
                }
            }
        }
        Ok(())
    }

    /// The next line that matches, with its separator.
    fn next_match(&self, piece: &[u8], from: usize) -> Option<(usize, usize)> {
        let separator = self.request.separator;
        if self.request.options.by_line {
            let found = self.pattern.find_any(piece, from)?;
            if found.start >= piece.len() {
                return None;
            }
            let start =
                memrchr(separator, &piece[from..found.start]).map_or(from, |at| from + at + 1);
            return Some((start, line_end(piece, found.start, separator)));
        }
        let mut start = from;
        while start < piece.len() {
            let end = line_end(piece, start, separator);
            if self.pattern.is_match(&piece[start..end - 1]) {
                return Some((start, end));
            }
            start = end;
        }
        None
    }

    /// Takes whole lines that are all selected, or are all not.
    fn lines(&mut self, lines: &[u8], selected: bool) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        if !selected {
            return self.printer.not_selected(lines);
        }
        let separator = self.request.separator;
        let mut start = 0;
        while start < lines.len() {
            let end = line_end(lines, start, separator);
            self.selected += 1;
            let names_only = matches!(
                self.request.summary,
                Summary::Matching | Summary::NotMatching
            );
            let binary = self.binary
                && self.request.binary == Binary::Said
                && self.request.summary == Summary::Lines;
            if self.request.quiet || names_only || binary {
                self.over = true;
                return Ok(());
            }
            if self.request.summary == Summary::Lines {
                self.printer.selected(&lines[start..end], self.pattern)?;
            }
            if self.selected >= self.limit {
                self.printer.not_selected(&lines[end..])?;
                self.over = !self.printer.wants_context();
                if !self.over {
                    // Only the context behind the last line is still to come.
                    self.limit = u64::MAX;
                    self.printer.only_context();
                }
                return Ok(());
            }
            start = end;
        }
        Ok(())
    }
}

/// Behind the separator that ends the line in which `from` is.
fn line_end(text: &[u8], from: usize, separator: u8) -> usize {
    memchr(separator, &text[from..]).map_or(text.len(), |at| from + at + 1)
}

/// Whether a piece of a file is no text: it has a NUL, or bytes that are no characters.
fn is_binary(piece: &[u8], separator: u8, whole: bool) -> bool {
    if separator == 0 {
        return false;
    }
    if memchr(0, piece).is_some() {
        return true;
    }
    if berth_pattern::locale_is_bytes() {
        return false;
    }
    match str::from_utf8(piece) {
        Ok(_) => false,
        // The last character may go on in the next piece, and the first may have begun in the one before.
        Err(error) => whole && error.error_len().is_some(),
    }
}
