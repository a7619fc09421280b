//! What reads and splits: `read`, `mapfile`, `getopts`, `select`; and what formats.

use proptest::prelude::*;

use super::pick::{pick, several};

fn separators() -> impl Strategy<Value = String> {
    pick(&[
        "",
        "IFS=: ",
        "IFS= ",
        "IFS=', ' ",
        "IFS=$'\\t' ",
        "IFS=$' \\t\\n:' ",
        "IFS=xy ",
        "IFS='\\' ",
        "IFS=:$'\\n' ",
        "IFS=\"'\" ",
    ])
}

fn text() -> impl Strategy<Value = String> {
    let piece = pick(&[
        "a", "b c", " ", "  ", ":", "::", ",", " , ", "\\t", "\\n", "\\\\", "\\\\\\n", "\\\\ ",
        "x", "y", "é", "'", "*", "end\\n",
    ]);
    // A backslash that is the last of all is nothing in bash's `read`, and there its own mark for one shows.
    several(piece, 0..8, "").prop_map(|text| {
        let end = if text.ends_with('\\') { "e" } else { "" };
        text.replace('\'', "\\047") + end
    })
}

pub fn read() -> impl Strategy<Value = String> {
    let options = pick(&[
        "",
        "-r",
        "-r",
        "-a v",
        "-ra v",
        "-d :",
        "-n 2",
        "-N 3",
        "-rd ''",
        "-rn 4",
        "-d x -r",
        "-n 0",
        "-u 0",
        "-t 5",
        "-e",
        "-s",
        "-N 4 -r",
        "-a v -n 3",
    ]);
    let names = pick(&["", "v", "v w", "v w u", "v v", "'m[k]' w", "'v[2]'"]);
    (separators(), text(), options, names, pick(&["", "; read -r z; echo \"$z\""])).prop_map(|(separators, text, options, names, rest)| {
        let names = if options.contains("-a") || options.contains("-ra") { String::new() } else { names };
        format!("declare -A m; printf '{text}' | {{ {separators}read {options} {names}; echo $?; declare -p REPLY v w u m 2>/dev/null{rest}; }}")
    })
}

pub fn split() -> impl Strategy<Value = String> {
    (separators(), text(), pick(&["$t", "\"$t\"", "$t$t", "a$t", "$t\"\"", "x$t'y'", "${t#a}", "${t:-z}", "${u:-$t}", "$(printf \"$f\")", "pre\"$t\"$t", "${t//b/ }", "$t $t", "${arr[@]}$t", "$t\"$@\"", "\"$@\"$t", "$*", "\"$*\"", "${*:2}", "\"${arr[*]}\"", "${arr[*]}"]))
        .prop_map(|(separators, text, word)| {
            let separators = if separators.is_empty() { "unset IFS".to_owned() } else { separators };
            format!("set -f; f='{text}'; printf -v t \"$f\"; {separators}; printf '<%s>' {word}; v={word}; printf '[%s]' \"$v\"; for w in {word}; do printf '(%s)' \"$w\"; done")
        })
}

pub fn mapfile() -> impl Strategy<Value = String> {
    let option = pick(&[
        "-t",
        "-n 2",
        "-s 1",
        "-O 2",
        "-d :",
        "-d ''",
        "-n 0",
        "-c 1 -C 'echo cb'",
        "-u 0",
        "-c 2 -C :",
        "-O 0",
        "-s 9",
    ]);
    (
        text(),
        several(option, 0..4, " "),
        pick(&[
            "",
            "v=(1 2 3 4)",
            "declare -A v",
            "v=s",
            "declare -i v",
            "readonly v",
        ]),
    )
        .prop_map(|(text, options, before)| {
            format!("{before}; mapfile {options} v < <(printf '{text}'); echo $?; declare -p v")
        })
}

pub fn getopts() -> impl Strategy<Value = String> {
    let word = pick(&[
        "-a", "-b", "-b val", "-bval", "-ab", "-abv", "-c", "-ca", "--", "-", "x", "-z", "-az",
        "-:", "--long", "-a-", "+a", "''", "-ba", "-?",
    ]);
    (pick(&["ab:c", ":ab:c", "ab:", ":a", "", "b:", "a:b:", "+ab", "a::"]), several(word, 0..5, " "), pick(&["", "OPTERR=0", "OPTIND=2", "local OPTIND=1"])).prop_map(|(options, words, before)| {
        format!("g() {{ {before}\nwhile getopts '{options}' o; do echo \"$o|$OPTARG|$OPTIND\"; done; echo \"$? $o $OPTIND\"; shift $((OPTIND - 1)); printf '<%s>' \"$@\"; }}; g {words}")
    })
}

pub fn select() -> impl Strategy<Value = String> {
    (several(pick(&["a", "'b c'", "''", "*", "{1..12}", "longer-item"]), 0..5, " "), several(pick(&["1", "2", "9", "", "x", " 1 ", "0", "-1"]), 0..4, "\\n"), pick(&["break", "continue", ":", "[[ $v ]] && break"])).prop_map(|(items, answers, body)| {
        format!("set -f; select v in {items}; do echo \"$REPLY|$v\"; {body}; done < <(printf '{answers}\\n'); echo $? \"$v\"")
    })
}

pub fn printf() -> impl Strategy<Value = String> {
    let conversion = (
        pick(&["", "-", "0", "+", " ", "#", "-0", "+ ", "'"]),
        pick(&["", "", "5", "1", "12", "*"]),
        pick(&["", "", ".2", ".0", ".", ".*", ".8"]),
        pick(&[
            "s", "d", "i", "u", "o", "x", "X", "c", "b", "q", "e", "f", "g", "E", "G", "s", "d",
        ]),
    )
        .prop_map(|(flags, width, precision, letter)| {
            format!("%{flags}{width}{precision}{letter}")
        });
    let piece = prop_oneof![
        5 => conversion,
        2 => pick(&["%%", "|", "\\n", "\\t", "\\x41", "\\101", "\\u00e9", "\\\\", "a", " ", "\\e", "\\c", "\\\"", "%(%Y)T", "\\q", "%", "%y", "é"]),
    ];
    let argument = pick(&[
        "a", "''", "5", "-5", "0", "3.14", "1e3", "0x1f", "010", "'\"A'", "\"'B\"", "'a b'",
        "'\\t'", "'\\\\n'", "abc", "12x", "é", ".5", "' 7'", "'x\\cy'", "$'n\\nl'", "-1", "'~'",
        "'*'", "3", "2",
    ]);
    (
        several(piece, 1..5, ""),
        several(argument, 0..6, " "),
        pick(&["", "-v v "]),
    )
        .prop_map(|(format, arguments, option)| {
            format!("printf {option}-- '{format}' {arguments}; echo \"|$?\"; printf '%s' \"$v\"")
        })
}

pub fn transform() -> impl Strategy<Value = String> {
    let letter = prop::collection::vec(
        pick(&[
            "a",
            "B",
            " ",
            "'",
            "\"",
            "\\",
            "$",
            "`",
            "!",
            "\\n",
            "\\t",
            "é",
            "~",
            "*",
            "%%",
            "#",
            "\\\\u0041",
            "-",
            "=",
            "{",
            "\\e",
            "ß",
            "\\x7f",
        ]),
        0..5,
    )
    .prop_map(|all| all.concat());
    (letter, pick(&["@Q", "@E", "@P", "@A", "@U", "@u", "@L", "@K", "@a", "^", "^^", ",", ",,", "~", "~~"])).prop_map(|(text, operator)| {
        let text = text.replace('\\', "\\\\").replace("\\\\x", "\\x").replace("\\\\n", "\\n").replace('\'', "\\'");
        format!("v=$'{text}'; printf '<%s>' \"${{v{operator}}}\" ${{v{operator}}}; printf '%q' \"$v\"; a=(\"$v\"); declare -p a v; set | grep -a '^v='; alias v=\"$v\"; alias")
    })
}
