//! Files and commands that a program reads from and writes to.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::rc::Rc;

use berth_guest::Pid;
use berth_multicall::{End, Output, Piped, os_string, spawn_shell_piped, wait_for};
use berth_pattern::Pattern;

use super::syntax::Text;

/// Bytes read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// What ends a record.
#[derive(Clone, Debug)]
pub enum Separator {
    Byte(u8),
    /// Empty lines.
    Paragraph,
    Regex(Rc<Pattern>),
}

/// Records of one source.
pub struct Records {
    from: Box<dyn Read>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    /// The command that writes them.
    pid: Option<Pid>,
}

impl Records {
    pub fn new(from: Box<dyn Read>) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            pid: None,
        }
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let length = self.buffer.len();
        self.buffer.resize(length + PIECE_BYTES, 0);
        let read = loop {
            match self.from.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(length);
                    return Err(error);
                }
                Ok(read) => break read,
            }
        };
        self.buffer.truncate(length + read);
        self.ended = read == 0;
        Ok(read > 0)
    }

    /// The next record; `None` at the end.
    pub fn next(&mut self, separator: &Separator) -> io::Result<Option<Text>> {
        match separator {
            Separator::Byte(byte) => {
                let mut searched = 0;
                loop {
                    let rest = &self.buffer[self.start..];
                    if let Some(end) = memchr::memchr(*byte, &rest[searched..]) {
                        return Ok(Some(self.take(searched + end, 1)));
                    }
                    searched = rest.len();
                    if !self.fill()? {
                        return Ok(self.last());
                    }
                }
            }
            Separator::Paragraph => {
                loop {
                    let rest = &self.buffer[self.start..];
                    let skipped = rest.iter().take_while(|byte| **byte == b'\n').count();
                    if skipped < rest.len() {
                        self.start += skipped;
                        break;
                    }
                    self.start += skipped;
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
                loop {
                    let rest = &self.buffer[self.start..];
                    if let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") {
                        return Ok(Some(self.take(end, 2)));
                    }
                    if !self.fill()? {
                        let record = self.last();
                        return Ok(record.map(|record| match record.strip_suffix(b"\n") {
                            Some(record) => Rc::from(record),
                            None => record,
                        }));
                    }
                }
            }
            Separator::Regex(pattern) => loop {
                let rest = &self.buffer[self.start..];
                // A match that reaches the end of what was read may be longer.
                if let Some(found) = pattern.find(rest, 0)
                    && !found.is_empty()
                    && (found.end < rest.len() || self.ended)
                {
                    return Ok(Some(self.take(found.start, found.len())));
                }
                if !self.fill()? {
                    let rest = &self.buffer[self.start..];
                    if let Some(found) = pattern.find(rest, 0)
                        && !found.is_empty()
                    {
                        return Ok(Some(self.take(found.start, found.len())));
                    }
                    return Ok(self.last());
                }
            },
        }
    }

    fn take(&mut self, length: usize, separator: usize) -> Text {
        let record = Rc::from(&self.buffer[self.start..self.start + length]);
        self.start += length + separator;
        record
    }

    fn last(&mut self) -> Option<Text> {
        let rest = &self.buffer[self.start..];
        let record = (!rest.is_empty()).then(|| Rc::from(rest));
        self.start = self.buffer.len();
        record
    }
}

/// Something that is written to.
struct Sink {
    to: BufWriter<File>,
    pid: Option<Pid>,
}

/// How a sink is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opening {
    Create,
    Append,
    Pipe,
}

/// All that is open.
#[derive(Default)]
pub struct Streams {
    sinks: HashMap<Text, Sink>,
    sources: HashMap<Text, Records>,
    out: Option<Output>,
}

impl Streams {
    /// Standard output.
    pub fn out(&mut self) -> &mut Output {
        self.out.get_or_insert_with(Output::stdout)
    }

    /// Writes to a file or command, which is opened the first time.
    pub fn write(&mut self, name: &Text, opening: Opening, bytes: &[u8]) -> io::Result<()> {
        match &name[..] {
            b"/dev/stdout" | b"-" if opening != Opening::Pipe => {
                return self.out().write_all(bytes);
            }
            b"/dev/stderr" if opening != Opening::Pipe => {
                self.flush()?;
                return io::stderr().write_all(bytes);
            }
            _ => {}
        }
        if !self.sinks.contains_key(name) {
            let sink = self.open_sink(name, opening)?;
            self.sinks.insert(Rc::clone(name), sink);
        }
        match self.sinks.get_mut(name) {
            Some(sink) => sink.to.write_all(bytes),
            None => Ok(()),
        }
    }

    fn open_sink(&mut self, name: &Text, opening: Opening) -> io::Result<Sink> {
        let path = || os_string(&name[..]);
        let (file, pid) = match opening {
            Opening::Create => (File::create(path())?, None),
            Opening::Append => (
                OpenOptions::new().append(true).create(true).open(path())?,
                None,
            ),
            Opening::Pipe => {
                self.flush()?;
                let (pid, pipe) = spawn_shell_piped(name, Piped::Input)?;
                (File::from(pipe), Some(pid))
            }
        };
        Ok(Sink {
            to: BufWriter::new(file),
            pid,
        })
    }

    /// The records of a file, which is opened the first time.
    pub fn file(&mut self, name: &Text) -> io::Result<&mut Records> {
        if !self.sources.contains_key(name) {
            let from: Box<dyn Read> = match &name[..] {
                b"-" | b"/dev/stdin" => Box::new(io::stdin()),
                _ => Box::new(File::open(os_string(&name[..]))?),
            };
            self.sources.insert(Rc::clone(name), Records::new(from));
        }
        self.sources.get_mut(name).ok_or_else(gone)
    }

    /// The records that a command prints; it is started the first time.
    pub fn command(&mut self, command: &Text) -> io::Result<&mut Records> {
        if !self.sources.contains_key(command) {
            self.flush()?;
            let (pid, pipe) = spawn_shell_piped(command, Piped::Output)?;
            let mut records = Records::new(Box::new(File::from(pipe)));
            records.pid = Some(pid);
            self.sources.insert(Rc::clone(command), records);
        }
        self.sources.get_mut(command).ok_or_else(gone)
    }

    /// Writes out what was collected.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(out) = &mut self.out {
            out.flush()?;
        }
        for sink in self.sinks.values_mut() {
            sink.to.flush()?;
        }
        Ok(())
    }

    /// Closes whatever has this name: -1 if nothing has, a command's exit code, 0.
    pub fn close(&mut self, name: &Text) -> io::Result<i32> {
        let mut code = -1;
        if let Some(sink) = self.sinks.remove(name) {
            code = self.end(sink)?;
        }
        if let Some(source) = self.sources.remove(name) {
            let pid = source.pid;
            drop(source);
            code = match pid {
                Some(pid) => wait_for(pid)?.code(),
                None => 0,
            };
        }
        Ok(code)
    }

    fn end(&mut self, mut sink: Sink) -> io::Result<i32> {
        // What a command prints comes behind what was printed before.
        if sink.pid.is_some() {
            self.flush()?;
        }
        let flushed = sink.to.flush();
        let pid = sink.pid;
        // A command that reads no more is no failure of this program.
        drop(sink);
        match pid {
            Some(pid) => match wait_for(pid)? {
                End::Exited(code) => Ok(i32::from(code)),
                End::Signalled(signal) => Ok(256 + i32::from(signal)),
            },
            None => flushed.map(|()| 0),
        }
    }

    /// Closes everything.
    pub fn close_all(&mut self) -> io::Result<()> {
        self.flush()?;
        for (_, sink) in std::mem::take(&mut self.sinks) {
            self.end(sink)?;
        }
        self.sources.clear();
        Ok(())
    }
}

fn gone() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}
