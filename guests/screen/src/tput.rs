//! `tput`: what a terminal like xterm understands. A session's terminal is one.

use std::ffi::OsString;
use std::os::fd::AsFd;

use berth_multicall::{bytes, print, print_help, text};

const HELP: &str = "\
Usage: tput [-T TERM] CAPNAME [PARAMETER]...
Print what the terminal understands: bold, sgr0, setaf N, setab N, cup ROW COLUMN, clear, el, ed, civis, cnorm,
smcup, rmcup, smul, rmul, rev, dim, smso, rmso, cols, lines, colors, and their like.
";

/// Names and what they print; `%1` and `%2` are parameters, `%i1` and `%i2` the same counted from 1.
const CAPABILITIES: [(&str, &str); 44] = [
    ("bold", "\x1b[1m"),
    ("dim", "\x1b[2m"),
    ("sitm", "\x1b[3m"),
    ("ritm", "\x1b[23m"),
    ("smul", "\x1b[4m"),
    ("rmul", "\x1b[24m"),
    ("blink", "\x1b[5m"),
    ("rev", "\x1b[7m"),
    ("smso", "\x1b[7m"),
    ("rmso", "\x1b[27m"),
    ("invis", "\x1b[8m"),
    ("sgr0", "\x1b(B\x1b[m"),
    ("op", "\x1b[39;49m"),
    ("setaf", "\x1b[38;5;%1m"),
    ("setab", "\x1b[48;5;%1m"),
    ("cup", "\x1b[%i1;%i2H"),
    ("home", "\x1b[H"),
    ("clear", "\x1b[H\x1b[2J\x1b[3J"),
    ("el", "\x1b[K"),
    ("el1", "\x1b[1K"),
    ("ed", "\x1b[J"),
    ("civis", "\x1b[?25l"),
    ("cnorm", "\x1b[?12l\x1b[?25h"),
    ("cvvis", "\x1b[?12;25h"),
    ("smcup", "\x1b[?1049h\x1b[22;0;0t"),
    ("rmcup", "\x1b[?1049l\x1b[23;0;0t"),
    ("sc", "\x1b7"),
    ("rc", "\x1b8"),
    ("cuu1", "\x1b[A"),
    ("cud1", "\n"),
    ("cuf1", "\x1b[C"),
    ("cub1", "\x08"),
    ("cuu", "\x1b[%1A"),
    ("cud", "\x1b[%1B"),
    ("cuf", "\x1b[%1C"),
    ("cub", "\x1b[%1D"),
    ("hpa", "\x1b[%i1G"),
    ("vpa", "\x1b[%i1d"),
    ("il1", "\x1b[L"),
    ("dl1", "\x1b[M"),
    ("bel", "\x07"),
    ("cr", "\r"),
    ("kbs", "\x7f"),
    ("reset", "\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>"),
];
/// The terminal shows so many colors.
const COLORS: &str = "256";

/// `tput`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let mut words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| text(bytes(word)))
        .collect();
    if words.iter().any(|word| word == "--help") {
        return print_help("tput", HELP);
    }
    if words.first().is_some_and(|word| word == "-T") {
        words.drain(..words.len().min(2));
    }
    let Some((name, parameters)) = words.split_first() else {
        eprint!("{HELP}");
        return 2;
    };
    let size = [
        std::io::stdout().as_fd(),
        std::io::stderr().as_fd(),
        std::io::stdin().as_fd(),
    ]
    .into_iter()
    .find_map(|fd| berth_guest::tty_window_size(fd).ok())
    .filter(|size| size.rows > 0);
    let shown = match name.as_str() {
        "cols" => format!("{}\n", size.map_or(80, |size| size.columns)),
        "lines" => format!("{}\n", size.map_or(24, |size| size.rows)),
        "colors" => format!("{COLORS}\n"),
        "longname" => "xterm with 256 colors".to_owned(),
        "init" => String::new(),
        _ => {
            let Some((_, sequence)) = CAPABILITIES.iter().find(|(known, _)| known == name) else {
                eprintln!("tput: unknown terminfo capability '{name}'");
                return 4;
            };
            let number = |index: usize| {
                parameters
                    .get(index)
                    .and_then(|word| word.parse::<u32>().ok())
                    .unwrap_or(0)
            };
            sequence
                .replace("%i1", &(number(0) + 1).to_string())
                .replace("%i2", &(number(1) + 1).to_string())
                .replace("%1", &number(0).to_string())
        }
    };
    print("tput", shown.as_bytes())
}
