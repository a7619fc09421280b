//! A WebAssembly module as its sections: enough to see what it imports and exports, and to change the latter.
//!
//! The code itself is never touched.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use wasm_encoder::{ExportKind, ExportSection, RawSection, SectionId};
use wasmparser::{
    Encoding, ExternalKind, FuncType, KnownCustom, Name, Parser, Payload, TypeRef, ValType,
};

/// The custom section with names.
const NAMES: &str = "name";
/// How the names of sections begin that are for debuggers.
const DEBUG: &str = ".debug_";

/// What an export is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A function.
    Function,
    /// A table.
    Table,
}

/// A module.
#[derive(Debug, Default)]
pub struct Module<'a> {
    bytes: &'a [u8],
    /// Every section's number and content, but those for debuggers.
    sections: Vec<(u8, Range<usize>)>,
    types: Vec<FuncType>,
    /// The functions it imports: module, name, and the number of the type.
    imports: Vec<(&'a str, &'a str, u32)>,
    exports: Vec<(&'a str, ExportKind, u32)>,
    names: HashMap<&'a str, u32>,
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

impl<'a> Module<'a> {
    /// Reads all but the code.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut module = Self {
            bytes,
            ..Self::default()
        };
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.context("this is no WebAssembly module")?;
            let section = payload.as_section();
            let is_kept = match payload {
                Payload::Version { encoding, .. } if encoding != Encoding::Module => {
                    bail!("this is a component, and no module")
                }
                Payload::TypeSection(types) => {
                    module.types = types
                        .into_iter_err_on_gc_types()
                        .collect::<wasmparser::Result<_>>()?;
                    true
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        let TypeRef::Func(index) = import.ty else {
                            bail!(
                                "{} {} is imported, and no function",
                                import.module,
                                import.name
                            );
                        };
                        module.imports.push((import.module, import.name, index));
                    }
                    true
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        module
                            .exports
                            .push((export.name, kind(export.kind)?, export.index));
                    }
                    true
                }
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(names) = custom.as_known() {
                        module.read_names(names)?;
                    }
                    custom.name() != NAMES && !custom.name().starts_with(DEBUG)
                }
                _ => true,
            };
            module.sections.extend(section.filter(|_| is_kept));
        }
        Ok(module)
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader<'a>) -> Result<()> {
        for name in names {
            if let Name::Function(functions) = name? {
                for function in functions {
                    let function = function?;
                    self.names.entry(function.name).or_insert(function.index);
                }
            }
        }
        Ok(())
    }

    /// The functions it imports, in their order.
    pub fn imported_functions(&self) -> Result<Vec<ImportedFunction>> {
        let imports = self.imports.iter();
        imports
            .map(|(module, name, index)| {
                let function = self
                    .types
                    .get(*index as usize)
                    .context("an import has no type")?;
                Ok(ImportedFunction {
                    module: (*module).to_owned(),
                    name: (*name).to_owned(),
                    parameters: words(function.params())?,
                    results: words(function.results())?,
                })
            })
            .collect()
    }

    /// The functions by the names that the compiler gave them. Of several with one name the first counts.
    pub fn function_names(&self) -> &HashMap<&'a str, u32> {
        &self.names
    }

    /// The names it exports.
    pub fn exports(&self) -> Vec<&'a str> {
        self.exports.iter().map(|(name, ..)| *name).collect()
    }

    /// The module with further exports, and without what is for debuggers.
    pub fn with_exports(&self, further: &[(&str, Kind, u32)]) -> Vec<u8> {
        let mut exports = self.export_section(|_| true);
        for (name, kind, index) in further {
            let kind = match kind {
                Kind::Function => ExportKind::Func,
                Kind::Table => ExportKind::Table,
            };
            exports.export(name, kind, *index);
        }
        self.with_export_section(&exports)
    }

    /// The module with no other exports than these, and without what is for debuggers.
    pub fn with_exports_only(&self, names: &[&str]) -> Vec<u8> {
        self.with_export_section(&self.export_section(|name| names.contains(&name)))
    }

    fn export_section(&self, is_kept: impl Fn(&str) -> bool) -> ExportSection {
        let mut section = ExportSection::new();
        for (name, kind, index) in self.exports.iter().filter(|(name, ..)| is_kept(name)) {
            section.export(name, *kind, *index);
        }
        section
    }

    /// A module that exports nothing has no such section, and gets none.
    fn with_export_section(&self, exports: &ExportSection) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        for (id, range) in &self.sections {
            if *id == SectionId::Export as u8 {
                module.section(exports);
            } else {
                let data = &self.bytes[range.clone()];
                module.section(&RawSection { id: *id, data });
            }
        }
        module.finish()
    }
}

fn kind(kind: ExternalKind) -> Result<ExportKind> {
    Ok(match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    })
}

/// Types in the text format's words.
fn words(types: &[ValType]) -> Result<Vec<&'static str>> {
    let word = |value: &ValType| {
        Ok(match value {
            ValType::I32 => "i32",
            ValType::I64 => "i64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            other => bail!("{other} is no number's type"),
        })
    };
    types.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use wasm_encoder::{
        CodeSection, CustomSection, EntityType, Function, FunctionSection, ImportSection, NameMap,
        NameSection, TypeSection,
    };

    use super::*;

    /// `(module (import "host" "f" (func (param i32) (result f64))) (func $own) (export "own" (func $own)))`, with names
    /// and a section for debuggers.
    fn sample() -> Vec<u8> {
        use wasm_encoder::ValType::{F64, I32};
        let mut types = TypeSection::new();
        types.ty().function([I32], [F64]);
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("host", "f", EntityType::Function(0));
        let mut functions = FunctionSection::new();
        functions.function(1);
        let mut exports = ExportSection::new();
        exports.export("own", ExportKind::Func, 1);
        let mut code = CodeSection::new();
        let mut own = Function::new([]);
        own.instructions().end();
        code.function(&own);
        let mut of_functions = NameMap::new();
        of_functions.append(0, "f");
        of_functions.append(1, "$own");
        let mut names = NameSection::new();
        names.functions(&of_functions);
        let debug = CustomSection {
            name: Cow::Borrowed(".debug_info"),
            data: Cow::Borrowed(b"xyz"),
        };
        let mut module = wasm_encoder::Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&exports)
            .section(&code)
            .section(&names)
            .section(&debug);
        module.finish()
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
        assert_eq!(module.function_names()["$own"], 1);
        assert_eq!(module.exports(), ["own"]);
    }

    #[test]
    fn exports_can_be_added_and_taken_away_and_what_is_for_debuggers_goes() {
        let bytes = sample();
        let module = Module::parse(&bytes).unwrap();
        let more =
            module.with_exports(&[("table", Kind::Table, 0), ("again", Kind::Function, 300)]);
        assert!(more.len() < bytes.len() && !more.windows(6).any(|part| part == b".debug"));
        let more = Module::parse(&more).unwrap();
        assert_eq!(
            more.exports,
            [
                ("own", ExportKind::Func, 1),
                ("table", ExportKind::Table, 0),
                ("again", ExportKind::Func, 300)
            ]
        );
        let fewer = more.with_exports_only(&["again"]);
        assert_eq!(Module::parse(&fewer).unwrap().exports(), ["again"]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let component = b"\0asm\x0d\0\x01\0";
        for bytes in [
            b"".as_slice(),
            b"#!/bin/sh",
            b"\0asm\x01\0\0\0\x01\x7f",
            component,
        ] {
            assert!(Module::parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
