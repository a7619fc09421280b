//! Arrays with holes, associative ones, slices of them, and what happens to them.

use proptest::prelude::*;

use super::pick::{pick, several};

fn declaration() -> impl Strategy<Value = String> {
    pick(&[
        "a=(p 'q r' '' s t)",
        "a=([3]=x [7]='y z' w [1]=v)",
        "declare -a a",
        "declare -A a=([k]=v ['k k']='w w' [1]=one [z]=)",
        "declare -A a; a[k]=1 a[1]=2",
        "declare -ia a=(1 2+3 7)",
        "declare -u a=(ab 'c d' e)",
        "declare -l a=(AbC)",
        "a=(scalar)",
        "unset a",
        "a=()",
        "declare -ar a=(r o)",
        "a=({1..9})",
        "a=(x); unset 'a[0]'",
    ])
}

fn subscript() -> impl Strategy<Value = String> {
    pick(&[
        "0", "1", "2", "7", "-1", "-2", "n", "n-5", "$n", "${#a[@]}", "k", "\"k k\"", "z",
        "n++ - 7", "1?2:3", "$((n/3))", "'k'", "b[1]",
    ])
}

fn value() -> impl Strategy<Value = String> {
    pick(&[
        "v",
        "''",
        "'u v'",
        "$x",
        "\"$x\"",
        "5",
        "1+1",
        "*",
        "~",
        "\"${a[@]}\"",
        "${a[0]}",
        "a=b",
        "[4]=q",
        "[9]+=q",
        "$'t\\t'",
        "{1,2}",
    ])
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => pick(&["a[@]", "a[*]", "a"]),
        2 => subscript().prop_map(|at| format!("a[{at}]")),
    ]
}

fn operation() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => pick(&[""]),
        4 => (pick(&["0", "1", "2", "3", " -1", " -2", " -3", "n", "7"]), pick(&["", ":0", ":1", ":2", ":9", ":-1"])).prop_map(|(from, to)| format!(":{from}{to}")),
        3 => pick(&["-d", ":-d e", "+p", ":+p q", "#?", "%?", "##*r", "/q/Q", "//[pq]/", "/#/<", "/%/>", "^", "^^", ",,", "~", "~~"]),
        2 => pick(&["@Q", "@A", "@a", "@U", "@K", "@k", "@E", "@P", "@u", "@L"]),
    ]
}

fn step() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (subscript(), pick(&["=", "+="]), value()).prop_map(|(at, sign, value)| format!("a[{at}]{sign}{value}")),
        2 => (pick(&["=", "+="]), several(value(), 0..4, " ")).prop_map(|(sign, values)| format!("a{sign}({values})")),
        1 => (pick(&["=", "+="]), value()).prop_map(|(sign, value)| format!("a{sign}{value}")),
        2 => subscript().prop_map(|at| format!("unset \"a[{}]\"", at.replace('"', "'"))),
        6 => (name(), operation()).prop_map(|(name, operation)| format!("printf '<%s>' \"${{{name}{operation}}}\"; echo")),
        3 => (name(), operation()).prop_map(|(name, operation)| format!("printf '<%s>' ${{{name}{operation}}}; echo")),
        1 => pick(&["a", "a[@]", "a[*]", "a[0]", "a[n]", "a[1]"]).prop_map(|name| format!("echo ${{#{name}}}")),
        1 => pick(&["echo \"${!a[@]}\"", "printf '(%s)' \"${!a[*]}\"", "for k in \"${!a[@]}\"; do printf '%s=%s,' \"$k\" \"${a[$k]}\"; done"]),
        1 => pick(&["0", "n", "1", "7", "k", "$n", "z", "@"]).prop_map(|at| format!("[[ -v a[{at}] ]] && echo there")),
        1 => subscript().prop_map(|at| format!("((a[{at}]+=3, a[{at}]--)); echo $?")),
        1 => pick(&["read -ra a <<<' u  v '", "mapfile -t a <<<$'m\\nn\\n'", "mapfile -O 3 -t a <<<o", "IFS=, read -a a <<<'1,,2'", "printf -v 'a[2]' %d 7", "read 'a[1]' <<<w", "declare -i a", "declare -A a", "declare -a a", "declare +i a", "unset a", "export a", "readonly a"]),
        1 => pick(&["f() { local -a a=(l); declare -p a; }; f", "f() { a+=(g); }; f", "declare -n r=a; r+=(n); echo \"${r[@]}\"", "b=(\"${a[@]}\"); declare -p b", "set -- \"${a[@]}\"; echo $#", "IFS=-; echo \"${a[*]}\" ${a[*]}; unset IFS", "x=${a[*]}; echo \"$x\"", "x=${a[@]}; echo \"$x\""]),
    ]
}

pub fn script() -> impl Strategy<Value = String> {
    (declaration(), several(step(), 1..6, "\n"))
        .prop_map(|(declaration, steps)| format!("{declaration}\n{steps}\ndeclare -p a"))
}
