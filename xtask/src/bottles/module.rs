//! A WebAssembly module as its sections: enough to see what it imports and exports, and to change the latter.
//!
//! The code itself is never touched, so that nothing here has to know an instruction.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};

/// What a module begins with: its magic and its version.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// Bits of a byte of an LEB128 number that are the number's.
const LEB128_BITS: u32 = 7;

/// Sections by their numbers.
const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// A type that is a function's.
const FUNCTION_TYPE: u8 = 0x60;
/// The custom section with names, and its part with functions' names.
const NAMES: &str = "name";
const FUNCTION_NAMES: u8 = 1;
/// How the names of sections begin that are for debuggers.
const DEBUG: &str = ".debug_";

/// What an export is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Function = 0,
    /// A table.
    Table = 1,
}

/// A module.
#[derive(Debug)]
pub struct Module<'a> {
    sections: Vec<Section<'a>>,
}

#[derive(Debug)]
struct Section<'a> {
    id: u8,
    content: &'a [u8],
}

/// A function that a module imports.
#[derive(Debug, PartialEq, Eq)]
pub struct ImportedFunction {
    /// Whose it is.
    pub module: String,
    /// Its name.
    pub name: String,
    /// Its parameters, in the text format's words.
    pub parameters: Vec<&'static str>,
    /// Its results, likewise.
    pub results: Vec<&'static str>,
}

/// Parameters and results.
type Signature = (Vec<&'static str>, Vec<&'static str>);

impl<'a> Module<'a> {
    /// Finds the sections.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let rest = bytes
            .strip_prefix(HEADER)
            .context("this is no WebAssembly module")?;
        let mut reader = Reader(rest);
        let mut sections = Vec::new();
        while !reader.0.is_empty() {
            let id = reader.byte()?;
            let size = reader.number()?;
            let content = reader.take(size as usize)?;
            sections.push(Section { id, content });
        }
        Ok(Self { sections })
    }

    /// The functions it imports, in their order.
    pub fn imported_functions(&self) -> Result<Vec<ImportedFunction>> {
        let types = self.types()?;
        let Some(section) = self.section(IMPORTS) else {
            return Ok(Vec::new());
        };
        let mut reader = Reader(section);
        let mut imports = Vec::new();
        for _ in 0..reader.number()? {
            let (module, name) = (reader.text()?.to_owned(), reader.text()?.to_owned());
            if reader.byte()? != Kind::Function as u8 {
                bail!("{module} {name} is imported, and no function");
            }
            let (parameters, results) = types
                .get(reader.number()? as usize)
                .cloned()
                .context("an import has no type")?;
            imports.push(ImportedFunction {
                module,
                name,
                parameters,
                results,
            });
        }
        Ok(imports)
    }

    fn types(&self) -> Result<Vec<Signature>> {
        let Some(section) = self.section(TYPES) else {
            return Ok(Vec::new());
        };
        let mut reader = Reader(section);
        let mut types = Vec::new();
        for _ in 0..reader.number()? {
            if reader.byte()? != FUNCTION_TYPE {
                bail!("a type is no function's");
            }
            types.push((reader.value_types()?, reader.value_types()?));
        }
        Ok(types)
    }

    /// The functions by the names that the compiler gave them. Of several with one name the first counts.
    pub fn function_names(&self) -> Result<HashMap<&'a str, u32>> {
        let mut names = HashMap::new();
        for section in self.sections.iter().filter(|section| section.id == CUSTOM) {
            let mut reader = Reader(section.content);
            if reader.text()? != NAMES {
                continue;
            }
            while !reader.0.is_empty() {
                let part = reader.byte()?;
                let size = reader.number()?;
                let mut inner = Reader(reader.take(size as usize)?);
                if part != FUNCTION_NAMES {
                    continue;
                }
                for _ in 0..inner.number()? {
                    let index = inner.number()?;
                    names.entry(inner.text()?).or_insert(index);
                }
            }
        }
        Ok(names)
    }

    /// The names it exports.
    pub fn exports(&self) -> Result<Vec<&'a str>> {
        Ok(self
            .raw_exports()?
            .into_iter()
            .map(|(name, ..)| name)
            .collect())
    }

    fn raw_exports(&self) -> Result<Vec<(&'a str, u8, u32)>> {
        let Some(section) = self.section(EXPORTS) else {
            return Ok(Vec::new());
        };
        let mut reader = Reader(section);
        let count = reader.number()?;
        (0..count)
            .map(|_| Ok((reader.text()?, reader.byte()?, reader.number()?)))
            .collect()
    }

    /// The module with further exports, and without what is for debuggers.
    pub fn with_exports(&self, further: &[(&str, Kind, u32)]) -> Result<Vec<u8>> {
        let mut exports = self.raw_exports()?;
        exports.extend(
            further
                .iter()
                .map(|(name, kind, index)| (*name, *kind as u8, *index)),
        );
        self.with_export_list(&exports)
    }

    /// The module with no other exports than these, and without what is for debuggers.
    pub fn with_exports_only(&self, names: &[&str]) -> Result<Vec<u8>> {
        let mut exports = self.raw_exports()?;
        exports.retain(|(name, ..)| names.contains(name));
        self.with_export_list(&exports)
    }

    fn with_export_list(&self, exports: &[(&str, u8, u32)]) -> Result<Vec<u8>> {
        let mut list = Vec::new();
        write_number(&mut list, u32::try_from(exports.len())?);
        for (name, kind, index) in exports {
            write_number(&mut list, u32::try_from(name.len())?);
            list.extend(name.as_bytes());
            list.push(*kind);
            write_number(&mut list, *index);
        }
        let mut module = HEADER.to_vec();
        for section in &self.sections {
            let content = match section.id {
                EXPORTS => &list,
                CUSTOM if is_for_debuggers(section.content)? => continue,
                _ => section.content,
            };
            module.push(section.id);
            write_number(&mut module, u32::try_from(content.len())?);
            module.extend(content);
        }
        Ok(module)
    }

    fn section(&self, id: u8) -> Option<&'a [u8]> {
        let found = self.sections.iter().find(|section| section.id == id);
        found.map(|section| section.content)
    }
}

/// Whether a custom section only helps those who look into a running program.
fn is_for_debuggers(content: &[u8]) -> Result<bool> {
    let name = Reader(content).text()?;
    Ok(name == NAMES || name.starts_with(DEBUG))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .context("the module ends in the middle of something")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// A number in LEB128.
    fn number(&mut self) -> Result<u32> {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(LEB128_BITS as usize) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        bail!("a number is too long")
    }

    fn text(&mut self) -> Result<&'a str> {
        let size = self.number()?;
        Ok(std::str::from_utf8(self.take(size as usize)?)?)
    }

    fn value_types(&mut self) -> Result<Vec<&'static str>> {
        let count = self.number()?;
        (0..count)
            .map(|_| match self.byte()? {
                0x7f => Ok("i32"),
                0x7e => Ok("i64"),
                0x7d => Ok("f32"),
                0x7c => Ok("f64"),
                other => bail!("{other:#x} is no number's type"),
            })
            .collect()
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u32) {
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= LEB128_BITS;
        if number == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(module (import "host" "f" (func (param i32) (result f64))) (func $own) (export "own" (func $own)))`, with names
    /// and a section for debuggers.
    fn sample() -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        let types = b"\x02\x60\x01\x7f\x01\x7c\x60\0\0".as_slice();
        for (id, content) in [
            (TYPES, types),
            (IMPORTS, b"\x01\x04host\x01f\0\0"),
            (3, b"\x01\x01"),
            (EXPORTS, b"\x01\x03own\0\x01"),
            (10, b"\x01\x02\0\x0b"),
            (CUSTOM, b"\x04name\x01\x0a\x02\0\x01f\x01\x04$own"),
            (CUSTOM, b"\x0b.debug_infoxyz"),
        ] {
            bytes.push(id);
            write_number(&mut bytes, u32::try_from(content.len()).unwrap());
            bytes.extend(content);
        }
        bytes
    }

    #[test]
    fn a_module_tells_what_it_imports_and_how_its_functions_are_called() {
        let bytes = sample();
        let module = Module::parse(&bytes).unwrap();
        let import = ImportedFunction {
            module: "host".to_owned(),
            name: "f".to_owned(),
            parameters: vec!["i32"],
            results: vec!["f64"],
        };
        assert_eq!(module.imported_functions().unwrap(), [import]);
        assert_eq!(module.function_names().unwrap()["$own"], 1);
        assert_eq!(module.exports().unwrap(), ["own"]);
    }

    #[test]
    fn exports_can_be_added_and_taken_away_and_what_is_for_debuggers_goes() {
        let bytes = sample();
        let module = Module::parse(&bytes).unwrap();
        let more = module
            .with_exports(&[("table", Kind::Table, 0), ("again", Kind::Function, 300)])
            .unwrap();
        assert!(more.len() < bytes.len() && !more.windows(6).any(|part| part == b".debug"));
        let more = Module::parse(&more).unwrap();
        assert_eq!(
            more.raw_exports().unwrap(),
            [("own", 0, 1), ("table", 1, 0), ("again", 0, 300)]
        );
        let fewer = more.with_exports_only(&["again"]).unwrap();
        assert_eq!(Module::parse(&fewer).unwrap().exports().unwrap(), ["again"]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [b"".as_slice(), b"#!/bin/sh", b"\0asm\x01\0\0\0\x01\x7f"] {
            assert!(Module::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
