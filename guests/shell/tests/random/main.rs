//! Scripts that nobody wrote, through bash and through us: what they print, where they write and how they end must be
//! the same. The scripts are put together from pieces by chance, but by the same chance every time;
//! `PROPTEST_RNG_SEED` asks for another, `PROPTEST_CASES` for more of them.

mod arithmetic;
mod arrays;
mod conditions;
mod flow;
mod input;
mod pick;
mod quoting;

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};

const BASH: &str = "/bin/bash";
/// Scripts of each kind.
const SCRIPTS: u32 = 400;
/// Scripts of each subject that has a grammar of its own.
const SCRIPTS_OF_A_SUBJECT: u32 = 30;
/// Where chance begins.
const SEED: u64 = 20_261_124;
/// A script that takes longer hangs.
const SCRIPT_MAX_SECONDS: &str = "10";

/// What the pieces talk about.
const PRELUDE: &str = r#"set -- a 'b c' '' '*'
x='one two'; y=; z='*a?'; n=7; path=/usr/local/lib.so.1
arr=(p 'q r' '' s); declare -A map=([k]=v [l]='w w')
touch fa fb 'f c'
"#;

fn settings(scripts: u32) -> ProptestConfig {
    let mut settings = ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        settings.cases = scripts;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        settings.rng_seed = RngSeed::Fixed(SEED);
    }
    settings
}

/// A name of something that has a value, or has none.
fn parameter() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "x", "y", "z", "n", "path", "unset", "1", "2", "3", "@", "*", "arr[@]", "arr[*]", "arr[1]",
        "arr", "map[k]", "map[l]", "arr[-1]", "9",
    ])
}

fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "o", "*o", "o*", "*/", "/*", "?", "[a-o]", "[!a-o]", "*", "\\*", "' '", "$z", "\"$z\"",
        ".*", "",
    ])
}

/// What stands behind the name in `${...}`.
fn operation() -> impl Strategy<Value = String> {
    let default = ["-", ":-", "+", ":+"];
    let words = [
        "d e", "'d  e'", "\"d  e\"", "$x", "\"$x\"", "*", "a\\ b", "",
    ];
    prop_oneof![
        3 => Just(String::new()),
        3 => (prop::sample::select(default.to_vec()), prop::sample::select(words.to_vec()))
            .prop_map(|(operator, word)| format!("{operator}{word}")),
        3 => (prop::sample::select(vec!["#", "##", "%", "%%"]), pattern())
            .prop_map(|(operator, pattern)| format!("{operator}{pattern}")),
        3 => (prop::sample::select(vec!["/", "//", "/#", "/%"]), pattern(), prop::sample::select(vec!["", "/0", "/$y", "/a b", "/&&"]))
            .prop_map(|(operator, pattern, text)| format!("{operator}{pattern}{text}")),
        2 => prop::sample::select(vec!["^", "^^", ",", ",,", "^[no]", "@Q", "@U", "@u", "@L", "@E"]).prop_map(str::to_owned),
        2 => (0..4_i32, prop::option::of(-2..4_i32)).prop_map(|(start, length)| match length {
            Some(length) => format!(":{start}:{length}"),
            None => format!(": -{start}"),
        }),
    ]
}

/// One piece of a word.
fn piece() -> impl Strategy<Value = String> {
    let plain = [
        "a", "b-c", "\\ ", "\\*", "'q $x'", "\"\"", "''", "{1,2}", "{a..c}", "{3..1}", "f*", "f?",
        "~", "$'t\\tn'", "[ab]", "/", ":", "=",
    ];
    prop_oneof![
        4 => prop::sample::select(plain.to_vec()).prop_map(str::to_owned),
        5 => (parameter(), operation()).prop_map(|(name, operation)| format!("${{{name}{operation}}}")),
        5 => (parameter(), operation()).prop_map(|(name, operation)| format!("\"${{{name}{operation}}}\"")),
        1 => parameter().prop_map(|name| format!("\"${{#{name}}}\"")),
        1 => prop::sample::select(vec!["$((n * 3 % 4))", "$((n<<2|1))", "$((-n/2))", "$((n>3?1:2))", "$((n**2,5))", "$((0x1f^n))", "$((!n||~n))"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["$(echo hi  there)", "\"$(echo hi  there)\"", "`echo \"b  c\"`", "$(printf 'l1\\nl2\\n\\n')", "\"$(printf 'l1\\nl2\\n\\n')\""]).prop_map(str::to_owned),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 1..4).prop_map(|pieces| pieces.concat())
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..4).prop_map(|words| words.join(" "))
}

/// A command that prints, reads or fails.
fn simple() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => words().prop_map(|words| format!("printf '<%s>' {words}")),
        1 => words().prop_map(|words| format!("echo {words}")),
        1 => prop::sample::select(vec!["true", "false", "cat", "(exit 3)", "wc -l", "echo err >&2", "nosuchcommand", ":", "tr a-z A-Z", "sort", "read v w; echo \"[$v|$w]\""]).prop_map(str::to_owned),
        1 => word().prop_map(|word| format!("[[ {word} == *o* ]]")),
        1 => word().prop_map(|word| format!("test -n \"{}\"", word.replace(['"', '`'], ""))),
        1 => word().prop_map(|word| format!("w={word}; printf '{{%s}}' \"$w\"")),
        1 => (word(), word()).prop_map(|(subject, pattern)| format!("case {subject} in {pattern}) echo yes;; *) echo no;; esac")),
    ]
}

fn redirection() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "",
        " >out",
        " >>out",
        " 2>&1",
        " 2>err",
        " >out 2>&1",
        " 2>&1 >out",
        " </dev/null",
        " <fa",
        " <<<\"$x\"",
        " 3>&1 >&3",
        " >&2",
        " <nosuchfile",
        " &>out",
        " 2>/dev/null",
        " 3<fa <&3 3<&-",
    ])
}

/// Commands in each other.
fn command() -> impl Strategy<Value = String> {
    let leaf = (simple(), redirection())
        .prop_map(|(command, redirection)| format!("{{ {command}; }}{redirection}"));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            // Stages run at once: they do not write to the same file, and what a reader leaves is read, for how
            // far the writer gets before it is told that nobody reads is chance.
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!(
                "{} | {{ {}; status=$?; cat >/dev/null; (exit $status); }}",
                a.replace("out", "outa"),
                b.replace("out", "outb")
            )),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} && {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}; {b}")),
            (inner.clone(), redirection()).prop_map(|(a, to)| format!("( {a} ){to}")),
            (inner.clone(), redirection()).prop_map(|(a, to)| format!("{{ {a}; }}{to}")),
            inner.clone().prop_map(|a| format!("! {a}")),
            inner
                .clone()
                .prop_map(|a| format!("for i in 1 2; do {a}; done")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("if {a}; then {b}; else echo no; fi")),
            inner.clone().prop_map(|a| format!("echo \"[$({a})]\"")),
            inner
                .clone()
                .prop_map(|a| format!("{a} | while read -r l; do printf '(%s)' \"$l\"; done")),
            inner.prop_map(|a| format!("f() {{ {a}; }}; f 1 2")),
        ]
    })
}

#[derive(PartialEq, Debug)]
struct Outcome {
    output: String,
    complains: bool,
    status: Option<i32>,
    files: Vec<(String, String)>,
}

fn run(shell: &Path, script: &str) -> Outcome {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("timeout")
        .args(["-s", "KILL", SCRIPT_MAX_SECONDS])
        .arg(shell)
        .args(["-c", script, "bash"])
        .current_dir(home.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/home/somebody")
        .env("LC_ALL", "C.UTF-8")
        .process_group(0)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut files: Vec<(String, String)> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let contents = std::fs::read(&path).unwrap_or_default();
            // Complaints may be there too, and are not compared word by word.
            let mut contents = String::from_utf8_lossy(&contents).into_owned();
            if contents.contains(": line ") {
                "complaints".clone_into(&mut contents);
            }
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                contents,
            )
        })
        .collect();
    files.sort();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Outcome {
        // A complaint that was sent into the output is compared as one.
        output: text
            .split_inclusive('\n')
            .map(|line| {
                if line.contains(": line ") {
                    "complaint\n"
                } else {
                    line
                }
            })
            .collect(),
        complains: !output.stderr.is_empty(),
        status: output.status.code(),
        files,
    }
}

/// With `RANDOM_COLLECT` naming a file, scripts that differ are appended to it, and the test goes on: what to mend next.
fn same(script: &str) -> Result<(), TestCaseError> {
    let script = format!("{PRELUDE}{script}\necho \" $?\"\n");
    let expected = run(Path::new(BASH), &script);
    let found = run(Path::new(env!("CARGO_BIN_EXE_bash")), &script);
    if let Some(path) = std::env::var_os("RANDOM_COLLECT").filter(|_| expected != found) {
        let subject = std::thread::current().name().unwrap_or_default().to_owned();
        let text =
            format!("==== {subject}\n{script}---- bash {expected:#?}\n---- ours {found:#?}\n");
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
        return Ok(());
    }
    prop_assert_eq!(
        expected,
        found,
        "bash (left) and ours differ in\n{}",
        script
    );
    Ok(())
}

proptest! {
    #![proptest_config(settings(SCRIPTS))]

    #[test]
    fn words_expand_as_in_bash(words in words(), separators in prop::sample::select(vec!["", "IFS=\" ,\"; ", "IFS=': '; ", "unset IFS; ", "shopt -s nullglob; ", "set -f; ", "shopt -s extglob; "])) {
        same(&format!("{separators}printf '<%s>' {words}"))?;
    }

    #[test]
    fn commands_behave_as_in_bash(command in command()) {
        same(&command)?;
    }
}

/// A test of every subject.
macro_rules! subjects {
    ($($name:ident: $scripts:expr;)*) => {
        proptest! {
            #![proptest_config(settings(SCRIPTS_OF_A_SUBJECT))]
            $(
                #[test]
                fn $name(script in $scripts) {
                    same(&format!("shopt -s extglob\n{script}"))?;
                }
            )*
        }
    };
}

subjects! {
    arrays: arrays::script();
    arithmetic_in_many_places: arithmetic::script();
    double_brackets: conditions::double_brackets();
    test_commands: conditions::test_command();
    cases: conditions::case();
    removals: conditions::removal();
    regular_expressions: conditions::regular_expression();
    quotes_in_braces: quoting::words();
    here_documents: quoting::here_document();
    brace_expansion: quoting::braces();
    reads: input::read();
    splits: input::split();
    mapfiles: input::mapfile();
    options_of_functions: input::getopts();
    selects: input::select();
    formats: input::printf();
    transformations: input::transform();
    ends_of_scripts: flow::script();
    debug_traps: flow::debug_trap();
    variables_of_functions: flow::functions();
}
