//! What each key does, in each mode; without processes (those are in `background`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, timeout};

use super::termios::{VEOL, VERASE, VMIN, VTIME, input, local, output};
use super::*;
use crate::file::{Flags, Interest};
use crate::limits::{TTY_INPUT_BYTES, TTY_OUTPUT_BYTES};

const WINSIZE: Winsize = Winsize {
    rows: 24,
    columns: 80,
};

fn tty() -> Arc<Tty> {
    Tty::new(WINSIZE, Weak::new())
}

fn with(change: impl FnOnce(&mut Termios)) -> Arc<Tty> {
    let tty = tty();
    let mut termios = tty.attributes();
    change(&mut termios);
    tty.set_attributes(None, &termios, When::Now).unwrap();
    tty
}

fn raw(minimum: u8, time: u8) -> Arc<Tty> {
    with(|termios| {
        termios.local &= !(local::ICANON | local::ECHO);
        termios.cc[VMIN] = minimum;
        termios.cc[VTIME] = time;
    })
}

/// Everything that is shown, control characters readable.
fn shown(tty: &Tty) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 1000];
    loop {
        match tty.read_output(&mut buffer) {
            0 => break,
            count => all.extend(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&all)
        .replace('\x08', "<")
        .replace('\x07', "!")
}

/// What reads of 4096 bytes give until one would wait; an end of file is an empty one.
fn reads(tty: &Arc<Tty>) -> Vec<String> {
    let file = tty.file();
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count) = file.try_read(None, &mut buffer) {
        all.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
    }
    all
}

fn read(file: &dyn File, size: usize) -> Result<Vec<u8>> {
    let mut buffer = vec![0; size];
    let count = file.try_read(None, &mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

#[test]
fn cooked_keys_do_what_people_expect() {
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("a line", "ls\r", "ls\r\n", &["ls\n"]),
        ("nothing before the line is ended", "ls", "ls", &[]),
        (
            "two lines are two reads",
            "a\nb\n",
            "a\r\nb\r\n",
            &["a\n", "b\n"],
        ),
        ("erase", "ab\x7fc\n", "ab< <c\r\n", &["ac\n"]),
        (
            "erase at the start of the line",
            "\x7fa\n",
            "a\r\n",
            &["a\n"],
        ),
        (
            "erase does not reach the line before",
            "a\n\x7f\n",
            "a\r\n\r\n",
            &["a\n", "\n"],
        ),
        (
            "a control character is shown as two and wiped as two",
            "\x01\x7f\n",
            "^A< << <\r\n",
            &["\n"],
        ),
        ("DEL typed literally", "\x16\x7f\n", "^<^?\r\n", &["\x7f\n"]),
        ("escape", "\x1b[A\n", "^[[A\r\n", &["\x1b[A\n"]),
        (
            "erase takes a whole letter",
            "aé\x7f\n",
            "aé< <\r\n",
            &["a\n"],
        ),
        (
            "erase takes a wide letter and both its columns",
            "한글\x7f\n",
            "한글< << <\r\n",
            &["한\n"],
        ),
        ("erase takes an emoji", "😀\x7f\n", "😀< << <\r\n", &["\n"]),
        (
            "erase takes a letter with its accent",
            "xe\u{301}\x7f\n",
            "xe\u{301}< <\r\n",
            &["x\n"],
        ),
        (
            "erase of a tab goes back to where it began",
            "ab\t\x7f\n",
            "ab\t<<<<<<\r\n",
            &["ab\n"],
        ),
        ("kill", "abc\x15d\n", "abc< << << <d\r\n", &["d\n"]),
        (
            "word erase",
            "foo bar\x17\n",
            "foo bar< << << <\r\n",
            &["foo \n"],
        ),
        (
            "word erase takes the blanks behind",
            "foo bar  \x17\n",
            "foo bar  < << << << << <\r\n",
            &["foo \n"],
        ),
        (
            "word erase knows Hangul",
            "a 한글\x17\n",
            "a 한글< << << << <\r\n",
            &["a \n"],
        ),
        ("reprint", "ab\x12c\n", "ab^R\r\nabc\r\n", &["abc\n"]),
        ("literal next", "\x16\x03\n", "^<^C\r\n", &["\x03\n"]),
        (
            "a literal newline ends nothing",
            "a\x16\nb\n",
            "a^<^Jb\r\n",
            &["a\nb\n"],
        ),
        ("end of file", "\x04", "", &[""]),
        (
            "end of file in a line hands it over",
            "ab\x04c\n",
            "abc\r\n",
            &["ab", "c\n"],
        ),
        (
            "twice end of file after a line",
            "ab\x04\x04",
            "ab",
            &["ab", ""],
        ),
        (
            "interrupt drops the line",
            "abc\x03d\n",
            "^Cd\r\n",
            &["d\n"],
        ),
        ("quit drops the line", "abc\x1cd\n", "^\\d\r\n", &["d\n"]),
        ("suspend drops the line", "abc\x1ad\n", "^Zd\r\n", &["d\n"]),
        (
            "stop holds the echo, start shows it",
            "a\x13b\x11c\n",
            "abc\r\n",
            &["abc\n"],
        ),
        ("while stopped nothing is shown", "a\x13b", "a", &[]),
        (
            "a literal stop is a character",
            "\x16\x13\n",
            "^<^S\r\n",
            &["\x13\n"],
        ),
        ("NUL is a character", "\0\n", "^@\r\n", &["\0\n"]),
    ];
    for (what, typed, echo, lines) in cases {
        let tty = tty();
        assert_eq!(tty.input(typed.as_bytes()), typed.len(), "{what}");
        assert_eq!(shown(&tty), *echo, "{what}: the screen");
        assert_eq!(reads(&tty), *lines, "{what}: the program");
    }
}

#[test]
fn every_mode_bit_does_its_part() {
    type Change = fn(&mut Termios);
    let cases: &[(&str, Change, &str, &str, &[&str])] = &[
        (
            "no echo",
            |t| t.local &= !local::ECHO,
            "ab\x7f\n",
            "",
            &["a\n"],
        ),
        (
            "only newlines echoed",
            |t| t.local = t.local & !local::ECHO | local::ECHONL,
            "ab\n",
            "\r\n",
            &["ab\n"],
        ),
        (
            "kill without echo",
            |t| t.local &= !local::ECHO,
            "ab\x15c\n",
            "",
            &["c\n"],
        ),
        (
            "no ECHOCTL",
            |t| t.local &= !local::ECHOCTL,
            "\x01\x7f\n",
            "\x01\r\n",
            &["\n"],
        ),
        (
            "no ECHOE",
            |t| t.local &= !local::ECHOE,
            "ab\x7f\n",
            "ab^?\r\n",
            &["a\n"],
        ),
        (
            "no ECHOKE",
            |t| t.local &= !local::ECHOKE,
            "ab\x15c\n",
            "ab^U\r\nc\r\n",
            &["c\n"],
        ),
        (
            "no ECHOK",
            |t| t.local &= !(local::ECHOKE | local::ECHOK),
            "ab\x15c\n",
            "ab^Uc\r\n",
            &["c\n"],
        ),
        (
            "no IEXTEN",
            |t| t.local &= !local::IEXTEN,
            "a\x17\x16\n",
            "a^W^V\r\n",
            &["a\x17\x16\n"],
        ),
        (
            "no ISIG",
            |t| t.local &= !local::ISIG,
            "a\x03\n",
            "a^C\r\n",
            &["a\x03\n"],
        ),
        (
            "NOFLSH",
            |t| t.local |= local::NOFLSH,
            "a\x03b\n",
            "a^Cb\r\n",
            &["ab\n"],
        ),
        (
            "no ICRNL",
            |t| t.input &= !input::ICRNL,
            "a\rb\n",
            "a^Mb\r\n",
            &["a\rb\n"],
        ),
        (
            "INLCR",
            |t| t.input = input::INLCR,
            "a\n\x04",
            "a^M",
            &["a\r"],
        ),
        (
            "IGNCR",
            |t| t.input |= input::IGNCR,
            "a\r\n",
            "a\r\n",
            &["a\n"],
        ),
        (
            "no IXON",
            |t| t.input &= !input::IXON,
            "\x13\n",
            "^S\r\n",
            &["\x13\n"],
        ),
        (
            "IXANY",
            |t| t.input |= input::IXANY,
            "\x13ab\n",
            "ab\r\n",
            &["ab\n"],
        ),
        (
            "ISTRIP",
            |t| t.input |= input::ISTRIP,
            "é\n",
            "C)\r\n",
            &["C)\n"],
        ),
        (
            "no ONLCR",
            |t| t.output &= !output::ONLCR,
            "a\n",
            "a\n",
            &["a\n"],
        ),
        (
            "no OPOST",
            |t| t.output &= !output::OPOST,
            "a\n",
            "a\n",
            &["a\n"],
        ),
        (
            "VEOL",
            |t| t.cc[VEOL] = b';',
            "a;b\n",
            "a;b\r\n",
            &["a;", "b\n"],
        ),
        (
            "VERASE moved",
            |t| t.cc[VERASE] = 8,
            "ab\x08\x7f\n",
            "ab< <^?\r\n",
            &["a\x7f\n"],
        ),
        (
            "VERASE off",
            |t| t.cc[VERASE] = 0,
            "a\x7f\0\n",
            "a^?^@\r\n",
            &["a\x7f\0\n"],
        ),
        (
            "raw",
            |t| t.local &= !local::ICANON,
            "a\x7f\x04\r\n",
            "a^?^D\r\n^J",
            &["a\x7f\x04\n\n"],
        ),
        (
            "raw with signals",
            |t| t.local &= !(local::ICANON | local::ECHO),
            "ab\x03c",
            "",
            &["c"],
        ),
    ];
    for (what, change, typed, echo, lines) in cases {
        let tty = with(change);
        assert_eq!(tty.input(typed.as_bytes()), typed.len(), "{what}");
        assert_eq!(shown(&tty), *echo, "{what}: the screen");
        assert_eq!(reads(&tty), *lines, "{what}: the program");
    }
    // Latin-1: two bytes, two columns.
    let tty = with(|t| t.input &= !input::IUTF8);
    tty.input("é\x7f\x04".as_bytes());
    assert_eq!(read(&*tty.file(), 9), Ok(vec![0xc3]));
}

#[test]
fn output_modes_shape_what_programs_write() {
    type Change = fn(&mut Termios);
    let cases: &[(&str, Change, &str, &str)] = &[
        ("usual", |_| {}, "a\nb\r\n\n", "a\r\nb\r\r\n\r\n"),
        ("none", |t| t.output = 0, "a\nb\r\n", "a\nb\r\n"),
        (
            "OCRNL",
            |t| t.output = output::OPOST | output::OCRNL,
            "a\rb",
            "a\nb",
        ),
        (
            "ONOCR",
            |t| t.output |= output::ONOCR,
            "\ra\rb\n\rc",
            "a\rb\r\nc",
        ),
        (
            "tabs",
            |t| t.output |= output::TAB3,
            "a\tb\t\n\tc",
            "a       b       \r\n        c",
        ),
    ];
    for (what, change, written, expected) in cases {
        let tty = with(change);
        assert_eq!(
            tty.file().try_write(None, written.as_bytes()),
            Ok(written.len()),
            "{what}"
        );
        assert_eq!(shown(&tty), *expected, "{what}");
    }
}

#[test]
fn a_short_buffer_gets_a_line_in_pieces_and_no_false_end() {
    let tty = tty();
    let file = tty.file();
    tty.input(b"abcdef\nxy\x04");
    assert_eq!(file.readiness().bytes, 7);
    assert_eq!(read(&*file, 4), Ok(b"abcd".to_vec()));
    assert_eq!(read(&*file, 4), Ok(b"ef\n".to_vec()));
    assert_eq!(read(&*file, 2), Ok(b"xy".to_vec()));
    assert_eq!(
        read(&*file, 2),
        Err(Errno::Again),
        "the end mark only pushed the bytes"
    );
    assert_eq!(read(&*file, 0), Ok(vec![]));
}

#[test]
fn a_full_line_beeps_drops_and_can_still_be_ended() {
    let tty = tty();
    let line = vec![b'x'; TTY_INPUT_BYTES + 100];
    assert_eq!(tty.input(&line), line.len());
    assert!(shown(&tty).ends_with("xxx!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"));
    assert_eq!(tty.input(b"\x7fy\n"), 3);
    let read = read(&*tty.file(), 2 * TTY_INPUT_BYTES).unwrap();
    assert_eq!(read.len(), TTY_INPUT_BYTES);
    assert!(read.ends_with(b"xy\n"));
}

#[test]
fn lines_that_nobody_reads_are_held_back_not_lost() {
    let tty = tty();
    let text = b"0123456789\n".repeat(1000);
    let mut typed = 0;
    let mut read_back = Vec::new();
    while typed < text.len() {
        let used = tty.input(&text[typed..]);
        typed += used;
        while let Ok(line) = read(&*tty.file(), 100) {
            read_back.extend(line);
        }
        shown(&tty);
    }
    assert_eq!(read_back, text);
    let tty = raw(1, 0);
    assert_eq!(tty.input(&text), TTY_INPUT_BYTES);
    assert_eq!(tty.input(b"x"), 0);
    assert_eq!(
        tty.input(b"\x03x"),
        2,
        "a signal needs no room, and makes some"
    );
}

#[test]
fn an_interrupt_overtakes_what_found_no_room() {
    let tty = tty();
    let lines = b"line\n".repeat(1000);
    let used = tty.input(&lines);
    let mut held = lines[used..].to_vec();
    assert_eq!(tty.overtake(&held), 0);
    held.extend(b"\x03ls\n");
    let done = tty.overtake(&held);
    assert_eq!(&held[done..], b"ls\n");
    assert!(shown(&tty).ends_with("^C"));
    assert_eq!(tty.input(&held[done..]), 3);
    assert_eq!(reads(&tty), ["ls\n"]);
}

#[test]
fn output_waits_for_the_host_and_echo_does_not() {
    let tty = tty();
    let file = tty.file();
    let block = vec![b'o'; TTY_OUTPUT_BYTES + 10];
    assert_eq!(file.try_write(None, &block), Ok(TTY_OUTPUT_BYTES));
    assert_eq!(file.try_write(None, &block), Err(Errno::Again));
    assert!(!file.readiness().writable);
    tty.input(b"hi");
    let all = shown(&tty);
    assert_eq!(all.len(), TTY_OUTPUT_BYTES + 2);
    assert!(all.ends_with("hi"));
    assert_eq!(file.try_write(None, b"\n"), Ok(1));
}

#[test]
fn a_newline_is_never_torn_from_its_return() {
    let tty = tty();
    let file = tty.file();
    assert_eq!(
        file.try_write(None, &vec![b'o'; TTY_OUTPUT_BYTES - 1]),
        Ok(TTY_OUTPUT_BYTES - 1)
    );
    assert_eq!(file.try_write(None, b"\n"), Err(Errno::Again));
    shown(&tty);
    assert_eq!(file.try_write(None, b"\n"), Ok(1));
    assert_eq!(shown(&tty), "\r\n");
}

#[test]
fn stop_holds_programs_and_an_interrupt_drops_what_they_wrote() {
    let tty = tty();
    let file = tty.file();
    file.try_write(None, b"before ").unwrap();
    tty.input(b"\x13");
    assert_eq!(file.try_write(None, b"after"), Err(Errno::Again));
    assert_eq!(shown(&tty), "before ");
    tty.input(b"\x11");
    assert_eq!(file.try_write(None, b"after"), Ok(5));
    tty.input(b"\x03");
    assert_eq!(shown(&tty), "^C");
}

#[test]
fn a_change_of_mode_keeps_what_was_typed() {
    let tty = tty();
    tty.input(b"ab\ncd");
    let cooked = tty.attributes();
    let mut raw = cooked;
    raw.local &= !local::ICANON;
    tty.set_attributes(None, &raw, When::Now).unwrap();
    let file = tty.file();
    assert_eq!(read(&*file, 4), Ok(b"ab\nc".to_vec()));
    tty.input(b"e");
    tty.set_attributes(None, &cooked, When::Drain).unwrap();
    assert_eq!(
        reads(&tty),
        ["de"],
        "what was typed raw is readable at once"
    );
    tty.input(b"gone");
    tty.set_attributes(None, &cooked, When::Flush).unwrap();
    tty.input(b"\n");
    assert_eq!(reads(&tty), ["\n"]);
}

#[test]
fn hanging_up_ends_reads_refuses_writes_and_keeps_the_output() {
    let tty = tty();
    let file = tty.file();
    file.try_write(None, b"bye").unwrap();
    tty.hang_up();
    tty.hang_up();
    assert_eq!(read(&*file, 4), Ok(vec![]));
    assert_eq!(file.try_write(None, b"x"), Err(Errno::Io));
    assert_eq!(
        tty.set_attributes(None, &Termios::default(), When::Now),
        Err(Errno::Io)
    );
    assert_eq!(tty.input(b"lost"), 4);
    assert!(file.readiness().hangup);
    assert_eq!(shown(&tty), "bye");
}

#[test]
fn a_raw_read_wants_its_minimum() {
    let tty = raw(3, 0);
    let file = tty.file();
    tty.input(b"ab");
    assert!(!file.readiness().readable);
    assert_eq!(read(&*file, 10), Err(Errno::Again));
    assert_eq!(
        read(&*file, 2),
        Ok(b"ab".to_vec()),
        "a smaller buffer is full sooner"
    );
    tty.input(b"abcd");
    assert_eq!(read(&*file, 10), Ok(b"abcd".to_vec()));
    assert_eq!(
        read(&*raw(0, 0).file(), 10),
        Ok(vec![]),
        "no minimum, no time: no waiting"
    );
    tty.input(b"a");
    file.set_flags(Flags::NONBLOCK).unwrap();
    assert_eq!(
        read(&*file, 10),
        Ok(b"a".to_vec()),
        "who does not wait takes what there is"
    );
}

/// Reads as a door does: try, wait, try.
async fn read_waiting(file: &dyn File, size: usize) -> Vec<u8> {
    loop {
        match read(file, size) {
            Err(Errno::Again) => file.ready(Interest::Read).unwrap().await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_timed_read_gives_up() {
    let tty = raw(0, 5);
    let file = tty.file();
    let start = Instant::now();
    assert_eq!(read_waiting(&*file, 10).await, b"");
    assert_eq!(start.elapsed().as_millis() / 100, 5);
    let typing = Arc::clone(&tty);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        typing.input(b"x");
    });
    assert_eq!(read_waiting(&*file, 10).await, b"x");
    assert_eq!(start.elapsed().as_millis() / 100, 7);
    assert_eq!(
        read_waiting(&*file, 10).await,
        b"",
        "the clock starts anew with every read"
    );
    assert_eq!(start.elapsed().as_millis() / 100, 12);
    // A poll is no read: it has no clock.
    let poll = timeout(Duration::from_secs(60), file.ready(Interest::Read).unwrap());
    assert!(poll.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_pause_between_bytes_ends_a_read() {
    let tty = raw(10, 3);
    let file = tty.file();
    let typing = Arc::clone(&tty);
    tokio::spawn(async move {
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            typing.input(b"x");
        }
    });
    let start = Instant::now();
    assert_eq!(read_waiting(&*file, 10).await, b"xxxx");
    assert_eq!(start.elapsed().as_millis() / 100, 11);
}

#[tokio::test(start_paused = true)]
async fn waits_end_when_they_should() {
    let tty = raw(3, 0);
    let file = tty.file();
    assert_eq!(read(&*file, 10), Err(Errno::Again));
    tty.input(b"ab");
    let minute = Duration::from_secs(60);
    assert!(
        timeout(minute, file.ready(Interest::Read).unwrap())
            .await
            .is_err()
    );
    assert!(timeout(minute, tty.output_ready()).await.is_err());
    tty.input_ready().await;
    file.ready(Interest::Write).unwrap().await;
    assert_eq!(read(&*file, 1), Ok(b"a".to_vec()));
    tty.hang_up();
    file.ready(Interest::Read).unwrap().await;
    tty.output_ready().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_threads_lose_no_wake_up_and_no_byte() {
    const LINES: usize = 20_000;
    let tty = tty();
    let reader = Arc::clone(&tty);
    // A program that copies its input to its output, like cat.
    let program = tokio::spawn(async move {
        let file = reader.file();
        loop {
            let line = read_waiting(&*file, 100).await;
            if line.is_empty() {
                return;
            }
            let mut rest = &line[..];
            while !rest.is_empty() {
                match file.try_write(None, rest) {
                    Err(Errno::Again) => file.ready(Interest::Write).unwrap().await,
                    other => rest = &rest[other.unwrap()..],
                }
            }
        }
    });
    let typist = Arc::clone(&tty);
    let typing = tokio::spawn(async move {
        let text: Vec<u8> = (0..LINES)
            .flat_map(|n| format!("{n}\n").into_bytes())
            .chain([4])
            .collect();
        let mut rest = &text[..];
        while !rest.is_empty() {
            match typist.input(rest) {
                0 => typist.input_ready().await,
                used => rest = &rest[used..],
            }
        }
    });
    let mut attributes = tty.attributes();
    attributes.local &= !local::ECHO;
    tty.set_attributes(None, &attributes, When::Now).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 500];
    while !program.is_finished() || !seen.ends_with(format!("{}\r\n", LINES - 1).as_bytes()) {
        match tty.read_output(&mut buffer) {
            0 => {
                let _ = timeout(Duration::from_secs(1), tty.output_ready()).await;
            }
            count => seen.extend(&buffer[..count]),
        }
    }
    typing.await.unwrap();
    program.await.unwrap();
    let seen = String::from_utf8(seen).unwrap();
    // The first lines may be there twice: typed before the echo was switched off.
    let mut expected = 0;
    for line in seen.lines() {
        if line == expected.to_string() {
            expected += 1;
        }
    }
    assert_eq!(expected, LINES);
}

fn any_termios() -> impl Strategy<Value = Termios> {
    (
        any::<u32>(),
        any::<u32>(),
        any::<u32>(),
        proptest::array::uniform17(any::<u8>()),
        any::<bool>(),
    )
        .prop_map(|(input, output, local, cc, usual)| {
            let mut termios = Termios {
                input,
                output,
                local,
                ..Termios::default()
            };
            if !usual {
                termios.cc[..17].copy_from_slice(&cc);
            }
            termios
        })
}

/// Bytes a person could type, the special ones often.
fn any_typing() -> impl Strategy<Value = Vec<u8>> {
    let key = prop_oneof![
        0u8..=0x1f,
        Just(0x7f),
        any::<u8>(),
        prop::sample::select(b"ab \t\n\r".to_vec()),
    ];
    let text = prop_oneof![
        proptest::collection::vec(key, 0..30),
        "[가-힣é😀a-z ]{0,8}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(text, 0..20).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn chunks_make_no_difference(
        termios in any_termios(),
        typing in any_typing(),
        cuts in proptest::collection::vec(1usize..9, 1..50),
    ) {
        let whole = tty();
        let bytewise = tty();
        let chunked = tty();
        for tty in [&whole, &bytewise, &chunked] {
            tty.set_attributes(None, &termios, When::Now).unwrap();
        }
        prop_assert_eq!(whole.input(&typing), typing.len());
        for &byte in &typing {
            prop_assert_eq!(bytewise.input(&[byte]), 1);
        }
        let mut rest = &typing[..];
        for cut in cuts.iter().cycle() {
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunked.input(chunk);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        for tty in [&bytewise, &chunked] {
            let mut seen = [0; 70_000];
            let mut expected = [0; 70_000];
            let count = tty.read_output(&mut seen);
            // Looked at, not taken: both comparisons need it.
            let same = { let state = whole.state(); state.discipline.output.peek(&mut expected) };
            prop_assert_eq!(&seen[..count], &expected[..same]);
        }
        let mut buffers = [[0; 64]; 3];
        for _ in 0..200 {
            let [a, b, c] = &mut buffers;
            let results = [
                whole.file().try_read(None, a),
                bytewise.file().try_read(None, b),
                chunked.file().try_read(None, c),
            ];
            prop_assert_eq!(results[0], results[1]);
            prop_assert_eq!(results[0], results[2]);
            prop_assert_eq!(buffers[0], buffers[1]);
            prop_assert_eq!(buffers[0], buffers[2]);
            if results[0].is_err() || results[0] == Ok(0) {
                break;
            }
        }
    }

    #[test]
    fn whatever_happens_the_buffers_stay_bounded(
        steps in proptest::collection::vec((0u8..6, any_typing(), any_termios(), 1usize..3000), 1..40),
    ) {
        let tty = tty();
        let file = tty.file();
        for (what, bytes, termios, size) in steps {
            let many = bytes.repeat(size / 10 + 1);
            match what {
                0 | 1 => { tty.input(&many); }
                2 => { let _ = file.try_write(None, &many); }
                3 => { let _ = file.try_read(None, &mut vec![0; size]); }
                4 => { tty.read_output(&mut vec![0; size]); }
                _ => tty.set_attributes(None, &termios, When::Drain).unwrap(),
            }
            let state = tty.state();
            prop_assert!(state.discipline.input.len() <= TTY_INPUT_BYTES);
            prop_assert!(state.discipline.input.complete() <= state.discipline.input.len());
            prop_assert!(state.discipline.output.len() <= TTY_OUTPUT_BYTES + 2 * 4096);
        }
    }
}
