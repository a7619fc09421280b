use super::ast::{CommandKind, List, Operation, ParameterName, Part};
use super::*;

struct Lines {
    lines: Vec<String>,
    asked: Vec<bool>,
}

impl ParseHost for Lines {
    fn alias(&self, name: &str) -> Option<String> {
        match name {
            "ll" => Some("ls -l".to_owned()),
            "ls" => Some("ls --color".to_owned()),
            "sudo" => Some("sudo ".to_owned()),
            _ => None,
        }
    }

    fn extended_globs(&self) -> bool {
        true
    }

    fn read_more(&mut self, continued: bool) -> Result<Option<String>, Interrupted> {
        self.asked.push(continued);
        Ok(if self.lines.is_empty() {
            None
        } else {
            Some(self.lines.remove(0))
        })
    }
}

fn parse(text: &str) -> Result<Vec<List>, ParseFailure> {
    let mut input = Input::from_text(text, 1);
    let mut host = PlainHost {
        extended_globs: true,
    };
    let mut lists = Vec::new();
    while let Some(list) = next_command(&mut input, &mut host)? {
        lists.push(list);
    }
    Ok(lists)
}

fn words(text: &str) -> Vec<String> {
    let lists = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    match &lists[0].items[0].and_or.first.commands[0].kind {
        CommandKind::Simple(simple) => simple.words.iter().map(|word| word.text.clone()).collect(),
        other => panic!("{text}: not simple: {other:?}"),
    }
}

fn message(text: &str) -> String {
    match parse(text) {
        Err(ParseFailure::Syntax(error)) => error.message,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn words_keep_their_text_but_substitutions_are_shown_as_understood() {
    assert_eq!(
        words("echo ${x:-a   b} \"${y//  /-}\""),
        ["echo", "${x:-a   b}", "\"${y//  /-}\""]
    );
    assert_eq!(
        words("a\\ b 'c d' e\"f g\"h"),
        ["a\\ b", "'c d'", "e\"f g\"h"]
    );
    assert_eq!(
        words("echo $(case a in a) echo x;; esac) b"),
        [
            "echo",
            "$(case a in \n    a)\n        echo x\n    ;;\nesac)",
            "b"
        ]
    );
    assert_eq!(
        words("echo $(echo ')' # it's )\n) b"),
        ["echo", "$(echo ')')", "b"]
    );
    assert_eq!(words("echo @(a|b c) x"), ["echo", "@(a|b c)", "x"]);
    assert_eq!(
        words("echo \"$(echo \"a b\")\""),
        ["echo", "\"$(echo \"a b\")\""]
    );
}

#[test]
fn a_parenthesis_after_a_blank_is_a_subshell_and_two_together_are_arithmetic() {
    let kind = |text: &str| {
        parse(text).unwrap()[0].items[0].and_or.first.commands[0]
            .kind
            .clone()
    };
    assert!(matches!(kind("( (echo a) )"), CommandKind::Subshell(_)));
    assert!(matches!(kind("((1+(2)))"), CommandKind::Arithmetic(_)));
    assert!(matches!(
        kind("((echo a); (echo b))"),
        CommandKind::Subshell(_)
    ));
}

#[test]
fn keywords_count_only_where_a_command_may_begin() {
    assert_eq!(
        words("echo if then fi { }"),
        ["echo", "if", "then", "fi", "{", "}"]
    );
    assert!(matches!(
        parse("if true; then echo fi; fi").unwrap()[0].items[0]
            .and_or
            .first
            .commands[0]
            .kind,
        CommandKind::If { .. }
    ));
}

#[test]
fn here_documents_belong_to_the_line_before_them() {
    let lists = parse("cat <<A <<'B'; echo x\n$a\nA\n$b\nB\necho y\n").unwrap();
    assert_eq!(lists.len(), 2);
    let documents: Vec<(String, bool)> = lists[0].items[0].and_or.first.commands[0]
        .redirects
        .iter()
        .filter_map(|redirect| match &redirect.kind {
            ast::RedirectKind::HereDocument(document) => {
                Some((document.body.get().unwrap().text.clone(), document.quoted))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        documents,
        [("$a\n".to_owned(), false), ("$b\n".to_owned(), true)]
    );
}

#[test]
fn more_text_is_asked_for_only_when_a_command_needs_it() {
    let mut host = Lines {
        lines: vec![
            "echo a\n".into(),
            "if x; then\n".into(),
            "y; fi\n".into(),
            "z\n".into(),
        ],
        asked: vec![],
    };
    let mut input = Input::from_host();
    next_command(&mut input, &mut host).unwrap();
    assert_eq!(host.asked, [false]);
    next_command(&mut input, &mut host).unwrap();
    assert_eq!(host.asked, [false, false, true]);
    assert_eq!(host.lines, ["z\n"]);
}

#[test]
fn aliases_are_replaced_in_command_position_and_never_by_themselves() {
    let mut host = Lines {
        lines: vec!["ll ls; sudo ll x\n".into()],
        asked: vec![],
    };
    let list = next_command(&mut Input::from_host(), &mut host)
        .unwrap()
        .unwrap();
    assert_eq!(print::and_or(&list.items[0].and_or), "ls --color -l ls");
    assert_eq!(print::and_or(&list.items[1].and_or), "sudo ls --color -l x");
}

#[test]
fn errors_read_as_bash_writes_them() {
    assert_eq!(message("echo )"), "syntax error near unexpected token `)'");
    assert_eq!(
        message("if true; fi"),
        "syntax error near unexpected token `fi'"
    );
    assert_eq!(
        message("echo a | ; b"),
        "syntax error near unexpected token `;'"
    );
    assert_eq!(
        message("echo 'a"),
        "unexpected EOF while looking for matching `''"
    );
    assert_eq!(
        message("echo $(a"),
        "unexpected EOF while looking for matching `)'"
    );
    assert_eq!(
        message("while true; do x"),
        "syntax error: unexpected end of file"
    );
    assert_eq!(message("for x y"), "syntax error near unexpected token `y'");
}

#[test]
fn text_nested_without_end_is_refused_instead_of_overflowing_the_stack() {
    // Threads of tests have less than a program, which also asks how much is left; frames that are not optimised need more.
    const STACK_BYTES: usize = 16 << 20;
    let test = std::thread::Builder::new().stack_size(STACK_BYTES);
    test.spawn(refuses_nesting).unwrap().join().unwrap();
}

fn refuses_nesting() {
    for (open, close) in [
        ("( ", " )"),
        ("{ ", "; }"),
        ("$(", ")"),
        ("if ", "; then x; fi"),
        ("\"${x:-", "}\""),
    ] {
        let text = format!("{}x{}", open.repeat(100_000), close.repeat(100_000));
        assert!(message(&text).contains("nesting is too deep"), "{open}");
    }
    let text = format!("[[ {} x ]]", "! ( ".repeat(100_000));
    assert!(message(&text).contains("nesting is too deep"));
}

#[test]
fn numbers_beyond_any_integer_are_only_text() {
    assert_eq!(
        words("echo 99999999999999999999>&1 {1..99999999999999999999}").len(),
        2 + 1
    );
    let text = "${99999999999999999999}";
    let lists = parse(text).unwrap();
    let CommandKind::Simple(simple) = &lists[0].items[0].and_or.first.commands[0].kind else {
        panic!()
    };
    assert!(
        matches!(&simple.words[0].parts[0], Part::Parameter(p) if p.name == ParameterName::Positional(usize::MAX))
    );
}

#[test]
fn parameter_forms_are_told_apart() {
    let operation = |text: &str| {
        let lists = parse(text).unwrap();
        let CommandKind::Simple(simple) = &lists[0].items[0].and_or.first.commands[0].kind else {
            panic!()
        };
        let Part::Parameter(parameter) = &simple.words[0].parts[0] else {
            panic!("{text}")
        };
        (
            parameter.name.clone(),
            parameter.indirect,
            parameter.operation.clone(),
        )
    };
    assert!(matches!(
        operation("${#x}"),
        (ParameterName::Variable(_), false, Operation::Length)
    ));
    assert!(matches!(
        operation("${#}"),
        (ParameterName::Special('#'), false, Operation::Value)
    ));
    assert!(matches!(
        operation("${##}"),
        (ParameterName::Special('#'), false, Operation::Length)
    ));
    assert!(matches!(
        operation("${#-x}"),
        (
            ParameterName::Special('#'),
            false,
            Operation::Default { .. }
        )
    ));
    assert!(matches!(
        operation("${!x}"),
        (ParameterName::Variable(_), true, Operation::Value)
    ));
    assert!(matches!(
        operation("${!x*}"),
        (_, _, Operation::Names(false))
    ));
    assert!(matches!(
        operation("${!x[@]}"),
        (_, _, Operation::Keys(true))
    ));
    assert!(matches!(
        operation("${x: -1:2}"),
        (
            _,
            _,
            Operation::Substring {
                length: Some(_),
                ..
            }
        )
    ));
    assert!(matches!(
        operation("${x/a/b}"),
        (_, _, Operation::Replace { .. })
    ));
    assert!(matches!(
        operation("${x@Q}"),
        (_, _, Operation::Transform('Q'))
    ));
    assert!(matches!(operation("${x!y}"), (_, _, Operation::Bad)));
    assert!(matches!(
        operation("${a[i + 1]}"),
        (ParameterName::Element(..), _, Operation::Value)
    ));
}
