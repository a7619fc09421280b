//! `stty`: shows and changes the terminal on standard input.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::os::fd::AsFd;

use berth_guest::{ApplyWhen, TerminalAttributes, WindowSize};

use super::terminal_modes::{CHARACTERS, Character, MODES, RAW_CLEARS, Word, mode_named};
use super::{complain, print, reason};

const HELP: &[u8] = b"\
Usage: stty [-a|-g|size]
       stty SETTING...
Show or change the terminal on standard input.

SETTINGs: [-]MODE as -a shows them, raw, -raw, cooked, sane, rows N, cols N,
CHARACTER VALUE (as in: intr ^C, erase undef), min N, time N, and what -g printed.
";
/// Lines of `stty -a` are not longer than this, in characters.
const LINE_WIDTH: usize = 80;
/// How many control characters the attributes hold.
const CHARACTER_COUNT: usize = 32;

/// `stty`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments
        .into_iter()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    if words.iter().any(|word| word == "--help") {
        return print("stty", HELP);
    }
    match run(&words) {
        Ok(text) => print("stty", text.as_bytes()),
        Err(problem) => {
            complain("stty", format_args!("{problem}"));
            1
        }
    }
}

/// Does what the words say; returns what there is to print.
fn run(words: &[String]) -> Result<String, String> {
    let input = io::stdin();
    let terminal = |error: io::Error| format!("standard input: {}", reason(&error));
    let attributes = berth_guest::tty_attributes(input.as_fd()).map_err(terminal)?;
    let size = berth_guest::tty_window_size(input.as_fd()).map_err(terminal)?;
    match words {
        [] => return Ok(summary(&attributes)),
        [word] if word == "-a" || word == "--all" => return Ok(everything(&attributes, size)),
        [word] if word == "-g" || word == "--save" => return Ok(saved(&attributes) + "\n"),
        [word] if word == "size" => return Ok(format!("{} {}\n", size.rows, size.columns)),
        _ => {}
    }
    let (new_attributes, new_size) = changed(attributes, size, words)?;
    if new_attributes != attributes {
        berth_guest::set_tty_attributes(input.as_fd(), &new_attributes, ApplyWhen::Drained)
            .map_err(terminal)?;
    }
    if new_size != size {
        berth_guest::set_tty_window_size(input.as_fd(), new_size).map_err(terminal)?;
    }
    Ok(String::new())
}

/// The settings after all of `words`; nothing is set when one of them is wrong.
fn changed(
    mut attributes: TerminalAttributes,
    mut size: WindowSize,
    words: &[String],
) -> Result<(TerminalAttributes, WindowSize), String> {
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut argument = || {
            words
                .next()
                .ok_or_else(|| format!("missing argument to '{word}'"))
        };
        let (name, on) = match word.strip_prefix('-') {
            Some(name) => (name, false),
            None => (word, true),
        };
        if let Some(mode) = mode_named(name) {
            mode.set(&mut attributes, on);
        } else if let Some(character) = CHARACTERS.iter().find(|character| character.name == word) {
            attributes.control_characters[character.position] =
                character_value(character, argument()?)?;
        } else {
            match word {
                "rows" => size.rows = number(argument()?)?,
                "cols" | "columns" => size.columns = number(argument()?)?,
                "raw" | "-cooked" => set_raw(&mut attributes),
                "-raw" | "cooked" => set_cooked(&mut attributes),
                "sane" => set_sane(&mut attributes),
                _ => restore(&mut attributes, word)
                    .ok_or_else(|| format!("invalid argument '{word}'"))?,
            }
        }
    }
    Ok((attributes, size))
}

fn set_raw(attributes: &mut TerminalAttributes) {
    for mode in RAW_CLEARS.into_iter().filter_map(mode_named) {
        mode.set(attributes, false);
    }
    for character in CHARACTERS.iter().filter(|character| character.number) {
        attributes.control_characters[character.position] = character.sane;
    }
}

fn set_cooked(attributes: &mut TerminalAttributes) {
    for mode in RAW_CLEARS.into_iter().filter_map(mode_named) {
        if mode.sane == Some(true) {
            mode.set(attributes, true);
        }
    }
}

fn set_sane(attributes: &mut TerminalAttributes) {
    for mode in &MODES {
        if let Some(on) = mode.sane {
            mode.set(attributes, on);
        }
    }
    for character in &CHARACTERS {
        attributes.control_characters[character.position] = character.sane;
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("invalid integer argument '{text}'"))
}

/// `^C`, `^?`, `undef`, `^-`, a single character, or a number for `min` and `time`.
fn character_value(character: &Character, text: &str) -> Result<u8, String> {
    if character.number {
        return number(text);
    }
    match text.as_bytes() {
        b"undef" | b"^-" => Ok(0),
        b"^?" => Ok(0x7f),
        [b'^', letter] => Ok(letter.to_ascii_uppercase() & 0x1f),
        [byte] => Ok(*byte),
        _ => Err(format!(
            "invalid character '{text}' for '{}'",
            character.name
        )),
    }
}

/// A control character as people write it.
fn shown(value: u8) -> String {
    match value {
        0 => "<undef>".to_owned(),
        0x7f => "^?".to_owned(),
        1..=0x1f => format!("^{}", char::from(value | 0x40)),
        _ => char::from(value).to_string(),
    }
}

/// What plain `stty` prints: that the speed means nothing, and what differs from `sane`.
fn summary(attributes: &TerminalAttributes) -> String {
    let mut sane = *attributes;
    set_sane(&mut sane);
    let modes = MODES
        .iter()
        .filter(|mode| mode.is_on(attributes) != mode.is_on(&sane));
    let modes: Vec<_> = modes
        .map(|mode| signed(mode.name, mode.is_on(attributes)))
        .collect();
    let mut text = String::from("speed 38400 baud; line = 0;\n");
    text.push_str(&wrapped(&modes));
    text
}

/// What `stty -a` prints.
fn everything(attributes: &TerminalAttributes, size: WindowSize) -> String {
    let mut text = format!(
        "speed 38400 baud; rows {}; columns {}; line = 0;\n",
        size.rows, size.columns
    );
    let characters: Vec<_> = CHARACTERS
        .iter()
        .map(|character| {
            let value = attributes.control_characters[character.position];
            let value = if character.number {
                value.to_string()
            } else {
                shown(value)
            };
            format!("{} = {value};", character.name)
        })
        .collect();
    text.push_str(&wrapped(&characters));
    for word in [Word::Control, Word::Input, Word::Output, Word::Local] {
        let modes = MODES.iter().filter(|mode| mode.word == word);
        let modes: Vec<_> = modes
            .map(|mode| signed(mode.name, mode.is_on(attributes)))
            .collect();
        text.push_str(&wrapped(&modes));
    }
    text
}

fn signed(name: &str, on: bool) -> String {
    if on {
        name.to_owned()
    } else {
        format!("-{name}")
    }
}

/// Words on lines of at most [`LINE_WIDTH`] characters.
fn wrapped(words: &[String]) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in words {
        if column > 0 && column + 1 + word.len() > LINE_WIDTH {
            text.push('\n');
            column = 0;
        }
        if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    if column > 0 {
        text.push('\n');
    }
    text
}

/// All attributes as one word that [`restore`] understands.
fn saved(attributes: &TerminalAttributes) -> String {
    let mut text = format!(
        "{:x}:{:x}:{:x}:{:x}",
        attributes.input, attributes.output, attributes.control, attributes.local
    );
    for character in attributes.control_characters {
        // Writing to a string cannot fail.
        let _ = write!(text, ":{character:x}");
    }
    text
}

/// Sets what [`saved`] wrote; `None` when it is something else.
fn restore(attributes: &mut TerminalAttributes, text: &str) -> Option<()> {
    let mut parts = text.split(':');
    let mut word = || u32::from_str_radix(parts.next()?, 16).ok();
    let (input, output, control, local) = (word()?, word()?, word()?, word()?);
    let mut control_characters = [0; CHARACTER_COUNT];
    for character in &mut control_characters {
        *character = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    if parts.next().is_some() {
        return None;
    }
    *attributes = TerminalAttributes {
        input,
        output,
        control,
        local,
        control_characters,
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: WindowSize = WindowSize {
        rows: 24,
        columns: 80,
    };

    fn sane() -> TerminalAttributes {
        let mut attributes = TerminalAttributes {
            input: 0,
            output: 0,
            control: 0,
            local: 0,
            control_characters: [0; 32],
        };
        set_sane(&mut attributes);
        attributes
    }

    fn after(words: &[&str]) -> Result<(TerminalAttributes, WindowSize), String> {
        changed(
            sane(),
            SIZE,
            &words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    fn is_on(attributes: &TerminalAttributes, name: &str) -> bool {
        mode_named(name).unwrap().is_on(attributes)
    }

    #[test]
    fn echo_can_be_turned_off_and_on() {
        let (attributes, _) = after(&["-echo"]).unwrap();
        assert!(!is_on(&attributes, "echo"));
        assert!(is_on(&attributes, "icanon"));
        assert_eq!(after(&["-echo", "echo"]).unwrap().0, sane());
    }

    #[test]
    fn raw_gives_every_byte_at_once_and_cooked_takes_it_back() {
        let (attributes, _) = after(&["raw"]).unwrap();
        for mode in ["icanon", "isig", "icrnl", "opost"] {
            assert!(!is_on(&attributes, mode), "{mode}");
        }
        assert_eq!(after(&["raw", "-raw"]).unwrap().0, sane());
        assert_eq!(after(&["raw", "-echo", "sane"]).unwrap().0, sane());
    }

    #[test]
    fn saved_settings_can_be_given_back() {
        let (attributes, _) = after(&["raw", "-echo", "intr", "^X"]).unwrap();
        let text = saved(&attributes);
        assert_eq!(after(&[&text]).unwrap().0, attributes);
        let (_, without_first_word) = text.split_once(':').unwrap();
        assert!(after(&[without_first_word]).is_err());
    }

    #[test]
    fn sizes_and_characters_take_values() {
        assert_eq!(
            after(&["rows", "5", "cols", "7"]).unwrap().1,
            WindowSize {
                rows: 5,
                columns: 7
            }
        );
        let (attributes, _) = after(&["intr", "^g", "erase", "undef", "min", "3"]).unwrap();
        assert_eq!(attributes.control_characters[0], 7);
        assert_eq!(attributes.control_characters[2], 0);
        assert_eq!(attributes.control_characters[6], 3);
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [
            &["nonsense"][..],
            &["rows"],
            &["rows", "-1"],
            &["intr", "abc"],
            &["min", "300"],
        ] {
            assert!(after(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn everything_is_shown_within_the_width_of_a_terminal() {
        let text = everything(&sane(), SIZE);
        assert!(text.starts_with(
            "speed 38400 baud; rows 24; columns 80; line = 0;\nintr = ^C; quit = ^\\;"
        ));
        assert!(text.contains(" icanon "));
        assert!(text.contains("-tostop"));
        assert!(text.lines().all(|line| line.len() <= LINE_WIDTH), "{text}");
    }
}
