//! Commands back to text, laid out as bash lays out `declare -f` and `jobs`.

use std::rc::Rc;

use super::ast::{
    AndOr, Assignment, AssignmentValue, CaseEnd, Command, CommandKind, Connector, Function,
    HereDocument, List, Pipeline, Redirect, RedirectDescriptor, RedirectKind, SimpleCommand,
    TestExpression, TimeFormat, Word,
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

/// A command substitution, whose lines stay apart: what stands between `$(` and `)`.
pub fn substitution(list: &List) -> String {
    let mut printer = Printer {
        in_substitution: true,
        ..Printer::default()
    };
    printer.list(list);
    if printer.text.starts_with('(') {
        // Else it would be read as arithmetic.
        printer.text.insert(0, ' ');
    }
    printer.text
}

/// One of the three expressions of `for ((`: bash shows one that is not there as 1.
pub fn loop_expression(text: &str) -> &str {
    if text.is_empty() { "1" } else { text }
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
    /// Commands of a list are on lines of their own.
    in_function: bool,
    /// Lists keep the newlines they were written with.
    in_substitution: bool,
    /// How many lists and pipelines of more than one command are being printed.
    connections: u32,
    /// Here-documents whose operators are printed: their bodies follow what connects the next command.
    deferred: Vec<Rc<HereDocument>>,
    /// The bodies of here-documents have just been printed, and the last one ended the line.
    after_document: bool,
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

    /// Ends a command, unless `&` or a here-document did.
    fn semicolon(&mut self) {
        if !self.text.ends_with(['&', '\n']) {
            self.push(";");
        }
    }

    fn function(&mut self, function: &Function) {
        let outer = std::mem::replace(&mut self.in_function, true);
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
        self.in_function = outer;
    }

    /// The items of a list.
    fn list(&mut self, list: &List) {
        let connected =
            list.items.len() > 1 || list.items.first().is_some_and(|item| item.background);
        self.connections += u32::from(connected);
        for (index, item) in list.items.iter().enumerate() {
            let last = index + 1 == list.items.len();
            self.and_or(&item.and_or);
            if item.background {
                self.connect(" &");
                if !last {
                    self.push(" ");
                }
            } else if !last {
                self.separate(item.ends_line && self.in_substitution, index == 0);
            }
        }
        if connected {
            self.connections -= 1;
            self.documents();
        }
    }

    /// What stands between two commands that run one after the other.
    /// After the here-document of the `first` of all, bash leaves out the next semicolon too.
    fn separate(&mut self, keeps_line: bool, first: bool) {
        let separator = if keeps_line { "\n" } else { ";" };
        let mut line_ended = false;
        if !self.deferred.is_empty() {
            self.documents();
            self.after_document = first;
        } else if !std::mem::take(&mut self.after_document) {
            self.push(separator);
            line_ended = keeps_line;
        }
        if self.in_function {
            self.newline();
        } else if keeps_line {
            if !line_ended {
                self.push("\n");
            }
        } else {
            self.push(" ");
        }
    }

    /// An operator between two commands; the here-documents of the one before follow it.
    fn connect(&mut self, operator: &str) {
        self.push(operator);
        if !self.deferred.is_empty() {
            self.documents();
            self.push(" ");
        }
    }

    /// The bodies of the here-documents that wait.
    fn documents(&mut self) {
        let documents = std::mem::take(&mut self.deferred);
        if documents.is_empty() {
            return;
        }
        self.push("\n");
        for document in documents {
            if let Some(body) = document.body.get() {
                self.push(&body.text);
            }
            self.push(&document.delimiter);
            self.push("\n");
        }
        self.after_document = true;
    }

    /// A list one level deeper, on lines of its own; `closed` ends the last with a semicolon too.
    fn indented(&mut self, list: &List, closed: bool) {
        self.level += 1;
        self.newline();
        self.list(list);
        self.documents();
        if closed {
            self.semicolon();
        }
        self.level -= 1;
        self.newline();
    }

    fn and_or(&mut self, and_or: &AndOr) {
        self.connections += u32::from(!and_or.rest.is_empty());
        self.pipeline(&and_or.first);
        for (connector, pipeline) in &and_or.rest {
            self.connect(match connector {
                Connector::And => " && ",
                Connector::Or => " || ",
            });
            self.pipeline(pipeline);
        }
        if !and_or.rest.is_empty() {
            self.connections -= 1;
            self.documents();
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
        let connected = pipeline.commands.len() > 1;
        self.connections += u32::from(connected);
        for (index, command) in pipeline.commands.iter().enumerate() {
            if index > 0 {
                self.connect(" |");
                self.push(" ");
            }
            self.command(command);
        }
        if connected {
            self.connections -= 1;
            self.documents();
        }
    }

    fn command(&mut self, command: &Command) {
        self.kind(&command.kind);
        if command.redirects.is_empty() {
            return;
        }
        self.after_document = false;
        let bare = matches!(&command.kind, CommandKind::Simple(simple) if simple.words.is_empty() && simple.assignments.is_empty());
        for (index, redirect) in command.redirects.iter().enumerate() {
            if index > 0 || !bare {
                self.push(" ");
            }
            self.redirect(redirect);
        }
        for redirect in &command.redirects {
            if let RedirectKind::HereDocument(document) = &redirect.kind {
                self.deferred.push(Rc::clone(document));
            }
        }
        if self.connections == 0 {
            self.documents();
        }
    }

    fn kind(&mut self, kind: &CommandKind) {
        match kind {
            CommandKind::Simple(simple) => self.simple(simple),
            CommandKind::Group(list) => {
                self.push("{ ");
                if self.in_function {
                    self.indented(list, false);
                } else {
                    self.list(list);
                    self.documents();
                    self.semicolon();
                    self.push(" ");
                }
                self.push("}");
            }
            CommandKind::Subshell(list) => {
                self.push("( ");
                self.list(list);
                self.documents();
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
                self.list(condition);
                self.documents();
                self.semicolon();
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
                let [start, condition, step] =
                    [start, condition, step].map(|word| loop_expression(word.text.trim_start()));
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
                    if arm.body.items.is_empty() {
                        self.push("\n");
                    } else {
                        self.level += 1;
                        self.newline();
                        self.list(&arm.body);
                        self.documents();
                        self.level -= 1;
                    }
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
        self.list(condition);
        self.documents();
        self.semicolon();
        self.push(" then");
        self.indented(body, true);
        if !rest.is_empty() {
            self.push("else");
            self.level += 1;
            self.newline();
            self.condition(rest, otherwise);
            self.semicolon();
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
            match &word.assignment {
                Some(assignment) if matches!(assignment.value, AssignmentValue::Array(_)) => {
                    self.assignment(assignment);
                }
                _ => self.push(&word.text),
            }
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
            RedirectKind::DuplicateInput(word) | RedirectKind::DuplicateOutput(word) => {
                let input = matches!(redirect.kind, RedirectKind::DuplicateInput(_));
                if redirect.descriptor == RedirectDescriptor::Default && is_duplicated(word) {
                    self.push(if input { "0" } else { "1" });
                }
                // Closing is the same either way.
                let closes = word.literal() == Some("-");
                (if input && !closes { "<&" } else { ">&" }, word)
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

/// Whether a duplication names its source, or moves or closes it, so that bash shows its target.
fn is_duplicated(word: &Word) -> bool {
    word.text.ends_with('-') || word.text.bytes().all(|byte| byte.is_ascii_digit())
}
