//! What `find` does to the files it finds.

use std::fs;
use std::io::{self, BufRead, Write};

use berth_guest::FileType;
use berth_multicall::time::Moment;
use berth_multicall::{End, Exit, bytes, complain, mode, os_string, reason, run, text};

use super::expression::{Batch, Command, Expression, Target};
use super::printf;
use super::walk::{Entry, Walk};

/// Bytes of names handed to one command by `-exec … +`.
const BATCH_BYTES: usize = 128 * 1024;
/// Files older or newer than this show their year.
const RECENT_SECONDS: i64 = 182 * 86_400;

impl Walk<'_> {
    pub(super) fn act(&mut self, action: &Expression, entry: &Entry<'_>) -> bool {
        match action {
            Expression::Print(end, target) => {
                let mut line = entry.path.clone();
                line.push(*end);
                self.write(target, &line)
            }
            Expression::Printf(pieces, target) => {
                let mut line = Vec::new();
                printf::write(pieces, entry, &mut line);
                self.write(target, &line)
            }
            Expression::Ls => {
                let line = listed(entry, self.request.now);
                self.write(&None, line.as_bytes())
            }
            Expression::Delete => {
                if entry.path == b"." {
                    return true;
                }
                let path = os_string(entry.path.clone());
                let removed = if entry.file_type() == Some(FileType::Directory) {
                    fs::remove_dir(path)
                } else {
                    fs::remove_file(path)
                };
                if let Err(error) = &removed {
                    self.failed.set(true);
                    complain(
                        "find",
                        format_args!(
                            "cannot delete \u{2018}{}\u{2019}: {}",
                            text(&entry.path),
                            reason(error)
                        ),
                    );
                }
                removed.is_ok()
            }
            Expression::Exec(command) => self.exec(command, entry),
            Expression::ExecMany(command, batch) => {
                let name = shown(command, entry);
                let mut batch = batch.borrow_mut();
                let directory = command.in_directory.then(|| entry.directory().to_vec());
                let full =
                    batch.bytes + name.len() + 1 > BATCH_BYTES || batch.directory != directory;
                if full {
                    self.flush(command, &mut batch);
                }
                batch.bytes += name.len() + 1;
                batch.directory = directory;
                batch.names.push(name);
                true
            }
            _ => true,
        }
    }

    fn write(&mut self, target: &Target, bytes: &[u8]) -> bool {
        let written = match target {
            None => self.out.write_all(bytes),
            Some(file) => file.borrow_mut().write_all(bytes),
        };
        if let Err(error) = written {
            if error.kind() == io::ErrorKind::BrokenPipe {
                std::process::exit(1);
            }
            self.failed.set(true);
            complain("find", format_args!("write error: {}", reason(&error)));
        }
        true
    }

    fn exec(&mut self, command: &Command, entry: &Entry<'_>) -> bool {
        let name = shown(command, entry);
        let words: Vec<_> = command
            .words
            .iter()
            .map(|word| replaced(word, &name))
            .collect();
        let _ = self.out.flush();
        if command.ask && !asked(&words) {
            return false;
        }
        let directory = command.in_directory.then(|| entry.directory().to_vec());
        self.command(&words, directory.as_deref()) == 0
    }

    fn command(&mut self, words: &[Vec<u8>], directory: Option<&[u8]>) -> i32 {
        let before = directory.and_then(|directory| {
            let before = berth_guest::getcwd().ok()?;
            berth_guest::chdir(directory).ok()?;
            Some(before)
        });
        let ran = run(words, None);
        if let Some(before) = before {
            let _ = berth_guest::chdir(&before);
        }
        match ran {
            Ok(End::Exited(code)) => i32::from(code),
            Ok(end) => end.code(),
            Err(error) => {
                let (why, code) = Exit::of(&error);
                let name = words.first().map(Vec::as_slice).unwrap_or_default();
                complain(
                    "find",
                    format_args!("\u{2018}{}\u{2019}: {why}", text(name)),
                );
                code
            }
        }
    }

    fn flush(&mut self, command: &Command, batch: &mut Batch) {
        if batch.names.is_empty() {
            return;
        }
        let mut words = command.words.clone();
        words.append(&mut batch.names);
        batch.bytes = 0;
        let _ = self.out.flush();
        let directory = batch.directory.take();
        if self.command(&words, directory.as_deref()) != 0 {
            self.failed.set(true);
        }
    }

    /// Runs what was collected, and writes out.
    pub(super) fn finish(&mut self) {
        self.finish_batches(&self.request.expression);
        if let Err(error) = self.out.flush() {
            self.failed.set(true);
            complain("find", format_args!("write error: {}", reason(&error)));
        }
    }

    fn finish_batches(&mut self, expression: &Expression) {
        match expression {
            Expression::And(all) | Expression::Or(all) | Expression::List(all) => {
                for one in all {
                    self.finish_batches(one);
                }
            }
            Expression::Not(one) => self.finish_batches(one),
            Expression::ExecMany(command, batch) => self.flush(command, &mut batch.borrow_mut()),
            _ => {}
        }
    }
}

/// The name a command sees.
fn shown(command: &Command, entry: &Entry<'_>) -> Vec<u8> {
    if command.in_directory {
        [b"./", entry.name()].concat()
    } else {
        entry.path.clone()
    }
}

/// A word with every `{}` in it replaced.
fn replaced(word: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(name);
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    out
}

fn asked(words: &[Vec<u8>]) -> bool {
    let line: Vec<_> = words.iter().map(|word| text(word)).collect();
    eprint!("< {} > ? ", line.join(" "));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim_start().starts_with(['y', 'Y'])
}

fn listed(entry: &Entry<'_>, now: i64) -> String {
    let Some(status) = entry.status() else {
        return String::new();
    };
    let moment = Moment::at(status.modified.0);
    let date = if (now - moment.epoch_seconds).abs() < RECENT_SECONDS {
        moment.format("%b %e %H:%M")
    } else {
        moment.format("%b %e  %Y")
    };
    let target = match fs::read_link(os_string(entry.path.clone())) {
        Ok(target) if status.file_type == FileType::Link => {
            format!(" -> {}", text(bytes(target.as_os_str())))
        }
        _ => String::new(),
    };
    format!(
        "{:>9} {:>6} {} {:>3} {:<8} {:<8} {:>8} {date} {}{target}\n",
        status.inode,
        status.blocks.div_ceil(2),
        mode::letters(status.file_type, status.mode),
        status.links,
        mode::name_of("/etc/passwd", status.user),
        mode::name_of("/etc/group", status.group),
        status.size,
        text(&entry.path),
    )
}
