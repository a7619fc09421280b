//! `patch`: applies unified diffs.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use berth_multicall::{
    Options, bytes, complain, number, os_string, print_help, read_all, reason, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;
/// Lines of context that may differ at each end of a hunk.
const FUZZ_MAX: usize = 2;

const HELP: &str = "\
Usage: patch [OPTION]... [ORIGFILE [PATCHFILE]]
Apply a unified diff.

  -p NUM  --strip=NUM    strip NUM leading components from file names
  -F LINES  --fuzz=LINES how many lines of context may differ
  -i PATCHFILE  --input=PATCHFILE  read patch from PATCHFILE instead of stdin
  -o FILE  --output=FILE output patched files to FILE
  -d DIR  --directory=DIR  change the working directory to DIR first
  -R  --reverse          assume patches were created with old and new files swapped
  -N  --forward          ignore patches that appear to be reversed or already applied
  -E  --remove-empty-files
  -b  --backup           save the original as FILE.orig
  -f -t --batch --force  ask nothing
  -s  --quiet  --silent  work silently unless an error occurs
      --dry-run          do not actually change any files
";

#[derive(Default)]
struct Request {
    strip: Option<usize>,
    fuzz: Option<usize>,
    input: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
    reverse: bool,
    forward: bool,
    backup: bool,
    quiet: bool,
    dry: bool,
    file: Option<Vec<u8>>,
}

/// A hunk: where it begins in the old file, from 1, and its lines with their marks.
struct Hunk {
    old_start: usize,
    lines: Vec<(u8, Vec<u8>)>,
}

/// What a patch does to one file.
#[derive(Default)]
struct FilePatch {
    old: Vec<u8>,
    new: Vec<u8>,
    hunks: Vec<Hunk>,
}

/// `patch`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match parse(arguments) {
        Ok(Ok(request)) => run(&request),
        Ok(Err(code)) => code,
        Err(error) => usage_error("patch", &error, EXIT_TROUBLE),
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    const LONG: &[&str] = &[
        "strip",
        "fuzz",
        "input",
        "output",
        "directory",
        "reverse",
        "forward",
        "remove-empty-files",
        "backup",
        "batch",
        "force",
        "quiet",
        "silent",
        "dry-run",
        "help",
        "version",
        "unified",
        "no-backup-if-mismatch",
        "binary",
        "verbose",
    ];
    let mut request = Request::default();
    let mut operands = Vec::new();
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('p') | Long("strip") => {
                request.strip = Some(number(&parser.value()?, "strip count")?)
            }
            Short('F') | Long("fuzz") => {
                request.fuzz = Some(number(&parser.value()?, "fuzz factor")?)
            }
            Short('i') | Long("input") => request.input = Some(bytes(&parser.value()?).to_vec()),
            Short('o') | Long("output") => request.output = Some(bytes(&parser.value()?).to_vec()),
            Short('d') | Long("directory") => {
                let directory = parser.value()?;
                if let Err(error) = berth_guest::chdir(bytes(&directory)) {
                    complain(
                        "patch",
                        format_args!(
                            "**** Can't change to directory {} : {}",
                            directory.display(),
                            reason(&error)
                        ),
                    );
                    return Ok(Err(EXIT_TROUBLE));
                }
            }
            Short('R') | Long("reverse") => request.reverse = true,
            Short('N') | Long("forward") => request.forward = true,
            Short('b') | Long("backup") => request.backup = true,
            Short('s') | Long("quiet" | "silent") => request.quiet = true,
            Long("dry-run") => request.dry = true,
            Short('u' | 'E' | 'f' | 't' | 'l')
            | Long(
                "remove-empty-files"
                | "batch"
                | "force"
                | "unified"
                | "no-backup-if-mismatch"
                | "binary"
                | "verbose",
            ) => {}
            Long("help") => return Ok(Err(print_help("patch", HELP))),
            Short('v') | Long("version") => {
                return Ok(Err(print_help(
                    "patch",
                    concat!("patch (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Value(operand) => operands.push(bytes(&operand).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    let mut operands = operands.into_iter();
    request.file = operands.next();
    request.input = operands.next().or(request.input);
    Ok(Ok(request))
}

fn run(request: &Request) -> i32 {
    let name = request.input.as_deref().unwrap_or(b"-");
    let content = match read_all(name) {
        Ok(content) => content,
        Err(error) => {
            complain(
                "patch",
                format_args!(
                    "**** Can't open patch file {} : {}",
                    text(name),
                    reason(&error)
                ),
            );
            return EXIT_TROUBLE;
        }
    };
    let patches = match read(&content) {
        Ok(patches) => patches,
        Err(what) => {
            complain("patch", format_args!("**** {what}"));
            return EXIT_TROUBLE;
        }
    };
    if patches.is_empty() && !content.trim_ascii().is_empty() {
        complain(
            "patch",
            format_args!("**** Only garbage was found in the patch input."),
        );
        return EXIT_TROUBLE;
    }
    let mut code = 0;
    for patch in patches {
        code = code.max(apply(request, patch));
    }
    code
}

/// Takes a patch apart. What is no part of one is passed over.
fn read(content: &[u8]) -> Result<Vec<FilePatch>, String> {
    let lines: Vec<&[u8]> = content.split_inclusive(|byte| *byte == b'\n').collect();
    let mut patches: Vec<FilePatch> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let (Some(old), Some(new)) = (
            line.strip_prefix(b"--- "),
            lines
                .get(at + 1)
                .and_then(|next| next.strip_prefix(b"+++ ")),
        ) {
            let name = |line: &[u8]| {
                // A file that is not there has the epoch as its time.
                if memchr::memmem::find(line, b"\t1970-01-01 00:00:00").is_some() {
                    return b"/dev/null".to_vec();
                }
                let mut parts = line.split(|byte| matches!(byte, b'\t' | b'\n' | b'\r'));
                parts.next().unwrap_or_default().to_vec()
            };
            patches.push(FilePatch {
                old: name(old),
                new: name(new),
                hunks: Vec::new(),
            });
            at += 2;
            continue;
        }
        at += 1;
        let Some((old_start, mut old_left, mut new_left)) = hunk_heading(line) else {
            continue;
        };
        let Some(patch) = patches.last_mut() else {
            return Err("a hunk without a file".to_owned());
        };
        let mut hunk = Hunk {
            old_start,
            lines: Vec::new(),
        };
        while at < lines.len() && (old_left > 0 || new_left > 0 || lines[at].starts_with(b"\\")) {
            let line = lines[at];
            at += 1;
            let (mark, rest) = match line.split_first() {
                Some((b'\n', _)) | None => (b' ', &b"\n"[..]),
                Some((mark, rest)) => (*mark, rest),
            };
            match mark {
                b' ' => {
                    (old_left, new_left) = (old_left.saturating_sub(1), new_left.saturating_sub(1))
                }
                b'-' => old_left = old_left.saturating_sub(1),
                b'+' => new_left = new_left.saturating_sub(1),
                // The line before has no end.
                b'\\' => {
                    if let Some((_, last)) = hunk.lines.last_mut() {
                        last.truncate(last.strip_suffix(b"\n").map_or(last.len(), <[u8]>::len));
                    }
                    continue;
                }
                _ => {
                    return Err(format!(
                        "malformed patch at line {at}: {}",
                        text(line.trim_ascii_end())
                    ));
                }
            }
            hunk.lines.push((mark, rest.to_vec()));
        }
        if old_left > 0 || new_left > 0 {
            return Err("unexpected end of file in patch".to_owned());
        }
        patch.hunks.push(hunk);
    }
    Ok(patches)
}

/// `@@ -1,3 +1,4 @@`: where it begins, and how many lines of both files it has.
fn hunk_heading(line: &[u8]) -> Option<(usize, usize, usize)> {
    let line = String::from_utf8_lossy(line);
    let ranges = line.strip_prefix("@@ -")?.split(" @@").next()?.to_owned();
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(usize, usize)> {
        match text.split_once(',') {
            Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    let ((start, old_count), (_, new_count)) = (range(old)?, range(new)?);
    Some((
        if old_count == 0 { start + 1 } else { start },
        old_count,
        new_count,
    ))
}

fn stripped(name: &[u8], strip: Option<usize>) -> Vec<u8> {
    let Some(strip) = strip else {
        return name
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or(name)
            .to_vec();
    };
    let parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').collect();
    parts[strip.min(parts.len() - 1)..].join(&b'/')
}

/// Applies what a patch says about one file; returns the exit code.
fn apply(request: &Request, mut patch: FilePatch) -> i32 {
    if request.reverse {
        std::mem::swap(&mut patch.old, &mut patch.new);
        for hunk in &mut patch.hunks {
            for (mark, _) in &mut hunk.lines {
                *mark = match &*mark {
                    b'+' => b'-',
                    b'-' => b'+',
                    other => *other,
                };
            }
            // What goes comes before what takes its place.
            hunk.lines = reordered(std::mem::take(&mut hunk.lines));
        }
    }
    let target = match &request.file {
        Some(file) => file.clone(),
        None => {
            let names = [&patch.old, &patch.new]
                .into_iter()
                .filter(|name| *name != b"/dev/null")
                .map(|name| stripped(name, request.strip));
            let names: Vec<_> = names.collect();
            let there = names
                .iter()
                .find(|name| fs::metadata(os_string(&name[..])).is_ok());
            match there.or(names.last()) {
                Some(name) => name.clone(),
                None => return EXIT_TROUBLE,
            }
        }
    };
    // A patch must not lead out of the directory it is applied in.
    if request.file.is_none()
        && (target.starts_with(b"/")
            || target.split(|byte| *byte == b'/').any(|part| part == b".."))
    {
        complain(
            "patch",
            format_args!("Ignoring potentially dangerous file name {}", text(&target)),
        );
        return 1;
    }
    let path = PathBuf::from(os_string(&target[..]));
    let original = match fs::read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && patch.old == b"/dev/null" => {
            Vec::new()
        }
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && patch
                    .hunks
                    .iter()
                    .all(|hunk| hunk.lines.iter().all(|(mark, _)| *mark == b'+')) =>
        {
            Vec::new()
        }
        Err(error) => {
            complain(
                "patch",
                format_args!(
                    "can't find file to patch: {}: {}",
                    text(&target),
                    reason(&error)
                ),
            );
            return 1;
        }
    };
    if !request.quiet {
        let verb = if request.dry { "checking" } else { "patching" };
        println!("{verb} file {}", text(&target));
    }
    let mut lines: Vec<Vec<u8>> = original
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    // How far the hunks have moved by themselves, and by what was put in before them.
    let (mut drift, mut grown, mut failed, mut rejects) = (0isize, 0isize, 0, Vec::new());
    let count = patch.hunks.len();
    for (index, hunk) in patch.hunks.iter().enumerate() {
        let wanted = hunk
            .old_start
            .saturating_sub(1)
            .saturating_add_signed(drift + grown);
        match place(&lines, hunk, wanted, request.fuzz.unwrap_or(FUZZ_MAX)) {
            Some((at, fuzz)) => {
                drift += at as isize - wanted as isize;
                let offset = drift;
                if (offset != 0 || fuzz > 0) && !request.quiet {
                    let fuzzed = if fuzz > 0 {
                        format!(" with fuzz {fuzz}")
                    } else {
                        String::new()
                    };
                    let plural = if offset == 1 { "" } else { "s" };
                    let moved = if offset != 0 {
                        format!(" (offset {offset} line{plural})")
                    } else {
                        String::new()
                    };
                    println!(
                        "Hunk #{} succeeded at {}{fuzzed}{moved}.",
                        index + 1,
                        at + 1
                    );
                }
                grown += replace(&mut lines, hunk, at);
            }
            None => {
                failed += 1;
                if !request.quiet {
                    println!("Hunk #{} FAILED at {}.", index + 1, hunk.old_start);
                }
                rejects.push(hunk);
            }
        }
    }
    if request.dry {
        return i32::from(failed > 0);
    }
    let output = request
        .output
        .as_ref()
        .map_or(path.clone(), |output| PathBuf::from(os_string(&output[..])));
    let done = write(
        request,
        &path,
        &output,
        &original,
        &lines.concat(),
        &patch,
        failed,
        count,
        &rejects,
    );
    if let Err(error) = done {
        complain(
            "patch",
            format_args!("**** {}: {}", text(&target), reason(&error)),
        );
        return EXIT_TROUBLE;
    }
    i32::from(failed > 0)
}

fn reordered(lines: Vec<(u8, Vec<u8>)>) -> Vec<(u8, Vec<u8>)> {
    let mut out = Vec::new();
    let mut added = Vec::new();
    for line in lines {
        match line.0 {
            b'+' => added.push(line),
            b'-' => out.push(line),
            _ => {
                out.append(&mut added);
                out.push(line);
            }
        }
    }
    out.append(&mut added);
    out
}

#[expect(
    clippy::too_many_arguments,
    reason = "all that came of one file, used once"
)]
fn write(
    request: &Request,
    path: &std::path::Path,
    output: &std::path::Path,
    original: &[u8],
    content: &[u8],
    patch: &FilePatch,
    failed: usize,
    count: usize,
    rejects: &[&Hunk],
) -> std::io::Result<()> {
    if failed < count || count == 0 {
        if request.backup && path.exists() {
            fs::write(path.with_added_extension("orig"), original)?;
        }
        if patch.new == b"/dev/null" && content.is_empty() && request.output.is_none() {
            fs::remove_file(path)?;
        } else {
            if let Some(parent) = output.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(output, content)?;
        }
    }
    if failed > 0 {
        let name = path.with_added_extension("rej");
        println!(
            "{failed} out of {count} hunk{} FAILED -- saving rejects to file {}",
            if count == 1 { "" } else { "s" },
            name.display()
        );
        let mut text = Vec::new();
        text.extend([b"--- ", &patch.old[..], b"\n+++ ", &patch.new[..], b"\n"].concat());
        for hunk in rejects {
            let of = |marks: &[u8]| {
                hunk.lines
                    .iter()
                    .filter(|(mark, _)| marks.contains(mark))
                    .count()
            };
            text.extend(
                format!(
                    "@@ -{},{} +{},{} @@\n",
                    hunk.old_start,
                    of(b" -"),
                    hunk.old_start,
                    of(b" +")
                )
                .bytes(),
            );
            for (mark, line) in &hunk.lines {
                text.push(*mark);
                text.extend(line);
            }
        }
        fs::write(name, text)?;
    }
    Ok(())
}

/// The lines that a hunk expects, `fuzz` lines of context left out at both ends; how many were left out in front.
fn expected(hunk: &Hunk, fuzz: usize) -> (Vec<&[u8]>, usize) {
    let old: Vec<(u8, &[u8])> = hunk
        .lines
        .iter()
        .filter(|(mark, _)| *mark != b'+')
        .map(|(mark, line)| (*mark, &line[..]))
        .collect();
    let context = |lines: &mut dyn Iterator<Item = &(u8, &[u8])>| {
        lines.take_while(|(mark, _)| *mark == b' ').count()
    };
    let front = context(&mut old.iter()).min(fuzz);
    let back = context(&mut old.iter().rev())
        .min(fuzz)
        .min(old.len() - front);
    (
        old[front..old.len() - back]
            .iter()
            .map(|(_, line)| *line)
            .collect(),
        front,
    )
}

/// Where a hunk fits, nearest to where it should: the place of its first line and how much was fuzzy.
fn place(lines: &[Vec<u8>], hunk: &Hunk, wanted: usize, fuzz_max: usize) -> Option<(usize, usize)> {
    for fuzz in 0..=fuzz_max {
        let (expected, front) = expected(hunk, fuzz);
        let fits = |at: usize| {
            let from = at + front;
            lines.get(from..from + expected.len()).is_some_and(|there| {
                there
                    .iter()
                    .zip(&expected)
                    .all(|(line, wanted)| line == wanted)
            })
        };
        for distance in 0..=lines.len().max(wanted) {
            let forward = wanted + distance;
            if fits(forward) {
                return Some((forward, fuzz));
            }
            if let Some(back) = wanted.checked_sub(distance)
                && fits(back)
            {
                return Some((back, fuzz));
            }
        }
    }
    None
}

/// Puts a hunk in; by how much what follows moves.
fn replace(lines: &mut Vec<Vec<u8>>, hunk: &Hunk, at: usize) -> isize {
    let mut position = at;
    let before = lines.len();
    for (mark, line) in &hunk.lines {
        match mark {
            b' ' => position += 1,
            b'-' => {
                if position < lines.len() {
                    lines.remove(position);
                }
            }
            _ => {
                lines.insert(position.min(lines.len()), line.clone());
                position += 1;
            }
        }
    }
    lines.len() as isize - before as isize
}
