//! The core modules of a component and how they are tied together.
//!
//! Only the core half of a component is looked into. The other half (types, functions and instances of interfaces) is
//! passed over. Source: `Binary.md` of the component model.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{
    CanonicalFunction, Chunk, ComponentAlias, ExternalKind, Instance, InstantiationArgKind, Parser,
    Payload,
};

/// The table that wit-component's first module exports and its last one fills. Between the two lies everything that is
/// linked: by way of this table it calls functions that need a memory which is not there yet.
const FILLED_LATER: &str = "$imports";

/// A core instance.
#[derive(Debug)]
pub enum CoreInstance<'a> {
    /// Of a module.
    Of {
        /// The module.
        module: u32,
        /// Instances by the names that the module imports from.
        arguments: BTreeMap<&'a str, u32>,
    },
    /// Things of other instances and of the component under names of its own.
    Bag(BTreeMap<&'a str, (ExternalKind, u32)>),
}

/// What a core function, table, memory or global is.
#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    /// An export of an instance.
    Export { instance: u32, name: &'a str },
    /// Made by the component: a function of an interface, for modules.
    Made,
}

/// What something is in the end, when all bags have been opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// An export of one of the modules that are linked.
    Inside {
        /// The instance.
        instance: u32,
        /// Its name there.
        name: &'a str,
    },
    /// The item with that number, which is none of theirs.
    Outside(u32),
}

/// All of the core half.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// The modules' bytes.
    pub modules: Vec<&'a [u8]>,
    /// The instances.
    pub instances: Vec<CoreInstance<'a>>,
    /// The modules that are linked, by the number of each one's only instance.
    pub inside: BTreeMap<u32, u32>,
    /// By the kind.
    items: HashMap<u8, Vec<Item<'a>>>,
}

impl<'a> Parts<'a> {
    /// Reads a component.
    ///
    /// # Errors
    /// When the bytes are no component, or one module of it is there twice.
    pub fn parse(component: &'a [u8]) -> Result<Self> {
        let mut parts = Self::default();
        for_each_section(component, |payload| parts.add(component, payload))?;
        for (number, instance) in (0..).zip(&parts.instances) {
            let CoreInstance::Of { module, .. } = instance else {
                continue;
            };
            if is_linked(parts.module(*module)?)? {
                ensure!(
                    !parts.inside.values().any(|other| other == module),
                    "there are two instances of module {module}"
                );
                parts.inside.insert(number, *module);
            }
        }
        Ok(parts)
    }

    fn add(&mut self, component: &'a [u8], payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                self.modules.push(&component[unchecked_range]);
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(core_instance(instance?));
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    if let ComponentAlias::CoreInstanceExport {
                        kind,
                        instance_index: instance,
                        name,
                    } = alias?
                    {
                        self.add_item(kind, Item::Export { instance, name });
                    }
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    if !matches!(function?, CanonicalFunction::Lift { .. }) {
                        self.add_item(ExternalKind::Func, Item::Made);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_item(&mut self, kind: ExternalKind, item: Item<'a>) {
        self.items.entry(kind as u8).or_default().push(item);
    }

    /// A module by its number.
    ///
    /// # Errors
    /// When there is none.
    pub fn module(&self, number: u32) -> Result<&'a [u8]> {
        let module = self.modules.get(number as usize).copied();
        module.with_context(|| format!("there is no module {number}"))
    }

    /// An instance by its number.
    ///
    /// # Errors
    /// When there is none.
    pub fn instance(&self, number: u32) -> Result<&CoreInstance<'a>> {
        let instance = self.instances.get(number as usize);
        instance.with_context(|| format!("there is no instance {number}"))
    }

    /// What an item is.
    ///
    /// # Errors
    /// When there is none of that number.
    pub fn source(&self, kind: ExternalKind, number: u32) -> Result<Source<'a>> {
        let items = self.items.get(&(kind as u8));
        let item = items.and_then(|items| items.get(number as usize));
        match item.with_context(|| format!("there is no {kind:?} {number}"))? {
            Item::Export { instance, name } if self.is_or_leads_inside(*instance)? => {
                self.export(*instance, name)
            }
            _ => Ok(Source::Outside(number)),
        }
    }

    /// What an instance has under a name.
    ///
    /// # Errors
    /// When there is nothing under that name, or it is an export of a module that is not linked and has no number.
    pub fn export(&self, instance: u32, name: &'a str) -> Result<Source<'a>> {
        match self.instance(instance)? {
            CoreInstance::Bag(bag) => {
                let (kind, number) = bag
                    .get(name)
                    .with_context(|| format!("nothing is called {name}"))?;
                self.source(*kind, *number)
            }
            CoreInstance::Of { .. } if self.inside.contains_key(&instance) => {
                Ok(Source::Inside { instance, name })
            }
            CoreInstance::Of { .. } => bail!("{name} has no number"),
        }
    }

    fn is_or_leads_inside(&self, instance: u32) -> Result<bool> {
        Ok(self.inside.contains_key(&instance)
            || matches!(self.instance(instance)?, CoreInstance::Bag(_)))
    }
}

fn core_instance(instance: Instance<'_>) -> CoreInstance<'_> {
    match instance {
        Instance::Instantiate { module_index, args } => CoreInstance::Of {
            module: module_index,
            arguments: args
                .iter()
                .map(|argument| {
                    let InstantiationArgKind::Instance = argument.kind;
                    (argument.name, argument.index)
                })
                .collect(),
        },
        Instance::FromExports(exports) => {
            let exports = exports.iter();
            CoreInstance::Bag(
                exports
                    .map(|export| (export.name, (export.kind, export.index)))
                    .collect(),
            )
        }
    }
}

/// All but the two around [`FILLED_LATER`].
fn is_linked(module: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if import?.name == FILLED_LATER {
                        return Ok(false);
                    }
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    if export?.name == FILLED_LATER {
                        return Ok(false);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(true)
}

/// Goes through the sections of a component, and not into what is nested there.
///
/// # Errors
/// When the bytes are no component; what `look` answers.
pub fn for_each_section<'a>(
    component: &'a [u8],
    mut look: impl FnMut(Payload<'a>) -> Result<()>,
) -> Result<()> {
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let chunk = parser.parse(&component[at..], true);
        let Chunk::Parsed { consumed, payload } = chunk.context("this is no component")? else {
            bail!("the component ends in the middle");
        };
        at += consumed;
        match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => {
                at = unchecked_range.end;
                ensure!(at <= component.len(), "the component ends in the middle");
            }
            Payload::End(_) => return Ok(()),
            _ => {}
        }
        look(payload)?;
    }
}
