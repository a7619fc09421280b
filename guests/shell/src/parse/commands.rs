//! Lists, pipelines, simple commands, redirections and aliases.

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::{
    AndOr, AssignmentValue, Command, CommandKind, Connector, Function, HereDocument, List,
    ListItem, Part, Pipeline, Redirect, RedirectDescriptor, RedirectKind, SimpleCommand,
    TimeFormat, Word,
};
use super::tokens::Token;
use super::{Parsed, Parser};

/// How many here-documents one line may have, as in bash.
const HERE_DOCUMENTS_MAX: usize = 16;
/// Words that close a list instead of beginning a command.
const CLOSERS: [&str; 8] = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];
/// Operators that close a list.
const CLOSING_OPERATORS: [&str; 4] = [")", ";;", ";&", ";;&"];
/// Commands whose arguments may be assignments.
const DECLARATIONS: [&str; 5] = ["declare", "typeset", "local", "export", "readonly"];
/// Commands whose arguments may look like such ones, parentheses and all, but are texts.
const TEXTS: [&str; 3] = ["alias", "eval", "let"];
/// Operators of redirections.
const REDIRECTS: [&str; 12] = [
    "<", ">", ">>", "<<", "<<-", "<<<", "<&", ">&", "<>", ">|", "&>", "&>>",
];

impl Parser<'_> {
    /// Everything up to the end of the line the command ends in; `None` at the end of the input.
    pub fn complete_command(&mut self) -> Parsed<Option<List>> {
        self.skip_to_command()?;
        if self.at_end()? {
            return Ok(None);
        }
        let mut list = List::default();
        loop {
            let and_or = self.and_or()?;
            let background = self.at_operator("&")?;
            let separated = background || self.at_operator(";")?;
            list.items.push(ListItem {
                and_or,
                background,
                ends_line: !separated,
            });
            if separated {
                self.next_token()?;
                self.expand_alias()?;
            }
            if self.at_newline()? {
                self.next_token()?;
                return Ok(Some(list));
            }
            if self.at_end()? {
                self.finish_here_documents()?;
                return Ok(Some(list));
            }
            if !separated {
                return Err(self.unexpected()?);
            }
        }
    }

    /// Commands up to something that closes them, which is left in place; at least one.
    pub fn compound_list(&mut self) -> Parsed<List> {
        self.nested(|parser| {
            let mut list = List::default();
            parser.skip_to_command()?;
            loop {
                let and_or = parser.and_or()?;
                let background = parser.at_operator("&")?;
                let operated = background || parser.at_operator(";")?;
                let separated = operated || parser.at_newline()?;
                list.items.push(ListItem {
                    and_or,
                    background,
                    ends_line: !operated,
                });
                if !separated {
                    return Ok(list);
                }
                parser.next_token()?;
                parser.skip_to_command()?;
                if parser.at_list_end()? {
                    return Ok(list);
                }
            }
        })
    }

    /// Skips ends of lines, those too that are left of an alias that stands for nothing.
    fn skip_to_command(&mut self) -> Parsed<()> {
        loop {
            self.skip_newlines()?;
            self.expand_alias()?;
            if !self.at_newline()? {
                return Ok(());
            }
        }
    }

    fn at_list_end(&mut self) -> Parsed<bool> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .is_some_and(|peeked| match &peeked.token {
                Token::End => true,
                Token::Operator(operator) => CLOSING_OPERATORS.contains(operator),
                Token::Word(word) => word.literal().is_some_and(|text| CLOSERS.contains(&text)),
                _ => false,
            }))
    }

    fn and_or(&mut self) -> Parsed<AndOr> {
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let connector = if self.at_operator("&&")? {
                Connector::And
            } else if self.at_operator("||")? {
                Connector::Or
            } else {
                return Ok(AndOr { first, rest });
            };
            self.next_token()?;
            self.skip_newlines()?;
            rest.push((connector, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut pipeline = Pipeline {
            negated: false,
            timed: None,
            commands: Vec::new(),
        };
        let mut begun = false;
        loop {
            self.expand_alias()?;
            if self.at_word("!")? {
                self.next_token()?;
                begun = true;
                pipeline.negated = !pipeline.negated;
            } else if self.at_word("time")? {
                self.next_token()?;
                begun = true;
                pipeline.timed = Some(TimeFormat::Shell);
                if self.at_word("-p")? {
                    self.next_token()?;
                    pipeline.timed = Some(TimeFormat::Posix);
                }
                if self.at_word("--")? {
                    self.next_token()?;
                }
            } else {
                break;
            }
        }
        if begun
            && (self.at_newline()?
                || self.at_end()?
                || self.at_operator(";")?
                || self.at_operator("&")?)
        {
            return Ok(pipeline);
        }
        loop {
            let command = self.command()?;
            pipeline.commands.push(command);
            if self.at_operator("|&")? {
                if let Some(last) = pipeline.commands.last_mut() {
                    last.redirects.push(Redirect {
                        descriptor: RedirectDescriptor::Number(2),
                        kind: RedirectKind::DuplicateOutput(literal_word("1")),
                    });
                }
            } else if !self.at_operator("|")? {
                return Ok(pipeline);
            }
            self.next_token()?;
            self.skip_to_command()?;
        }
    }

    /// One command of any kind, with its redirections.
    pub fn command(&mut self) -> Parsed<Command> {
        self.expand_alias()?;
        let mut line = self.token_line()?;
        if let Some(kind) = self.compound()? {
            if matches!(kind, CommandKind::Arithmetic(_)) {
                // As of a simple command: where it has been read.
                line = self.input.line;
            }
            let redirects = self.redirects()?;
            return Ok(Command {
                line,
                kind,
                redirects,
            });
        }
        self.simple_command(line)
    }

    /// The redirections that stand here.
    fn redirects(&mut self) -> Parsed<Vec<Redirect>> {
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(redirects)
    }

    /// Its line is the one that has been read when bash knows that it is one: the last of an assignment or
    /// redirection it begins with, or of what follows its name.
    fn simple_command(&mut self, start: u32) -> Parsed<Command> {
        let mut command = SimpleCommand::default();
        let mut redirects = Vec::new();
        let mut line = None;
        let mut texts = false;
        loop {
            if let Some(redirect) = self.redirect()? {
                line.get_or_insert(self.input.line);
                redirects.push(redirect);
                continue;
            }
            if command.words.is_empty() || self.after_blank_alias() {
                self.expand_alias()?;
                if let Some(redirect) = self.redirect()? {
                    line.get_or_insert(self.input.line);
                    redirects.push(redirect);
                    continue;
                }
            }
            let Token::Word(word) = self.token()? else {
                break;
            };
            if command.words.is_empty() && command.assignments.is_empty() && self.at_list_end()? {
                return Err(self.unexpected()?);
            }
            self.next_token()?;
            let anywhere = self.host.keyword_assignments();
            match word.assignment {
                Some(assignment) if command.words.is_empty() || anywhere => {
                    line.get_or_insert(self.input.line);
                    command.assignments.push(*assignment)
                }
                _ => {
                    let first = command.words.is_empty();
                    if first {
                        // Only now: the next token has not been looked at yet.
                        let name = word.literal().unwrap_or_default();
                        texts = TEXTS.contains(&name);
                        self.assignments = anywhere || texts || DECLARATIONS.contains(&name);
                    }
                    let defines = first && command.assignments.is_empty() && redirects.is_empty();
                    if defines && self.at_operator("(")? {
                        self.assignments = true;
                        return self.function_with_parentheses(word, start);
                    }
                    if line.is_none() {
                        line = Some(self.line_read()?);
                    }
                    let word = if texts { self.text_word(word)? } else { word };
                    command.words.push(word);
                }
            }
        }
        self.assignments = true;
        self.blank_alias_end = None;
        if command.words.is_empty() && command.assignments.is_empty() && redirects.is_empty() {
            return Err(self.unexpected()?);
        }
        Ok(Command {
            line: line.unwrap_or(start),
            kind: CommandKind::Simple(command),
            redirects,
        })
    }

    /// A word that looks like an assignment as one that is none.
    fn text_word(&mut self, word: Word) -> Parsed<Word> {
        let Some(assignment) = word.assignment else {
            return Ok(word);
        };
        match assignment.value {
            AssignmentValue::Scalar(value) if assignment.subscript.is_none() => {
                let operator = if assignment.append { "+=" } else { "=" };
                let name = Part::Literal(format!("{}{operator}", assignment.name));
                Ok(Word {
                    text: word.text,
                    parts: std::iter::once(name).chain(value.parts).collect(),
                    ..Word::default()
                })
            }
            _ => self.whole_word(&word.text, self.input.line),
        }
    }

    /// `name () body`, after the name.
    fn function_with_parentheses(&mut self, name: Word, line: u32) -> Parsed<Command> {
        self.next_token()?;
        self.expect_operator(")")?;
        self.function_body(name.text, line)
    }

    /// The body of a function: a compound command with redirections.
    pub fn function_body(&mut self, name: String, line: u32) -> Parsed<Command> {
        self.skip_newlines()?;
        self.expand_alias()?;
        let body_line = self.token_line()?;
        let Some(kind) = self.nested(Self::compound)? else {
            return Err(self.unexpected()?);
        };
        let redirects = self.redirects()?;
        let body = Command {
            line: body_line,
            kind,
            redirects,
        };
        let function = Function {
            name,
            body,
            last_line: self.line_read()?,
        };
        Ok(Command {
            line,
            kind: CommandKind::Function(Rc::new(function)),
            redirects: Vec::new(),
        })
    }

    /// One redirection, if one stands here.
    fn redirect(&mut self) -> Parsed<Option<Redirect>> {
        let descriptor = match self.token()? {
            Token::Number(number) => {
                self.next_token()?;
                RedirectDescriptor::Number(number)
            }
            Token::Variable(name) => {
                self.next_token()?;
                RedirectDescriptor::Variable(name)
            }
            _ => RedirectDescriptor::Default,
        };
        let Token::Operator(operator) = self.token()? else {
            return Ok(None);
        };
        if !REDIRECTS.contains(&operator) {
            return Ok(None);
        }
        self.next_token()?;
        let assignments = std::mem::replace(&mut self.assignments, false);
        let target = self.token();
        self.assignments = assignments;
        let Token::Word(word) = target? else {
            return Err(self.unexpected()?);
        };
        self.next_token()?;
        let kind = match operator {
            "<" => RedirectKind::Read(word),
            ">" => RedirectKind::Write(word),
            ">|" => RedirectKind::Clobber(word),
            ">>" => RedirectKind::Append(word),
            "<>" => RedirectKind::ReadWrite(word),
            "&>" => RedirectKind::WriteBoth(word),
            "&>>" => RedirectKind::AppendBoth(word),
            "<&" => RedirectKind::DuplicateInput(word),
            ">&" => RedirectKind::DuplicateOutput(word),
            "<<<" => RedirectKind::HereString(word),
            _ => {
                let (delimiter, quoted) = Self::here_document_delimiter(&word);
                let strip_tabs = operator == "<<-";
                let document = Rc::new(HereDocument {
                    delimiter,
                    strip_tabs,
                    quoted,
                    body: OnceCell::new(),
                });
                if self.pending.len() >= HERE_DOCUMENTS_MAX {
                    return Err(self.error("maximum here-document count exceeded"));
                }
                self.pending.push(Rc::clone(&document));
                RedirectKind::HereDocument(document)
            }
        };
        Ok(Some(Redirect { descriptor, kind }))
    }

    /// Puts the value of an alias in the place of its name, as often as that gives another alias.
    fn expand_alias(&mut self) -> Parsed<()> {
        loop {
            let Token::Word(word) = self.token()? else {
                return Ok(());
            };
            let Some(name) = word.literal().filter(|name| *name == word.text) else {
                return Ok(());
            };
            let (start, line) = self
                .peeked
                .as_ref()
                .map_or((0, 0), |peeked| (peeked.start, peeked.line));
            if self
                .input
                .aliases
                .iter()
                .any(|(active, end)| active == name && start < *end)
            {
                return Ok(());
            }
            let Some(value) = self.host.alias(name) else {
                return Ok(());
            };
            let (name, end) = (name.to_owned(), start + name.len());
            let leads_on = value.ends_with([' ', '\t']);
            let value = self.kept_apart(value, end);
            self.keep_unaliased(start);
            self.peeked = None;
            self.input.text.replace_range(start..end, &value);
            self.input.position = start;
            self.input.line = line;
            for (_, alias_end) in &mut self.input.aliases {
                if *alias_end >= end {
                    *alias_end = *alias_end + value.len() - name.len();
                }
            }
            let value_end = start + value.len();
            self.input.aliases.push((name, value_end));
            self.blank_alias_end = leads_on.then_some(value_end);
        }
    }

    /// The value of an alias, with a blank behind it where its last word would be a descriptor for the redirection that
    /// follows its name at `end`.
    fn kept_apart(&self, mut value: String, end: usize) -> String {
        let next = self.input.text.as_bytes().get(end).copied();
        let joins = matches!(value.bytes().last(), Some(b'0'..=b'9' | b'}'))
            && matches!(next, Some(b'<' | b'>'));
        if joins {
            value.push(' ');
        }
        value
    }

    /// Whether the next token is the first one after the text of an alias that ends in a blank.
    fn after_blank_alias(&mut self) -> bool {
        let Some(end) = self.blank_alias_end else {
            return false;
        };
        let after = self
            .peeked
            .as_ref()
            .is_some_and(|peeked| peeked.start >= end);
        if after {
            self.blank_alias_end = None;
        }
        after
    }

    /// At the end of the input without a newline: documents still pending are empty.
    fn finish_here_documents(&mut self) -> Parsed<()> {
        for document in std::mem::take(&mut self.pending) {
            // Set once: every document is pending once.
            let _ = document.body.set(Word::quoted(""));
        }
        Ok(())
    }
}

/// An unquoted word that is its own value.
pub fn literal_word(text: &str) -> Word {
    Word {
        text: text.to_owned(),
        parts: vec![Part::Literal(text.to_owned())],
        plain: true,
        assignment: None,
    }
}
