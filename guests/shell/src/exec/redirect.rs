//! Redirections: which file stands behind which number while a command runs.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use crate::descriptors::{Descriptor, error_text, write_all};
use crate::options::SetOption;
use crate::parameters::Refused;
use crate::parse::ast::{Part, Redirect, RedirectDescriptor, RedirectKind, Word};
use crate::shell::{Shell, Unwind, bad_descriptor};
use crate::text;

/// What the numbers stood for before, in the order they were changed.
pub type Undo = Vec<(i32, Option<Descriptor>)>;

/// Largest here-document kept in a pipe; a larger one is written by a child, since nobody reads yet. Half of
/// what a pipe holds at least.
const PIPE_SAFE_BYTES: usize = 4096;

/// Why a redirection was not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RedirectFailure {
    /// The message has been given; the command fails.
    Told,
    /// An expansion failed.
    Unwind(Unwind),
}

impl From<Unwind> for RedirectFailure {
    fn from(unwind: Unwind) -> Self {
        Self::Unwind(unwind)
    }
}

/// How a file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Opening {
    Read,
    Write,
    Clobber,
    Append,
    ReadWrite,
}

impl Shell {
    /// Makes redirections in order; what has to be undone comes back. When one fails, those before it are
    /// undone.
    pub(crate) fn redirect(&mut self, redirects: &[Redirect]) -> Result<Undo, RedirectFailure> {
        let mut undo = Undo::new();
        for redirect in redirects {
            if let Err(failure) = self.redirect_one(redirect, &mut undo) {
                self.undo(undo);
                return Err(failure);
            }
        }
        Ok(undo)
    }

    /// Puts back what the numbers stood for.
    pub(crate) fn undo(&mut self, undo: Undo) {
        for (number, before) in undo.into_iter().rev() {
            match before {
                Some(file) => self.descriptors.set(number, file),
                None => self.descriptors.close(number),
            }
        }
    }

    fn replace(&mut self, number: i32, file: Option<Descriptor>, undo: &mut Undo) {
        undo.push((number, self.descriptors.get(number)));
        match file {
            Some(file) => self.descriptors.set(number, file),
            None => self.descriptors.close(number),
        }
    }

    fn redirect_one(
        &mut self,
        redirect: &Redirect,
        undo: &mut Undo,
    ) -> Result<(), RedirectFailure> {
        let (file, default) = match &redirect.kind {
            RedirectKind::Read(word) => (self.open_word(word, Opening::Read)?, 0),
            RedirectKind::Write(word) => (self.open_word(word, Opening::Write)?, 1),
            RedirectKind::Clobber(word) => (self.open_word(word, Opening::Clobber)?, 1),
            RedirectKind::Append(word) => (self.open_word(word, Opening::Append)?, 1),
            RedirectKind::ReadWrite(word) => (self.open_word(word, Opening::ReadWrite)?, 0),
            RedirectKind::WriteBoth(word) => return self.redirect_both(word, Opening::Write, undo),
            RedirectKind::AppendBoth(word) => {
                return self.redirect_both(word, Opening::Append, undo);
            }
            RedirectKind::DuplicateInput(word) => return self.duplicate(redirect, word, 0, undo),
            RedirectKind::DuplicateOutput(word) => return self.duplicate(redirect, word, 1, undo),
            RedirectKind::HereString(word) => {
                let mut text = self.expand_single(word)?;
                text.push('\n');
                (self.here_text(&text)?, 0)
            }
            RedirectKind::HereDocument(document) => {
                let text = match document.body.get() {
                    Some(body) => {
                        if let [Part::Broken(error, text)] = body.parts.as_slice() {
                            self.report_broken(error, text);
                            return Err(RedirectFailure::Told);
                        }
                        self.expand_quoted(body)?
                    }
                    None => String::new(),
                };
                (self.here_text(&text)?, 0)
            }
        };
        let number = self.target(redirect, default)?;
        self.replace(number, Some(file), undo);
        if matches!(redirect.descriptor, RedirectDescriptor::Variable(_)) {
            // Such a descriptor outlives its command.
            undo.pop();
        }
        Ok(())
    }

    /// The number a redirection changes; a new one goes into its variable.
    fn target(&mut self, redirect: &Redirect, default: i32) -> Result<i32, RedirectFailure> {
        match &redirect.descriptor {
            RedirectDescriptor::Default => Ok(default),
            RedirectDescriptor::Number(number) => Ok(*number),
            RedirectDescriptor::Variable(name) => {
                let number = self.descriptors.unused();
                match self.assign_named(name, &number.to_string()) {
                    Ok(()) => Ok(number),
                    Err(Refused::Told) => {
                        self.error(&format!("{name}: cannot assign fd to variable"));
                        Err(RedirectFailure::Told)
                    }
                    Err(Refused::Unwind(unwind)) => Err(RedirectFailure::Unwind(unwind)),
                }
            }
        }
    }

    /// The one file name a word stands for.
    pub(crate) fn file_name(&mut self, word: &Word) -> Result<String, RedirectFailure> {
        let mut fields = Vec::new();
        let options = self.options;
        if self.posix() && !self.mode.interactive {
            self.options.set(SetOption::NoGlob, true);
        }
        let expanded = self.expand_word(word, &mut fields);
        self.options = options;
        expanded?;
        match fields.len() {
            1 => Ok(fields.remove(0)),
            _ => {
                self.error(&format!("{}: ambiguous redirect", word.text));
                Err(RedirectFailure::Told)
            }
        }
    }

    fn open_word(&mut self, word: &Word, opening: Opening) -> Result<Descriptor, RedirectFailure> {
        let name = self.file_name(word)?;
        self.open_named(&name, opening)
    }

    fn open_named(&mut self, name: &str, opening: Opening) -> Result<Descriptor, RedirectFailure> {
        if self.is_restricted() && opening != Opening::Read {
            self.error(&format!("{name}: restricted: cannot redirect output"));
            return Err(RedirectFailure::Told);
        }
        match self.open(name, opening) {
            Ok(file) => Ok(file),
            Err(error) => {
                let reason =
                    if error.kind() == io::ErrorKind::AlreadyExists && opening == Opening::Write {
                        "cannot overwrite existing file".to_owned()
                    } else {
                        error_text(&error)
                    };
                self.error(&format!("{name}: {reason}"));
                Err(RedirectFailure::Told)
            }
        }
    }

    fn open(&self, name: &str, opening: Opening) -> io::Result<Descriptor> {
        if let Some(file) = self.open_special(name) {
            return file;
        }
        let mut options = OpenOptions::new();
        match opening {
            Opening::Read => options.read(true),
            Opening::Write | Opening::Clobber => options.write(true).create(true),
            Opening::Append => options.append(true).create(true),
            Opening::ReadWrite => options.read(true).write(true).create(true).truncate(false),
        };
        if matches!(opening, Opening::Write | Opening::Clobber) {
            let keep = opening == Opening::Write
                && self.option(SetOption::NoClobber)
                && crate::files::metadata(name).map_or(true, |metadata| metadata.is_file());
            if keep {
                options.create_new(true);
            } else {
                options.truncate(true);
            }
        }
        let file = options.open(text::os(name))?;
        Ok(Rc::new(OwnedFd::from(file)))
    }

    /// `/dev/fd/n`, `/dev/stdin`, `/dev/stdout` and `/dev/stderr` are the shell's own numbers.
    pub(crate) fn open_special(&self, name: &str) -> Option<io::Result<Descriptor>> {
        let number = match name {
            "/dev/stdin" => 0,
            "/dev/stdout" => 1,
            "/dev/stderr" => 2,
            _ => {
                let own = format!("/proc/{}/fd/", berth_guest::getpid());
                let number = name
                    .strip_prefix("/dev/fd/")
                    .or_else(|| name.strip_prefix("/proc/self/fd/"))
                    .or_else(|| name.strip_prefix(&own))?;
                number.parse().ok()?
            }
        };
        Some(self.descriptors.get(number).ok_or_else(bad_descriptor))
    }

    /// `&> file`
    fn redirect_both(
        &mut self,
        word: &Word,
        opening: Opening,
        undo: &mut Undo,
    ) -> Result<(), RedirectFailure> {
        let file = self.open_word(word, opening)?;
        self.replace(1, Some(Rc::clone(&file)), undo);
        self.replace(2, Some(file), undo);
        Ok(())
    }

    /// `>& word` and `<& word`: a number, a number to be moved, `-` to close, or a file.
    fn duplicate(
        &mut self,
        redirect: &Redirect,
        word: &Word,
        default: i32,
        undo: &mut Undo,
    ) -> Result<(), RedirectFailure> {
        let mut fields = Vec::new();
        self.expand_word(word, &mut fields)?;
        let [source] = fields.as_slice() else {
            self.error(&format!("{}: ambiguous redirect", word.text));
            return Err(RedirectFailure::Told);
        };
        if source == "-" {
            let number = match &redirect.descriptor {
                RedirectDescriptor::Variable(name) => {
                    let value = match crate::parameters::split_subscript(name) {
                        Some((array, subscript)) => self.element_by_text(array, subscript)?,
                        None => self.parameter(name),
                    };
                    let value = value.unwrap_or_default();
                    match value.parse() {
                        Ok(number) => {
                            self.descriptors.close(number);
                            return Ok(());
                        }
                        Err(_) => {
                            self.error(&format!("{name}: ambiguous redirect"));
                            return Err(RedirectFailure::Told);
                        }
                    }
                }
                RedirectDescriptor::Number(number) => *number,
                RedirectDescriptor::Default => default,
            };
            self.replace(number, None, undo);
            return Ok(());
        }
        let (digits, moves) = match source.strip_suffix('-') {
            Some(digits) => (digits, true),
            None => (source.as_str(), false),
        };
        let Ok(from) = digits.parse::<i32>() else {
            if default == 1 && redirect.descriptor == RedirectDescriptor::Default {
                let name = source.clone();
                let file = self.open_named(&name, Opening::Write)?;
                self.replace(1, Some(Rc::clone(&file)), undo);
                self.replace(2, Some(file), undo);
                return Ok(());
            }
            self.error(&format!("{source}: ambiguous redirect"));
            return Err(RedirectFailure::Told);
        };
        let Some(file) = self.descriptors.get(from) else {
            self.error(&format!("{}: {}", word.text, error_text(&bad_descriptor())));
            return Err(RedirectFailure::Told);
        };
        let number = self.target(redirect, default)?;
        self.replace(number, Some(file), undo);
        if matches!(redirect.descriptor, RedirectDescriptor::Variable(_)) {
            undo.pop();
        }
        if moves && from != number {
            self.replace(from, None, undo);
            self.coprocess_end_closed(from);
        }
        Ok(())
    }

    /// A file that gives this text.
    fn here_text(&mut self, contents: &str) -> Result<Descriptor, RedirectFailure> {
        let bytes = text::encode(contents).into_owned();
        let failed = |shell: &Self, error: &io::Error| {
            shell.error(&format!(
                "cannot create temp file for here-document: {}",
                error_text(error)
            ));
            RedirectFailure::Told
        };
        let (read, write) = berth_guest::pipe().map_err(|error| failed(self, &error))?;
        if bytes.len() <= PIPE_SAFE_BYTES {
            write_all(&write, &bytes).map_err(|error| failed(self, &error))?;
            return Ok(Rc::new(read));
        }
        // Nobody reads yet: a child writes while the command reads.
        let mut read = Some(read);
        let pid = berth_guest::fork(berth_guest::Group::Inherit, false, || {
            // The child must not be the reader that keeps its own pipe alive.
            read = None;
            self.become_child();
            self.descriptors = crate::descriptors::Descriptors::default();
            // A reader that ends early is no failure.
            let _ = write_all(&write, &bytes);
            0
        });
        match (pid, read) {
            (Ok(pid), Some(read)) => {
                self.jobs.remember(pid);
                Ok(Rc::new(read))
            }
            (Err(error), _) => Err(failed(self, &error)),
            (Ok(_), None) => Err(RedirectFailure::Told),
        }
    }
}
