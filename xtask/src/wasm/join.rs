//! Makes one module of the many that wit-component links into a component of shared libraries.
//!
//! As libraries they share one memory, which all but one of them import, and call each other through imports. So every access of
//! theirs asks the engine where the memory is, every address of a variable is a sum with a base that is an import, and
//! nothing can be said at compile time of a call from one to another. In one module all that is known.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, RawSection};
use wasmparser::{CanonicalFunction, CanonicalOption, ExternalKind, Parser, Payload, TypeRef};

use super::parts::{CoreInstance, Parts, Source, for_each_section};
use super::rebuild;

/// What the joined module imports everything from that is none of its own.
pub const OUTSIDE: &str = "outside";

/// A module that takes part. It imports from others by their names, and from [`OUTSIDE`]; no other one has an export of
/// the same name.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The module.
    pub bytes: Vec<u8>,
}

/// What the component takes of the joined module.
#[derive(Debug)]
pub struct Taken {
    /// What it is.
    pub kind: ExternalKind,
    /// Its number in the component as it was.
    pub number: u32,
    /// What the joined module exports it as.
    pub name: String,
}

/// The component with one module in the place of those that are linked. `merge` makes one of the parts, which exports what
/// has one of the names and nothing else.
///
/// # Errors
/// When the bytes are no component that wit-component linked, or `merge` fails.
pub fn join(
    component: &[u8],
    merge: impl FnOnce(&[Part], &[&str]) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let parts = Parts::parse(component)?;
    let mut outside = BTreeSet::new();
    let mut renamed = Vec::new();
    for (instance, module) in &parts.inside {
        let part = part(&parts, *instance, &mut outside);
        renamed.push(part.with_context(|| format!("module {module} of the component"))?);
    }
    let taken = taken(component, &parts)?;
    let names: Vec<&str> = taken.iter().map(|taken| taken.name.as_str()).collect();
    let joined = merge(&renamed, &names)?;
    rebuild::with_joined(component, &parts, &joined, &outside, &taken)
}

fn part_name(instance: u32) -> String {
    format!("part{instance}")
}

/// What a part's export is called so that no other part has one of the same name.
fn export_name(instance: u32, name: &str) -> String {
    format!("{instance}:{name}")
}

/// A module with names that say where things are; the functions it takes from outside are added to `outside`.
fn part(parts: &Parts<'_>, instance: u32, outside: &mut BTreeSet<u32>) -> Result<Part> {
    let CoreInstance::Of { module, arguments } = parts.instance(instance)? else {
        bail!("this is no instance of a module");
    };
    let bytes = parts.module(*module)?;
    let mut renamed = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        match &payload {
            Payload::CustomSection(_) => {}
            // Its turn would be another one in the joined module.
            Payload::StartSection { .. } => bail!("it runs something when it is instantiated"),
            Payload::ImportSection(imports) => {
                let mut section = ImportSection::new();
                for import in imports.clone().into_imports() {
                    let import = import?;
                    let from = arguments
                        .get(import.module)
                        .with_context(|| format!("nobody gives it {}", import.module))?;
                    let kind = RoundtripReencoder.entity_type(import.ty)?;
                    match parts.export(*from, import.name)? {
                        Source::Inside { instance, name } => {
                            let name = export_name(instance, name);
                            section.import(&part_name(instance), &name, kind);
                        }
                        Source::Outside(number) => {
                            ensure!(
                                matches!(import.ty, TypeRef::Func(_)),
                                "{} is no function",
                                import.name
                            );
                            outside.insert(number);
                            section.import(OUTSIDE, &number.to_string(), kind);
                        }
                    }
                }
                renamed.section(&section);
            }
            Payload::ExportSection(exports) => {
                let mut section = ExportSection::new();
                for export in exports.clone() {
                    let export = export?;
                    let kind = RoundtripReencoder.export_kind(export.kind)?;
                    section.export(&export_name(instance, export.name), kind, export.index);
                }
                renamed.section(&section);
            }
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let data = &bytes[range];
                    renamed.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(Part {
        name: part_name(instance),
        bytes: renamed.finish(),
    })
}

/// All that what stays of the component uses of the parts.
fn taken(component: &[u8], parts: &Parts<'_>) -> Result<Vec<Taken>> {
    let mut used = Vec::new();
    for_each_section(component, |payload| {
        if let Payload::ComponentCanonicalSection(functions) = payload {
            for function in functions {
                used.extend(used_by(&function?));
            }
        }
        Ok(())
    })?;
    for (number, instance) in (0..).zip(&parts.instances) {
        let CoreInstance::Of { arguments, .. } = instance else {
            continue;
        };
        if !parts.inside.contains_key(&number) {
            for argument in arguments.values() {
                if let CoreInstance::Bag(bag) = parts.instance(*argument)? {
                    used.extend(bag.values().copied());
                }
            }
        }
    }
    used.sort_by_key(|(kind, number)| (*kind as u8, *number));
    used.dedup();
    let mut taken = Vec::new();
    for (kind, number) in used {
        if let Source::Inside { instance, name } = parts.source(kind, number)? {
            let name = export_name(instance, name);
            taken.push(Taken { kind, number, name });
        }
    }
    Ok(taken)
}

/// The core items that a function on the border between component and modules needs.
pub fn used_by(function: &CanonicalFunction) -> Vec<(ExternalKind, u32)> {
    let (mut used, options) = match function {
        CanonicalFunction::Lift {
            core_func_index,
            options,
            ..
        } => (vec![(ExternalKind::Func, *core_func_index)], &options[..]),
        CanonicalFunction::Lower { options, .. } => (Vec::new(), &options[..]),
        _ => return Vec::new(),
    };
    used.extend(options.iter().filter_map(|option| match option {
        CanonicalOption::Memory(number) => Some((ExternalKind::Memory, *number)),
        CanonicalOption::Realloc(number)
        | CanonicalOption::PostReturn(number)
        | CanonicalOption::Callback(number) => Some((ExternalKind::Func, *number)),
        _ => None,
    }));
    used
}

#[cfg(test)]
mod tests {
    use wasmparser::Validator;

    use super::*;

    /// Two modules linked as wit-component does it: the second one takes memory and a number from the first, and calls one
    /// function that needs the memory and one that does not.
    const LINKED: &str = r#"(component
        (import "said" (func $said (param "text" string)))
        (import "plain" (func $plain))
        (core module $main
            (memory (export "memory") 1)
            (global (export "base") i32 (i32.const 8))
            (func (export "run") unreachable)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core module $library
            (import "env" "memory" (memory 1))
            (import "env" "base" (global $base i32))
            (import "host" "said" (func $said (param i32 i32)))
            (import "host" "plain" (func $plain))
            (func (export "run") (call $said (global.get $base) (i32.const 2)) (call $plain)))
        (core module $shim
            (type $said (func (param i32 i32)))
            (table $later (export "$imports") 1 1 funcref)
            (func (export "0") (param i32 i32)
                (call_indirect $later (type $said) (local.get 0) (local.get 1) (i32.const 0))))
        (core module $fixup
            (import "" "$imports" (table 1 1 funcref))
            (import "" "0" (func $said (param i32 i32)))
            (elem (i32.const 0) func $said))
        (core instance $shim (instantiate $shim))
        (core instance $main (instantiate $main))
        (alias core export $main "memory" (core memory $memory))
        (alias core export $main "base" (core global $base))
        (core instance $env
            (export "memory" (memory $memory))
            (export "base" (global $base)))
        (alias core export $shim "0" (core func $indirect))
        (core func $direct (canon lower (func $plain)))
        (core instance $host
            (export "said" (func $indirect))
            (export "plain" (func $direct)))
        (core instance $library (instantiate $library
            (with "env" (instance $env))
            (with "host" (instance $host))))
        (alias core export $main "realloc" (core func $realloc))
        (core func $lowered
            (canon lower (func $said) (memory $memory) (realloc $realloc)))
        (alias core export $shim "$imports" (core table $later))
        (core instance $given
            (export "$imports" (table $later))
            (export "0" (func $lowered)))
        (core instance (instantiate $fixup (with "" (instance $given))))
        (alias core export $library "run" (core func $run))
        (func (export "run") (canon lift (core func $run))))"#;

    /// What a merge of the two would be.
    const MERGED: &str = r#"(module
        (import "outside" "0" (func $said (param i32 i32)))
        (import "outside" "1" (func $plain))
        (memory (export "1:memory") 1)
        (func (export "1:realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
        (func (export "4:run") (call $said (i32.const 8) (i32.const 2)) (call $plain)))"#;

    /// Every import of a module, as `module name`.
    fn imports(module: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ImportSection(imports) = payload.unwrap() {
                for import in imports.into_imports() {
                    let import = import.unwrap();
                    found.push(format!("{} {}", import.module, import.name));
                }
            }
        }
        found
    }

    fn modules_of(component: &[u8]) -> usize {
        Parts::parse(component).unwrap().modules.len()
    }

    #[test]
    fn the_modules_that_are_linked_become_one() {
        let component = wat::parse_str(LINKED).unwrap();
        let joined = join(&component, |parts, exports| {
            let [main, library] = parts else {
                panic!("{parts:?}");
            };
            assert_eq!((&*main.name, &*library.name), ("part1", "part4"));
            assert_eq!(
                imports(&library.bytes),
                ["part1 1:memory", "part1 1:base", "outside 0", "outside 1"]
            );
            assert_eq!(exports, ["1:realloc", "4:run", "1:memory"]);
            Ok(wat::parse_str(MERGED)?)
        })
        .unwrap();
        let mut validator = Validator::new();
        validator.validate_all(&joined).unwrap();
        assert_eq!((modules_of(&component), modules_of(&joined)), (4, 3));
    }

    #[test]
    fn a_module_that_runs_something_at_once_is_refused() {
        let starts = LINKED.replace(
            r#"(func (export "run") unreachable)"#,
            "(func $at_once) (start $at_once)",
        );
        let component = wat::parse_str(starts).unwrap();
        let error = join(&component, |_, _| panic!("merged")).unwrap_err();
        assert!(format!("{error:#}").contains("runs something"), "{error:#}");
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let bytes = wat::parse_str(LINKED).unwrap();
        for bytes in [&b"#!/bin/sh"[..], &bytes[..bytes.len() / 2]] {
            assert!(join(bytes, |_, _| panic!("merged")).is_err());
        }
    }
}
