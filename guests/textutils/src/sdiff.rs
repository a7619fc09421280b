//! `sdiff`: two files beside each other, and one made of both.
//!
//! Without `-o` it is `diff -y` under other letters.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};

use berth_multicall::takes::{Given, Takes, read};
use berth_multicall::{End, complain, os_string, read_all, reason, run, text};

use crate::diff;
use crate::diff::script::{Comparison, Script};

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;
/// What edits, where `EDITOR` does not say.
const EDITOR: &[u8] = b"ed";

const HELP: &str = "\
Usage: sdiff [OPTION]... FILE1 FILE2
Side-by-side merge of differences between FILE1 and FILE2.

  -o, --output=FILE            ask which side to take, and write what comes of it to FILE
  -i, --ignore-case            consider upper- and lower-case to be the same
  -E, --ignore-tab-expansion   ignore changes due to tab expansion
  -Z, --ignore-trailing-space  ignore white space at line end
  -b, --ignore-space-change    ignore changes in the amount of white space
  -W, --ignore-all-space       ignore all white space
  -B, --ignore-blank-lines     ignore changes whose lines are all blank
      --strip-trailing-cr      strip trailing carriage return on input
  -a, --text                   treat all files as text
  -w, --width=NUM              output at most NUM (default 130) print columns
  -l, --left-column            output only the left column of common lines
  -s, --suppress-common-lines  do not output common lines
  -t, --expand-tabs            expand tabs to spaces in output
      --tabsize=NUM            tab stops at every NUM (default 8) print columns

Exit status is 0 if inputs are the same, 1 if different, 2 if trouble.
";

/// Said to whoever gives an answer that is none.
const ANSWERS: &str = "\
l, 1       the left side
r, 2       the right side
e          neither: write something new
el, e1     the left side, edited
er, e2     the right side, edited
eb         both sides, edited
ed         both sides with a heading each, edited
s, v       show lines that are the same no more, or again
q          end here
";

const TAKES: Takes = Takes {
    name: "sdiff",
    help: HELP,
    letters: "o:iEZbWBaw:lstdHT:R",
    long: &[
        ("output", 'o'),
        ("ignore-case", 'i'),
        ("ignore-tab-expansion", 'E'),
        ("ignore-trailing-space", 'Z'),
        ("ignore-space-change", 'b'),
        ("ignore-all-space", 'W'),
        ("ignore-blank-lines", 'B'),
        ("strip-trailing-cr", 'R'),
        ("text", 'a'),
        ("width", 'w'),
        ("left-column", 'l'),
        ("suppress-common-lines", 's'),
        ("expand-tabs", 't'),
        ("tabsize", 'T'),
        ("minimal", 'd'),
        ("speed-large-files", 'H'),
    ],
    code: EXIT_TROUBLE,
    command: false,
};

/// `sdiff`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [left, right] = &given.operands[..] else {
        let what = match (given.operands.get(2), given.operands.first()) {
            (Some(extra), _) => format!("extra operand '{}'", text(extra)),
            (None, Some(one)) => format!("missing operand after '{}'", text(one)),
            (None, None) => "missing operand".to_owned(),
        };
        complain("sdiff", format_args!("{what}"));
        complain(
            "sdiff",
            format_args!("Try 'sdiff --help' for more information."),
        );
        return EXIT_TROUBLE;
    };
    let Some(output) = given.value('o') else {
        return diff::main(as_diff(&given, left, right));
    };
    match merge(&given, left, right, output) {
        Ok(code) => code,
        Err((name, error)) => {
            complain("sdiff", format_args!("{}: {}", text(&name), reason(&error)));
            EXIT_TROUBLE
        }
    }
}

/// The command line of `diff -y`.
fn as_diff(given: &Given, left: &[u8], right: &[u8]) -> Vec<OsString> {
    let mut words: Vec<Vec<u8>> = vec![b"diff".to_vec(), b"-y".to_vec()];
    for (letter, value) in given.letters.iter().filter(|(letter, _)| *letter != 'o') {
        let long = match letter {
            'w' => "--width=",
            'T' => "--tabsize=",
            'W' => "--ignore-all-space",
            'l' => "--left-column",
            's' => "--suppress-common-lines",
            'R' => "--strip-trailing-cr",
            _ => "",
        };
        let mut word = long.as_bytes().to_vec();
        if word.is_empty() {
            word = format!("-{letter}").into_bytes();
        }
        word.extend(value.iter().flatten());
        words.push(word);
    }
    words.extend([b"--".to_vec(), left.to_vec(), right.to_vec()]);
    words.into_iter().map(os_string).collect()
}

/// A name and what happened to it.
type Trouble = (Vec<u8>, io::Error);

/// Asks for every difference which side to take.
fn merge(given: &Given, left: &[u8], right: &[u8], output: &[u8]) -> Result<i32, Trouble> {
    let about = |name: &[u8]| {
        let name = name.to_vec();
        move |error| (name, error)
    };
    let (old, new) = (
        read_all(left).map_err(about(left))?,
        read_all(right).map_err(about(right))?,
    );
    let comparison = Comparison {
        case: given.has('i'),
        trailing: given.has('E') || given.has('Z'),
        amount: given.has('b'),
        all_space: given.has('W'),
        blank_lines: given.has('B'),
        carriage_return: given.has('R'),
    };
    let script = Script::of(&old, &new, comparison);
    let mut file = File::create(os_string(output)).map_err(about(output))?;
    let mut put = |lines: &[&[u8]]| file.write_all(&lines.concat()).map_err(about(output));
    let mut silent = given.has('s');
    let mut at = 0;
    for change in &script.changes {
        let same = &script.old[at..change.old.0];
        if !silent {
            shown(given, same, same);
        }
        put(same)?;
        at = change.old.1;
        let sides = [
            &script.old[change.old.0..change.old.1],
            &script.new[change.new.0..change.new.1],
        ];
        shown(given, sides[0], sides[1]);
        loop {
            let Some(answer) = asked() else {
                return Ok(EXIT_TROUBLE);
            };
            match answer.as_str() {
                "l" | "1" => put(sides[0])?,
                "r" | "2" => put(sides[1])?,
                "q" => return Ok(EXIT_TROUBLE),
                "s" | "v" => {
                    silent = answer == "s";
                    continue;
                }
                "e" | "ed" | "eb" | "el" | "e1" | "er" | "e2" => {
                    let text = match answer.as_str() {
                        "e" => Vec::new(),
                        "el" | "e1" => sides[0].concat(),
                        "er" | "e2" => sides[1].concat(),
                        "eb" => [sides[0].concat(), sides[1].concat()].concat(),
                        _ => {
                            let head = |mark: &str, name: &[u8], (from, to): (usize, usize)| {
                                format!("{mark} {} {},{to}\n", text(name), from + 1).into_bytes()
                            };
                            [
                                head("---", left, change.old),
                                sides[0].concat(),
                                head("+++", right, change.new),
                                sides[1].concat(),
                            ]
                            .concat()
                        }
                    };
                    put(&[&edited(&text).map_err(about(b"editor"))?])?;
                }
                _ => {
                    eprint!("{ANSWERS}");
                    continue;
                }
            }
            break;
        }
    }
    let rest = &script.old[at..];
    if !silent {
        shown(given, rest, rest);
    }
    put(rest)?;
    Ok(i32::from(!script.changes.is_empty()))
}

/// Shows a piece of both files as the whole is shown.
fn shown(given: &Given, left: &[&[u8]], right: &[&[u8]]) {
    diff::side_by_side(as_diff(given, b"-", b"-"), &left.concat(), &right.concat());
}

/// The answer to the next question; `None` at the end of the input.
fn asked() -> Option<String> {
    print!("%");
    let _ = io::stdout().flush();
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}

/// What an editor makes of a text.
fn edited(text: &[u8]) -> io::Result<Vec<u8>> {
    let file = std::env::temp_dir().join(format!("sdiff-{}", std::process::id()));
    fs::write(&file, text)?;
    let editor = ["EDITOR", "VISUAL"]
        .iter()
        .find_map(std::env::var_os)
        .map_or(EDITOR.to_vec(), |editor| {
            berth_multicall::bytes(&editor).to_vec()
        });
    // An editor may come with options: the shell takes them apart.
    let command = [&editor[..], b" \"$1\""].concat();
    let name = berth_multicall::path_bytes(&file).to_vec();
    let words = [
        b"sh".to_vec(),
        b"-c".to_vec(),
        command,
        b"sh".to_vec(),
        name,
    ];
    let end = run(&words, None);
    let content = fs::read(&file);
    let _ = fs::remove_file(&file);
    match end? {
        End::Exited(0) => content,
        _ => Err(io::Error::other("the editor failed")),
    }
}
