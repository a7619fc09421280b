//! The command line of `find`.

use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;

use berth_guest::FileType;
use berth_multicall::{mode, os_string, reason, text, time};
use berth_pattern::{Options, Pattern, Syntax, locale_is_bytes};

use super::expression::{Amount, Batch, Bits, Command, Expression, Request, Target, Which};
use super::printf;

const MINUTE_SECONDS: u64 = 60;
const DAY_SECONDS: u64 = 86_400;

type Result<T> = std::result::Result<T, String>;

/// Reads the command line.
pub fn parse(words: Vec<Vec<u8>>) -> Result<Request> {
    let mut parser = Parser {
        words: words.into_iter(),
        ahead: None,
        request: Request {
            roots: Vec::new(),
            expression: Expression::True,
            follow: false,
            follow_roots: false,
            depth_first: false,
            depth_min: 0,
            depth_max: usize::MAX,
            same_device: false,
            now: time::now(),
        },
        acts: false,
        syntax: Syntax::Basic,
        depth: 0,
    };
    parser.roots();
    if parser.peek().is_some() {
        let expression = parser.list()?;
        if let Some(word) = parser.peek() {
            return Err(if word == b")" {
                "you have too many ')'".to_owned()
            } else {
                format!("unexpected extra predicate '{}'", text(word))
            });
        }
        parser.request.expression = expression;
    }
    if !parser.acts {
        let expression = std::mem::replace(&mut parser.request.expression, Expression::True);
        parser.request.expression =
            Expression::And(vec![expression, Expression::Print(b'\n', None)]);
    }
    Ok(parser.request)
}

struct Parser {
    words: std::vec::IntoIter<Vec<u8>>,
    ahead: Option<Vec<u8>>,
    request: Request,
    /// There is an action: then nothing is printed by itself.
    acts: bool,
    syntax: Syntax,
    depth: usize,
}

impl Parser {
    fn peek(&mut self) -> Option<&Vec<u8>> {
        if self.ahead.is_none() {
            self.ahead = self.words.next();
        }
        self.ahead.as_ref()
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        self.ahead.take().or_else(|| self.words.next())
    }

    fn eat(&mut self, words: &[&[u8]]) -> bool {
        let there = self.peek().is_some_and(|word| words.contains(&&word[..]));
        if there {
            self.next();
        }
        there
    }

    fn roots(&mut self) {
        while let Some(word) = self.peek() {
            match &word[..] {
                b"-L" => self.request.follow = true,
                b"-H" => self.request.follow_roots = true,
                b"-P" => (self.request.follow, self.request.follow_roots) = (false, false),
                b"-O" | b"-O1" | b"-O2" | b"-O3" => {}
                b"-D" => drop(self.next()),
                _ => break,
            }
            self.next();
        }
        while let Some(word) = self.peek() {
            let begins = word.starts_with(b"-") && word.len() > 1;
            if begins || matches!(&word[..], b"(" | b")" | b"!" | b",") {
                break;
            }
            let root = self.next().unwrap_or_default();
            self.request.roots.push(root);
        }
        if self.request.roots.is_empty() {
            self.request.roots.push(b".".to_vec());
        }
    }

    fn list(&mut self) -> Result<Expression> {
        let mut all = vec![self.or()?];
        while self.eat(&[b","]) {
            all.push(self.or()?);
        }
        Ok(one_or(all, Expression::List))
    }

    fn or(&mut self) -> Result<Expression> {
        let mut all = vec![self.and()?];
        while self.eat(&[b"-o", b"-or"]) {
            all.push(self.and()?);
        }
        Ok(one_or(all, Expression::Or))
    }

    fn and(&mut self) -> Result<Expression> {
        let mut all = vec![self.not()?];
        loop {
            let explicit = self.eat(&[b"-a", b"-and"]);
            let ends = match self.peek() {
                None => true,
                Some(word) => matches!(&word[..], b")" | b"," | b"-o" | b"-or"),
            };
            if ends {
                if explicit {
                    return Err("expected an expression after '-a'".to_owned());
                }
                return Ok(one_or(all, Expression::And));
            }
            all.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Expression> {
        const DEPTH_MAX: usize = 500;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the expression is nested too deeply".to_owned());
        }
        let result = if self.eat(&[b"!", b"-not"]) {
            self.not().map(|inner| Expression::Not(Box::new(inner)))
        } else if self.eat(&[b"("]) {
            if self.eat(&[b")"]) {
                return Err("invalid expression; empty parentheses are not allowed.".to_owned());
            }
            let inner = self.list()?;
            if !self.eat(&[b")"]) {
                return Err("invalid expression; I was expecting to find a ')' somewhere but did not see one.".to_owned());
            }
            Ok(inner)
        } else {
            self.primary()
        };
        self.depth -= 1;
        result
    }

    fn argument(&mut self, name: &str) -> Result<Vec<u8>> {
        self.next()
            .ok_or_else(|| format!("missing argument to `{name}'"))
    }

    fn amount(&mut self, name: &str) -> Result<Amount> {
        let word = self.argument(name)?;
        amount(&word).ok_or_else(|| format!("invalid argument `{}' to `{name}'", text(&word)))
    }

    fn primary(&mut self) -> Result<Expression> {
        let Some(word) = self.next() else {
            return Err("invalid expression; expected a predicate".to_owned());
        };
        let name = text(&word);
        let which = |letter: Option<u8>| match letter {
            Some(b'a') => Which::Accessed,
            Some(b'c') => Which::Changed,
            _ => Which::Modified,
        };
        Ok(match name.as_str() {
            "-true" => Expression::True,
            "-false" => Expression::False,
            "-name" | "-iname" => Expression::Name(self.argument(&name)?, name == "-iname"),
            "-path" | "-wholename" | "-ipath" | "-iwholename" => {
                Expression::Path(self.argument(&name)?, name.starts_with("-i"))
            }
            "-lname" | "-ilname" => Expression::LinkName(self.argument(&name)?, name == "-ilname"),
            "-regex" | "-iregex" => {
                let source = self.argument(&name)?;
                let options = Options {
                    syntax: self.syntax,
                    ignore_case: name == "-iregex",
                    whole_line: true,
                    bytes: locale_is_bytes(),
                    ..Options::default()
                };
                // Emacs' syntax, which is the default, has `+` and `?` as an extended one does.
                let source = if self.syntax == Syntax::Basic {
                    emacs(&source)
                } else {
                    source
                };
                Expression::Regex(Box::new(Pattern::new(&source, options)?))
            }
            "-regextype" => {
                self.syntax = match &self.argument(&name)?[..] {
                    b"posix-extended" | b"egrep" | b"posix-egrep" | b"awk" | b"posix-awk"
                    | b"gnu-awk" => Syntax::Extended,
                    _ => Syntax::Basic,
                };
                Expression::True
            }
            "-type" | "-xtype" => {
                let word = self.argument(&name)?;
                let types = word
                    .split(|byte| *byte == b',')
                    .map(|letter| match letter {
                        b"f" => Ok(FileType::Regular),
                        b"d" => Ok(FileType::Directory),
                        b"l" => Ok(FileType::Link),
                        b"c" => Ok(FileType::CharacterDevice),
                        b"b" => Ok(FileType::BlockDevice),
                        b"p" => Ok(FileType::Fifo),
                        b"s" => Ok(FileType::Socket),
                        other => Err(format!("Unknown argument to {name}: {}", text(other))),
                    })
                    .collect::<Result<_>>()?;
                Expression::Type(types, name == "-xtype")
            }
            "-size" => {
                let word = self.argument(&name)?;
                let wrong = || format!("invalid -size type `{}'", text(&word));
                let (digits, unit) = match word.last() {
                    Some(b'c') => (&word[..word.len() - 1], 1),
                    Some(b'w') => (&word[..word.len() - 1], 2),
                    Some(b'b') => (&word[..word.len() - 1], 512),
                    Some(b'k') => (&word[..word.len() - 1], 1 << 10),
                    Some(b'M') => (&word[..word.len() - 1], 1 << 20),
                    Some(b'G') => (&word[..word.len() - 1], 1 << 30),
                    Some(byte) if byte.is_ascii_digit() => (&word[..], 512),
                    _ => return Err(wrong()),
                };
                Expression::Size(amount(digits).ok_or_else(wrong)?, unit)
            }
            "-empty" => Expression::Empty,
            "-amin" | "-cmin" | "-mmin" => Expression::Age(
                which(word.get(1).copied()),
                self.amount(&name)?,
                MINUTE_SECONDS,
            ),
            "-atime" | "-ctime" | "-mtime" => Expression::Age(
                which(word.get(1).copied()),
                self.amount(&name)?,
                DAY_SECONDS,
            ),
            "-daystart" => {
                let day = DAY_SECONDS as i64;
                self.request.now = (self.request.now.div_euclid(day) + 1) * day;
                Expression::True
            }
            "-newer" | "-anewer" | "-cnewer" => {
                let of = if name == "-newer" {
                    Which::Modified
                } else {
                    which(word.get(1).copied())
                };
                let reference = self.argument(&name)?;
                Expression::Newer(of, status(&reference)?.modified)
            }
            _ if name.starts_with("-newer") && word.len() == 8 => {
                let reference = self.argument(&name)?;
                let time = match word[7] {
                    b't' => (
                        date(&text(&reference)).ok_or_else(|| {
                            format!(
                                "I cannot figure out how to interpret '{}' as a date or time",
                                text(&reference)
                            )
                        })?,
                        0,
                    ),
                    b'a' => status(&reference)?.accessed,
                    b'c' => status(&reference)?.changed,
                    _ => status(&reference)?.modified,
                };
                Expression::Newer(which(Some(word[6])), time)
            }
            "-perm" => {
                let word = text(&self.argument(&name)?);
                let bits = |text: &str| {
                    mode::parse(text, 0, false, 0).ok_or_else(|| format!("invalid mode '{word}'"))
                };
                Expression::Perm(match word.chars().next() {
                    Some('-') => Bits::All(bits(&word[1..])?),
                    Some('/') => Bits::Any(bits(&word[1..])?),
                    _ => Bits::Exactly(bits(&word)?),
                })
            }
            "-executable" => Expression::Access(1),
            "-writable" => Expression::Access(2),
            "-readable" => Expression::Access(4),
            "-user" | "-group" => {
                let who = text(&self.argument(&name)?);
                let user = name == "-user";
                let file = if user { "/etc/passwd" } else { "/etc/group" };
                let id = mode::id_of(file, &who).ok_or_else(|| {
                    let kind = if user { "user" } else { "group" };
                    format!("'{who}' is not the name of a known {kind}")
                })?;
                if user {
                    Expression::User(id)
                } else {
                    Expression::Group(id)
                }
            }
            "-uid" => Expression::UserNumber(self.amount(&name)?),
            "-gid" => Expression::GroupNumber(self.amount(&name)?),
            "-nouser" | "-nogroup" => Expression::Nobody,
            "-links" => Expression::Links(self.amount(&name)?),
            "-inum" => Expression::Inode(self.amount(&name)?),
            "-samefile" => {
                let reference = self.argument(&name)?;
                let status = status(&reference)?;
                Expression::SameFile(status.device, status.inode)
            }
            "-maxdepth" | "-mindepth" => {
                let word = self.argument(&name)?;
                let depth = text(&word).parse().map_err(|_| {
                    format!(
                        "Expected a positive decimal integer argument to {name}, but got '{}'",
                        text(&word)
                    )
                })?;
                if name == "-maxdepth" {
                    self.request.depth_max = depth;
                } else {
                    self.request.depth_min = depth;
                }
                Expression::True
            }
            "-depth" | "-d" => {
                self.request.depth_first = true;
                Expression::True
            }
            "-xdev" | "-mount" => {
                self.request.same_device = true;
                Expression::True
            }
            "-follow" => {
                self.request.follow = true;
                Expression::True
            }
            "-noleaf" | "-warn" | "-nowarn" | "-ignore_readdir_race" | "-noignore_readdir_race" => {
                Expression::True
            }
            "-prune" => Expression::Prune,
            _ => {
                self.acts = true;
                self.action(&name)?
            }
        })
    }

    fn action(&mut self, name: &str) -> Result<Expression> {
        Ok(match name {
            "-quit" => Expression::Quit,
            "-print" => Expression::Print(b'\n', None),
            "-print0" => Expression::Print(0, None),
            "-fprint" => Expression::Print(b'\n', self.target(name)?),
            "-fprint0" => Expression::Print(0, self.target(name)?),
            "-printf" => Expression::Printf(printf::parse(&self.argument(name)?), None),
            "-fprintf" => {
                let target = self.target(name)?;
                Expression::Printf(printf::parse(&self.argument(name)?), target)
            }
            "-ls" => Expression::Ls,
            "-delete" => {
                self.request.depth_first = true;
                Expression::Delete
            }
            "-exec" | "-execdir" | "-ok" | "-okdir" => self.exec(name)?,
            _ if name.starts_with('-') => return Err(format!("unknown predicate `{name}'")),
            _ => return Err(format!("paths must precede expression: `{name}'")),
        })
    }

    fn target(&mut self, name: &str) -> Result<Target> {
        let file = self.argument(name)?;
        match File::create(os_string(file.clone())) {
            Ok(opened) => Ok(Some(Rc::new(RefCell::new(opened)))),
            Err(error) => Err(format!("{}: {}", text(&file), reason(&error))),
        }
    }

    fn exec(&mut self, name: &str) -> Result<Expression> {
        let mut words: Vec<Vec<u8>> = Vec::new();
        let many = loop {
            let word = self.argument(name)?;
            match &word[..] {
                b";" => break false,
                b"+" if words.last().is_some_and(|last| last == b"{}") => break true,
                _ => words.push(word),
            }
        };
        if words.is_empty() {
            return Err(format!("missing argument to `{name}'"));
        }
        let mut command = Command {
            words,
            in_directory: name.ends_with("dir"),
            ask: name.starts_with("-ok"),
        };
        if many {
            command.words.pop();
            return Ok(Expression::ExecMany(
                command,
                RefCell::new(Batch::default()),
            ));
        }
        Ok(Expression::Exec(command))
    }
}

fn one_or(mut all: Vec<Expression>, make: fn(Vec<Expression>) -> Expression) -> Expression {
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            all.extend(last);
            make(all)
        }
    }
}

fn amount(word: &[u8]) -> Option<Amount> {
    let (make, digits): (fn(u64) -> Amount, _) = match word.first()? {
        b'+' => (Amount::More, &word[1..]),
        b'-' => (Amount::Less, &word[1..]),
        _ => (Amount::Exactly, word),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text(digits).parse().ok().map(make)
}

fn status(name: &[u8]) -> Result<berth_guest::Status> {
    berth_guest::status(name, true).map_err(|error| format!("{}: {}", text(name), reason(&error)))
}

/// `2024-01-31`, with ` 12:30[:45]` or `@seconds`.
fn date(text: &str) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok();
    }
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, "0:0"));
    let mut parts = date.split('-').map(str::parse::<u32>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let mut parts = clock.split(':').map(str::parse::<i64>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().and_then(|second| second.ok()).unwrap_or(0);
    Some(
        time::days_from_date(i64::from(year), month, day) * DAY_SECONDS as i64
            + hour * 3600
            + minute * 60
            + second,
    )
}

/// Emacs' expressions as basic ones: `+` and `?` repeat there by themselves.
fn emacs(source: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = source.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                out.push(byte);
                out.extend(bytes.next());
            }
            b'+' | b'?' => out.extend([b'\\', byte]),
            _ => out.push(byte),
        }
    }
    out
}
