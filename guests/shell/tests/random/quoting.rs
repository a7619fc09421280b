//! Quotes within braces within quotes, here-documents in substitutions, and brace expansion.

use proptest::prelude::*;

use super::pick::{pick, several};

/// What may stand in `${x:-...}`, in quotes or not.
fn inner() -> impl Strategy<Value = String> {
    let leaf = pick(&[
        "a",
        " ",
        "  b",
        "''",
        "'c  d'",
        "\"\"",
        "\"e  f\"",
        "\\\"",
        "\\'",
        "\\}",
        "\\\\",
        "\\$",
        "\\a",
        "$x",
        "\"$x\"",
        "'$x'",
        "$'g\\th'",
        "*",
        "~",
        "{1,2}",
        "$n",
        "\"$@\"",
        "$*",
        "\"$*\"",
        "$(echo \"j  k\")",
        "`echo l`",
        "$((n+1))",
        ":",
        "/",
        "#",
        "=",
        "\n",
        "\"'\"",
        "\\`",
        "${y}",
    ]);
    let text = several(leaf, 0..4, "");
    text.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            2 => (name(), operator(), inner.clone()).prop_map(|(name, operator, inner)| format!("${{{name}{operator}{inner}}}")),
            2 => (name(), operator(), inner.clone()).prop_map(|(name, operator, inner)| format!("\"${{{name}{operator}{inner}}}\"")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
            1 => (inner.clone()).prop_map(|a| format!("$(printf '[%s]' {a})")),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    pick(&[
        "x", "y", "u", "1", "2", "@", "*", "arr[@]", "arr[*]", "9", "n", "z",
    ])
}

fn operator() -> impl Strategy<Value = String> {
    pick(&[
        ":-", "-", ":+", "+", ":=", "=", "#", "%", "##", "%%", "/", "//", "/x/", "/#o/", "//o/",
        "/ /",
    ])
}

/// Balanced as far as an unquoted single quote could ask for more lines.
pub fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("printf '<%s>' \"${{{name}{operator}{inner}}}\"")),
        4 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("printf '<%s>' ${{{name}{operator}{inner}}}")),
        1 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("v=${{{name}{operator}{inner}}}; printf '<%s>' \"$v\"")),
        1 => (name(), pick(&[":-", "-", ":+", "+", ":="]), inner()).prop_map(|(name, operator, inner)| format!("cat <<E\n${{{name}{operator}{inner}}}\nE")),
        1 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("cat <<<${{{name}{operator}{inner}}}")),
        1 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("case ${{{name}{operator}{inner}}} in 'one two') echo 1;; a*) echo 2;; *) echo 3;; esac")),
        1 => (name(), operator(), inner()).prop_map(|(name, operator, inner)| format!("[[ 'a \"' == ${{{name}{operator}{inner}}} ]]; echo $?")),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let piece = pick(&[
        "a",
        "  b",
        "\t",
        "$x",
        "\"$x\"",
        "'$x'",
        "\\$x",
        "\\",
        "\\\\",
        "\\`",
        "\\\"",
        "$(echo c  d)",
        "`echo e`",
        "$((n*2))",
        "${y:-f  g}",
        "${y:-'h'}",
        "${y:-\"i\"}",
        "${x#one}",
        "EOF ",
        "#",
        ";",
        ")",
        "$@",
        "\"$@\"",
        "$*",
        "`echo \\$x \\\\\\\\`",
        "\\\n",
    ]);
    several(piece, 0..4, "")
}

pub fn here_document() -> impl Strategy<Value = String> {
    let document = (
        pick(&["<<", "<<-"]),
        pick(&["EOF", "'EOF'", "\"EOF\"", "\\EOF", "E\"O\"F"]),
        several(line(), 0..4, "\n"),
        pick(&[
            "cat",
            "cat; echo after",
            "while read -r l; do echo \"[$l]\"; done",
            "wc -l",
            "cat - /dev/fd/3 3<<<three",
            "{ read l; echo $l; cat; }",
            "f",
        ]),
    )
        .prop_map(|(operator, delimiter, lines, command)| {
            let (command, rest) = command
                .split_once("; ")
                .filter(|_| command.starts_with("cat;"))
                .map_or((command.as_str(), String::new()), |(a, b)| {
                    (a, format!("; {b}"))
                });
            let gap = if lines.is_empty() { "" } else { "\n" };
            format!("{command} {operator}{delimiter}{rest}\n{lines}{gap}EOF\n")
        });
    document
        .prop_recursive(2, 4, 2, |inner| {
            prop_oneof![
                inner
                    .clone()
                    .prop_map(|inner| format!("echo \"$({inner})\"\n")),
                inner.clone().prop_map(|inner| format!("echo $({inner})\n")),
                inner
                    .clone()
                    .prop_map(|inner| format!("if true; then\n{inner}fi\n")),
                inner
                    .clone()
                    .prop_map(|inner| format!("cat <<A <<B\n1\nA\n2 $n\nB\n{inner}")),
                inner
                    .clone()
                    .prop_map(|inner| format!("g() {{\n{inner}}}\ng x y\ng | cat\ndeclare -f g")),
                inner.prop_map(|inner| format!("cat <<X\n$({inner})\nX\n")),
            ]
        })
        .prop_map(|script| format!("f() {{ cat -n; }}\n{script}"))
}

pub fn braces() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => pick(&["a", "b", "", "1", "x y", "$n", "\"q,r\"", "\\,",  "'}'", "..", "$((1,2))", "`echo 3,4`", ",", "{", "}", "~", "*"]).prop_map(|text| if text == "x y" { "\"x y\"".to_owned() } else { text }),
        2 => pick(&["{1..3}", "{3..1}", "{a..e..2}", "{01..3}", "{-1..1}", "{1..10..4}", "{5..1..2}", "{c..a}", "{1..a}", "{1..2..0}", "{10..1..-3}", "{1..}", "{$n..9}", "{1.5..2}", "{-05..5..5}", "{0x1..0x3}", "{+1..3}", "{A..C}{1..2}"]),
    ];
    let word = leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => several(inner.clone(), 1..4, ",").prop_map(|inner| format!("{{{inner}}}")),
            1 => several(inner, 1..4, ""),
        ]
    });
    several(several(word, 1..3, ""), 1..3, " ")
        .prop_map(|words| format!("set -f; printf '<%s>' {words}"))
}
