//! `[[ ]]`, `test`, `case`, and patterns of every kind.

use proptest::prelude::*;

use super::pick::{pick, several};

fn operand() -> impl Strategy<Value = String> {
    pick(&[
        "a",
        "ab",
        "aab",
        "b",
        "''",
        "\"$x\"",
        "$x",
        "$y",
        "10",
        "9",
        "n",
        "$n",
        "1+1",
        "0x10",
        "-3",
        "fa",
        "./fb",
        "/",
        "nofile",
        "\"a b\"",
        "a\\ b",
        "$unset",
        "'*'",
        "\\*",
        "~",
        "B",
        "'ab'*",
        "arr[1]",
        "map[k]",
        "'arr[@]'",
        "x",
        "noglob",
        "$'\\x41'",
        "\"]\"",
        "@",
        "${arr[1]}",
    ])
}

/// Patterns, with the extended ones.
pub fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => pick(&["a", "b", "ab", "c", "?", "*"]),
        2 => pick(&["[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "[[:digit:]x]", "[]a]", "[a-]", "[\\]]"]),
        1 => pick(&["\\*", "'a'", "\"b\"", "\"$x\"", "$z", "''", "[", "]", "[a", "!", "-", "\\a"]),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            2 => several(inner.clone(), 1..4, ""),
            3 => (pick(&["?", "*", "+", "@", "!"]), several(inner, 1..4, "|"))
                .prop_map(|(operator, inner)| format!("{operator}({inner})")),
        ]
    })
}

/// An expression of `=~`.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        5 => pick(&["a", "b", "c", "ab", "bc", "."]),
        2 => pick(&["[ab]", "[^a]", "[[:alpha:]]", "[a-c]", "[]b]", "\\.", "\"a\"", "'.'", "$x", "\\a"]),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => several(inner.clone(), 1..4, ""),
            2 => several(inner.clone(), 1..3, "|").prop_map(|inner| format!("({inner})")),
            2 => (inner, pick(&["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}"]))
                .prop_map(|(inner, count)| format!("({inner}){count}")),
        ]
    })
}

fn anchored() -> impl Strategy<Value = String> {
    (
        pick(&["", "", "^"]),
        several(expression(), 1..3, "|"),
        pick(&["", "", "$"]),
    )
        .prop_map(|(start, inner, end)| format!("{start}{inner}{end}"))
}

pub fn regular_expression() -> impl Strategy<Value = String> {
    let subject = prop::collection::vec(pick(&["a", "b", "c", "ab", ".", "abc"]), 0..6)
        .prop_map(|pieces| pieces.concat());
    (subject, anchored()).prop_map(|(subject, expression)| {
        format!("[[ '{subject}' =~ {expression} ]]; echo $? \"${{BASH_REMATCH[0]}}\"")
    })
}

/// What `[[ ]]` and `test` have both.
fn primary() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => (pick(&["-z", "-n"]), operand()).prop_map(|(o, a)| format!("{o} {a}")),
        2 => (pick(&["-e", "-f", "-d", "-s", "-r", "-x", "-L", "-v", "-o", "-R", "-t"]), operand()).prop_map(|(o, a)| format!("{o} {a}")),
        1 => operand(),
        3 => (operand(), pick(&["==", "=", "!="]), operand()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        2 => (operand(), pick(&["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]), operand()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => primary(),
        3 => (operand(), pick(&["==", "!="]), pattern()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        1 => (operand(), pick(&["<", ">"]), operand()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        1 => (operand(), expression()).prop_map(|(a, b)| format!("{a} =~ {b}")),
    ];
    leaf.prop_recursive(3, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("! {a}")),
            inner.clone().prop_map(|a| format!("( {a} )")),
            (inner.clone(), pick(&["&&", "||"]), inner)
                .prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        ]
    })
}

pub fn double_brackets() -> impl Strategy<Value = String> {
    condition().prop_map(|condition| format!("[[ {condition} ]]; echo $?"))
}

pub fn test_command() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => operand(),
        3 => primary(),
        2 => pick(&["-a", "-o", "!", "'('", "')'", "'<'", "'>'", "=", "-eq", "-z", "-n", "-e"]),
    ];
    several(piece, 0..5, " ").prop_map(|words| format!("[ {words} ]; echo $?"))
}

pub fn case() -> impl Strategy<Value = String> {
    let subject = pick(&[
        "a", "ab", "\"$x\"", "$x", "abc", "''", "aab", "'*'", "\\[", "b", "]", "'a b'", "$n", "-",
    ]);
    let arm = (
        pick(&["", "("]),
        several(pattern(), 1..3, "|"),
        pick(&["echo A", "", "false", "echo B; (exit 3)", "x=changed"]),
        pick(&[";;", ";;", ";&", ";;&"]),
    )
        .prop_map(|(open, patterns, body, end)| format!("{open}{patterns}) {body}\n{end}"));
    (subject, several(arm, 1..4, "\n"))
        .prop_map(|(subject, arms)| format!("case {subject} in\n{arms}\nesac; echo $? \"$x\""))
}

/// Patterns in expansions.
pub fn removal() -> impl Strategy<Value = String> {
    let subject = prop::collection::vec(pick(&["a", "b", "c", "ab", "*", "]", "-"]), 0..7)
        .prop_map(|all| all.concat());
    (
        subject,
        pick(&[
            "#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,",
        ]),
        pattern(),
        pick(&["", "/X", "/&&", "/\\&", "/$y"]),
    )
        .prop_map(|(subject, operator, pattern, with)| {
            // Bash does not find that `+` of nothing is nothing.
            let pattern = pattern.replace("+(", "*(");
            let with = if operator.starts_with('/') {
                with
            } else {
                String::new()
            };
            format!("v='{subject}'; printf '<%s>' \"${{v{operator}{pattern}{with}}}\"")
        })
}
