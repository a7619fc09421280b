//! `g`, `v`, `G`, `V`: commands for every line that matches, or does not.

use std::collections::VecDeque;
use std::io::Write;

use super::command::Print;
use super::input::Read;
use super::scan::{Addresses, Scan};
use super::{Editor, Flow, Result, UNFINISHED};

impl Editor {
    /// Marks all lines first, then goes from one to the next.
    pub fn global(
        &mut self,
        scan: &mut Scan<'_>,
        addresses: Addresses,
        matching: bool,
        interactive: bool,
    ) -> Result<Flow> {
        if self.input.in_list() {
            return Err("Cannot nest global commands".into());
        }
        let (from, to) = self.range(addresses, 1, self.buffer.last())?;
        let delimiter = scan.next().filter(|byte| !matches!(byte, b' ' | b'\n'));
        let delimiter = delimiter.ok_or("Invalid pattern delimiter")?;
        let (source, closed) = scan.expression(delimiter)?;
        let ignore_case = closed && scan.take(b'I');
        let pattern = self.patterns.compile(&source, ignore_case)?;
        let marked: Vec<(usize, u64)> = (from..=to)
            .filter(|number| pattern.is_match(&self.buffer.text(*number)) == matching)
            .map(|number| (number, self.buffer.id(number)))
            .collect();
        let list = if interactive {
            self.suffix(scan)?;
            VecDeque::new()
        } else {
            list_of(scan.rest())
        };
        self.buffer.remember();
        let before = self.buffer.last();
        for (number, id) in marked {
            // Most lists delete or add above the lines to come.
            let near = (number + self.buffer.last()).saturating_sub(before);
            let Some(number) = self.buffer.find(id, near) else {
                continue;
            };
            self.buffer.current = number;
            let list = if interactive {
                match self.asked(number)? {
                    Some(list) => list,
                    None => continue,
                }
            } else {
                list.clone()
            };
            self.input.enter_list(list);
            while let Read::Line(line) = self.input.command() {
                if self.command(&line)? == Flow::Quit {
                    return Ok(Flow::Quit);
                }
            }
            self.input.leave_list();
        }
        Ok(Flow::Next)
    }

    /// Shows a line and reads what to do with it; `None` for nothing.
    fn asked(&mut self, number: usize) -> Result<Option<VecDeque<Vec<u8>>>> {
        self.show(number, Print::PLAIN);
        let _ = self.out.flush();
        let line = match self.input.command() {
            Read::Line(line) => line,
            Read::Interrupted => return Err("Interrupt".into()),
            Read::Unfinished | Read::End => return Err(UNFINISHED.into()),
        };
        if line.is_empty() {
            return Ok(None);
        }
        if line == b"&" {
            let last = self.interactive.as_ref().ok_or("No previous command")?;
            return Ok(Some(list_of(last)));
        }
        let list = list_of(&line);
        self.interactive = Some(line);
        Ok(Some(list))
    }
}

/// The lines of a command list; the backslashes that joined them are gone. An empty one prints.
fn list_of(text: &[u8]) -> VecDeque<Vec<u8>> {
    if text.is_empty() {
        return [b"p".to_vec()].into();
    }
    let mut lines = VecDeque::new();
    let mut line = Vec::new();
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        match piece.strip_suffix(b"\\\n") {
            Some(piece) => {
                line.extend_from_slice(piece);
                lines.push_back(std::mem::take(&mut line));
            }
            None => line.extend_from_slice(piece),
        }
    }
    lines.push_back(line);
    lines
}
