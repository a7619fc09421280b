//! A component written anew around a joined module: what is not of the core half stays as it is.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentSectionId,
    ExportKind, InstanceSection, ModuleArg, RawSection,
};
use wasmparser::{CanonicalFunction, ComponentAlias, ExternalKind, Payload};

use super::join::{OUTSIDE, Taken, used_by};
use super::parts::{CoreInstance, Parts, for_each_section};

/// Writes the component with `joined` for the modules of `parts` that are linked. It imports the functions `outside`.
///
/// # Errors
/// When something would be needed before it is there.
pub fn with_joined(
    component: &[u8],
    parts: &Parts<'_>,
    joined: &[u8],
    outside: &BTreeSet<u32>,
    taken: &[Taken],
) -> Result<Vec<u8>> {
    let mut rebuild = Rebuild {
        parts,
        outside,
        taken,
        out: Component::new(),
        is_joined_there: false,
        modules: Fresh::default(),
        instances: HashMap::new(),
        instances_made: 0,
        seen: Seen::default(),
        items: Items::default(),
    };
    rebuild.module(joined);
    for_each_section(component, |payload| rebuild.section(component, payload))?;
    Ok(rebuild.out.finish())
}

/// How many modules and items of each kind there are so far in the component as it was.
#[derive(Default)]
struct Seen {
    modules: u32,
    instances: u32,
    items: HashMap<u8, u32>,
}

impl Seen {
    /// The number of the next item.
    fn item(&mut self, kind: ExternalKind) -> u32 {
        let count = self.items.entry(kind as u8).or_default();
        *count += 1;
        *count - 1
    }
}

/// New numbers of what is there, by the old ones.
#[derive(Default)]
struct Fresh {
    numbers: HashMap<u32, u32>,
    count: u32,
}

impl Fresh {
    fn add(&mut self, old: u32) {
        self.numbers.insert(old, self.count);
        self.count += 1;
    }
}

/// The core items that are there.
#[derive(Default)]
struct Items(HashMap<u8, Fresh>);

impl Items {
    fn add(&mut self, kind: ExternalKind, old: u32) {
        self.0.entry(kind as u8).or_default().add(old);
    }

    fn number(&self, kind: ExternalKind, old: u32) -> Result<u32, NotThere> {
        let fresh = self.0.get(&(kind as u8));
        let number = fresh.and_then(|fresh| fresh.numbers.get(&old));
        number.copied().ok_or(NotThere { kind, old })
    }
}

/// Something is used where it is not there yet.
#[derive(Debug)]
struct NotThere {
    kind: ExternalKind,
    old: u32,
}

impl fmt::Display for NotThere {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?} {} would be used too early", self.kind, self.old)
    }
}

impl std::error::Error for NotThere {}

impl Reencode for &Items {
    type Error = NotThere;

    fn function_index(&mut self, old: u32) -> Result<u32, Error<NotThere>> {
        let number = self.number(ExternalKind::Func, old);
        number.map_err(Error::UserError)
    }

    fn memory_index(&mut self, old: u32) -> Result<u32, Error<NotThere>> {
        let number = self.number(ExternalKind::Memory, old);
        number.map_err(Error::UserError)
    }
}

impl ReencodeComponent for &Items {}

struct Rebuild<'r, 'a> {
    parts: &'r Parts<'a>,
    outside: &'r BTreeSet<u32>,
    taken: &'r [Taken],
    out: Component,
    /// Whether the joined module has an instance.
    is_joined_there: bool,
    modules: Fresh,
    /// New numbers of instances by the old ones; those of modules that stay.
    instances: HashMap<u32, u32>,
    /// New instances: bags have no old number.
    instances_made: u32,
    seen: Seen,
    items: Items,
}

impl Rebuild<'_, '_> {
    fn module(&mut self, bytes: &[u8]) {
        let id = ComponentSectionId::CoreModule as u8;
        self.out.section(&RawSection { id, data: bytes });
        self.modules.count += 1;
    }

    fn section(&mut self, component: &[u8], payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let old = self.seen.modules;
                self.seen.modules += 1;
                if !self.parts.inside.values().any(|inside| *inside == old) {
                    self.modules.numbers.insert(old, self.modules.count);
                    self.module(&component[unchecked_range]);
                }
            }
            Payload::InstanceSection(instances) => {
                for _ in instances {
                    let old = self.seen.instances;
                    self.seen.instances += 1;
                    self.instance(old)?;
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    self.alias(alias?)?;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    self.canonical(function?)?;
                }
            }
            // Names for debuggers, by numbers that are others now.
            Payload::CustomSection(_) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &component[range];
                    self.out.section(&RawSection { id, data });
                }
            }
        }
        Ok(())
    }

    /// An instance of a module that stays, with its bags made where it is made.
    fn instance(&mut self, old: u32) -> Result<()> {
        let CoreInstance::Of { module, arguments } = self.parts.instance(old)? else {
            return Ok(());
        };
        if self.parts.inside.contains_key(&old) {
            return Ok(());
        }
        let mut given = Vec::new();
        for (name, argument) in arguments {
            let CoreInstance::Bag(bag) = self.parts.instance(*argument)? else {
                bail!("an instance of a module is given to one that stays");
            };
            let mut exports = Vec::new();
            for (name, (kind, number)) in bag {
                let number = self.items.number(*kind, *number)?;
                exports.push((*name, export_kind(*kind)?, number));
            }
            given.push((*name, ModuleArg::Instance(self.bag(exports))));
        }
        let module = self.modules.numbers.get(module);
        let module = *module.context("a module is instantiated before it is there")?;
        let made = self.instantiate(module, given);
        self.instances.insert(old, made);
        Ok(())
    }

    fn bag(&mut self, exports: Vec<(&str, ExportKind, u32)>) -> u32 {
        let mut section = InstanceSection::new();
        section.export_items(exports);
        self.out.section(&section);
        self.instances_made += 1;
        self.instances_made - 1
    }

    fn instantiate(&mut self, module: u32, arguments: Vec<(&str, ModuleArg)>) -> u32 {
        let mut section = InstanceSection::new();
        section.instantiate(module, arguments);
        self.out.section(&section);
        self.instances_made += 1;
        self.instances_made - 1
    }

    fn alias(&mut self, alias: ComponentAlias<'_>) -> Result<()> {
        let mut section = ComponentAliasSection::new();
        if let ComponentAlias::CoreInstanceExport {
            kind,
            instance_index,
            name,
        } = alias
        {
            let old = self.seen.item(kind);
            // What a part exports was taken when the joined one was made, if anybody uses it.
            let Some(instance) = self.instances.get(&instance_index) else {
                return Ok(());
            };
            section.alias(Alias::CoreInstanceExport {
                instance: *instance,
                kind: export_kind(kind)?,
                name,
            });
            self.items.add(kind, old);
        } else {
            section.alias(RoundtripReencoder.component_alias(alias)?);
        }
        self.out.section(&section);
        Ok(())
    }

    fn canonical(&mut self, function: CanonicalFunction) -> Result<()> {
        if !used_by(&function).is_empty() {
            self.instantiate_joined()?;
        }
        let is_core = !matches!(function, CanonicalFunction::Lift { .. });
        let mut section = CanonicalFunctionSection::new();
        (&self.items).parse_component_canonical(&mut section, function)?;
        self.out.section(&section);
        if is_core {
            let old = self.seen.item(ExternalKind::Func);
            self.items.add(ExternalKind::Func, old);
        }
        Ok(())
    }

    /// The joined module's instance, as late as can be: when the first thing of it is needed.
    fn instantiate_joined(&mut self) -> Result<()> {
        if self.is_joined_there {
            return Ok(());
        }
        self.is_joined_there = true;
        let names: Vec<String> = self.outside.iter().map(u32::to_string).collect();
        let mut exports = Vec::new();
        for (name, old) in names.iter().zip(self.outside) {
            let number = self.items.number(ExternalKind::Func, *old)?;
            exports.push((name.as_str(), ExportKind::Func, number));
        }
        let bag = self.bag(exports);
        let joined = self.instantiate(JOINED, vec![(OUTSIDE, ModuleArg::Instance(bag))]);
        let mut section = ComponentAliasSection::new();
        for Taken { kind, number, name } in self.taken {
            section.alias(Alias::CoreInstanceExport {
                instance: joined,
                kind: export_kind(*kind)?,
                name,
            });
            self.items.add(*kind, *number);
        }
        self.out.section(&section);
        Ok(())
    }
}

/// The joined module's number: it is written first.
const JOINED: u32 = 0;

fn export_kind(kind: ExternalKind) -> Result<ExportKind> {
    Ok(RoundtripReencoder.export_kind(kind)?)
}
