//! `zip` and `unzip`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::PathBuf;

use berth_guest::FileType;
use berth_multicall::time::{Moment, days_from_date};
use berth_multicall::{
    Options, Output, bytes, complain, joined, os_string, print_help, reason, text, usage_error,
};
use berth_pattern::{GlobOptions, glob_matches};
use lexopt::Arg::{Long, Short, Value};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// zip's code for "nothing to do".
const EXIT_NOTHING: i32 = 12;
/// unzip's code for files that were not found.
const EXIT_NOT_FOUND: i32 = 11;
/// Either's code for a file that is no archive.
const EXIT_NO_ARCHIVE: i32 = 9;
/// Bad command line.
const EXIT_USAGE: i32 = 10;
/// Directories within directories that are read.
const DEPTH_MAX: usize = 1024;

const ZIP_HELP: &str = "\
Usage: zip [-options] [zipfile list] [-xi list]
Add files to a zip archive, which is made if it is not there.

  -r   recurse into directories     -j   junk (don't record) directory names
  -q   quiet operation              -v   verbose operation
  -0   store only                   -1 to -9  compress faster, or better
  -m   move into zipfile            -x   exclude the following names
  -i   include only the following names     -@   read names from stdin
  -y   store symbolic links as such         -D   do not add directory entries
  -u, -f   update or freshen: accepted as plain adding
";

const UNZIP_HELP: &str = "\
Usage: unzip [-options] file[.zip] [list] [-x xlist] [-d exdir]
Extract files from a zip archive.

  -l  list files (short format)     -t  test compressed archive data
  -p  extract files to pipe         -v  list verbosely
  -n  never overwrite existing files  -o  overwrite files WITHOUT prompting
  -q  quiet mode                    -j  junk paths (do not make directories)
  -d  extract into exdir            -x  exclude the following names
  -C  match names case-insensitively  -Z1 list the names only
";

/// `zip`.
pub fn zip(arguments: Vec<OsString>) -> i32 {
    let mut zipping = Zipping::default();
    match zipping.parse(arguments) {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("zip", &error, 16),
    }
    match zipping.run() {
        Ok(code) => code,
        Err(error) => {
            complain("zip error", format_args!("{}", reason(&error)));
            15
        }
    }
}

#[derive(Default)]
struct Zipping {
    recursive: bool,
    junk: bool,
    quiet: bool,
    remove: bool,
    links: bool,
    flat: bool,
    level: Option<i64>,
    exclude: Vec<Vec<u8>>,
    include: Vec<Vec<u8>>,
    names: Vec<Vec<u8>>,
    added: usize,
    warned: bool,
}

impl Zipping {
    fn parse(&mut self, arguments: Vec<OsString>) -> Result<Option<i32>, lexopt::Error> {
        let mut parser = Options::new(
            arguments,
            &[
                "help",
                "version",
                "recurse-paths",
                "quiet",
                "junk-paths",
                "exclude",
            ],
        );
        let mut list = 'n';
        while let Some(argument) = parser.next()? {
            match argument {
                Short('r') | Long("recurse-paths") => self.recursive = true,
                Short('j') | Long("junk-paths") => self.junk = true,
                Short('q') | Long("quiet") => self.quiet = true,
                Short('m') => self.remove = true,
                Short('y') => self.links = true,
                Short('D') => self.flat = true,
                Short('v' | 'u' | 'f' | 'X' | 'T' | 'o' | 'l') => {}
                Short(digit @ '0'..='9') => self.level = Some(i64::from(digit as u8 - b'0')),
                Short('x') | Long("exclude") => {
                    list = 'x';
                    self.exclude
                        .extend(parser.optional_value().map(|name| bytes(&name).to_vec()));
                }
                Short('i') => {
                    list = 'i';
                    self.include
                        .extend(parser.optional_value().map(|name| bytes(&name).to_vec()));
                }
                Short('@') => {
                    let lines = io::stdin().lock().split(b'\n');
                    self.names.extend(lines.map_while(Result::ok));
                }
                Short('h') | Long("help") => return Ok(Some(print_help("zip", ZIP_HELP))),
                Long("version") => {
                    return Ok(Some(print_help(
                        "zip",
                        concat!("zip (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                    )));
                }
                Value(name) => match list {
                    'x' => self.exclude.push(bytes(&name).to_vec()),
                    'i' => self.include.push(bytes(&name).to_vec()),
                    _ => self.names.push(bytes(&name).to_vec()),
                },
                other => return Err(other.unexpected()),
            }
        }
        if self.names.is_empty() {
            return Ok(Some(print_help("zip", ZIP_HELP)));
        }
        Ok(None)
    }

    fn run(&mut self) -> io::Result<i32> {
        let mut target = self.names.remove(0);
        let base = target
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or(&target);
        if !base.contains(&b'.') && target != b"-" {
            target.extend(b".zip");
        }
        if self.names.is_empty() {
            complain(
                "zip error",
                format_args!("Nothing to do! ({})", text(&target)),
            );
            return Ok(EXIT_NOTHING);
        }
        let path = PathBuf::from(os_string(&target[..]));
        let fresh = path.with_file_name(format!("zi{:06x}", berth_guest::getpid()));
        let mut writer = ZipWriter::new(io::BufWriter::new(File::create(&fresh)?));
        let mut files = Vec::new();
        for name in std::mem::take(&mut self.names) {
            self.collect(&name, &mut files, 0);
        }
        let done = self.write(&path, &files, &mut writer);
        let done = done.and_then(|()| writer.finish().map_err(io::Error::from)?.flush());
        if done.is_err() || self.added == 0 {
            let _ = fs::remove_file(&fresh);
            done?;
            complain(
                "zip error",
                format_args!("Nothing to do! ({})", text(&target)),
            );
            return Ok(EXIT_NOTHING);
        }
        if target == b"-" {
            io::copy(&mut File::open(&fresh)?, &mut Output::stdout())?;
            fs::remove_file(&fresh)?;
        } else {
            fs::rename(&fresh, &path)?;
        }
        if self.remove {
            for (name, status) in files.iter().rev() {
                // A directory with something left in it stays.
                let _ = match status {
                    FileType::Directory => fs::remove_dir(os_string(&name[..])),
                    _ => fs::remove_file(os_string(&name[..])),
                };
            }
        }
        Ok(if self.warned { 18 } else { 0 })
    }

    fn collect(&mut self, name: &[u8], files: &mut Vec<(Vec<u8>, FileType)>, depth: usize) {
        let status = match berth_guest::status(name, !self.links) {
            Ok(status) => status,
            Err(_) => {
                self.warned = true;
                eprintln!("\tzip warning: name not matched: {}", text(name));
                return;
            }
        };
        let directory = status.file_type == FileType::Directory;
        let matches = |globs: &[Vec<u8>]| {
            globs
                .iter()
                .any(|glob| glob_matches(glob, name, GlobOptions::default()))
        };
        let wanted = self.include.is_empty() || directory || matches(&self.include);
        if wanted
            && !matches(&self.exclude)
            && !(directory && (self.junk || self.flat || name == b"."))
        {
            files.push((name.to_vec(), status.file_type));
        }
        if directory && self.recursive && depth < DEPTH_MAX {
            let mut names: Vec<_> = fs::read_dir(os_string(name))
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| bytes(&entry.file_name()).to_vec())
                .collect();
            names.sort();
            for child in names {
                let child = if name == b"." {
                    child
                } else {
                    joined(name, &child)
                };
                self.collect(&child, files, depth + 1);
            }
        }
    }

    fn stored_name(&self, name: &[u8]) -> String {
        let name = text(name);
        let name = name.trim_start_matches('/');
        let name = name.strip_prefix("./").unwrap_or(name);
        if self.junk {
            return name.rsplit('/').next().unwrap_or(name).to_owned();
        }
        name.to_owned()
    }

    fn write<W: Write + io::Seek>(
        &mut self,
        old: &std::path::Path,
        files: &[(Vec<u8>, FileType)],
        writer: &mut ZipWriter<W>,
    ) -> io::Result<()> {
        let mut known = Vec::new();
        if let Ok(file) = File::open(old) {
            let mut archive = ZipArchive::new(io::BufReader::new(file))?;
            let replaced: Vec<String> = files
                .iter()
                .map(|(name, _)| self.stored_name(name))
                .collect();
            for index in 0..archive.len() {
                let entry = archive.by_index_raw(index)?;
                let stored = entry.name()?.into_owned();
                known.push(stored.clone());
                if !replaced
                    .iter()
                    .any(|name| name == stored.trim_end_matches('/'))
                {
                    writer.raw_copy_file(entry)?;
                }
            }
        }
        for (name, file_type) in files {
            let status = berth_guest::status(name, !self.links)?;
            let stored = self.stored_name(name);
            let method = if self.level == Some(0) {
                CompressionMethod::Stored
            } else {
                CompressionMethod::Deflated
            };
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .compression_level(self.level.filter(|level| *level > 0))
                .unix_permissions(status.mode)
                .large_file(status.size > u64::from(u32::MAX))
                .last_modified_time(dos_time(status.modified.0));
            let verb = if known
                .iter()
                .any(|name| name.trim_end_matches('/') == stored)
            {
                "updating"
            } else {
                "  adding"
            };
            let said = match file_type {
                FileType::Directory => {
                    writer.add_directory(format!("{}/", stored.trim_end_matches('/')), options)?;
                    format!("{verb}: {}/ (stored 0%)", stored.trim_end_matches('/'))
                }
                FileType::Link => {
                    let target = fs::read_link(os_string(&name[..]))?;
                    writer.add_symlink(&stored, target.to_string_lossy(), options)?;
                    format!("{verb}: {stored} (stored 0%)")
                }
                _ => {
                    writer.start_file(&stored, options)?;
                    io::copy(&mut File::open(os_string(&name[..]))?, writer)?;
                    let word = if self.level == Some(0) || status.size == 0 {
                        "stored 0%"
                    } else {
                        "deflated"
                    };
                    format!("{verb}: {stored} ({word})")
                }
            };
            self.added += 1;
            if !self.quiet {
                println!("{said}");
            }
        }
        Ok(())
    }
}

fn dos_time(seconds: i64) -> DateTime {
    let moment = Moment::at(seconds);
    let year = u16::try_from(moment.year).unwrap_or(1980);
    DateTime::from_date_and_time(
        year,
        moment.month as u8,
        moment.day as u8,
        moment.hour as u8,
        moment.minute as u8,
        moment.second as u8,
    )
    .unwrap_or_default()
}

#[derive(Default)]
struct Unzipping {
    list: bool,
    verbose: bool,
    names_only: bool,
    test: bool,
    pipe: bool,
    never: bool,
    overwrite: bool,
    quiet: u8,
    junk: bool,
    ignore_case: bool,
    directory: Option<Vec<u8>>,
    wanted: Vec<Vec<u8>>,
    exclude: Vec<Vec<u8>>,
}

/// `unzip`.
pub fn unzip(arguments: Vec<OsString>) -> i32 {
    let mut unzipping = Unzipping::default();
    match unzipping.parse(arguments) {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("unzip", &error, EXIT_USAGE),
    }
    match unzipping.run() {
        Ok(code) => code,
        Err(error) => {
            complain("unzip", format_args!("{}", reason(&error)));
            2
        }
    }
}

impl Unzipping {
    fn parse(&mut self, arguments: Vec<OsString>) -> Result<Option<i32>, lexopt::Error> {
        let mut parser = Options::new(arguments, &["help", "version"]);
        let mut excluding = false;
        while let Some(argument) = parser.next()? {
            match argument {
                Short('l') => self.list = true,
                Short('v') => (self.list, self.verbose) = (true, true),
                Short('Z') => self.names_only = true,
                Short('1') => self.names_only = true,
                Short('t') => self.test = true,
                Short('p' | 'c') => self.pipe = true,
                Short('n') => self.never = true,
                Short('o') => self.overwrite = true,
                Short('q') => self.quiet += 1,
                Short('j') => self.junk = true,
                Short('C') => self.ignore_case = true,
                Short('a' | 'b' | 'u' | 'f' | 'U' | 'X' | 'K' | 'L' | 'D') => {}
                Short('d') => self.directory = Some(bytes(&parser.value()?).to_vec()),
                Short('x') => {
                    excluding = true;
                    self.exclude
                        .extend(parser.optional_value().map(|name| bytes(&name).to_vec()));
                }
                Short('h') | Long("help") => return Ok(Some(print_help("unzip", UNZIP_HELP))),
                Long("version") => {
                    return Ok(Some(print_help(
                        "unzip",
                        concat!("unzip (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                    )));
                }
                Value(name) if excluding => self.exclude.push(bytes(&name).to_vec()),
                Value(name) => self.wanted.push(bytes(&name).to_vec()),
                other => return Err(other.unexpected()),
            }
        }
        if self.wanted.is_empty() {
            return Ok(Some(print_help("unzip", UNZIP_HELP)));
        }
        Ok(None)
    }

    fn run(&mut self) -> io::Result<i32> {
        let given = self.wanted.remove(0);
        let candidates = [
            given.clone(),
            [&given[..], b".zip"].concat(),
            [&given[..], b".ZIP"].concat(),
        ];
        let Some((name, file)) = candidates.iter().find_map(|name| {
            Some((
                name,
                File::open(os_string(&name[..]))
                    .ok()
                    .filter(|file| file.metadata().is_ok_and(|found| found.is_file()))?,
            ))
        }) else {
            complain(
                "unzip",
                format_args!("cannot find or open {0}, {0}.zip or {0}.ZIP.", text(&given)),
            );
            return Ok(EXIT_NO_ARCHIVE);
        };
        let mut archive = match ZipArchive::new(io::BufReader::new(file)) {
            Ok(archive) => archive,
            Err(error) => {
                complain("unzip", format_args!("{}: {error}", text(name)));
                return Ok(EXIT_NO_ARCHIVE);
            }
        };
        let mut out = Output::stdout();
        if !self.pipe && !self.names_only && self.quiet == 0 {
            writeln!(out, "Archive:  {}", text(name))?;
        }
        if self.list {
            writeln!(
                out,
                "  Length      Date    Time    Name\n---------  ---------- -----   ----"
            )?;
        }
        let (mut total, mut count, mut code) = (0, 0, 0);
        let mut found = vec![false; self.wanted.len()];
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let stored = entry.name()?.into_owned();
            if !self.chosen(stored.as_bytes(), &mut found) {
                continue;
            }
            count += 1;
            total += entry.size();
            if self.names_only {
                writeln!(out, "{stored}")?;
            } else if self.list {
                let date = entry.last_modified().map(|time| {
                    format!(
                        "{:04}-{:02}-{:02} {:02}:{:02}",
                        time.year(),
                        time.month(),
                        time.day(),
                        time.hour(),
                        time.minute()
                    )
                });
                writeln!(
                    out,
                    "{:>9}  {}   {stored}",
                    entry.size(),
                    date.unwrap_or_else(|| "1980-01-01 00:00".to_owned())
                )?;
            } else if self.test {
                let fine = io::copy(&mut entry, &mut io::sink()).is_ok();
                if !fine {
                    code = 2;
                }
                if self.quiet == 0 || !fine {
                    writeln!(
                        out,
                        "    testing: {stored:<24} {}",
                        if fine { "OK" } else { "bad" }
                    )?;
                }
            } else if self.pipe {
                io::copy(&mut entry, &mut out)?;
            } else {
                code = code.max(self.extract(&mut entry, &mut out)?);
            }
        }
        if self.list {
            writeln!(
                out,
                "---------                     -------\n{total:>9}                     {count} file{}",
                if count == 1 { "" } else { "s" }
            )?;
        }
        if self.test {
            writeln!(
                out,
                "No errors detected in compressed data of {}.",
                text(name)
            )?;
        }
        out.flush()?;
        for (wanted, found) in self.wanted.iter().zip(found) {
            if !found {
                complain(
                    "caution",
                    format_args!("filename not matched:  {}", text(wanted)),
                );
                code = EXIT_NOT_FOUND;
            }
        }
        Ok(code)
    }

    fn chosen(&self, stored: &[u8], found: &mut [bool]) -> bool {
        let options = GlobOptions {
            ignore_case: self.ignore_case,
            ..GlobOptions::default()
        };
        if self
            .exclude
            .iter()
            .any(|glob| glob_matches(glob, stored, options))
        {
            return false;
        }
        if self.wanted.is_empty() {
            return true;
        }
        let mut any = false;
        for (glob, found) in self.wanted.iter().zip(found) {
            let matches = glob_matches(glob, stored, options);
            *found |= matches;
            any |= matches;
        }
        any
    }

    fn extract<R: Read>(
        &mut self,
        entry: &mut zip::read::ZipFile<'_, R>,
        out: &mut Output,
    ) -> io::Result<i32> {
        // Names that lead out of the directory are no names.
        let Some(mut path) = entry.enclosed_name() else {
            complain(
                "unzip",
                format_args!(
                    "warning: skipped \"{}\": its name leads out of the directory",
                    entry.name()?
                ),
            );
            return Ok(1);
        };
        if self.junk {
            if entry.is_dir() {
                return Ok(0);
            }
            path = path.file_name().map(PathBuf::from).unwrap_or(path);
        }
        if let Some(directory) = &self.directory {
            path = PathBuf::from(os_string(&directory[..])).join(path);
        }
        if entry.is_dir() {
            if !path.is_dir() {
                fs::create_dir_all(&path)?;
                if self.quiet == 0 {
                    writeln!(out, "   creating: {}/", path.display())?;
                }
            }
            return Ok(0);
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let path_text = berth_multicall::path_bytes(&path).to_vec();
        if fs::symlink_metadata(&path).is_ok() {
            if self.never || (!self.overwrite && !self.asked(&path_text, out)?) {
                return Ok(0);
            }
            fs::remove_file(&path)?;
        }
        if entry.is_symlink() {
            let mut target = Vec::new();
            entry.read_to_end(&mut target)?;
            if target.starts_with(b"/")
                || target.split(|byte| *byte == b'/').any(|part| part == b"..")
            {
                complain(
                    "unzip",
                    format_args!(
                        "warning: skipped the link {}: it leads out of the directory",
                        path.display()
                    ),
                );
                return Ok(1);
            }
            berth_guest::symlink(&target, &path_text)?;
            return Ok(0);
        }
        if self.quiet == 0 {
            let verb = if entry.compression() == CompressionMethod::Stored {
                " extracting"
            } else {
                "  inflating"
            };
            writeln!(out, "{verb}: {}", path.display())?;
        }
        let mut file = File::create(&path)?;
        io::copy(entry, &mut file)?;
        if let Some(time) = entry.last_modified() {
            let days = days_from_date(
                i64::from(time.year()),
                u32::from(time.month()),
                u32::from(time.day()),
            );
            let seconds = days * 86_400
                + i64::from(time.hour()) * 3600
                + i64::from(time.minute()) * 60
                + i64::from(time.second());
            let time = std::time::UNIX_EPOCH
                + std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            let _ = file.set_times(fs::FileTimes::new().set_modified(time));
        }
        if let Some(mode) = entry.unix_mode().filter(|mode| mode & 0o777 != 0) {
            berth_guest::set_mode(&path_text, false, mode & 0o777)?;
        }
        Ok(0)
    }

    fn asked(&mut self, path: &[u8], out: &mut Output) -> io::Result<bool> {
        if !io::stdin().is_terminal() {
            complain(
                "unzip",
                format_args!(
                    "{} exists and nobody is there to ask; -o overwrites",
                    text(path)
                ),
            );
            return Ok(false);
        }
        write!(out, "replace {}? [y]es, [n]o, [A]ll, [N]one: ", text(path))?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        match answer.trim() {
            "A" => self.overwrite = true,
            "N" => self.never = true,
            "y" | "Y" => return Ok(true),
            _ => return Ok(false),
        }
        Ok(self.overwrite)
    }
}
