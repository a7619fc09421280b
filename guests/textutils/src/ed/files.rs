//! Reading and writing: files, and commands of the shell.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write};
use std::rc::Rc;

use berth_multicall::{Piped, os_string, read_all, run, spawn_shell_piped, wait_for};

use super::buffer::Text;
use super::scan::{Addresses, Scan};
use super::{Editor, Failure, Flow, MODIFIED, Result};

/// How a file is opened to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    Anew,
    Append,
}

impl Editor {
    /// The file that a command names behind its letter, or the remembered one. `None` where there is neither.
    pub fn named(&self, scan: &Scan<'_>) -> Result<Option<Vec<u8>>> {
        let rest = scan.rest();
        if rest
            .first()
            .is_some_and(|byte| !matches!(byte, b' ' | b'\t'))
        {
            return Err("Unexpected command suffix".into());
        }
        let name = rest.trim_ascii_start();
        if name.is_empty() {
            return Ok(self.file.clone());
        }
        self.allowed(name)?;
        Ok(Some(name.to_vec()))
    }

    fn allowed(&self, name: &[u8]) -> Result<()> {
        match name {
            _ if !self.restricted => Ok(()),
            [b'!', ..] => Err("Shell access restricted".into()),
            b".." => Err("Directory access restricted".into()),
            name if name.contains(&b'/') => Err("Directory access restricted".into()),
            _ => Ok(()),
        }
    }

    /// Refuses once to lose what was changed.
    pub fn guard(&self) -> Result<()> {
        if self.buffer.modified && !self.warned {
            return Err(MODIFIED.into());
        }
        Ok(())
    }

    /// `e` of a file or a command's output.
    pub fn edit(&mut self, name: &[u8]) -> Result<()> {
        self.allowed(name)?;
        if !name.starts_with(b"!") {
            self.file = Some(name.to_vec());
        }
        let (lines, size) = self.lines_of(name, true)?;
        self.buffer.replace_all(lines);
        self.tell(size);
        Ok(())
    }

    /// `r`.
    pub fn read_in(&mut self, name: Option<Vec<u8>>, after: usize) -> Result<Flow> {
        let name = name.ok_or("No current filename")?;
        if self.file.is_none() && !name.starts_with(b"!") {
            self.file = Some(name.clone());
        }
        let (lines, size) = self.lines_of(&name, false)?;
        if !lines.is_empty() {
            self.remember();
            self.buffer.insert(after, lines);
        }
        self.tell(size);
        Ok(Flow::Next)
    }

    fn tell(&mut self, bytes: usize) {
        if !self.script {
            let _ = writeln!(self.out, "{bytes}");
        }
    }

    /// The lines of a file or a command's output, and their bytes. `whole`: they are all there will be.
    fn lines_of(&mut self, name: &[u8], whole: bool) -> Result<(Vec<Text>, usize)> {
        let content = match name.strip_prefix(b"!") {
            Some(command) => {
                let command = self.expanded(command)?;
                let _ = self.out.flush();
                output_of(&command)
            }
            // Not `read_all` alone: `-` is a file's name here.
            None if name == b"-" => read_all(b"./-"),
            None => read_all(name),
        };
        let mut content = match content {
            Ok(content) => content,
            Err(error) => {
                self.complain(name, &error);
                return Err("Cannot open input file".into());
            }
        };
        let mut size = content.len();
        self.open_ended &= !whole;
        if content.last().is_some_and(|last| *last != b'\n') {
            content.push(b'\n');
            // What is no text stays as long as it is.
            if whole && content.contains(&0) {
                self.open_ended = true;
            } else {
                size += 1;
                let _ = self.out.write_all(b"Newline appended\n");
            }
        }
        let lines = content.split_inclusive(|byte| *byte == b'\n');
        let lines = lines.map(|line| Rc::from(&line[..line.len() - 1]));
        Ok((lines.collect(), size))
    }

    /// `w`, `W`, `wq`.
    pub fn write_out(
        &mut self,
        scan: &mut Scan<'_>,
        addresses: Addresses,
        writing: Writing,
    ) -> Result<Flow> {
        let quits = match scan.peek() {
            Some(letter @ (b'q' | b'Q')) => {
                scan.next();
                Some(letter)
            }
            _ => None,
        };
        let name = self.named(scan)?.ok_or("No current filename")?;
        let last = self.buffer.last();
        let (from, to) = if addresses.count == 0 {
            (1.min(last), last)
        } else {
            self.range(addresses, 1, last)?
        };
        let mut content = Vec::new();
        if to > 0 {
            for line in self.buffer.texts(from, to) {
                content.extend_from_slice(&line);
                content.push(b'\n');
            }
        }
        if self.open_ended && to == last {
            content.pop();
        }
        if let Some(command) = name.strip_prefix(b"!") {
            let command = self.expanded(command)?;
            let _ = self.out.flush();
            feed(&command, &content)
                .map_err(|error| Failure::from(berth_multicall::reason(&error)))?;
        } else {
            if self.file.is_none() {
                self.file = Some(name.clone());
            }
            let opened = match writing {
                Writing::Anew => File::create(os_string(&name[..])),
                Writing::Append => OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(os_string(&name[..])),
            };
            let written = match opened {
                Ok(mut file) => file
                    .write_all(&content)
                    .map_err(|error| (error, "Cannot write file")),
                Err(error) => Err((error, "Cannot open output file")),
            };
            if let Err((error, what)) = written {
                self.complain(&name, &error);
                return Err(what.into());
            }
            if from <= 1 && to == last {
                self.buffer.modified = false;
            }
        }
        self.tell(content.len());
        match quits {
            Some(b'q') => self.guard().map(|()| Flow::Quit),
            Some(_) => Ok(Flow::Quit),
            None => Ok(Flow::Next),
        }
    }

    /// `!`.
    pub fn shell(&mut self, command: &[u8]) -> Result<Flow> {
        if self.restricted {
            return Err("Shell access restricted".into());
        }
        let expanded = self.expanded(command)?;
        let _ = self.out.flush();
        self.input.give_back();
        let words = [b"/bin/sh".to_vec(), b"-c".to_vec(), expanded];
        run(&words, None).map_err(|error| Failure::from(berth_multicall::reason(&error)))?;
        if !self.script {
            let _ = self.out.write_all(b"!\n");
        }
        Ok(Flow::Next)
    }

    /// A command with `%` as the file's name and a `!` at its beginning as the last command. Where that made it
    /// another one, it is printed.
    fn expanded(&mut self, command: &[u8]) -> Result<Vec<u8>> {
        let mut expanded = Vec::new();
        let mut rest = command;
        let mut changed = false;
        if let Some(behind) = rest.strip_prefix(b"!") {
            expanded.extend(self.shell_command.as_ref().ok_or("No previous command")?);
            (rest, changed) = (behind, true);
        }
        while let Some((&byte, behind)) = rest.split_first() {
            rest = behind;
            match byte {
                b'%' => {
                    expanded.extend(self.file.as_ref().ok_or("No current filename")?);
                    changed = true;
                }
                b'\\' if rest.first() == Some(&b'%') => {
                    expanded.push(b'%');
                    rest = &rest[1..];
                }
                b'\\' => {
                    expanded.push(byte);
                    expanded.extend(rest.first());
                    rest = rest.get(1..).unwrap_or_default();
                }
                _ => expanded.push(byte),
            }
        }
        if changed {
            let _ = self.out.write_all(&expanded);
            let _ = self.out.write_all(b"\n");
        }
        self.shell_command = Some(expanded.clone());
        Ok(expanded)
    }
}

fn output_of(command: &[u8]) -> std::io::Result<Vec<u8>> {
    let (pid, pipe) = spawn_shell_piped(command, Piped::Output)?;
    let mut content = Vec::new();
    File::from(pipe).read_to_end(&mut content)?;
    wait_for(pid)?;
    Ok(content)
}

fn feed(command: &[u8], content: &[u8]) -> std::io::Result<()> {
    let (pid, pipe) = spawn_shell_piped(command, Piped::Input)?;
    let mut pipe = File::from(pipe);
    let written = pipe.write_all(content);
    drop(pipe);
    wait_for(pid)?;
    match written {
        // The command had enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
