//! The real Linux terminal as the judge: the same keys in the same mode must give the same screen
//! and the same reads.

use std::os::fd::OwnedFd;
use std::sync::Weak;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex,
    tcgetattr, tcsetattr,
};

use super::termios::{VEOF, VEOL, VERASE, VMIN, VTIME, VWERASE, input, local, output};
use super::*;

/// How long Linux may take; its line discipline runs on a kernel thread.
const PATIENCE: Duration = Duration::from_secs(5);

struct Linux {
    /// The host's side.
    master: OwnedFd,
    /// The program's side.
    slave: OwnedFd,
}

impl Linux {
    fn open(termios: &Termios) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let master = openpt(flags).expect("a pseudo-terminal");
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = open(
            name,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK,
            Mode::empty(),
        )
        .unwrap();
        fcntl_setfl(&master, fcntl_getfl(&master).unwrap() | OFlags::NONBLOCK).unwrap();

        let mut linux = tcgetattr(&slave).unwrap();
        linux.input_modes = InputModes::from_bits_retain(termios.input);
        linux.output_modes = OutputModes::from_bits_retain(termios.output);
        linux.control_modes = ControlModes::from_bits_retain(termios.control);
        linux.local_modes = LocalModes::from_bits_retain(termios.local);
        for (index, ours) in [
            (SpecialCodeIndex::VERASE, VERASE),
            (SpecialCodeIndex::VWERASE, VWERASE),
            (SpecialCodeIndex::VEOF, VEOF),
            (SpecialCodeIndex::VEOL, VEOL),
            (SpecialCodeIndex::VMIN, VMIN),
            (SpecialCodeIndex::VTIME, VTIME),
        ] {
            linux.special_codes[index] = termios.cc[ours];
        }
        tcsetattr(&slave, OptionalActions::Now, &linux).unwrap();
        Self { master, slave }
    }

    fn take(fd: &OwnedFd) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 8192];
        let count = rustix::io::read(fd, &mut buffer).ok()?;
        buffer.truncate(count);
        Some(buffer)
    }
}

fn readable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Types `typed` on both and compares.
fn compare(what: &str, termios: &Termios, typed: &[u8]) {
    let tty = Tty::new(
        Winsize {
            rows: 24,
            columns: 80,
        },
        Weak::new(),
    );
    tty.set_attributes(None, termios, When::Now).unwrap();
    assert_eq!(tty.input(typed), typed.len(), "{what}");
    let mut buffer = [0; 8192];
    let count = tty.read_output(&mut buffer);
    let screen = readable(&buffer[..count]);
    let file = tty.file();
    let mut reads = Vec::new();
    while let Ok(count) = file.try_read(None, &mut buffer) {
        reads.push(readable(&buffer[..count]));
    }

    let linux = Linux::open(termios);
    assert_eq!(rustix::io::write(&linux.master, typed), Ok(typed.len()));
    let deadline = Instant::now() + PATIENCE;
    let (mut linux_screen, mut linux_reads) = (Vec::new(), Vec::new());
    let mut settled = false;
    while Instant::now() < deadline {
        linux_screen.extend(Linux::take(&linux.master).unwrap_or_default());
        // All of the line discipline's work is done before its lines are read.
        if readable(&linux_screen) == screen {
            while let Some(bytes) = Linux::take(&linux.slave) {
                linux_reads.push(readable(&bytes));
            }
            if settled && linux_reads == reads {
                return;
            }
            settled = linux_reads == reads;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(
        (screen, reads),
        (readable(&linux_screen), linux_reads),
        "{what}: ours left, Linux' right"
    );
}

#[test]
fn cooked_keys_are_linuxes() {
    let keys: &[&str] = &[
        "ls -l\r",
        "ls\nls\n",
        "ab\x7fc\n",
        "\x7f\x7fa\n",
        "a\n\x7f\n",
        "\x01\x02\x1b\x7f\x7f\n",
        "aé\x7f\n",
        "éèê\x7f\x7fa\n",
        "e\u{301}\n",
        "a\tb\x7f\x7fc\n",
        "\t\x7f\x7f\n",
        "abcdefgh\t\x7fi\n",
        "a\t\tb\x7f\x7f\x7f\n",
        "\x01\t\x7f\n",
        "é\t\x7fx\n",
        "abc\x15def\n",
        "\x15\x17\n",
        "a\tb\x15c\n",
        "foo bar\x17baz\n",
        "foo bar  \x17\n",
        "foo-bar.baz\x17\x17\n",
        "/usr/local_x/bin\x17\n",
        "  \x17a\n",
        "café noir\x17\x17\n",
        "ab\x12c\n",
        "a\x01b\x12\x7f\x7f\n",
        "a\tb\x12\x7f\x7f\n",
        "\x12\n",
        "\x16\x03\n",
        "\x16\x16\x16\x7f\n",
        "a\x16\nb\n",
        "a\x16\n\x7f\x7fb\n",
        "\x16\x04\n",
        "\x16\x13\x16\x11\n",
        "\x16",
        "\x16\r\n",
        "ab\x04",
        "ab\x04\x04",
        "\x04",
        "ab\x04cd\x04ef\n",
        "a\n\x04b\n",
        "\x04\x04\x04",
        "a\x13\x11b\n",
        "\x13a\x7fb\x11\n",
        "\x13abc\n\x11d\n",
        "\0\n",
        "\x16\0\x7f\n",
        "\r\n\r\r",
        "\x08\x7f\n",
        "ab\x0bcd\x0c\n",
    ];
    for typed in keys {
        compare(
            &typed.escape_debug().to_string(),
            &Termios::default(),
            typed.as_bytes(),
        );
    }
    // Continuation bytes without a start are left out: Linux never erases them, here they go.
    for typed in [&b"\xff\xfe\x7f\n"[..], b"\xc3\x7f\n", b"\xe9\xe9\x17\n"] {
        compare(&readable(typed), &Termios::default(), typed);
    }
}

#[test]
fn modes_are_linuxes() {
    type Change = fn(&mut Termios);
    let modes: &[(&str, Change)] = &[
        ("no echo", |t| t.local &= !local::ECHO),
        ("echo of newlines only", |t| {
            t.local = t.local & !local::ECHO | local::ECHONL
        }),
        ("no ECHOCTL", |t| t.local &= !local::ECHOCTL),
        ("no ECHOE", |t| t.local &= !local::ECHOE),
        ("no ECHOKE", |t| t.local &= !local::ECHOKE),
        ("no ECHOK", |t| t.local &= !(local::ECHOKE | local::ECHOK)),
        ("no IEXTEN", |t| t.local &= !local::IEXTEN),
        ("no ISIG", |t| t.local &= !local::ISIG),
        ("NOFLSH", |t| t.local |= local::NOFLSH),
        ("no ICRNL", |t| t.input &= !input::ICRNL),
        ("INLCR", |t| t.input |= input::INLCR),
        ("IGNCR", |t| t.input |= input::IGNCR),
        ("no IXON", |t| t.input &= !input::IXON),
        ("IXANY", |t| t.input |= input::IXANY),
        ("ISTRIP", |t| t.input |= input::ISTRIP),
        ("no IUTF8", |t| t.input &= !input::IUTF8),
        ("no ONLCR", |t| t.output &= !output::ONLCR),
        ("no OPOST", |t| t.output &= !output::OPOST),
        ("TAB3", |t| t.output |= output::TAB3),
        ("OCRNL", |t| t.output |= output::OCRNL),
        ("ONLRET", |t| t.output = output::OPOST | output::ONLRET),
        ("VEOL", |t| t.cc[VEOL] = b'l'),
        ("VERASE is ^H", |t| t.cc[VERASE] = 8),
        ("VERASE is off", |t| t.cc[VERASE] = 0),
        ("raw", |t| t.local &= !local::ICANON),
        ("raw, no echo", |t| {
            t.local &= !(local::ICANON | local::ECHO | local::ISIG | local::IEXTEN)
        }),
    ];
    let keys: &[&str] = &[
        "hel\x7fl\x15word two\x17\x01\x7f\rnext\n",
        "a\tb\x7f\x7fé\x7f\x08\n",
        "x\x16\x03y\x12\r\nz\x04",
        "\x13ab\x11c\n",
    ];
    for (name, change) in modes {
        let mut termios = Termios::default();
        change(&mut termios);
        // A read without a minimum would never wait, on either side.
        termios.cc[VMIN] = 1;
        for typed in keys {
            compare(
                &format!("{name}: {}", typed.escape_debug()),
                &termios,
                typed.as_bytes(),
            );
        }
    }
    // Signal characters drop the queues; Linux would race its own echo but for these.
    let keep = Termios {
        local: Termios::default().local | local::NOFLSH,
        ..Termios::default()
    };
    for typed in [
        "ab\x03cd\n",
        "a\x1cb\n",
        "a\x1ab\x7f\x7fc\n",
        "a\x13\x03b\n",
    ] {
        compare(
            &format!("NOFLSH: {}", typed.escape_debug()),
            &keep,
            typed.as_bytes(),
        );
    }
    for typed in ["\x03ab\n", "\x1c\n", "\x1a\x7f\n"] {
        compare(
            &format!("flush: {}", typed.escape_debug()),
            &Termios::default(),
            typed.as_bytes(),
        );
    }
}

#[test]
fn output_is_linuxes() {
    let written = b"a\tb\r\nc\rd\n\r\n\te\x08\tf\xc3\xa9\tg\x1b[0m\n";
    let both = output::OPOST | output::ONLCR;
    for modes in [
        0,
        output::OPOST,
        both,
        both | output::OCRNL,
        both | output::ONOCR,
        output::OPOST | output::ONLRET,
        output::OPOST | output::OCRNL | output::ONLRET,
        both | output::TAB3,
        both | output::ONOCR | output::TAB3,
    ] {
        let termios = Termios {
            output: modes,
            ..Termios::default()
        };
        let tty = Tty::new(
            Winsize {
                rows: 24,
                columns: 80,
            },
            Weak::new(),
        );
        tty.set_attributes(None, &termios, When::Now).unwrap();
        assert_eq!(tty.file().try_write(None, written), Ok(written.len()));
        let mut buffer = [0; 1000];
        let count = tty.read_output(&mut buffer);
        let ours = readable(&buffer[..count]);

        let linux = Linux::open(&termios);
        assert_eq!(rustix::io::write(&linux.slave, written), Ok(written.len()));
        let deadline = Instant::now() + PATIENCE;
        let mut theirs = Vec::new();
        while readable(&theirs) != ours && Instant::now() < deadline {
            theirs.extend(Linux::take(&linux.master).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(
            ours,
            readable(&theirs),
            "output modes {modes:#x}: ours left, Linux' right"
        );
    }
}
