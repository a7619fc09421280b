//! `/proc`: what its files say. Only what is simple and true is there.

use std::fmt::Write as _;

use super::mount::{Access, Mounted};
use super::snapshot::Contents;
use super::special::{View, state_letter};
use crate::process::{Pid, Process};
use crate::{Errno, Result};

/// A file of `/proc` itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SystemFile {
    Uptime,
    Meminfo,
    Cpuinfo,
    Version,
}

/// A file of `/proc/<pid>`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ProcessFile {
    Status,
    Stat,
    Comm,
    Cmdline,
    Environ,
    Mounts,
}

impl SystemFile {
    pub const ALL: [Self; 4] = [Self::Cpuinfo, Self::Meminfo, Self::Uptime, Self::Version];

    pub fn name(self) -> &'static str {
        match self {
            Self::Uptime => "uptime",
            Self::Meminfo => "meminfo",
            Self::Cpuinfo => "cpuinfo",
            Self::Version => "version",
        }
    }

    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|file| file.name().as_bytes() == name)
    }

    /// What it says now. `ENOENT` before the session is there.
    pub fn contents(self, view: &View<'_>) -> Result<Contents> {
        let machine = view.machine.as_ref().ok_or(Errno::NoEntry)?;
        let text = match self {
            Self::Uptime => format!("{:.2} 0.00\n", machine.started().elapsed().as_secs_f64()),
            Self::Meminfo => {
                let total = machine.limits().memory_bytes;
                let free = total.saturating_sub(machine.memory_used_bytes());
                let mut text = String::new();
                for (name, bytes) in [
                    ("MemTotal", total),
                    ("MemFree", free),
                    ("MemAvailable", free),
                    ("SwapTotal", 0),
                    ("SwapFree", 0),
                ] {
                    let _ = writeln!(text, "{:<16}{:>8} kB", format!("{name}:"), bytes >> 10);
                }
                text
            }
            Self::Cpuinfo => {
                let processors =
                    std::thread::available_parallelism().map_or(1, |count| count.get());
                (0..processors)
                    .map(|number| format!("processor\t: {number}\nmodel name\t: WebAssembly\n\n"))
                    .collect()
            }
            Self::Version => {
                format!(
                    "Berth version {} (wasm32) {}\n",
                    env!("CARGO_PKG_VERSION"),
                    machine.hostname()
                )
            }
        };
        Ok(Contents::Text(text))
    }
}

impl ProcessFile {
    pub const ALL: [Self; 6] = [
        Self::Cmdline,
        Self::Comm,
        Self::Environ,
        Self::Mounts,
        Self::Stat,
        Self::Status,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Stat => "stat",
            Self::Comm => "comm",
            Self::Cmdline => "cmdline",
            Self::Environ => "environ",
            Self::Mounts => "mounts",
        }
    }

    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|file| file.name().as_bytes() == name)
    }

    /// What it says now about `pid`. `ENOENT` when that is gone.
    pub fn contents(
        self,
        pid: Pid,
        view: &View<'_>,
        mounts: impl FnOnce() -> String,
    ) -> Result<Contents> {
        view.with(pid, |process| {
            Ok(match self {
                Self::Status => Contents::Text(status(process)),
                Self::Stat => Contents::Text(stat(process)),
                Self::Comm => Contents::Text(format!("{}\n", name(process))),
                Self::Cmdline => Contents::Arguments(process.image()),
                Self::Environ => Contents::Environment(process.image()),
                Self::Mounts => Contents::Text(mounts()),
            })
        })
    }
}

/// The user every process of a session runs as.
const USER_ID: u32 = 1000;
/// Bytes of a command's name (`TASK_COMM_LEN` without its NUL).
const NAME_BYTES: usize = 15;

/// The program's name as `ps` shows it.
fn name(process: &Process) -> String {
    let image = process.image();
    let name = image
        .path
        .rsplit(|&byte| byte == b'/')
        .next()
        .unwrap_or_default();
    String::from_utf8_lossy(&name[..name.len().min(NAME_BYTES)]).replace(['\n', '\0'], "?")
}

fn status(process: &Process) -> String {
    let (letter, word) = state_letter(process.state());
    let memory_kib = process.memory_bytes() >> 10;
    format!(
        "Name:\t{}\nState:\t{letter} ({word})\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t{}\n\
         Uid:\t{USER_ID}\t{USER_ID}\t{USER_ID}\t{USER_ID}\nGid:\t{USER_ID}\t{USER_ID}\t{USER_ID}\t{USER_ID}\n\
         VmSize:\t{memory_kib:>8} kB\nVmRSS:\t{memory_kib:>8} kB\nThreads:\t1\n",
        name(process),
        process.parent(),
        pid = process.pid(),
    )
}

/// One line of 52 numbers (`proc_pid_stat(5)`); what has no meaning here is 0.
fn stat(process: &Process) -> String {
    const FIELDS: usize = 52;
    let foreground = process.controlling_tty().map_or(0, |tty| tty.foreground());
    let mut fields = vec!["0".to_owned(); FIELDS];
    let mut set = |number: usize, value: String| fields[number - 1] = value;
    set(1, process.pid().to_string());
    set(2, format!("({})", name(process)));
    set(3, state_letter(process.state()).0.to_string());
    set(4, process.parent().to_string());
    set(5, process.group().to_string());
    set(6, process.session().to_string());
    set(8, foreground.to_string());
    set(14, clock_ticks(process.ticks()).to_string());
    set(16, clock_ticks(process.children_ticks()).to_string());
    set(20, "1".to_owned());
    set(23, process.memory_bytes().to_string());
    fields.join(" ") + "\n"
}

/// Epoch ticks (2 ms each) in units of `_SC_CLK_TCK` (100 a second).
fn clock_ticks(ticks: u64) -> u64 {
    ticks / 5
}

/// `/proc/<pid>/mounts` (`fstab(5)`).
pub(super) fn mounts(mounts: &[std::sync::Arc<Mounted>], specials: &[&str]) -> String {
    let mut text = String::new();
    let mut line = |source: &str, path: &[u8], kind: &str, access: &str| {
        let _ = writeln!(
            text,
            "{} {} {kind} {access} 0 0",
            escaped(source.as_bytes()),
            escaped(path)
        );
    };
    for mounted in mounts {
        let access = match mounted.mount.access {
            Access::ReadOnly => "ro",
            Access::ReadWrite => "rw",
        };
        line(
            &mounted.mount.source,
            mounted.mount.path.as_bytes(),
            "berth",
            access,
        );
    }
    for path in specials {
        let kind = path.trim_start_matches('/');
        line(kind, path.as_bytes(), kind, "ro");
    }
    text
}

/// White space and backslashes in octal, as `getmntent(3)` undoes it.
fn escaped(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .chars()
        .fold(String::new(), |mut escaped, c| {
            match c {
                ' ' | '\t' | '\n' | '\\' => {
                    let _ = write!(escaped, "\\{:03o}", u32::from(c));
                }
                _ => escaped.push(c),
            }
            escaped
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_with_a_space_stays_one_field() {
        assert_eq!(escaped("내 폴더\n\\".as_bytes()), "내\\040폴더\\012\\134");
    }
}
