//! Arithmetic: every operator, bases, side effects, and where it may stand.

use proptest::prelude::*;

use super::pick::pick;

pub fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => pick(&["0", "1", "2", "7", "-3", "n", "i", "j", "$n", "${n}"]),
        2 => pick(&["0x1f", "017", "2#101", "16#fF", "36#zZ", "64#@_", "9223372036854775807", "08", "arr[1]", "c[0]", "c[i]", "c[1]", "unset", "s", "$unset", "${#x}", "'1'", "\"2\"", "$(echo 4)", "e"]),
        2 => (pick(&["i", "j", "c[1]", "c[i]"]), pick(&["++", "--"])).prop_map(|(name, step)| format!("{name}{step}")),
        1 => (pick(&["++", "--"]), pick(&["i", "j", "c[2]"])).prop_map(|(step, name)| format!("{step}{name}")),
    ];
    leaf.prop_recursive(4, 14, 3, |inner| {
        prop_oneof![
            6 => (inner.clone(), pick(&["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "<", ">", "<=", ">=", "==", "!=", "&&", "||", ","]), inner.clone())
                .prop_map(|(a, o, b)| format!("{a} {o} {b}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) ** ({b} & 7)")),
            2 => inner.clone().prop_map(|a| format!("({a})")),
            1 => (pick(&["-", "+", "!", "~", "- -"]), inner.clone()).prop_map(|(o, a)| format!("{o}{a}")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
            2 => (pick(&["i", "j", "k", "c[1]", "c[j]", "m[x]"]), pick(&["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="]), inner)
                .prop_map(|(name, o, a)| format!("({name} {o} {a})")),
        ]
    })
}

/// Statements whose end shows what has become of everything.
pub fn script() -> impl Strategy<Value = String> {
    let place = pick(&[
        "echo $((@))",
        "((@)); echo $?",
        "let '@'; echo $?",
        "echo \"$((@))\"",
        "c[@]=5",
        "x=$((@))",
        "declare -i k='@'",
        "echo ${arr[@]}",
        "echo ${x:@}",
        "[[ $((@)) -gt 2 ]]; echo $?",
        "echo $[@]",
        "for ((i = 0; i < 3 && (@); i++)); do echo $i; done",
    ]);
    (prop::collection::vec((place, expression()), 1..3)).prop_map(|statements| {
        let mut script = "i=2 j=5 s=n e='i+1'; c=(4 0 3); declare -A m\n".to_owned();
        for (place, expression) in statements {
            script.push_str(&place.replace('@', &expression));
            script.push('\n');
        }
        script.push_str("echo \"$i $j $k ${c[*]} ${m[x]}\"");
        script
    })
}
