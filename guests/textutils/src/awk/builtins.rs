//! Functions that awk has by itself, and `getline`.

use std::rc::Rc;

use berth_multicall::time::{Moment, now};
use berth_multicall::{reason, spawn_shell, wait_for};
use berth_pattern::Captures;

use super::machine::{Machine, Result, split};
use super::syntax::*;
use super::value::Value;
use crate::text;

/// What `strftime` writes when nothing else is asked for.
const TIME_FORMAT: &str = "%a %b %e %H:%M:%S %Z %Y";

/// The first state of a sequence of random numbers.
pub fn seeded(seed: f64) -> u64 {
    seed.to_bits() ^ 0x9e37_79b9_7f4a_7c15
}

impl Machine<'_> {
    fn number(&mut self, arguments: &[Expression], index: usize) -> Result<f64> {
        match arguments.get(index) {
            Some(argument) => Ok(self.eval(argument)?.to_number()),
            None => Ok(0.0),
        }
    }

    fn string(&mut self, arguments: &[Expression], index: usize) -> Result<Text> {
        match arguments.get(index) {
            Some(argument) => self.eval_text(argument),
            None => Ok(super::parser::empty()),
        }
    }

    pub fn builtin(&mut self, builtin: Builtin, arguments: &[Expression]) -> Result<Value> {
        let one = |machine: &mut Self, compute: fn(f64) -> f64| {
            Ok(Value::Number(compute(machine.number(arguments, 0)?)))
        };
        match builtin {
            Builtin::Cos => one(self, f64::cos),
            Builtin::Sin => one(self, f64::sin),
            Builtin::Exp => one(self, f64::exp),
            Builtin::Log => one(self, f64::ln),
            Builtin::Sqrt => one(self, f64::sqrt),
            Builtin::Int => one(self, f64::trunc),
            Builtin::Compl => one(self, |value| (!(value as u64) & ((1 << 53) - 1)) as f64),
            Builtin::Atan2 => {
                let y = self.number(arguments, 0)?;
                Ok(Value::Number(y.atan2(self.number(arguments, 1)?)))
            }
            Builtin::And | Builtin::Or | Builtin::Xor | Builtin::Lshift | Builtin::Rshift => {
                let left = self.number(arguments, 0)? as u64;
                let right = self.number(arguments, 1)? as u64;
                let shift = u32::try_from(right).unwrap_or(u32::MAX);
                Ok(Value::Number(match builtin {
                    Builtin::And => left & right,
                    Builtin::Or => left | right,
                    Builtin::Xor => left ^ right,
                    Builtin::Lshift => left.checked_shl(shift).unwrap_or(0),
                    _ => left.checked_shr(shift).unwrap_or(0),
                } as f64))
            }
            Builtin::Rand => {
                // xorshift64*
                self.random ^= self.random >> 12;
                self.random ^= self.random << 25;
                self.random ^= self.random >> 27;
                let bits = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
                Ok(Value::Number(bits as f64 / (1u64 << 53) as f64))
            }
            Builtin::Srand => {
                let before = self.seed;
                self.seed = if arguments.is_empty() {
                    now() as f64
                } else {
                    self.number(arguments, 0)?
                };
                self.random = seeded(self.seed);
                Ok(Value::Number(before))
            }
            Builtin::Length => {
                if let Some(Expression::Array(array)) = arguments.first() {
                    let array = self.array(*array);
                    let count = array.borrow().len();
                    return Ok(Value::Number(count as f64));
                }
                let text = match arguments.first() {
                    Some(argument) => self.eval_text(argument)?,
                    None => self.get(&record_place())?.to_text("%.6g"),
                };
                Ok(Value::Number(text::count(&text) as f64))
            }
            Builtin::Index => {
                let (text, wanted) = (self.string(arguments, 0)?, self.string(arguments, 1)?);
                let found = if wanted.is_empty() {
                    Some(0)
                } else {
                    memchr::memmem::find(&text, &wanted)
                };
                let position = found.map_or(0, |found| text::count(&text[..found]) + 1);
                Ok(Value::Number(position as f64))
            }
            Builtin::Substr => self.substr(arguments),
            Builtin::Match => self.match_function(arguments),
            Builtin::Split => self.split_function(arguments),
            Builtin::Sub | Builtin::Gsub => self.substitute(arguments, builtin == Builtin::Gsub),
            Builtin::Gensub => self.gensub(arguments),
            Builtin::Sprintf => {
                let mut out = Vec::new();
                self.formatted(arguments, &mut out)?;
                Ok(Value::text(&out))
            }
            Builtin::Tolower | Builtin::Toupper => {
                let text = self.string(arguments, 0)?;
                let lower = builtin == Builtin::Tolower;
                if text.is_ascii() {
                    let changed = if lower {
                        text.to_ascii_lowercase()
                    } else {
                        text.to_ascii_uppercase()
                    };
                    return Ok(Value::text(&changed));
                }
                let text = String::from_utf8_lossy(&text);
                let changed = if lower {
                    text.to_lowercase()
                } else {
                    text.to_uppercase()
                };
                Ok(Value::text(changed.as_bytes()))
            }
            Builtin::System => {
                let command = self.string(arguments, 0)?;
                self.streams.flush().map_err(|error| reason(&error))?;
                let end = spawn_shell(&command).and_then(wait_for);
                let end = end.map_err(|error| format!("system: {}", reason(&error)))?;
                Ok(Value::Number(match end {
                    berth_multicall::End::Exited(code) => f64::from(code),
                    berth_multicall::End::Signalled(signal) => 256.0 + f64::from(signal),
                }))
            }
            Builtin::Close => {
                let name = self.string(arguments, 0)?;
                let code = self.streams.close(&name).map_err(|error| reason(&error))?;
                Ok(Value::Number(f64::from(code)))
            }
            Builtin::Fflush => {
                self.streams.flush().map_err(|error| reason(&error))?;
                Ok(Value::Number(0.0))
            }
            Builtin::Systime => Ok(Value::Number(now() as f64)),
            Builtin::Strftime => {
                let format = if arguments.is_empty() {
                    TIME_FORMAT.to_owned()
                } else {
                    String::from_utf8_lossy(&self.string(arguments, 0)?).into_owned()
                };
                let time = if arguments.len() > 1 {
                    self.number(arguments, 1)? as i64
                } else {
                    now()
                };
                Ok(Value::text(Moment::at(time).format(&format).as_bytes()))
            }
            Builtin::Strtonum => {
                let text = self.string(arguments, 0)?;
                let text = String::from_utf8_lossy(&text).trim().to_ascii_lowercase();
                let parsed = if let Some(hex) = text.strip_prefix("0x") {
                    u64::from_str_radix(hex, 16)
                        .map(|number| number as f64)
                        .ok()
                } else if text.len() > 1 && text.starts_with('0') {
                    u64::from_str_radix(&text, 8)
                        .map(|number| number as f64)
                        .ok()
                } else {
                    None
                };
                Ok(Value::Number(parsed.unwrap_or_else(|| {
                    super::value::parse_number(text.as_bytes()).0
                })))
            }
        }
    }

    fn substr(&mut self, arguments: &[Expression]) -> Result<Value> {
        let text = self.string(arguments, 0)?;
        let start = round(self.number(arguments, 1)?);
        let count = text::count(&text) as f64;
        let end = if arguments.len() > 2 {
            start + round(self.number(arguments, 2)?)
        } else {
            f64::INFINITY
        };
        let first = start.max(1.0);
        let last = end.min(count + 1.0);
        if first >= last || first.is_nan() || last.is_nan() {
            return Ok(Value::text(b""));
        }
        let from = text::offset(&text, first as usize - 1);
        let length = text::offset(&text[from..], (last - first) as usize);
        Ok(Value::text(&text[from..from + length]))
    }

    fn match_function(&mut self, arguments: &[Expression]) -> Result<Value> {
        let text = self.string(arguments, 0)?;
        let Some(expression) = arguments.get(1) else {
            return Err("match: not enough arguments".to_owned());
        };
        let pattern = self.pattern_of(expression)?;
        let mut captures = Captures::default();
        let found = pattern.captures(&text, 0, &mut captures);
        if let Some(Expression::Array(array)) = arguments.get(2) {
            let array = self.array(*array);
            let mut array = array.borrow_mut();
            array.clear();
            for group in 0..captures.len() {
                if let Some(range) = captures.get(group) {
                    let key = Rc::from(group.to_string().as_bytes());
                    array.insert(key, Value::Input(Rc::from(&text[range])));
                }
            }
        }
        let (start, length) = match captures.get(0).filter(|_| found) {
            Some(range) => (
                text::count(&text[..range.start]) as f64 + 1.0,
                text::count(&text[range]) as f64,
            ),
            None => (0.0, -1.0),
        };
        self.set_global(RSTART, Value::Number(start));
        self.set_global(RLENGTH, Value::Number(length));
        Ok(Value::Number(start))
    }

    fn split_function(&mut self, arguments: &[Expression]) -> Result<Value> {
        let text = self.string(arguments, 0)?;
        let Some(Expression::Array(array)) = arguments.get(1) else {
            return Err("split: the second argument is no array".to_owned());
        };
        let splitter = match arguments.get(2) {
            Some(Expression::Regex(source)) => {
                super::machine::Splitter::Regex(self.pattern(source)?)
            }
            Some(other) => {
                let separator = self.eval_text(other)?;
                self.splitter_of(&separator)?
            }
            None => {
                let separator = self.global_text(FS);
                self.splitter_of(&separator)?
            }
        };
        let array = self.array(*array);
        let mut array = array.borrow_mut();
        array.clear();
        let mut count = 0;
        split(&text, &splitter, false, &mut |field| {
            count += 1;
            array.insert(
                Rc::from(count.to_string().as_bytes()),
                Value::Input(Rc::from(field)),
            );
        });
        Ok(Value::Number(f64::from(count)))
    }

    fn substitute(&mut self, arguments: &[Expression], global: bool) -> Result<Value> {
        let [expression, _, ..] = arguments else {
            return Err("sub: not enough arguments".to_owned());
        };
        let pattern = self.pattern_of(expression)?;
        let replacement = self.string(arguments, 1)?;
        let record = record_place();
        let place = match arguments.get(2) {
            None => Some(&record),
            Some(Expression::Get(place)) => Some(place),
            Some(_) => None,
        };
        let text = match (place, arguments.get(2)) {
            (Some(place), _) => {
                let value = self.get(place)?;
                value.to_text(&self.conversion())
            }
            (None, Some(other)) => self.eval_text(other)?,
            (None, None) => return Ok(Value::Number(0.0)),
        };
        let mut captures = Captures::default();
        let mut write = |captures: &Captures, out: &mut Vec<u8>| {
            let whole = captures.get(0).map_or(&[][..], |range| &text[range]);
            let mut at = 0;
            while at < replacement.len() {
                match replacement[at] {
                    b'\\' if matches!(replacement.get(at + 1), Some(b'&' | b'\\')) => {
                        out.push(replacement[at + 1]);
                        at += 1;
                    }
                    b'&' => out.extend_from_slice(whole),
                    byte => out.push(byte),
                }
                at += 1;
            }
        };
        let number = if global { None } else { Some(1) };
        let (changed, count) = replace(
            &text,
            number,
            &mut captures,
            &mut |at, captures| pattern.captures(&text, at, captures),
            &mut write,
        );
        if count > 0
            && let Some(place) = place
        {
            self.set(place, Value::text(&changed))?;
        }
        Ok(Value::Number(count as f64))
    }

    fn gensub(&mut self, arguments: &[Expression]) -> Result<Value> {
        let [expression, _, _, ..] = arguments else {
            return Err("gensub: not enough arguments".to_owned());
        };
        let pattern = self.pattern_of(expression)?;
        let replacement = self.string(arguments, 1)?;
        let how = self.string(arguments, 2)?;
        let number = if matches!(how.first(), Some(b'g' | b'G')) {
            None
        } else {
            Some((super::value::parse_number(&how).0 as usize).max(1))
        };
        let text = match arguments.get(3) {
            Some(argument) => self.eval_text(argument)?,
            None => self.get(&record_place())?.to_text("%.6g"),
        };
        let mut captures = Captures::default();
        let mut write = |captures: &Captures, out: &mut Vec<u8>| {
            let group = |number: usize| captures.get(number).map_or(&[][..], |range| &text[range]);
            let mut at = 0;
            while at < replacement.len() {
                match replacement[at] {
                    b'\\' if at + 1 < replacement.len() => {
                        at += 1;
                        match replacement[at] {
                            digit @ b'0'..=b'9' => {
                                out.extend_from_slice(group(usize::from(digit - b'0')))
                            }
                            other => out.push(other),
                        }
                    }
                    b'&' => out.extend_from_slice(group(0)),
                    byte => out.push(byte),
                }
                at += 1;
            }
        };
        let (changed, _) = replace(
            &text,
            number,
            &mut captures,
            &mut |at, captures| pattern.captures(&text, at, captures),
            &mut write,
        );
        Ok(Value::text(&changed))
    }

    pub fn getline(&mut self, source: &Source, place: Option<&Place>) -> Result<Value> {
        let record = match source {
            Source::Input => Ok(self.next_record()?),
            Source::File(name) => {
                let name = self.eval_text(name)?;
                self.record_from(&name, false)?
            }
            Source::Command(command) => {
                let command = self.eval_text(command)?;
                self.record_from(&command, true)?
            }
        };
        let record = match record {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Value::Number(0.0)),
            Err(_) => return Ok(Value::Number(-1.0)),
        };
        match source {
            Source::Input => self.count(),
            Source::Command(_) => self.step_number(NR),
            Source::File(_) => {}
        }
        match place {
            Some(place) => self.set(place, Value::Input(record))?,
            None => self.set_record(record),
        }
        Ok(Value::Number(1.0))
    }
}

/// `$0`.
fn record_place() -> Place {
    Place::Field(Box::new(Expression::Number(0.0)))
}

/// To the nearest integer, halves to even, as `substr` has it.
fn round(value: f64) -> f64 {
    value.round_ties_even()
}

/// Replaces the match of that number, or all; what came of it and how many were replaced.
fn replace(
    text: &[u8],
    number: Option<usize>,
    captures: &mut Captures,
    find: &mut dyn FnMut(usize, &mut Captures) -> bool,
    write: &mut dyn FnMut(&Captures, &mut Vec<u8>),
) -> (Vec<u8>, usize) {
    let mut out = Vec::with_capacity(text.len());
    let (mut copied, mut at, mut last_end) = (0, 0, None);
    let (mut seen, mut replaced) = (0, 0);
    while at <= text.len() && find(at, captures) {
        let Some(found) = captures.get(0) else {
            break;
        };
        // An empty match right behind the last one is no match of its own.
        if !(found.is_empty() && last_end == Some(found.start)) {
            seen += 1;
            last_end = Some(found.end);
            if number.is_none_or(|number| number == seen) {
                out.extend_from_slice(&text[copied..found.start]);
                write(captures, &mut out);
                copied = found.end;
                replaced += 1;
                if number.is_some() {
                    break;
                }
            }
        }
        at = found.end;
        if found.is_empty() {
            at += text.get(at).map_or(1, |_| text::char_length(&text[at..]));
        }
    }
    out.extend_from_slice(&text[copied..]);
    (out, replaced)
}
