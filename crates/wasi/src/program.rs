//! A program: a compiled module or component, linked against the doors and ready to start.

use berth_kernel::Errno;
use wasmparser::{Parser, Payload};
use wasmtime::{InstancePre, Module, ModuleExport};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::guest::Guest;

/// Export that a command begins with.
pub const START: &str = "_start";
/// Export that a forked child starts with.
pub const FORK_ENTRY: &str = "berth_fork_entry";
/// Import module of the process door.
pub const PROCESS_DOOR: &str = "berth";

/// Why a file is no program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It does not begin as a module does.
    #[error("not a WebAssembly module")]
    NotWasm,
    /// Larger than [`crate::limits::PROGRAM_MAX_BYTES`].
    #[error("{size} bytes are more than the {limit} a program may have")]
    TooBig {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The engine refused it; the text is for the person who brought it.
    #[error("{0}")]
    Invalid(String),
    /// It has no `_start`.
    #[error("no function `_start` is exported: a library, not a command")]
    NoStart,
    /// A component that does not export `wasi:cli/run`.
    #[error("the component does not export wasi:cli/run: a library, not a command")]
    NoRun,
    /// The host failed to read or store it.
    #[error("cannot read the program: {0}")]
    Io(#[from] std::io::Error),
}

impl ProgramError {
    /// The error number a spawn answers with.
    pub fn errno(&self) -> Errno {
        match self {
            Self::Io(_) => Errno::Io,
            _ => Errno::NoExec,
        }
    }
}

/// A compiled program.
pub struct Program {
    /// Linked and ready to instantiate.
    pub start: Start,
    /// Whether it knows the process door. One that does not keeps no working directory of its own,
    /// so the preview1 door keeps it (see `preview1::path`).
    pub knows_process_door: bool,
    /// What a fork needs, if the module qualifies.
    pub fork: Option<ForkExports>,
}

/// How a program starts.
pub enum Start {
    /// A core module: its `_start`.
    Module(InstancePre<Guest>),
    /// A component: its `wasi:cli/run`.
    Component(CommandPre<Guest>),
}

/// Exports that a fork copies and calls.
pub struct ForkExports {
    /// `berth_fork_entry`.
    pub entry: ModuleExport,
    /// Every mutable global: with the memory, they are the whole state of the module.
    pub globals: Vec<ModuleExport>,
}

/// What a look at the binary tells before it is compiled.
#[derive(Default)]
pub struct Inspection {
    /// A component, and nothing of what follows.
    pub component: bool,
    /// A core module that exports a function `_start`.
    pub has_start: bool,
    mutable_globals: usize,
    exported_mutable_globals: Vec<String>,
}

impl Inspection {
    /// Looks at a module's binary. The engine validates it afterwards.
    pub fn of(binary: &[u8]) -> Result<Self, ProgramError> {
        if !binary.starts_with(b"\0asm") {
            return Err(ProgramError::NotWasm);
        }
        if binary.get(4..8) != Some(&[1, 0, 0, 0]) {
            return if Parser::is_component(binary) {
                Ok(Self {
                    component: true,
                    ..Self::default()
                })
            } else {
                Err(ProgramError::NotWasm)
            };
        }
        let invalid =
            |error: wasmparser::BinaryReaderError| ProgramError::Invalid(error.to_string());
        let mut imported = 0;
        let mut mutable = Vec::new();
        let mut inspection = Self::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(invalid)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if matches!(import.map_err(invalid)?.ty, wasmparser::TypeRef::Global(_)) {
                            imported += 1;
                        }
                    }
                }
                Payload::GlobalSection(section) => {
                    for (index, global) in section.into_iter().enumerate() {
                        if global.map_err(invalid)?.ty.mutable {
                            mutable.push((imported + index) as u32);
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        inspection.has_start |=
                            export.name == START && export.kind == wasmparser::ExternalKind::Func;
                        if export.kind == wasmparser::ExternalKind::Global
                            && mutable.contains(&export.index)
                        {
                            inspection
                                .exported_mutable_globals
                                .push(export.name.to_owned());
                        }
                    }
                }
                Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        inspection.mutable_globals = mutable.len();
        Ok(inspection)
    }

    /// The exports a fork needs; `None` if the module has state that a fork would lose.
    pub fn fork_exports(&self, module: &Module) -> Option<ForkExports> {
        if self.mutable_globals != self.exported_mutable_globals.len() {
            return None;
        }
        Some(ForkExports {
            entry: module.get_export_index(FORK_ENTRY)?,
            globals: self
                .exported_mutable_globals
                .iter()
                .map(|name| module.get_export_index(name))
                .collect::<Option<Vec<_>>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_components_are_told_from_modules() {
        assert!(matches!(
            Inspection::of(b"#!/bin/sh\n"),
            Err(ProgramError::NotWasm)
        ));
        assert!(Inspection::of(b"\0asm\x0d\0\x01\0").unwrap().component);
        assert!(!Inspection::of(b"\0asm\x01\0\0\0").unwrap().component);
    }

    #[test]
    fn a_hidden_mutable_global_forbids_fork() {
        let hidden = wat::parse_str("(module (global (mut i32) (i32.const 0)))").unwrap();
        let inspection = Inspection::of(&hidden).unwrap();
        assert_eq!(
            (
                inspection.mutable_globals,
                inspection.exported_mutable_globals.len()
            ),
            (1, 0)
        );
    }
}
