//! Lists, pipelines, simple commands, redirections and aliases.

use std::cell::OnceCell;
use std::rc::Rc;

use super::ast::{
    AndOr, Command, CommandKind, Connector, Function, HereDocument, List, ListItem, Pipeline,
    Redirect, RedirectDescriptor, RedirectKind, SimpleCommand, TimeFormat, Word,
};
use super::tokens::Token;
use super::{Parsed, Parser};

/// Words that close a list instead of beginning a command.
const CLOSERS: [&str; 8] = ["then", "else", "elif", "fi", "do", "done", "esac", "}"];
/// Operators that close a list.
const CLOSING_OPERATORS: [&str; 4] = [")", ";;", ";&", ";;&"];
/// Commands whose arguments may be assignments.
const DECLARATIONS: [&str; 5] = ["declare", "typeset", "local", "export", "readonly"];
/// Commands that read their arguments as text of the language: `name=(...)` may stand there.
const READ_AGAIN: [&str; 3] = ["alias", "eval", "let"];
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
        let line = self.token_line()?;
        if let Some(kind) = self.compound()? {
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

    fn simple_command(&mut self, line: u32) -> Parsed<Command> {
        let mut command = SimpleCommand::default();
        let mut redirects = Vec::new();
        let mut line = line;
        loop {
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if command.words.is_empty() || self.after_blank_alias() {
                self.expand_alias()?;
                if let Some(redirect) = self.redirect()? {
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
                    if command.assignments.is_empty() && redirects.is_empty() {
                        line = line.max(self.input.line);
                    }
                    command.assignments.push(*assignment)
                }
                _ => {
                    let first = command.words.is_empty();
                    if first {
                        // Only now: the next token has not been looked at yet.
                        self.assignments = anywhere
                            || word
                                .literal()
                                .is_some_and(|text| DECLARATIONS.contains(&text));
                    }
                    let defines = first && command.assignments.is_empty() && redirects.is_empty();
                    if first {
                        let literal = word.literal();
                        self.array_text = literal.is_some_and(|text| READ_AGAIN.contains(&text));
                    }
                    if defines && self.at_operator("(")? {
                        self.assignments = true;
                        self.array_text = false;
                        return self.function_with_parentheses(word, line);
                    }
                    if defines {
                        // Bash counts the lines when it has seen what follows the name: text of several lines may.
                        if matches!(self.token()?, Token::Word(_)) {
                            line = line.max(self.input.line);
                        }
                    }
                    command.words.push(word);
                }
            }
        }
        self.assignments = true;
        self.array_text = false;
        self.blank_alias_end = None;
        if command.words.is_empty() && command.assignments.is_empty() && redirects.is_empty() {
            return Err(self.unexpected()?);
        }
        Ok(Command {
            line,
            kind: CommandKind::Simple(command),
            redirects,
        })
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
        let function = Function { name, body };
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
            let end = start + name.len();
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
            self.input.aliases.push((name.to_owned(), value_end));
            self.blank_alias_end = value.ends_with([' ', '\t']).then_some(value_end);
        }
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
        parts: vec![super::ast::Part::Literal(text.to_owned())],
        plain: true,
        assignment: None,
    }
}
