//! `tar`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};

use berth_guest::{FileType, Status};
use berth_multicall::time::Moment;
use berth_multicall::{
    Options, Output, bytes, complain, joined, mode, os_string, path_bytes, print_help, read_all,
    reason, text, usage_error, usage_error_text,
};
use berth_pattern::{GlobOptions, glob_matches};
use lexopt::Arg::{Long, Short, Value};
use tar::{Builder, EntryType, Header};

use crate::formats::{Check, Encoder, Format, buffered};

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;
/// Directories within directories that are read.
const DEPTH_MAX: usize = 1024;

const HELP: &str = "\
Usage: tar [OPTION...] [FILE]...
Save many files together into a single archive, and restore individual files from it.

Examples:
  tar -cf archive.tar foo bar  # Create archive.tar from files foo and bar.
  tar -tvf archive.tar         # List all files in archive.tar verbosely.
  tar -xf archive.tar          # Extract all files from archive.tar.

Main operation mode:
  -c, --create               create a new archive
  -r, --append               append files to the end of an archive
  -t, --list                 list the contents of an archive
  -x, --extract, --get       extract files from an archive

  -a, --auto-compress        use archive suffix to determine the compression
  -C, --directory=DIR        change to directory DIR
      --exclude=PATTERN      exclude files, given as a PATTERN
  -X, --exclude-from=FILE    exclude patterns listed in FILE
  -f, --file=ARCHIVE         use archive file ARCHIVE; - is standard input or output
  -h, --dereference          follow symlinks; archive the files they point to
  -k, --keep-old-files       don't replace existing files when extracting
  -m, --touch                don't extract file modified time
      --no-recursion         avoid descending automatically in directories
  -O, --to-stdout            extract files to standard output
  -p, --preserve-permissions extract permissions as they are, the umask left out
  -P, --absolute-names       don't strip leading '/'s from file names
      --remove-files         remove files after adding them to the archive
      --strip-components=N   strip N leading components from file names on extraction
  -T, --files-from=FILE      get names to extract or create from FILE
  -v, --verbose              verbosely list files processed
      --wildcards            use wildcards (when extracting and listing)
  -z, --gzip  -J, --xz  --zstd   filter the archive (recognised by itself when reading)
      --owner, --group, --numeric-owner, --mtime, --sort, --same-owner: accepted; a session has one user
";

const LONG: &[&str] = &[
    "create",
    "append",
    "list",
    "extract",
    "get",
    "auto-compress",
    "directory",
    "exclude",
    "exclude-from",
    "file",
    "dereference",
    "keep-old-files",
    "skip-old-files",
    "touch",
    "no-recursion",
    "to-stdout",
    "preserve-permissions",
    "same-permissions",
    "absolute-names",
    "remove-files",
    "strip-components",
    "files-from",
    "verbose",
    "wildcards",
    "gzip",
    "gunzip",
    "xz",
    "zstd",
    "bzip2",
    "owner",
    "group",
    "numeric-owner",
    "mtime",
    "sort",
    "same-owner",
    "help",
    "version",
    "no-same-owner",
    "no-same-permissions",
    "overwrite",
    "format",
    "null",
    "totals",
    "anchored",
    "no-wildcards",
    "exclude-vcs",
    "warning",
    "one-file-system",
    "checkpoint",
    "unlink-first",
    "update",
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Create,
    Append,
    List,
    Extract,
}

#[derive(Default)]
struct Request {
    mode: Option<Mode>,
    file: Option<Vec<u8>>,
    format: Option<Format>,
    auto: bool,
    /// Names, and the directory to be in for each.
    names: Vec<(Option<Vec<u8>>, Vec<u8>)>,
    directory: Option<Vec<u8>>,
    exclude: Vec<Vec<u8>>,
    follow: bool,
    keep_old: bool,
    skip_old: bool,
    touch: bool,
    flat: bool,
    stdout: bool,
    keep_modes: bool,
    absolute: bool,
    remove: bool,
    strip: usize,
    verbose: u8,
    wildcards: bool,
}

/// `tar`.
pub fn main(mut arguments: Vec<OsString>) -> i32 {
    old_style(&mut arguments);
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("tar", &error, EXIT_TROUBLE),
    };
    let Some(mode) = request.mode else {
        return usage_error_text(
            "tar",
            "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options",
            EXIT_TROUBLE,
        );
    };
    let mut run = Run {
        request: &request,
        code: 0,
        stripped_said: false,
        listing: Output::stdout(),
    };
    let done = match mode {
        Mode::Create => run.create(),
        Mode::Append => run.append(),
        Mode::List | Mode::Extract => run.read(mode),
    };
    if let Err(error) = done.and_then(|()| run.listing.flush()) {
        complain("tar", format_args!("{}", reason(&error)));
        complain("tar", format_args!("Error is not recoverable: exiting now"));
        return EXIT_TROUBLE;
    }
    if run.code != 0 {
        complain(
            "tar",
            format_args!("Exiting with failure status due to previous errors"),
        );
    }
    run.code
}

/// `tar xzf a.tgz` is `tar -x -z -f a.tgz`.
fn old_style(arguments: &mut Vec<OsString>) {
    let Some(first) = arguments.get(1) else {
        return;
    };
    let letters = text(bytes(first));
    if letters.starts_with('-') || letters.is_empty() {
        return;
    }
    let mut rest = arguments.split_off(2).into_iter();
    arguments.pop();
    for letter in letters.chars() {
        arguments.push(format!("-{letter}").into());
        if matches!(letter, 'f' | 'C' | 'X' | 'T' | 'b' | 'F' | 'K' | 'N' | 'V') {
            arguments.extend(rest.next());
        }
    }
    arguments.extend(rest);
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        keep_modes: false,
        ..Request::default()
    };
    let mut lists = Vec::new();
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('c') | Long("create") => request.mode = Some(Mode::Create),
            Short('r' | 'u') | Long("append" | "update") => request.mode = Some(Mode::Append),
            Short('t') | Long("list") => request.mode = Some(Mode::List),
            Short('x') | Long("extract" | "get") => request.mode = Some(Mode::Extract),
            Short('a') | Long("auto-compress") => request.auto = true,
            Short('C') | Long("directory") => {
                request.directory = Some(bytes(&parser.value()?).to_vec())
            }
            Long("exclude") => request.exclude.push(bytes(&parser.value()?).to_vec()),
            Short('X') | Long("exclude-from") => {
                lists.push((true, bytes(&parser.value()?).to_vec()))
            }
            Short('T') | Long("files-from") => {
                lists.push((false, bytes(&parser.value()?).to_vec()))
            }
            Short('f') | Long("file") => request.file = Some(bytes(&parser.value()?).to_vec()),
            Short('h') | Long("dereference") => request.follow = true,
            Short('k') | Long("keep-old-files") => request.keep_old = true,
            Long("skip-old-files") => request.skip_old = true,
            Short('m') | Long("touch") => request.touch = true,
            Long("no-recursion") => request.flat = true,
            Short('O') | Long("to-stdout") => request.stdout = true,
            Short('p') | Long("preserve-permissions" | "same-permissions") => {
                request.keep_modes = true
            }
            Short('P') | Long("absolute-names") => request.absolute = true,
            Long("remove-files") => request.remove = true,
            Long("strip-components") => {
                let value = parser.value()?;
                request.strip = berth_multicall::number(&value, "number of elements")?;
            }
            Short('v') | Long("verbose") => request.verbose += 1,
            Long("wildcards") => request.wildcards = true,
            Short('z') | Long("gzip" | "gunzip") => request.format = Some(Format::Gzip),
            Short('J') | Long("xz") => request.format = Some(Format::Xz),
            Long("zstd") => request.format = Some(Format::Zstd),
            Short('j') | Long("bzip2") => request.format = Some(Format::Bzip2),
            Long("owner" | "group" | "mtime" | "sort" | "format" | "warning" | "checkpoint") => {
                drop(parser.value()?)
            }
            Short('b' | 'H') => drop(parser.value()?),
            Short('l' | 'o' | 's' | 'S' | 'B' | 'i' | 'U' | 'w' | 'W' | 'n')
            | Long(
                "numeric-owner"
                | "same-owner"
                | "no-same-owner"
                | "no-same-permissions"
                | "overwrite"
                | "null"
                | "totals"
                | "anchored"
                | "no-wildcards"
                | "one-file-system"
                | "unlink-first",
            ) => {}
            Long("exclude-vcs") => {
                request
                    .exclude
                    .extend([b".git".to_vec(), b".svn".to_vec(), b".hg".to_vec()])
            }
            Long("help") => return Ok(Err(print_help("tar", HELP))),
            Long("version") => {
                return Ok(Err(print_help(
                    "tar",
                    concat!("tar (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Value(name) => request
                .names
                .push((request.directory.clone(), bytes(&name).to_vec())),
            other => return Err(other.unexpected()),
        }
    }
    for (exclude, list) in lists {
        match read_all(&list) {
            Ok(content) => {
                let lines = content
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !line.is_empty());
                if exclude {
                    request.exclude.extend(lines.map(<[u8]>::to_vec));
                } else {
                    request
                        .names
                        .extend(lines.map(|line| (request.directory.clone(), line.to_vec())));
                }
            }
            Err(error) => {
                complain("tar", format_args!("{}: {}", text(&list), reason(&error)));
                return Ok(Err(EXIT_TROUBLE));
            }
        }
    }
    Ok(Ok(request))
}

struct Run<'a> {
    request: &'a Request,
    code: i32,
    stripped_said: bool,
    listing: Output,
}

impl Run<'_> {
    fn failed(&mut self, name: &[u8], what: &str) {
        self.code = EXIT_TROUBLE;
        complain("tar", format_args!("{}: {what}", text(name)));
    }

    fn excluded(&self, name: &[u8]) -> bool {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        self.request.exclude.iter().any(|glob| {
            let glob = glob.strip_suffix(b"/").unwrap_or(glob);
            // A pattern may begin at any component.
            let starts = name
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'/')
                .map(|(at, _)| at + 1);
            std::iter::once(0)
                .chain(starts)
                .any(|start| glob_matches(glob, &name[start..], GlobOptions::default()))
        })
    }

    fn archive_name(&self) -> &[u8] {
        self.request.file.as_deref().unwrap_or(b"-")
    }

    fn create(&mut self) -> io::Result<()> {
        if self.request.names.is_empty() {
            complain(
                "tar",
                format_args!("Cowardly refusing to create an empty archive"),
            );
            std::process::exit(usage_error_text("tar", "no files given", EXIT_TROUBLE));
        }
        let name = self.archive_name().to_vec();
        let to: Box<dyn Write> = if name == b"-" {
            Box::new(Output::stdout())
        } else {
            let file = File::create(os_string(&name[..]));
            Box::new(io::BufWriter::new(
                file.map_err(|error| named(&name, "Cannot open", &error))?,
            ))
        };
        let format = self.request.format.or_else(|| {
            if self.request.auto {
                Format::of_name(&name)
            } else {
                None
            }
        });
        let encoder = match format {
            Some(format) => format.encoder(to, 6, Check::Crc64)?,
            None => Encoder::Plain(to),
        };
        let mut builder = Builder::new(encoder);
        self.add_all(&mut builder)?;
        builder.into_inner()?.finish()
    }

    fn append(&mut self) -> io::Result<()> {
        let name = self.archive_name().to_vec();
        let open = |error| named(&name, "Cannot open", &error);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(os_string(&name[..]))
            .map_err(open)?;
        // Behind the last entry, over the two empty blocks that end an archive.
        let mut end = 0;
        for entry in tar::Archive::new(&file).entries_with_seek()? {
            let entry = entry?;
            end = entry.raw_file_position() + entry.size().div_ceil(512) * 512;
        }
        file.seek(SeekFrom::Start(end))?;
        let mut builder = Builder::new(file);
        self.add_all(&mut builder)?;
        builder.into_inner()?.flush()
    }

    fn add_all<W: Write>(&mut self, builder: &mut Builder<W>) -> io::Result<()> {
        let mut links = HashMap::new();
        for (directory, name) in &self.request.names {
            self.add(builder, directory.as_deref(), name, &mut links, 0)?;
        }
        Ok(())
    }

    fn add<W: Write>(
        &mut self,
        builder: &mut Builder<W>,
        directory: Option<&[u8]>,
        name: &[u8],
        links: &mut HashMap<(u64, u64), Vec<u8>>,
        depth: usize,
    ) -> io::Result<()> {
        if self.excluded(name) {
            return Ok(());
        }
        let path = match directory {
            Some(directory) if !name.starts_with(b"/") => joined(directory, name),
            _ => name.to_vec(),
        };
        let status = match berth_guest::status(&path, self.request.follow) {
            Ok(status) => status,
            Err(error) => {
                self.failed(name, &format!("Cannot stat: {}", reason(&error)));
                return Ok(());
            }
        };
        let mut stored = name.to_vec();
        if !self.request.absolute {
            stored = name
                .iter()
                .copied()
                .skip_while(|byte| *byte == b'/')
                .collect();
            if stored.len() < name.len() && !self.stripped_said {
                self.stripped_said = true;
                complain(
                    "tar",
                    format_args!("Removing leading `/' from member names"),
                );
            }
            if stored.is_empty() {
                stored = b"./".to_vec();
            }
        }
        let is_directory = status.file_type == FileType::Directory;
        if is_directory && !stored.ends_with(b"/") {
            stored.push(b'/');
        }
        let mut header = header(&status);
        let first = links.get(&(status.device, status.inode)).cloned();
        let mut data: Box<dyn Read> = Box::new(io::empty());
        let mut link = None;
        match status.file_type {
            FileType::Directory => header.set_entry_type(EntryType::Directory),
            FileType::Link => {
                header.set_entry_type(EntryType::Symlink);
                link = Some(path_bytes(&fs::read_link(os_string(&path[..]))?).to_vec());
            }
            FileType::Regular if status.links > 1 && first.is_some() => {
                header.set_entry_type(EntryType::Link);
                link = first;
            }
            FileType::Regular => match File::open(os_string(&path[..])) {
                Ok(file) => {
                    header.set_entry_type(EntryType::Regular);
                    header.set_size(status.size);
                    // As long as the header says, whatever happens to the file meanwhile.
                    data = Box::new(file.chain(io::repeat(0)).take(status.size));
                    if status.links > 1 {
                        links.insert((status.device, status.inode), stored.clone());
                    }
                }
                Err(error) => {
                    self.failed(name, &format!("Cannot open: {}", reason(&error)));
                    return Ok(());
                }
            },
            _ => {
                complain(
                    "tar",
                    format_args!("{}: file is not a regular file; ignored", text(name)),
                );
                return Ok(());
            }
        }
        if self.request.verbose > 0 {
            let line = text(&stored);
            // With the archive on standard output the list goes elsewhere.
            if self.archive_name() == b"-" {
                eprintln!("{line}");
            } else {
                writeln!(self.listing, "{line}")?;
            }
        }
        let stored_path = PathBuf::from(os_string(&stored[..]));
        match link {
            Some(target) => {
                builder.append_link(&mut header, &stored_path, PathBuf::from(os_string(target)))?
            }
            None if self.request.absolute && stored.starts_with(b"/") => {
                builder.preserve_absolute(true);
                builder.append_data(&mut header, &stored_path, data)?;
            }
            None => builder.append_data(&mut header, &stored_path, data)?,
        }
        if is_directory && !self.request.flat && depth < DEPTH_MAX {
            match fs::read_dir(os_string(&path[..])) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        let child = joined(name, bytes(&entry.file_name()));
                        self.add(builder, directory, &child, links, depth + 1)?;
                    }
                }
                Err(error) => self.failed(name, &format!("Cannot open: {}", reason(&error))),
            }
        }
        if self.request.remove {
            let removed = if is_directory {
                fs::remove_dir(os_string(path))
            } else {
                fs::remove_file(os_string(path))
            };
            if let Err(error) = removed {
                self.failed(name, &format!("Cannot unlink: {}", reason(&error)));
            }
        }
        Ok(())
    }

    fn read(&mut self, mode: Mode) -> io::Result<()> {
        let name = self.archive_name().to_vec();
        let mut from: Box<dyn BufRead> = if name == b"-" {
            buffered(io::stdin())
        } else {
            buffered(
                File::open(os_string(&name[..]))
                    .map_err(|error| named(&name, "Cannot open", &error))?,
            )
        };
        let format = Format::of(from.fill_buf()?);
        let content: Box<dyn Read> = match format {
            Some(format) => format.decoder(from)?,
            None => Box::new(from),
        };
        if let Some(directory) = &self.request.directory
            && mode == Mode::Extract
        {
            berth_guest::chdir(directory)
                .map_err(|error| named(directory, "Cannot open", &error))?;
        }
        let umask = berth_guest::umask(0);
        berth_guest::umask(umask);
        let mut wanted: Vec<(&[u8], bool)> = self
            .request
            .names
            .iter()
            .map(|(_, name)| (&name[..], false))
            .collect();
        let mut directories: Vec<(Vec<u8>, u32, u64)> = Vec::new();
        let mut archive = tar::Archive::new(content);
        archive.set_ignore_zeros(false);
        for entry in archive.entries()? {
            let mut entry = entry.map_err(broken)?;
            let stored = entry.path_bytes().into_owned();
            // What was named and is excluded was found nevertheless.
            if !self.chosen(&stored, &mut wanted) || self.excluded(&stored) {
                continue;
            }
            if mode == Mode::List {
                self.list(&entry, &stored)?;
                continue;
            }
            let Some(target) = self.target(&stored) else {
                continue;
            };
            if self.request.verbose > 0 && !self.request.stdout {
                self.list_extracted(&entry, &stored)?;
            } else if self.request.verbose > 0 {
                eprintln!("{}", text(&stored));
            }
            if self.request.stdout {
                if entry.header().entry_type().is_file() {
                    io::copy(&mut entry, &mut self.listing)?;
                }
                continue;
            }
            if let Err(error) = self.extract(&mut entry, &target, umask, &mut directories) {
                if error.kind() == io::ErrorKind::InvalidData
                    || error.kind() == io::ErrorKind::UnexpectedEof
                {
                    return Err(broken(error));
                }
                self.failed(&stored, &format!("Cannot open: {}", reason(&error)));
            }
        }
        // Last, since what is made in a directory changes its time.
        for (path, mode, modified) in directories.into_iter().rev() {
            let _ = berth_guest::set_mode(&path, false, mode);
            if !self.request.touch {
                set_time(&path, modified);
            }
        }
        for (name, found) in wanted {
            if !found {
                self.failed(name, "Not found in archive");
            }
        }
        Ok(())
    }

    /// Whether somebody wants this member, by its name or by that of a directory above.
    fn chosen(&self, stored: &[u8], wanted: &mut [(&[u8], bool)]) -> bool {
        if wanted.is_empty() {
            return true;
        }
        let stored = stored.strip_suffix(b"/").unwrap_or(stored);
        let mut any = false;
        for (name, found) in wanted {
            let plain = name.strip_suffix(b"/").unwrap_or(name);
            let below = stored
                .strip_prefix(plain)
                .is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
            let matches = below
                || (self.request.wildcards && glob_matches(plain, stored, GlobOptions::default()));
            *found |= matches;
            any |= matches;
        }
        any
    }

    /// Where a member goes; `None` if nothing of its name is left.
    fn target(&mut self, stored: &[u8]) -> Option<Vec<u8>> {
        let mut parts: Vec<&[u8]> = stored
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .collect();
        if self.request.strip > 0 {
            if parts.len() <= self.request.strip {
                return None;
            }
            parts.drain(..self.request.strip);
        }
        if parts.iter().any(|part| part == b"..") && !self.request.absolute {
            self.failed(stored, "Member name contains '..'");
            return None;
        }
        let mut target = parts.join(&b'/');
        if stored.starts_with(b"/") {
            if self.request.absolute {
                target.insert(0, b'/');
            } else if !self.stripped_said {
                self.stripped_said = true;
                complain(
                    "tar",
                    format_args!("Removing leading `/' from member names"),
                );
            }
        }
        if target.is_empty() {
            target = b".".to_vec();
        }
        Some(target)
    }

    fn extract<R: Read>(
        &mut self,
        entry: &mut tar::Entry<'_, R>,
        target: &[u8],
        umask: u32,
        directories: &mut Vec<(Vec<u8>, u32, u64)>,
    ) -> io::Result<()> {
        let path = PathBuf::from(os_string(target));
        if let Some(parent) = path.parent()
            && !parent.as_os_str().is_empty()
        {
            refuse_links(parent)?;
            fs::create_dir_all(parent)?;
        }
        let stored_mode = entry.header().mode().unwrap_or(0o644) & 0o777;
        let mode = if self.request.keep_modes {
            stored_mode
        } else {
            stored_mode & !umask
        };
        let modified = entry.header().mtime().unwrap_or(0);
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            match fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                done => done?,
            }
            directories.push((target.to_vec(), mode, modified));
            return Ok(());
        }
        if fs::symlink_metadata(&path).is_ok() {
            if self.request.skip_old {
                return Ok(());
            }
            if self.request.keep_old {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            }
            // A link must not be written through.
            fs::remove_file(&path)?;
        }
        if kind.is_symlink() || kind.is_hard_link() {
            let to = entry
                .link_name_bytes()
                .map(|name| name.into_owned())
                .unwrap_or_default();
            if kind.is_symlink() {
                return berth_guest::symlink(&to, target);
            }
            let Some(from) = self.target(&to) else {
                return Ok(());
            };
            return fs::hard_link(os_string(&from[..]), &path)
                .or_else(|_| fs::copy(os_string(from), &path).map(drop));
        }
        if !(kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()) {
            return Err(io::Error::other("not a file, directory or link; skipped"));
        }
        let mut file = File::create(&path)?;
        io::copy(entry, &mut file)?;
        drop(file);
        berth_guest::set_mode(target, false, mode)?;
        if !self.request.touch {
            set_time(target, modified);
        }
        Ok(())
    }

    fn list_extracted<R: Read>(
        &mut self,
        entry: &tar::Entry<'_, R>,
        stored: &[u8],
    ) -> io::Result<()> {
        if self.request.verbose > 1 {
            return self.long(entry, stored);
        }
        self.listing.write_all(stored)?;
        self.listing.write_all(b"\n")
    }

    fn list<R: Read>(&mut self, entry: &tar::Entry<'_, R>, stored: &[u8]) -> io::Result<()> {
        if self.request.verbose > 0 {
            return self.long(entry, stored);
        }
        self.listing.write_all(stored)?;
        self.listing.write_all(b"\n")
    }

    fn long<R: Read>(&mut self, entry: &tar::Entry<'_, R>, stored: &[u8]) -> io::Result<()> {
        let header = entry.header();
        let kind = header.entry_type();
        let (file_type, letter) = match kind {
            EntryType::Directory => (FileType::Directory, 'd'),
            EntryType::Symlink => (FileType::Link, 'l'),
            EntryType::Link => (FileType::Regular, 'h'),
            _ => (FileType::Regular, '-'),
        };
        let letters = mode::letters(file_type, header.mode().unwrap_or(0));
        let owner = |name: Option<&[u8]>, id: io::Result<u64>| match name {
            Some(name) if !name.is_empty() => text(name),
            _ => id.unwrap_or(0).to_string(),
        };
        let user = owner(header.username_bytes(), header.uid());
        let group = owner(header.groupname_bytes(), header.gid());
        let size = entry.size().to_string();
        let names = format!("{user}/{group}");
        let width = 18usize.saturating_sub(names.len()).max(size.len());
        let time = Moment::at(header.mtime().unwrap_or(0) as i64).format("%F %R");
        let arrow = if kind.is_symlink() {
            " -> "
        } else {
            " link to "
        };
        let link = entry
            .link_name_bytes()
            .map(|link| format!("{arrow}{}", text(&link)))
            .unwrap_or_default();
        writeln!(
            self.listing,
            "{letter}{} {names} {size:>width$} {time} {}{link}",
            &letters[1..],
            text(stored)
        )
    }
}

fn header(status: &Status) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(status.mode);
    header.set_uid(u64::from(status.user));
    header.set_gid(u64::from(status.group));
    header.set_mtime(u64::try_from(status.modified.0).unwrap_or(0));
    header.set_size(0);
    let name = |file, id: u32| Some(mode::name_of(file, id)).filter(|name| *name != id.to_string());
    // A name that is too long is left out: the number is there.
    if let Some(user) = name("/etc/passwd", status.user) {
        let _ = header.set_username(&user);
    }
    if let Some(group) = name("/etc/group", status.group) {
        let _ = header.set_groupname(&group);
    }
    header
}

fn named(name: &[u8], what: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{}: {what}: {}", text(name), reason(error)))
}

fn broken(error: io::Error) -> io::Error {
    io::Error::other(format!(
        "This does not look like a tar archive, or it is damaged ({})",
        reason(&error)
    ))
}

/// An archive must not lead out of its directory through a link it brought itself.
fn refuse_links(parent: &Path) -> io::Result<()> {
    let mut path = PathBuf::new();
    for component in parent.components() {
        path.push(component);
        if matches!(component, Component::Normal(_))
            && let Ok(target) = fs::read_link(&path)
            && (target.is_absolute()
                || target.components().any(|part| part == Component::ParentDir))
        {
            return Err(io::Error::other(
                "a symbolic link in the archive leads out of it",
            ));
        }
    }
    Ok(())
}

fn set_time(path: &[u8], seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    // A time that cannot be set is no reason to fail: the content is there.
    if let Ok(file) = File::open(os_string(path)) {
        let _ = file.set_times(fs::FileTimes::new().set_modified(time));
    }
}
