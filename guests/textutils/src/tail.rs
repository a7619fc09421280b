//! `tail`: the end of files, and what is added to them.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use berth_multicall::{
    Options, Output, bytes, complain, os_string, print_help, quoted, reason, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: tail [OPTION]... [FILE]...
Print the last 10 lines of each FILE to standard output.
With more than one FILE, precede each with a header giving the file name.

  -c, --bytes=[+]NUM       output the last NUM bytes; or use -c +NUM to output starting with byte NUM
  -f, --follow[={name|descriptor}]  output appended data as the file grows
  -F                       same as --follow=name --retry
  -n, --lines=[+]NUM       output the last NUM lines; or use -n +NUM to skip NUM-1 lines at the start
      --pid=PID            with -f, terminate after process ID, PID dies
  -q, --quiet, --silent    never output headers giving file names
      --retry              keep trying to open a file if it is inaccessible
  -s, --sleep-interval=N   with -f, sleep for N seconds between iterations
  -v, --verbose            always output headers giving file names
  -z, --zero-terminated    line delimiter is NUL, not newline

NUM may have a multiplier suffix: b 512, kB 1000, K 1024, MB 1000*1000, M 1024*1024, and so on.
";

/// Bytes read at a time.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// How often a followed file is looked at, unless `-s` says otherwise.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(100);
const DEFAULT_COUNT: u64 = 10;

/// Where the output begins.
#[derive(Clone, Copy)]
enum From {
    /// So many units before the end.
    End(u64),
    /// At this unit, counted from 1.
    Start(u64),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Descriptor,
    Name,
}

struct Request {
    from: From,
    by_bytes: bool,
    separator: u8,
    follow: Option<Follow>,
    retry: bool,
    interval: Duration,
    pid: Option<u32>,
    /// `-q` and `-v`.
    headers: Option<bool>,
    files: Vec<Vec<u8>>,
}

/// A file that is followed.
struct Followed {
    name: Vec<u8>,
    file: Option<File>,
    /// Which file it is, to see that the name means another one.
    identity: Option<(u64, u64)>,
    /// How much of it was read.
    position: u64,
}

/// `tail`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let request = match parse(modern(arguments)) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("tail", &error, 1),
    };
    let mut tail = Tail {
        several: request.files.len() > 1,
        request,
        out: Output::stdout(),
        last: None,
        code: 0,
    };
    match tail.run() {
        Ok(()) => tail.code,
        // Who reads no more is told nothing.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 1,
        Err(error) => {
            complain("tail", format_args!("write error: {}", reason(&error)));
            1
        }
    }
}

/// `tail -5`, `tail +5` and `tail -5f` in today's words.
fn modern(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(word) = arguments.get(1).map(|word| text(bytes(word))) else {
        return arguments;
    };
    let Some(rest) = word.strip_prefix(['-', '+']) else {
        return arguments;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (count, letters) = rest.split_at(digits);
    let known = letters.bytes().all(|letter| b"bclf".contains(&letter));
    // A file may be called `+x`.
    if digits == 0 || !known || word.starts_with('+') && arguments.len() > 3 {
        return arguments;
    }
    let sign = if word.starts_with('+') { "+" } else { "" };
    let (unit, suffix) = match letters.trim_end_matches('f') {
        "c" => ("-c", ""),
        "b" => ("-c", "b"),
        _ => ("-n", ""),
    };
    let mut new = vec![format!("{unit}{sign}{count}{suffix}").into()];
    if letters.ends_with('f') {
        new.push("-f".into());
    }
    arguments.splice(1..2, new);
    arguments
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    const LONG: &[&str] = &[
        "bytes",
        "follow",
        "lines",
        "pid",
        "quiet",
        "retry",
        "silent",
        "sleep-interval",
        "verbose",
        "zero-terminated",
        "help",
        "version",
    ];
    let mut request = Request {
        from: From::End(DEFAULT_COUNT),
        by_bytes: false,
        separator: b'\n',
        follow: None,
        retry: false,
        interval: FOLLOW_INTERVAL,
        pid: None,
        headers: None,
        files: Vec::new(),
    };
    let mut options = Options::new(arguments, LONG);
    while let Some(argument) = options.next()? {
        match argument {
            Short('c') | Long("bytes") => {
                request.by_bytes = true;
                request.from = start(&options.value()?, "bytes")?;
            }
            Short('n') | Long("lines") => {
                request.by_bytes = false;
                request.from = start(&options.value()?, "lines")?;
            }
            Short('f') => request.follow = Some(Follow::Descriptor),
            Long("follow") => {
                request.follow = match options.optional_value().as_deref().map(bytes) {
                    None | Some(b"descriptor") => Some(Follow::Descriptor),
                    Some(b"name") => Some(Follow::Name),
                    Some(word) => {
                        let word = quoted(word);
                        return Err(format!("invalid argument {word} for '--follow'").into());
                    }
                }
            }
            Short('F') => (request.follow, request.retry) = (Some(Follow::Name), true),
            Long("pid") => {
                let value = options.value()?;
                request.pid = Some(berth_multicall::number(&value, "PID")?);
            }
            Short('q') | Long("quiet" | "silent") => request.headers = Some(false),
            Short('v') | Long("verbose") => request.headers = Some(true),
            Long("retry") => request.retry = true,
            Short('s') | Long("sleep-interval") => {
                let value = options.value()?;
                let what = "number of seconds";
                let seconds: f64 = berth_multicall::number(&value, what)?;
                request.interval = Duration::try_from_secs_f64(seconds)
                    .map_err(|_| format!("invalid {what}: {}", quoted(bytes(&value))))?;
            }
            Short('z') | Long("zero-terminated") => request.separator = 0,
            Long("help") => return Ok(Err(print_help("tail", HELP))),
            Long("version") => {
                let version = concat!("tail (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Err(print_help("tail", version)));
            }
            Value(word) => request.files.push(bytes(&word).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if request.files.is_empty() {
        request.files.push(b"-".to_vec());
    }
    Ok(Ok(request))
}

/// `NUM`, `-NUM` or `+NUM`.
fn start(value: &OsString, unit: &str) -> Result<From, lexopt::Error> {
    let word = bytes(value);
    let (from_start, digits) = match word {
        [b'+', rest @ ..] => (true, rest),
        [b'-', rest @ ..] => (false, rest),
        _ => (false, word),
    };
    let number = digits
        .first()
        .filter(|digit| digit.is_ascii_digit())
        .and_then(|_| berth_multicall::size(digits));
    match number {
        Some(number) if from_start => Ok(From::Start(number)),
        Some(number) => Ok(From::End(number)),
        None => Err(format!("invalid number of {unit}: {}", quoted(word)).into()),
    }
}

struct Tail {
    request: Request,
    several: bool,
    out: Output,
    /// Which file's output came last.
    last: Option<Vec<u8>>,
    code: i32,
}

impl Tail {
    fn run(&mut self) -> io::Result<()> {
        let mut followed = Vec::new();
        for name in self.request.files.clone() {
            let shown = self.shown(&name);
            match open(&name) {
                Ok(mut file) => {
                    self.header(&shown)?;
                    let position = match self.print_end(&mut file) {
                        Ok(position) => position,
                        Err(Failure::Write(error)) => return Err(error),
                        Err(Failure::Read(error)) => {
                            self.fail(&format!(
                                "error reading {}: {}",
                                quoted(&shown),
                                reason(&error)
                            ));
                            continue;
                        }
                    };
                    // A pipe's end is its end.
                    if name != b"-" || file.metadata().is_ok_and(|found| found.is_file()) {
                        followed.push(Followed {
                            identity: identity(&name),
                            name,
                            file: Some(file),
                            position,
                        });
                    }
                }
                Err(error) => {
                    self.fail(&format!(
                        "cannot open {} for reading: {}",
                        quoted(&shown),
                        reason(&error)
                    ));
                    if self.request.retry {
                        followed.push(Followed {
                            name,
                            file: None,
                            identity: None,
                            position: 0,
                        });
                    }
                }
            }
        }
        self.out.flush()?;
        match self.request.follow {
            Some(follow) if !followed.is_empty() => self.follow(followed, follow),
            Some(_) if self.code != 0 => {
                complain("tail", format_args!("no files remaining"));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fail(&mut self, what: &str) {
        let _ = self.out.flush();
        complain("tail", format_args!("{what}"));
        self.code = 1;
    }

    fn shown(&self, name: &[u8]) -> Vec<u8> {
        if name == b"-" {
            b"standard input".to_vec()
        } else {
            name.to_vec()
        }
    }

    /// Says whose output follows, where there are several.
    fn header(&mut self, name: &[u8]) -> io::Result<()> {
        if !self.request.headers.unwrap_or(self.several) {
            return Ok(());
        }
        let gap = if self.last.is_some() { "\n" } else { "" };
        self.last = Some(name.to_vec());
        writeln!(self.out, "{gap}==> {} <==", text(name))
    }

    /// Prints a file's end; where in the file that was.
    fn print_end(&mut self, file: &mut File) -> Result<u64, Failure> {
        let is_file = file.metadata().is_ok_and(|found| found.is_file());
        match self.request.from {
            From::Start(number) => self.print_from(file, number.saturating_sub(1)),
            From::End(count) if is_file => {
                let begin = if self.request.by_bytes {
                    let length = file.seek(SeekFrom::End(0)).map_err(Failure::Read)?;
                    length.saturating_sub(count)
                } else {
                    line_start(file, count, self.request.separator).map_err(Failure::Read)?
                };
                file.seek(SeekFrom::Start(begin)).map_err(Failure::Read)?;
                Ok(begin + self.copy(file)?)
            }
            From::End(count) if self.request.by_bytes => self.print_last_bytes(file, count),
            From::End(count) => self.print_last_lines(file, count),
        }
    }

    fn print_from(&mut self, file: &mut File, skip: u64) -> Result<u64, Failure> {
        let mut left = skip;
        let mut position = 0;
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        while left > 0 {
            let read = read(file, &mut buffer).map_err(Failure::Read)?;
            if read == 0 {
                return Ok(position);
            }
            position += read as u64;
            let mut at = 0;
            if self.request.by_bytes {
                at = usize::try_from(left).unwrap_or(usize::MAX).min(read);
                left -= at as u64;
            } else {
                while left > 0
                    && let Some(end) = memchr::memchr(self.request.separator, &buffer[at..read])
                {
                    at += end + 1;
                    left -= 1;
                }
                if left > 0 {
                    at = read;
                }
            }
            self.out
                .write_all(&buffer[at..read])
                .map_err(Failure::Write)?;
        }
        Ok(position + self.copy(file)?)
    }

    fn print_last_bytes(&mut self, file: &mut File, count: u64) -> Result<u64, Failure> {
        let most = usize::try_from(count).unwrap_or(usize::MAX);
        let mut kept = VecDeque::new();
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        loop {
            let read = read(file, &mut buffer).map_err(Failure::Read)?;
            if read == 0 {
                break;
            }
            kept.extend(&buffer[..read]);
            kept.drain(..kept.len().saturating_sub(most));
        }
        let (one, two) = kept.as_slices();
        self.out.write_all(one).map_err(Failure::Write)?;
        self.out.write_all(two).map_err(Failure::Write)?;
        Ok(0)
    }

    fn print_last_lines(&mut self, file: &mut File, count: u64) -> Result<u64, Failure> {
        let separator = self.request.separator;
        // Whole pieces with the number of lines that end in each: what is too early is dropped a piece at a time.
        let mut pieces: VecDeque<(Vec<u8>, u64)> = VecDeque::new();
        let mut ends = 0;
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        loop {
            let read = read(file, &mut buffer).map_err(Failure::Read)?;
            if read == 0 {
                break;
            }
            let found = memchr::memchr_iter(separator, &buffer[..read]).count() as u64;
            ends += found;
            pieces.push_back((buffer[..read].to_vec(), found));
            // One line more than asked for: the last one may be open.
            while pieces.len() > 1 && ends - pieces[0].1 > count {
                ends -= pieces[0].1;
                pieces.pop_front();
            }
        }
        let is_open = pieces
            .back()
            .is_some_and(|(piece, _)| piece.last() != Some(&separator));
        let mut skip = (ends + u64::from(is_open)).saturating_sub(count);
        for (piece, _) in pieces {
            let mut at = 0;
            while skip > 0
                && let Some(end) = memchr::memchr(separator, &piece[at..])
            {
                at += end + 1;
                skip -= 1;
            }
            if skip > 0 {
                at = piece.len();
            }
            self.out.write_all(&piece[at..]).map_err(Failure::Write)?;
        }
        Ok(0)
    }

    /// Copies what is left of a file; how much that was.
    fn copy(&mut self, file: &mut File) -> Result<u64, Failure> {
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        let mut copied = 0;
        loop {
            let read = read(file, &mut buffer).map_err(Failure::Read)?;
            if read == 0 {
                return Ok(copied);
            }
            self.out
                .write_all(&buffer[..read])
                .map_err(Failure::Write)?;
            copied += read as u64;
        }
    }

    fn follow(&mut self, mut files: Vec<Followed>, follow: Follow) -> io::Result<()> {
        loop {
            // Before the files are read: what a program writes last is seen when it has ended.
            let over = self.request.pid.is_some_and(|pid| !is_alive(pid));
            for file in &mut files {
                if follow == Follow::Name || file.file.is_none() {
                    self.look_again(file);
                }
                self.print_new(file)?;
            }
            files.retain(|file| file.file.is_some() || self.request.retry);
            if files.is_empty() {
                complain("tail", format_args!("no files remaining"));
                self.code = 1;
                return Ok(());
            }
            if over {
                return Ok(());
            }
            std::thread::sleep(self.request.interval);
        }
    }

    /// Whether the name means another file now, or one at last.
    fn look_again(&mut self, file: &mut Followed) {
        if file.name == b"-" {
            return;
        }
        let now = identity(&file.name);
        if now == file.identity && file.file.is_some() == now.is_some() {
            return;
        }
        let shown = quoted(&file.name);
        let what = match (&file.file, now) {
            (Some(_), None) => {
                format!("{shown} has become inaccessible: No such file or directory")
            }
            (Some(_), Some(_)) => format!("{shown} has been replaced;  following new file"),
            (None, Some(_)) => format!("{shown} has appeared;  following new file"),
            (None, None) => return,
        };
        complain("tail", format_args!("{what}"));
        file.file = now.and_then(|_| open(&file.name).ok());
        file.identity = now.filter(|_| file.file.is_some());
        file.position = 0;
    }

    fn print_new(&mut self, followed: &mut Followed) -> io::Result<()> {
        let Some(file) = &mut followed.file else {
            return Ok(());
        };
        let Ok(length) = file.metadata().map(|found| found.len()) else {
            return Ok(());
        };
        if length < followed.position {
            let shown = text(&followed.name);
            complain("tail", format_args!("{shown}: file truncated"));
            followed.position = file.seek(SeekFrom::Start(0))?;
        }
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        loop {
            let read = read(file, &mut buffer)?;
            if read == 0 {
                return self.out.flush();
            }
            let shown = if followed.name == b"-" {
                b"standard input".to_vec()
            } else {
                followed.name.clone()
            };
            if self.last.as_ref().is_some_and(|last| *last != shown) {
                // The borrow of the file ends with the read.
                let gap = "\n";
                self.last = Some(shown.clone());
                writeln!(self.out, "{gap}==> {} <==", text(&shown))?;
            }
            followed.position += read as u64;
            self.out.write_all(&buffer[..read])?;
        }
    }
}

/// Which side failed.
enum Failure {
    Read(io::Error),
    Write(io::Error),
}

fn open(name: &[u8]) -> io::Result<File> {
    if name == b"-" {
        use std::os::fd::AsFd;
        let stdin = io::stdin();
        let again = berth_guest::dup(stdin.as_fd(), 0)?;
        return Ok(again.into());
    }
    File::open(os_string(name))
}

fn read(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn identity(name: &[u8]) -> Option<(u64, u64)> {
    let found = berth_guest::status(name, true).ok()?;
    Some((found.device, found.inode))
}

fn is_alive(pid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}")).is_ok()
}

/// Where the last `count` lines of a file begin. Read from the end, so that a large file costs nothing.
fn line_start(file: &mut File, count: u64, separator: u8) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    if count == 0 {
        return Ok(length);
    }
    let mut left = count;
    let mut end = length;
    let mut buffer = vec![0; READ_BUFFER_BYTES];
    while end > 0 {
        let begin = end.saturating_sub(READ_BUFFER_BYTES as u64);
        let piece = &mut buffer[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(piece)?;
        for at in memchr::memrchr_iter(separator, piece) {
            // The separator at the very end closes the last line.
            if begin + at as u64 + 1 < length {
                left -= 1;
                if left == 0 {
                    return Ok(begin + at as u64 + 1);
                }
            }
        }
        end = begin;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ways_to_say_it_are_understood() {
        let said = |word: &str| {
            let words = modern(vec!["tail".into(), word.into()]);
            let words: Vec<String> = words[1..].iter().map(|word| text(bytes(word))).collect();
            words.join(" ")
        };
        assert_eq!(said("-5"), "-n5");
        assert_eq!(said("+5"), "-n+5");
        assert_eq!(said("-5f"), "-n5 -f");
        assert_eq!(said("-20c"), "-c20");
        assert_eq!(said("-f"), "-f");
        assert_eq!(said("-n5"), "-n5");
    }
}
