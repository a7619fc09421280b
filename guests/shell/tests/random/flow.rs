//! How a script ends: `set -e`, `-u`, `pipefail`, traps, functions and their variables.

use proptest::prelude::*;

use super::pick::{pick, several};

fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => pick(&["true", "false", "echo a", "(exit 3)", "f", "g 2", "return 4", "nosuchcommand 2>/dev/null", "v=$(false)", "v=$(echo b; false)", "((0))", "((1))", "[[ a == b ]]", "echo $?", "echo \"$(f)\"", "export w=$(false)"]),
        2 => pick(&["echo \"$unset\"", "echo ${unset-d}", "local l=1; echo $l", "l=2", "echo \"$l\"", "eval false", "eval 'f; echo e'", "command false", "exit 5", "break", "continue", "shift", "shift 9", "set -- p q; echo $#", "set +e", "set -e", "trap - ERR", "trap 'echo T$?' EXIT", "echo ${PIPESTATUS[@]}", "local -i l=3+4; l+=1; echo $l", "unset l", "declare -g l=g", "echo ${FUNCNAME[*]}", "echo $BASH_SUBSHELL", "source ./lib x", ". ./lib", "kill -USR1 $BASHPID", ": ${unset?no}", "echo $LINENO", "builtin false", "readonly q=1; q=2", "cd nosuch 2>/dev/null", "wait", "test -n \"$l\""]),
    ]
}

fn body() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}; {b}")),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}\n{b}")),
            2 => (inner.clone(), pick(&["&&", "||"]), leaf()).prop_map(|(a, o, b)| format!("{{ {a}; }} {o} {b}")),
            1 => (leaf(), pick(&["&&", "||"]), inner.clone()).prop_map(|(a, o, b)| format!("{a} {o} {{ {b}; }}")),
            1 => inner.clone().prop_map(|a| format!("! {{ {a}; }}")),
            1 => inner.clone().prop_map(|a| format!("( {a} )")),
            1 => inner.clone().prop_map(|a| format!("{{ {a}; }} | cat")),
            1 => inner.clone().prop_map(|a| format!("v=$( {a} ); echo \"<$v>\"")),
            1 => inner.clone().prop_map(|a| format!("echo x | {{ {a}; cat >/dev/null; }}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if {a}; then {b}; else echo no; fi")),
            1 => inner.clone().prop_map(|a| format!("for i in 1 2; do {a}; done")),
            1 => inner.clone().prop_map(|a| format!("i=0; while ((i++ < 2)); do {a}; done")),
            1 => inner.clone().prop_map(|a| format!("case $v in *) {a};; esac")),
            1 => inner.clone().prop_map(|a| format!("h() {{ {a}; }}; h 7 8; echo \"h$?\"")),
            1 => inner.clone().prop_map(|a| format!("h() {{ local l=in; {a}\n}}; h || echo h")),
            1 => inner.prop_map(|a| format!("h() ( {a} ); h; h && echo yes")),
        ]
    })
}

pub fn script() -> impl Strategy<Value = String> {
    let options = pick(&[
        "",
        "set -e",
        "set -eu",
        "set -u",
        "set -o pipefail",
        "set -euo pipefail",
        "set -E",
        "set -eE",
        "set -T",
        "shopt -s lastpipe",
        "shopt -s inherit_errexit; set -e",
        "set -o posix",
        "set -o posix; set -e",
    ]);
    let traps = pick(&[
        "",
        "",
        "trap 'echo E$?' ERR",
        "trap 'echo X$?' EXIT",
        "trap 'echo E$?' ERR; trap 'echo X$?' EXIT",
        "trap 'echo R$?' RETURN",
        "trap 'echo U' USR1",
        "trap 'echo X; exit 9' EXIT",
        "trap '' USR1",
    ]);
    (options, traps, body(), several(body(), 1..3, "\n")).prop_map(|(options, traps, function, main)| {
        format!("cat >lib <<'L'\necho lib $#\nreturn 2\nL\nl=outer\n{options}\n{traps}\nf() {{ ((calls++ < 4)) || return 1; {function}\n}}\ng() {{ (($1 > 0)) && g $(($1 - 1)); echo g$1; }}\n{main}\necho end $?")
    })
}

pub fn debug_trap() -> impl Strategy<Value = String> {
    let simple = pick(&[
        "echo a",
        "v=1",
        "false",
        "((v++))",
        "[[ a == a ]]",
        "f",
        "f x | cat >/dev/null",
        "v=$(echo s)",
        "local l=2",
        "a=(1 2)",
        "echo b >/dev/null",
        ": ${v:=3}",
        "eval 'echo e'",
        "x=1 true",
        "declare d=5",
        "(echo sub)",
    ]);
    let body = simple.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}\n{b}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            1 => inner.clone().prop_map(|a| format!("for i in 1 2; do {a}; done")),
            1 => inner.clone().prop_map(|a| format!("for ((i = 0; i < 2; i++)); do {a}; done")),
            1 => inner.clone().prop_map(|a| format!("case x in x) {a};; esac")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if {a}; then {b}; fi")),
            1 => inner.clone().prop_map(|a| format!("while ((w++ < 2)); do {a}; done")),
            1 => inner.prop_map(|a| format!("h() {{ {a}\n}}; h")),
        ]
    });
    (
        pick(&["", "set -T", "shopt -s extdebug", "declare -ft f"]),
        pick(&[
            "echo \"D$LINENO $BASH_COMMAND\"",
            "echo \"D ${FUNCNAME[0]} $?\"",
            "((k++))",
        ]),
        body,
    )
        .prop_map(|(options, trap, body)| {
            format!(
                "f() {{ echo f; }}\n{options}\ntrap '{trap}' DEBUG\n{body}\ntrap - DEBUG\necho $k"
            )
        })
}

pub fn functions() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        3 => pick(&["local v=2", "local v", "local -n r=v", "local -n r=$1", "local -a v=(1 2)", "local -i v=1+1", "local v=$v w=$v", "declare v=3", "declare -g v=4", "declare -gA v", "typeset -u v=up", "local -r v=ro", "export v", "local -x v=5", "unset v", "v=6", "v+=7", "r=8", "r+=(9)", "unset r", "unset -n r", "local", "local v=(a b)", "readonly v", "declare -n r=v; r=n", "local -", "set -f; local -; set +f"]),
        2 => pick(&["echo \"${v-unset} ${r-unset}\"", "declare -p v r 2>&1", "echo ${!r}", "g v", "g w", "v=10 g v", "v=11 h", "h", "(v=12; h)", "echo $# \"$1\" ${FUNCNAME[0]}", "for r in v w; do echo $r; done", "printf -v v %s p", "read v <<<rd", "((v++))", "((r+=2))", "[[ -v v ]]; echo $?", "[[ -R r ]]; echo $?", "echo ${v[@]} ${#v[@]}", "echo ${r@A} ${v@A} ${v@a}", "eval 'local v=ev'; echo $v", "v=13 eval 'echo $v'; echo ${v-u}", "v=14 :; echo ${v-u}", "getopts a v -a; echo $v"]),
    ];
    (pick(&["", "v=global", "declare -A v=([k]=1)", "declare -n v=w; w=W", "v=(x y)", "declare -i v=5", "export v=env"]), several(step.clone(), 1..5, "\n"), several(step.clone(), 0..3, "\n"), several(pick(&["f v", "f w", "v=15 f v", "f 1", "echo \"${v-unset}\"", "declare -p v w 2>&1", "unset v"]), 1..4, "\n")).prop_map(|(before, f, g, main)| {
        format!("{before}\nh() {{ echo \"h ${{v-unset}}\"; v=H; }}\ng() {{ echo g $1\n[ ${{#FUNCNAME[@]}} -lt 6 ] || return\n{g}\n}}\nf() {{\n[ ${{#FUNCNAME[@]}} -lt 6 ] || return\n{f}\n}}\n{main}")
    })
}
