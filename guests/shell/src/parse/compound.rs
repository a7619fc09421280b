//! Commands with keywords: groups, loops, conditions, functions.

use super::ast::{CaseArm, CaseEnd, CommandKind, List, Word};
use super::tokens::Token;
use super::{ParseFailure, Parsed, Parser, SyntaxError};

impl Parser<'_> {
    /// A command that begins with a keyword or a parenthesis, without its redirections; `None` when what
    /// stands here is none.
    pub fn compound(&mut self) -> Parsed<Option<CommandKind>> {
        if self.at_operator("(")? {
            return self.nested(Self::parenthesised).map(Some);
        }
        let Token::Word(word) = self.token()? else {
            return Ok(None);
        };
        let Some(keyword) = word.literal() else {
            return Ok(None);
        };
        let read: fn(&mut Self) -> Parsed<CommandKind> = match keyword {
            "{" => Self::group,
            "if" => Self::condition,
            "while" | "until" => Self::loop_command,
            "for" => Self::for_command,
            "select" => Self::select_command,
            "case" => Self::case_command,
            "[[" => Self::test_command,
            "function" => return self.function_keyword(),
            "coproc" => Self::coprocess,
            // A keyword that begins nothing.
            "in" => return Err(self.unexpected()?),
            _ => return Ok(None),
        };
        self.nested(read).map(Some)
    }

    /// `( list )` or `(( expression ))`.
    fn parenthesised(&mut self) -> Parsed<CommandKind> {
        let start = self.peeked.as_ref().map_or(0, |peeked| peeked.start);
        if self.here() == Some(b'(') && self.input.position == start + 1 {
            let line = self.input.line;
            self.peeked = None;
            self.bump();
            if let Some((text, line)) = self.arithmetic_text()? {
                return Ok(CommandKind::Arithmetic(self.arithmetic(&text, line)?));
            }
            self.input.position = start + 1;
            self.input.line = line;
        } else {
            self.next_token()?;
        }
        let list = self.compound_list()?;
        self.expect_operator(")")?;
        Ok(CommandKind::Subshell(list))
    }

    fn arithmetic(&mut self, text: &str, line: u32) -> Parsed<Word> {
        let parts = self.sub_parse(text, line, |parser| {
            parser.quoted_parts(super::words::Quoting::Arithmetic)
        })?;
        Ok(Word {
            // Lines that are one are shown as one.
            text: text.replace("\\\n", ""),
            parts,
            ..Word::default()
        })
    }

    fn group(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        let list = self.compound_list()?;
        self.expect_word("}")?;
        Ok(CommandKind::Group(list))
    }

    fn condition(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        let mut branches = Vec::new();
        loop {
            let condition = self.compound_list()?;
            self.expect_word("then")?;
            let body = self.compound_list()?;
            branches.push((condition, body));
            if self.at_word("elif")? {
                self.next_token()?;
                continue;
            }
            let otherwise = if self.at_word("else")? {
                self.next_token()?;
                Some(self.compound_list()?)
            } else {
                None
            };
            self.expect_word("fi")?;
            return Ok(CommandKind::If {
                branches,
                otherwise,
            });
        }
    }

    fn loop_command(&mut self) -> Parsed<CommandKind> {
        let until = self.next_token()?.is_word("until");
        let condition = self.compound_list()?;
        let body = self.do_group()?;
        Ok(CommandKind::Loop {
            until,
            condition,
            body,
        })
    }

    /// `do list done`
    fn do_group(&mut self) -> Parsed<List> {
        self.expect_word("do")?;
        let body = self.compound_list()?;
        self.expect_word("done")?;
        Ok(body)
    }

    /// The body of `for` and `select`: `do ... done` or, in bash, `{ ... }`.
    fn loop_body(&mut self) -> Parsed<List> {
        if self.at_word("{")? {
            self.next_token()?;
            let body = self.compound_list()?;
            self.expect_word("}")?;
            return Ok(body);
        }
        self.do_group()
    }

    fn for_command(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        self.skip_blanks()?;
        if self.here() == Some(b'(') && self.ahead(1) == Some(b'(') {
            return self.arithmetic_for();
        }
        let (variable, words) = self.loop_words()?;
        let body = self.loop_body()?;
        Ok(CommandKind::For {
            variable,
            words,
            body,
        })
    }

    fn select_command(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        let (variable, words) = self.loop_words()?;
        let body = self.loop_body()?;
        Ok(CommandKind::Select {
            variable,
            words,
            body,
        })
    }

    /// `name [in words];` up to the body.
    fn loop_words(&mut self) -> Parsed<(String, Option<Vec<Word>>)> {
        self.assignments = false;
        let result = self.loop_words_here();
        self.assignments = true;
        result
    }

    fn loop_words_here(&mut self) -> Parsed<(String, Option<Vec<Word>>)> {
        let Token::Word(name) = self.token()? else {
            return Err(self.unexpected()?);
        };
        self.next_token()?;
        if self.at_operator(";")? {
            self.next_token()?;
            self.skip_newlines()?;
            return Ok((plain_text(&name), None));
        }
        self.skip_newlines()?;
        if !self.at_word("in")? {
            return Ok((plain_text(&name), None));
        }
        self.next_token()?;
        let mut words = Vec::new();
        while let Token::Word(word) = self.token()? {
            self.next_token()?;
            words.push(word);
        }
        if self.at_operator(";")? || self.at_newline()? {
            self.next_token()?;
        } else {
            return Err(self.unexpected()?);
        }
        self.skip_newlines()?;
        Ok((plain_text(&name), Some(words)))
    }

    /// `((a; b; c))` at its first parenthesis, and the body.
    fn arithmetic_for(&mut self) -> Parsed<CommandKind> {
        self.input.position += 2;
        let Some((text, line)) = self.arithmetic_text()? else {
            return Err(self.unterminated(")", self.input.line));
        };
        let pieces = split_arithmetic(&text);
        let [start, condition, step] = pieces.as_slice() else {
            let message = match pieces.len() {
                0..3 => "syntax error: arithmetic expression required",
                _ => "syntax error: `;' unexpected",
            };
            return Err(ParseFailure::Syntax(SyntaxError {
                line,
                message: message.to_owned(),
                shown: Some(format!("syntax error: `(({text}))'")),
                at_end: false,
                in_elements: false,
                keeps_status: false,
            }));
        };
        let start = self.arithmetic(start, line)?;
        let condition = self.arithmetic(condition, line)?;
        let step = self.arithmetic(step, line)?;
        if self.at_operator(";")? {
            self.next_token()?;
        }
        self.skip_newlines()?;
        let body = self.loop_body()?;
        Ok(CommandKind::ArithmeticFor {
            start,
            condition,
            step,
            body,
        })
    }

    fn case_command(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        self.assignments = false;
        let subject = self.token();
        self.assignments = true;
        let Token::Word(subject) = subject? else {
            return Err(self.unexpected()?);
        };
        self.next_token()?;
        self.skip_newlines()?;
        self.expect_word("in")?;
        self.assignments = false;
        self.skip_newlines()?;
        let mut arms = Vec::new();
        while !self.at_word("esac")? {
            let arm = self.case_arm()?;
            arms.push(arm);
            // The next pattern was not looked at yet, or it is `esac`.
            self.assignments = false;
            self.skip_newlines()?;
        }
        self.assignments = true;
        self.next_token()?;
        Ok(CommandKind::Case { subject, arms })
    }

    fn case_arm(&mut self) -> Parsed<CaseArm> {
        if self.at_operator("(")? {
            self.next_token()?;
        }
        let mut patterns = Vec::new();
        loop {
            let Token::Word(word) = self.token()? else {
                return Err(self.unexpected()?);
            };
            self.next_token()?;
            patterns.push(word);
            if !self.at_operator("|")? {
                break;
            }
            self.next_token()?;
        }
        self.expect_operator(")")?;
        self.assignments = true;
        self.skip_newlines()?;
        let empty = self.at_case_end()? || self.at_word("esac")?;
        let body = if empty {
            List::default()
        } else {
            self.compound_list()?
        };
        let end = match self.token()? {
            Token::Operator(";&") => CaseEnd::FallThrough,
            Token::Operator(";;&") => CaseEnd::Continue,
            Token::Operator(";;") => CaseEnd::Leave,
            // The last arm needs no end.
            token if token.is_word("esac") => {
                return Ok(CaseArm {
                    patterns,
                    body,
                    end: CaseEnd::Leave,
                });
            }
            _ => return Err(self.unexpected()?),
        };
        self.assignments = false;
        self.next_token()?;
        Ok(CaseArm {
            patterns,
            body,
            end,
        })
    }

    fn at_case_end(&mut self) -> Parsed<bool> {
        Ok(self.at_operator(";;")? || self.at_operator(";&")? || self.at_operator(";;&")?)
    }

    /// `function name [()] body`
    fn function_keyword(&mut self) -> Parsed<Option<CommandKind>> {
        let line = self.token_line()?;
        self.next_token()?;
        self.assignments = false;
        let name = self.token();
        self.assignments = true;
        let Token::Word(name) = name? else {
            return Err(self.unexpected()?);
        };
        self.next_token()?;
        // `function f (( 1 ))` and `function f ( list )` are bodies, `function f ()` is not.
        if self.at_operator("(")? && self.closes_at_once() {
            self.next_token()?;
            self.next_token()?;
        }
        let command = self.function_body(name.text, line)?;
        Ok(Some(command.kind))
    }

    /// Whether only blanks stand between the parenthesis that was looked at and a closing one.
    fn closes_at_once(&self) -> bool {
        let rest = self
            .input
            .text
            .get(self.input.position..)
            .unwrap_or_default();
        rest.trim_start_matches([' ', '\t']).starts_with(')')
    }

    fn coprocess(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        let mut name = "COPROC".to_owned();
        if let Token::Word(word) = self.token()?
            && self.compound_follows_name()
        {
            name = word.text;
            self.next_token()?;
        }
        let body = Box::new(self.command()?);
        Ok(CommandKind::Coprocess { name, body })
    }

    /// Whether what follows the word that was looked at begins a compound command.
    fn compound_follows_name(&self) -> bool {
        let rest = self
            .input
            .text
            .get(self.input.position..)
            .unwrap_or_default();
        let rest = rest.trim_start_matches([' ', '\t']);
        let word = rest
            .split([' ', '\t', '\n', ';'])
            .next()
            .unwrap_or_default();
        rest.starts_with('(')
            || matches!(
                word,
                "{" | "if" | "while" | "until" | "for" | "case" | "[[" | "select"
            )
    }
}

/// The three parts of `a; b; c`; semicolons in parentheses and quotes do not count.
fn split_arithmetic(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut depth = 0_u32;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if quote == Some(byte) => quote = None,
            _ if quote.is_some() => {}
            b'"' | b'\'' | b'`' => quote = Some(byte),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => {
                pieces.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

/// A name as it is meant: a continued line may end in its middle.
fn plain_text(word: &Word) -> String {
    word.literal().unwrap_or(&word.text).to_owned()
}
