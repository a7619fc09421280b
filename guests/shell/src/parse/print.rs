//! Commands back to text, laid out as bash lays out `declare -f` and `jobs`.

use super::ast::{
    AndOr, Assignment, AssignmentValue, CaseEnd, Command, CommandKind, Connector, Function, List,
    Pipeline, Redirect, RedirectDescriptor, RedirectKind, SimpleCommand, TestExpression,
    TimeFormat, Word,
};

/// Spaces a level is indented by.
const INDENT_SPACES: usize = 4;

/// A function definition as `declare -f` shows it.
pub fn function(function: &Function) -> String {
    let mut printer = Printer::default();
    printer.function(function);
    printer.text
}

/// A list on one line where that is possible, as `jobs` shows it.
pub fn and_or(and_or: &AndOr) -> String {
    let mut printer = Printer::default();
    printer.and_or(and_or);
    printer.text
}

/// One command.
pub fn command(command: &Command) -> String {
    let mut printer = Printer::default();
    printer.command(command);
    printer.text
}

/// A command as `BASH_COMMAND` has it: of one with a body, what is before the body.
pub fn head(command: &Command) -> String {
    let over = |what: &str, variable: &str, words: Option<&[Word]>| match words {
        Some(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            format!("{what} {variable} in {}", words.join(" "))
        }
        None => format!("{what} {variable} in \"$@\""),
    };
    match &command.kind {
        CommandKind::For {
            variable, words, ..
        } => over("for", variable, words.as_deref()),
        CommandKind::Select {
            variable, words, ..
        } => over("select", variable, words.as_deref()),
        CommandKind::Case { subject, .. } => format!("case {} in ", subject.text),
        _ => self::command(command),
    }
}

#[derive(Default)]
struct Printer {
    text: String,
    level: usize,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.text
            .extend(std::iter::repeat_n(' ', self.level * INDENT_SPACES));
    }

    fn function(&mut self, function: &Function) {
        self.push(&function.name);
        self.push(" () ");
        self.newline();
        if let CommandKind::Group(_) = function.body.kind {
            self.command(&function.body);
        } else {
            self.push("{ ");
            self.level += 1;
            self.newline();
            self.command(&function.body);
            self.level -= 1;
            self.newline();
            self.push("}");
        }
    }

    /// The items of a list; `closed` ends the last with a semicolon too.
    fn list(&mut self, list: &List, closed: bool) {
        for (index, item) in list.items.iter().enumerate() {
            let last = index + 1 == list.items.len();
            let before = self.text.len();
            self.and_or(&item.and_or);
            let document = self
                .text
                .get(before..)
                .is_some_and(|text| text.contains("<<") && text.ends_with('\n'));
            if item.background {
                self.push(" &");
                if !last {
                    self.newline();
                }
                continue;
            }
            if !document && (!last || closed) {
                self.push(";");
            }
            if !last {
                if document {
                    self.text.truncate(self.text.trim_end_matches('\n').len());
                }
                self.newline();
            }
        }
    }

    /// A list one level deeper, on lines of its own.
    fn indented(&mut self, list: &List, closed: bool) {
        self.level += 1;
        self.newline();
        self.list(list, closed);
        self.level -= 1;
        self.newline();
    }

    fn and_or(&mut self, and_or: &AndOr) {
        self.pipeline(&and_or.first);
        for (connector, pipeline) in &and_or.rest {
            self.push(match connector {
                Connector::And => " && ",
                Connector::Or => " || ",
            });
            self.pipeline(pipeline);
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        match pipeline.timed {
            Some(TimeFormat::Shell) => self.push("time "),
            Some(TimeFormat::Posix) => self.push("time -p "),
            None => {}
        }
        if pipeline.negated {
            self.push("! ");
        }
        for (index, command) in pipeline.commands.iter().enumerate() {
            if index > 0 {
                self.push(" | ");
            }
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        self.kind(&command.kind);
        for (index, redirect) in command.redirects.iter().enumerate() {
            let bare = matches!(&command.kind, CommandKind::Simple(simple) if simple.words.is_empty() && simple.assignments.is_empty());
            if index > 0 || !bare {
                self.push(" ");
            }
            self.redirect(redirect);
        }
        for redirect in &command.redirects {
            if let RedirectKind::HereDocument(document) = &redirect.kind {
                self.push("\n");
                if let Some(body) = document.body.get() {
                    self.push(&body.text);
                }
                self.push(&document.delimiter);
                self.push("\n");
            }
        }
    }

    fn kind(&mut self, kind: &CommandKind) {
        match kind {
            CommandKind::Simple(simple) => self.simple(simple),
            CommandKind::Group(list) => {
                self.push("{ ");
                self.indented(list, false);
                self.push("}");
            }
            CommandKind::Subshell(list) => {
                self.push("( ");
                self.list(list, false);
                self.push(" )");
            }
            CommandKind::If {
                branches,
                otherwise,
            } => self.condition(branches, otherwise.as_ref()),
            CommandKind::Loop {
                until,
                condition,
                body,
            } => {
                self.push(if *until { "until " } else { "while " });
                self.list(condition, true);
                self.push(" do");
                self.indented(body, true);
                self.push("done");
            }
            CommandKind::For {
                variable,
                words,
                body,
            } => self.loop_over("for", variable, words.as_deref(), body),
            CommandKind::Select {
                variable,
                words,
                body,
            } => {
                self.loop_over("select", variable, words.as_deref(), body);
            }
            CommandKind::ArithmeticFor {
                start,
                condition,
                step,
                body,
            } => {
                let (start, condition, step) =
                    (start.text.trim(), condition.text.trim(), step.text.trim());
                self.push(&format!("for (({start}; {condition}; {step}))"));
                self.newline();
                self.push("do");
                self.indented(body, true);
                self.push("done");
            }
            CommandKind::Case { subject, arms } => {
                self.push(&format!("case {} in ", subject.text));
                self.level += 1;
                for arm in arms {
                    self.newline();
                    let patterns: Vec<&str> =
                        arm.patterns.iter().map(|word| word.text.as_str()).collect();
                    self.push(&patterns.join(" | "));
                    self.push(")");
                    self.level += 1;
                    self.newline();
                    self.list(&arm.body, false);
                    self.level -= 1;
                    self.newline();
                    self.push(match arm.end {
                        CaseEnd::Leave => ";;",
                        CaseEnd::FallThrough => ";&",
                        CaseEnd::Continue => ";;&",
                    });
                }
                self.level -= 1;
                self.newline();
                self.push("esac");
            }
            CommandKind::Arithmetic(word) => self.push(&format!("(({}))", word.text)),
            CommandKind::Test(expression) => {
                self.push("[[ ");
                self.test(expression);
                self.push(" ]]");
            }
            CommandKind::Function(function) => {
                self.push("function ");
                self.function(function);
            }
            CommandKind::Coprocess { name, body } => {
                self.push(&format!("coproc {name} "));
                self.command(body);
            }
        }
    }

    fn condition(&mut self, branches: &[(List, List)], otherwise: Option<&List>) {
        // `elif` is shown as what it means: an `if` inside the `else`.
        let Some(((condition, body), rest)) = branches.split_first() else {
            return;
        };
        self.push("if ");
        self.list(condition, true);
        self.push(" then");
        self.indented(body, true);
        if !rest.is_empty() {
            self.push("else");
            self.level += 1;
            self.newline();
            self.condition(rest, otherwise);
            self.push(";");
            self.level -= 1;
            self.newline();
        } else if let Some(otherwise) = otherwise {
            self.push("else");
            self.indented(otherwise, true);
        }
        self.push("fi");
    }

    fn loop_over(&mut self, keyword: &str, variable: &str, words: Option<&[Word]>, body: &List) {
        self.push(&format!("{keyword} {variable} in "));
        match words {
            Some(words) => {
                let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
                self.push(&words.join(" "));
            }
            None => self.push("\"$@\""),
        }
        self.push(";");
        self.newline();
        self.push("do");
        self.indented(body, true);
        self.push("done");
    }

    fn simple(&mut self, simple: &SimpleCommand) {
        let mut first = true;
        for assignment in &simple.assignments {
            if !std::mem::take(&mut first) {
                self.push(" ");
            }
            self.assignment(assignment);
        }
        for word in &simple.words {
            if !std::mem::take(&mut first) {
                self.push(" ");
            }
            self.push(&word.text);
        }
    }

    fn assignment(&mut self, assignment: &Assignment) {
        self.push(&assignment.name);
        if let Some(subscript) = &assignment.subscript {
            self.push(&format!("[{}]", subscript.text));
        }
        self.push(if assignment.append { "+=" } else { "=" });
        match &assignment.value {
            AssignmentValue::Scalar(word) => self.push(&word.text),
            AssignmentValue::Array(elements) => {
                let elements: Vec<String> = elements
                    .iter()
                    .map(|element| match &element.subscript {
                        Some(subscript) => format!("[{}]={}", subscript.text, element.value.text),
                        None => element.value.text.clone(),
                    })
                    .collect();
                self.push(&format!("({})", elements.join(" ")));
            }
        }
    }

    fn redirect(&mut self, redirect: &Redirect) {
        match &redirect.descriptor {
            RedirectDescriptor::Default => {}
            RedirectDescriptor::Number(number) => {
                let default = match redirect.kind {
                    RedirectKind::Read(_) | RedirectKind::ReadWrite(_) => 0,
                    RedirectKind::Write(_) | RedirectKind::Append(_) | RedirectKind::Clobber(_) => {
                        1
                    }
                    _ => -1,
                };
                if *number != default {
                    self.push(&number.to_string());
                }
            }
            RedirectDescriptor::Variable(name) => self.push(&format!("{{{name}}}")),
        }
        let (operator, word) = match &redirect.kind {
            RedirectKind::Read(word) => ("< ", word),
            RedirectKind::Write(word) => ("> ", word),
            RedirectKind::Clobber(word) => (">| ", word),
            RedirectKind::Append(word) => (">> ", word),
            RedirectKind::ReadWrite(word) => ("<> ", word),
            RedirectKind::WriteBoth(word) => ("&> ", word),
            RedirectKind::AppendBoth(word) => ("&>> ", word),
            RedirectKind::DuplicateInput(word) => ("<&", word),
            RedirectKind::DuplicateOutput(word) => {
                if redirect.descriptor == RedirectDescriptor::Default
                    && word.text.bytes().all(|byte| byte.is_ascii_digit())
                {
                    self.push("1");
                }
                (">&", word)
            }
            RedirectKind::HereString(word) => ("<<< ", word),
            RedirectKind::HereDocument(document) => {
                let dash = if document.strip_tabs { "-" } else { "" };
                let quote = if document.quoted { "'" } else { "" };
                self.push(&format!("<<{dash}{quote}{}{quote}", document.delimiter));
                return;
            }
        };
        self.push(operator);
        self.push(&word.text);
    }

    fn test(&mut self, expression: &TestExpression) {
        match expression {
            TestExpression::Or(left, right) => {
                self.test(left);
                self.push(" || ");
                self.test(right);
            }
            TestExpression::And(left, right) => {
                self.test(left);
                self.push(" && ");
                self.test(right);
            }
            TestExpression::Not(inner) => {
                self.push("! ");
                self.test(inner);
            }
            TestExpression::Group(inner) => {
                self.push("( ");
                self.test(inner);
                self.push(" )");
            }
            TestExpression::Unary(operator, word) => {
                self.push(&format!("{operator} {}", word.text))
            }
            TestExpression::Binary(left, operator, right) => {
                self.push(&format!("{} {operator} {}", left.text, right.text));
            }
            TestExpression::Lone(word) => self.push(&format!("-n {}", word.text)),
        }
    }
}
