//! `dd`, `install`, `sync`, `mkfifo`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Instant;

use berth_multicall::{
    bytes, complain, joined, mode, os_string, print_help, reason, size, text, usage_error_text,
};

use crate::space::human;
use berth_multicall::takes::{Takes, read};

const DD_HELP: &str = "\
Usage: dd [OPERAND]...
Copy a file, converting and formatting according to the operands.

  bs=BYTES        read and write up to BYTES bytes at a time (default: 512)
  cbs=BYTES       (not supported)
  conv=CONVS      lcase ucase swab sync noerror notrunc excl nocreat fdatasync fsync
  count=N         copy only N input blocks
  ibs=BYTES       read up to BYTES bytes at a time
  if=FILE         read from FILE instead of stdin
  iflag=FLAGS     fullblock count_bytes skip_bytes
  obs=BYTES       write BYTES bytes at a time
  of=FILE         write to FILE instead of stdout
  oflag=FLAGS     append seek_bytes
  seek=N          skip N obs-sized blocks at start of output
  skip=N          skip N ibs-sized blocks at start of input
  status=LEVEL    none noxfer progress
";
/// Largest block in bytes.
const BLOCK_MAX_BYTES: u64 = 1 << 30;

#[derive(Default)]
struct Copying {
    input: Option<Vec<u8>>,
    output: Option<Vec<u8>>,
    input_block: u64,
    output_block: u64,
    count: Option<u64>,
    skip: u64,
    seek: u64,
    words: Vec<String>,
    status: String,
}

impl Copying {
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
}

/// `dd`.
pub fn dd(arguments: Vec<OsString>) -> i32 {
    let mut copying = Copying {
        input_block: 512,
        output_block: 512,
        ..Copying::default()
    };
    for argument in arguments.iter().skip(1) {
        let word = bytes(argument);
        if word == b"--help" {
            return print_help("dd", DD_HELP);
        }
        let equals = word.iter().position(|byte| *byte == b'=');
        let Some(equals) = equals else {
            return usage_error_text("dd", &format!("unrecognized operand '{}'", text(word)), 1);
        };
        let (name, value) = (&word[..equals], &word[equals + 1..]);
        let number = value
            .split(|byte| *byte == b'x')
            .try_fold(1u64, |product, factor| product.checked_mul(size(factor)?));
        let words = text(value);
        match name {
            b"if" => copying.input = Some(value.to_vec()),
            b"of" => copying.output = Some(value.to_vec()),
            b"conv" | b"iflag" | b"oflag" => {
                copying.words.extend(words.split(',').map(str::to_owned))
            }
            b"status" => copying.status = words,
            b"bs" | b"ibs" | b"obs" | b"count" | b"skip" | b"seek" => {
                let Some(number) = number else {
                    complain("dd", format_args!("invalid number: '{words}'"));
                    return 1;
                };
                if name.ends_with(b"bs") && (number == 0 || number > BLOCK_MAX_BYTES) {
                    complain("dd", format_args!("invalid number: '{words}'"));
                    return 1;
                }
                match name {
                    b"bs" => (copying.input_block, copying.output_block) = (number, number),
                    b"ibs" => copying.input_block = number,
                    b"obs" => copying.output_block = number,
                    b"count" => copying.count = Some(number),
                    b"skip" => copying.skip = number,
                    _ => copying.seek = number,
                }
            }
            _ => {
                return usage_error_text(
                    "dd",
                    &format!("unrecognized operand '{}'", text(word)),
                    1,
                );
            }
        }
    }
    match copy(&copying) {
        Ok(()) => 0,
        Err((what, error)) => {
            complain("dd", format_args!("{what}: {}", reason(&error)));
            1
        }
    }
}

fn copy(copying: &Copying) -> Result<(), (String, io::Error)> {
    let named = |verb: &str, name: &[u8]| {
        let what = format!("{verb} '{}'", text(name));
        move |error| (what.clone(), error)
    };
    let mut input: Box<dyn Read> = match &copying.input {
        Some(name) => {
            let mut file =
                File::open(os_string(&name[..])).map_err(named("failed to open", name))?;
            let unit = if copying.has("skip_bytes") {
                1
            } else {
                copying.input_block
            };
            if copying.skip > 0 {
                let to = copying.skip.saturating_mul(unit);
                if file.seek(SeekFrom::Start(to)).is_err() {
                    io::copy(&mut (&mut file).take(to), &mut io::sink())
                        .map_err(named("error reading", name))?;
                }
            }
            Box::new(file)
        }
        None => {
            let mut stdin = io::stdin();
            let unit = if copying.has("skip_bytes") {
                1
            } else {
                copying.input_block
            };
            let skipped = copying.skip.saturating_mul(unit);
            io::copy(&mut (&mut stdin).take(skipped), &mut io::sink())
                .map_err(named("error reading", b"standard input"))?;
            Box::new(stdin)
        }
    };
    let mut out_file = None;
    let mut stdout = io::stdout();
    if let Some(name) = &copying.output {
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create(!copying.has("nocreat"))
            .create_new(copying.has("excl"))
            .append(copying.has("append"));
        let mut file = options
            .open(os_string(&name[..]))
            .map_err(named("failed to open", name))?;
        let unit = if copying.has("seek_bytes") {
            1
        } else {
            copying.output_block
        };
        let at = copying.seek.saturating_mul(unit);
        if !copying.has("notrunc")
            && !copying.has("append")
            && file.metadata().is_ok_and(|found| found.is_file())
        {
            file.set_len(at)
                .map_err(named("failed to truncate", name))?;
        }
        if at > 0 {
            file.seek(SeekFrom::Start(at))
                .map_err(named("cannot seek", name))?;
        }
        out_file = Some(file);
    }
    let output: &mut dyn Write = match &mut out_file {
        Some(file) => file,
        None => &mut stdout,
    };
    let began = Instant::now();
    let mut buffer = vec![0; copying.input_block as usize];
    let (mut whole_in, mut part_in, mut whole_out, mut part_out, mut copied) =
        (0u64, 0u64, 0u64, 0u64, 0u64);
    let mut pending = Vec::new();
    let same = copying.input_block == copying.output_block;
    let by_bytes = copying.has("count_bytes");
    loop {
        let left = match copying.count {
            Some(count) if by_bytes => {
                count.saturating_sub(whole_in * copying.input_block + part_in)
            }
            Some(count) if whole_in + part_in >= count => 0,
            _ => u64::MAX,
        };
        if left == 0 {
            break;
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let mut read = 0;
        loop {
            match input.read(&mut buffer[read..most]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let name = copying.input.as_deref().unwrap_or(b"standard input");
                    return Err(named("error reading", name)(error));
                }
            }
            if read == most || !copying.has("fullblock") {
                break;
            }
        }
        if read == 0 {
            break;
        }
        if read == buffer.len() {
            whole_in += 1;
        } else {
            part_in += if by_bytes { read as u64 } else { 1 };
        }
        if copying.has("sync") && read < buffer.len() {
            buffer[read..].fill(0);
            read = buffer.len();
        }
        let block = &mut buffer[..read];
        if copying.has("lcase") {
            block.make_ascii_lowercase();
        }
        if copying.has("ucase") {
            block.make_ascii_uppercase();
        }
        if copying.has("swab") {
            block.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        }
        let failed = named(
            "error writing",
            copying.output.as_deref().unwrap_or(b"standard output"),
        );
        copied += read as u64;
        if same {
            output.write_all(block).map_err(failed)?;
            if read as u64 == copying.output_block {
                whole_out += 1;
            } else {
                part_out += 1;
            }
            continue;
        }
        pending.extend_from_slice(block);
        while pending.len() as u64 >= copying.output_block {
            let rest = pending.split_off(copying.output_block as usize);
            output.write_all(&pending).map_err(&failed)?;
            pending = rest;
            whole_out += 1;
        }
    }
    let failed = named(
        "error writing",
        copying.output.as_deref().unwrap_or(b"standard output"),
    );
    if !pending.is_empty() {
        output.write_all(&pending).map_err(&failed)?;
        part_out += 1;
    }
    output.flush().map_err(&failed)?;
    if let Some(file) = &out_file
        && (copying.has("fsync") || copying.has("fdatasync"))
    {
        file.sync_all().map_err(&failed)?;
    }
    if by_bytes {
        part_in = u64::from(part_in > 0);
    }
    if copying.status != "none" {
        eprintln!("{whole_in}+{part_in} records in\n{whole_out}+{part_out} records out");
        if copying.status != "noxfer" {
            let seconds = began.elapsed().as_secs_f64().max(1e-9);
            let rate = human((copied as f64 / seconds) as u64, 1000);
            let unit = if copied == 1 { "byte" } else { "bytes" };
            let scaled = if copied >= 1000 {
                format!(
                    " ({}B, {}B)",
                    human(copied, 1000),
                    human(copied, 1024) + "i"
                )
            } else {
                String::new()
            };
            eprintln!("{copied} {unit}{scaled} copied, {seconds:.6} s, {rate}B/s");
        }
    }
    Ok(())
}

const INSTALL: Takes = Takes {
    name: "install",
    help: "\
Usage: install [OPTION]... SOURCE DEST
       install [OPTION]... SOURCE... DIRECTORY
       install [OPTION]... -t DIRECTORY SOURCE...
       install [OPTION]... -d DIRECTORY...
Copy files while setting attributes.

  -d, --directory          treat all arguments as directory names; create all components
  -D                       create all leading components of DEST, then copy
  -m, --mode=MODE          set permission mode (as in chmod), instead of rwxr-xr-x
  -p, --preserve-timestamps  apply access/modification times of SOURCE
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory  treat DEST as a normal file
  -v, --verbose            print the name of each created file or directory
  -c, -s, -o OWNER, -g GROUP  accepted; a session has one user and its modules are not stripped
",
    letters: "dDm:pt:Tvcso:g:bC",
    long: &[
        ("directory", 'd'),
        ("mode", 'm'),
        ("preserve-timestamps", 'p'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
        ("verbose", 'v'),
        ("owner", 'o'),
        ("group", 'g'),
        ("strip", 's'),
        ("compare", 'C'),
    ],
    code: 1,
    command: false,
};

/// `install`.
pub fn install(arguments: Vec<OsString>) -> i32 {
    let given = match read(&INSTALL, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let wanted = given.text('m').unwrap_or_else(|| "755".to_owned());
    let Some(bits) = mode::parse(&wanted, 0, false, 0) else {
        complain("install", format_args!("invalid mode '{wanted}'"));
        return 1;
    };
    let mut operands = given.operands.clone();
    if operands.is_empty() {
        return usage_error_text("install", "missing file operand", 1);
    }
    let mut code = 0;
    let mut failed = |what: &str, name: &[u8], error: &io::Error| {
        complain(
            "install",
            format_args!("cannot {what} '{}': {}", text(name), reason(error)),
        );
        code = 1;
    };
    if given.has('d') {
        for name in &operands {
            match fs::create_dir_all(os_string(&name[..]))
                .and_then(|()| berth_guest::set_mode(name, true, bits))
            {
                Ok(()) if given.has('v') => {
                    println!("install: creating directory '{}'", text(name))
                }
                Ok(()) => {}
                Err(error) => failed("create directory", name, &error),
            }
        }
        return code;
    }
    let target = match given.value('t') {
        Some(directory) => directory.to_vec(),
        None => {
            let Some(target) = operands.pop() else {
                return 1;
            };
            if operands.is_empty() {
                return usage_error_text(
                    "install",
                    &format!("missing destination file operand after '{}'", text(&target)),
                    1,
                );
            }
            target
        }
    };
    let is_directory = given.has('t')
        || (!given.has('T')
            && fs::metadata(os_string(&target[..])).is_ok_and(|found| found.is_dir()));
    if operands.len() > 1 && !is_directory {
        complain(
            "install",
            format_args!("target '{}' is not a directory", text(&target)),
        );
        return 1;
    }
    for source in &operands {
        let base = source.rsplit(|byte| *byte == b'/').next().unwrap_or(source);
        let to = if is_directory {
            joined(&target, base)
        } else {
            target.clone()
        };
        if given.has('D')
            && let Some(slash) = to.iter().rposition(|byte| *byte == b'/')
            && let Err(error) = fs::create_dir_all(os_string(&to[..slash]))
        {
            failed("create directory", &to[..slash], &error);
            continue;
        }
        // What is there may be in use: a new file takes its place.
        let _ = fs::remove_file(os_string(&to[..]));
        let done = File::open(os_string(&source[..])).and_then(|mut from| {
            let mut file = File::create(os_string(&to[..]))?;
            io::copy(&mut from, &mut file)?;
            if given.has('p') {
                let found = from.metadata()?;
                let times = fs::FileTimes::new()
                    .set_accessed(found.accessed()?)
                    .set_modified(found.modified()?);
                file.set_times(times)?;
            }
            berth_guest::set_mode(&to, true, bits)
        });
        match done {
            Ok(()) if given.has('v') => println!("'{}' -> '{}'", text(source), text(&to)),
            Ok(()) => {}
            Err(error) => failed("install", source, &error),
        }
    }
    code
}

const SYNC: Takes = Takes {
    name: "sync",
    help: "\
Usage: sync [OPTION] [FILE]...
Bring FILEs to the disk. Without one everything is as good as there already: the server owns the disk.

  -d, --data         sync only file data, no unneeded metadata
  -f, --file-system  sync the file systems that contain the files
",
    letters: "df",
    long: &[("data", 'd'), ("file-system", 'f')],
    code: 1,
    command: false,
};

/// `sync`.
pub fn sync(arguments: Vec<OsString>) -> i32 {
    let given = match read(&SYNC, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut code = 0;
    for name in &given.operands {
        let synced = File::open(os_string(&name[..])).and_then(|file| {
            if given.has('d') {
                file.sync_data()
            } else {
                file.sync_all()
            }
        });
        if let Err(error) = synced {
            complain(
                "sync",
                format_args!("error syncing '{}': {}", text(name), reason(&error)),
            );
            code = 1;
        }
    }
    code
}
