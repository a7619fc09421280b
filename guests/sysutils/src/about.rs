//! Small questions about the session, and programs that set what a session does not have: `uname`, `logname`, `users`,
//! `who`, `hostid`, `mount`, `mountpoint`, `uuidgen`, `mcookie`, `stdbuf`, `setsid`, `ionice`, `chrt`, `taskset`.

use std::ffi::OsString;
use std::fs;

use berth_guest::FileType;
use berth_multicall::{
    complain, environment, print, quoted, reason, run_instead, usage_error_text,
};

use crate::space::mounts;
use berth_multicall::takes::{Takes, read};

/// What scripts look for: the ABI is Linux's, whatever the machine.
const KERNEL: &str = "Linux";
const MACHINE: &str = "wasm32";
const OPERATING_SYSTEM: &str = "GNU/Linux";
/// Nobody has ever set another one in a container.
const HOST_ID: &str = "00000000";
const RANDOM: &str = "/dev/urandom";

const UNAME: Takes = Takes {
    name: "uname",
    help: "\
Usage: uname [OPTION]...
Print certain system information. With no OPTION, same as -s.

  -a, --all                print all information
  -s, --kernel-name        print the kernel name: Linux, whose interface a session has
  -n, --nodename           print the network node hostname
  -r, --kernel-release     print the kernel release: Berth's version
  -v, --kernel-version     print the kernel version
  -m, --machine            print the machine hardware name
  -p, --processor, -i, --hardware-platform  the same
  -o, --operating-system   print the operating system
",
    letters: "asnrvmpio",
    long: &[
        ("all", 'a'),
        ("kernel-name", 's'),
        ("sysname", 's'),
        ("nodename", 'n'),
        ("kernel-release", 'r'),
        ("release", 'r'),
        ("kernel-version", 'v'),
        ("machine", 'm'),
        ("processor", 'p'),
        ("hardware-platform", 'i'),
        ("operating-system", 'o'),
    ],
    code: 1,
    command: false,
};

/// `uname`.
pub fn uname(arguments: Vec<OsString>) -> i32 {
    let given = match read(&UNAME, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(operand) = given.operands.first() {
        let what = format!("extra operand {}", quoted(operand));
        return usage_error_text("uname", &what, 1);
    }
    // "Berth version 0.1.0 (wasm32) name-of-the-host"
    let version = fs::read_to_string("/proc/version").unwrap_or_default();
    let words: Vec<&str> = version.split_whitespace().collect();
    let release = words.get(2).copied().unwrap_or(env!("CARGO_PKG_VERSION"));
    let host = words.last().copied().unwrap_or("localhost");
    let kernel_version = format!("Berth {release}");
    let fields = [
        ('s', KERNEL),
        ('n', host),
        ('r', release),
        ('v', &kernel_version),
        ('m', MACHINE),
        ('p', MACHINE),
        ('i', MACHINE),
        ('o', OPERATING_SYSTEM),
    ];
    // As GNU's: what nobody knows is left out of everything.
    let all = given.has('a');
    let shown: Vec<&str> = fields
        .into_iter()
        .filter(|(letter, _)| match (all, given.letters.is_empty()) {
            (true, _) => !matches!(letter, 'p' | 'i'),
            (_, true) => *letter == 's',
            _ => given.has(*letter),
        })
        .map(|(_, text)| text)
        .collect();
    print("uname", format!("{}\n", shown.join(" ")).as_bytes())
}

/// A program without options that prints one text.
fn tell(name: &'static str, help: &'static str, arguments: Vec<OsString>, text: &str) -> i32 {
    let takes = Takes {
        name,
        help,
        letters: "abdHlmpqrstTu",
        long: &[],
        code: 1,
        command: false,
    };
    match read(&takes, arguments) {
        Ok(_) => print(name, text.as_bytes()),
        Err(code) => code,
    }
}

/// `logname`.
pub fn logname(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "Usage: logname\nPrint the name of the session's user.\n";
    let name = std::env::var("LOGNAME").or_else(|_| std::env::var("USER"));
    let line = format!("{}\n", name.as_deref().unwrap_or("work"));
    tell("logname", HELP, arguments, &line)
}

/// `users`: nobody logs in to a session.
pub fn users(arguments: Vec<OsString>) -> i32 {
    const HELP: &str =
        "Usage: users\nPrint who is logged in: nobody, a session is opened, not logged in to.\n";
    tell("users", HELP, arguments, "")
}

/// `who`: nobody logs in to a session.
pub fn who(arguments: Vec<OsString>) -> i32 {
    const HELP: &str =
        "Usage: who\nPrint who is logged in: nobody, a session is opened, not logged in to.\n";
    tell("who", HELP, arguments, "")
}

/// `hostid`.
pub fn hostid(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "Usage: hostid\nPrint the numeric identifier of the host.\n";
    tell("hostid", HELP, arguments, &format!("{HOST_ID}\n"))
}

/// `mount`: what is mounted. Folders are chosen when a session is made.
pub fn mount(arguments: Vec<OsString>) -> i32 {
    const TAKES: Takes = Takes {
        name: "mount",
        help: "Usage: mount\nPrint what is mounted. Folders are chosen when a session is made; nothing can be mounted from inside.\n",
        letters: "alt:o:v",
        long: &[],
        code: 1,
        command: false,
    };
    match read(&TAKES, arguments) {
        Ok(given) if given.operands.is_empty() => {
            let table = fs::read_to_string("/proc/mounts").unwrap_or_default();
            let access: Vec<&str> = table
                .lines()
                .map(|line| line.split(' ').nth(3).unwrap_or("rw"))
                .collect();
            let lines: String = mounts()
                .iter()
                .zip(access)
                .map(|(mount, access)| {
                    format!(
                        "{} on {} type {} ({access})\n",
                        mount.source, mount.path, mount.kind
                    )
                })
                .collect();
            print("mount", lines.as_bytes())
        }
        Ok(_) => {
            complain(
                "mount",
                format_args!("a session's folders are chosen when it is made"),
            );
            32
        }
        Err(code) => code,
    }
}

/// `mountpoint`.
pub fn mountpoint(arguments: Vec<OsString>) -> i32 {
    const TAKES: Takes = Takes {
        name: "mountpoint",
        help: "Usage: mountpoint [-q] DIRECTORY\nSay whether DIRECTORY is a mount point; with -q only as exit status.\n",
        letters: "q",
        long: &[("quiet", 'q')],
        code: 1,
        command: false,
    };
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [path] = &given.operands[..] else {
        return usage_error_text("mountpoint", "bad usage", 1);
    };
    let say = |what: &str| {
        if !given.has('q') {
            println!("{} {what}", berth_multicall::text(path));
        }
    };
    match berth_guest::status(path, true) {
        Err(error) => {
            if !given.has('q') {
                let name = berth_multicall::text(path);
                complain("mountpoint", format_args!("{name}: {}", reason(&error)));
            }
            1
        }
        Ok(found) if found.file_type != FileType::Directory => {
            say("is not a mountpoint");
            32
        }
        Ok(_) => {
            let real = fs::canonicalize(berth_multicall::os_string(&path[..]));
            let is_one = real.is_ok_and(|real| {
                let real = real.to_string_lossy().into_owned();
                mounts().iter().any(|mount| mount.path == real)
            });
            say(if is_one {
                "is a mountpoint"
            } else {
                "is not a mountpoint"
            });
            if is_one { 0 } else { 32 }
        }
    }
}

/// So many random bytes.
fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    std::io::Read::read_exact(&mut fs::File::open(RANDOM)?, &mut bytes)?;
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `uuidgen`: a random one.
pub fn uuidgen(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "Usage: uuidgen [-r]\nPrint a new random UUID.\n";
    let mut bytes = match random::<16>() {
        Ok(bytes) => bytes,
        Err(error) => {
            complain("uuidgen", format_args!("{RANDOM}: {}", reason(&error)));
            return 1;
        }
    };
    // RFC 9562: version 4, variant 10.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hexadecimal(&bytes);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    tell(
        "uuidgen",
        HELP,
        arguments,
        &format!("{}\n", parts.join("-")),
    )
}

/// `mcookie`.
pub fn mcookie(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "Usage: mcookie\nPrint 128 random bits as hexadecimal digits.\n";
    match random::<16>() {
        Ok(bytes) => tell(
            "mcookie",
            HELP,
            arguments,
            &format!("{}\n", hexadecimal(&bytes)),
        ),
        Err(error) => {
            complain("mcookie", format_args!("{RANDOM}: {}", reason(&error)));
            1
        }
    }
}

macro_rules! runners {
    ($($function:ident $name:literal $letters:literal $operands:literal $help:literal),* $(,)?) => {$(
        /// Runs a command; what this program would set does not exist in a session.
        pub fn $function(arguments: Vec<OsString>) -> i32 {
            const TAKES: Takes = Takes {
                name: $name,
                help: $help,
                letters: $letters,
                long: &[],
                code: 125,
                command: true,
            };
            run_command(&TAKES, $operands, arguments)
        }
    )*};
}

runners! {
    stdbuf "stdbuf" "i:o:e:" 0
        "Usage: stdbuf [-i MODE] [-o MODE] [-e MODE] COMMAND [ARG]...\nRun COMMAND. Programs here choose their buffers themselves: lines on a terminal, blocks elsewhere.\n",
    setsid "setsid" "cfw" 0
        "Usage: setsid [-c] [-f] [-w] COMMAND [ARG]...\nRun COMMAND. A terminal's programs all belong to its one session.\n",
    ionice "ionice" "c:n:t" 0
        "Usage: ionice [-c CLASS] [-n LEVEL] COMMAND [ARG]...\nRun COMMAND. A session has no priorities for input and output.\n",
    chrt "chrt" "abdfior" 1
        "Usage: chrt [-b | -f | -i | -o | -r] PRIORITY COMMAND [ARG]...\nRun COMMAND. A session has no scheduling policies.\n",
    taskset "taskset" "ac" 1
        "Usage: taskset [-c] MASK COMMAND [ARG]...\nRun COMMAND. A session's processes take turns on the processors they get.\n",
}

/// Runs the command behind the options and `skip` operands.
fn run_command(takes: &Takes, skip: usize, arguments: Vec<OsString>) -> i32 {
    let given = match read(takes, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let command: Vec<OsString> = given
        .operands
        .iter()
        .skip(skip)
        .map(|word| berth_multicall::os_string(&word[..]))
        .collect();
    if command.is_empty() {
        return usage_error_text(takes.name, "missing operand", takes.code);
    }
    run_instead(takes.name, &command, &environment(), takes.code)
}
