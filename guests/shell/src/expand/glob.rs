//! File names that match a pattern.

use crate::files;
use crate::pattern::{Pattern, PatternOptions, has_special};
use crate::shell::Shell;

/// How deep `**` goes.
const GLOBSTAR_MAX_LEVELS: usize = 64;

/// The files a pattern stands for, sorted; none when there are none.
pub fn glob_names(shell: &Shell, pattern: &str) -> Vec<String> {
    let search = Search {
        options: PatternOptions {
            extended: shell.shopt.get("extglob"),
            ignore_case: shell.shopt.get("nocaseglob"),
        },
        // Who says what is not wanted wants the rest.
        hidden: shell.shopt.get("dotglob")
            || shell
                .setting("GLOBIGNORE")
                .is_some_and(|ignored| !ignored.is_empty()),
        dots: !shell.shopt.get("globskipdots"),
        deep: shell.shopt.get("globstar"),
    };
    let (prefix, mut components) = split_path(pattern);
    // A literal directory before `**` keeps its slash.
    let mut literal = true;
    if search.deep {
        // `**/**` reaches no further than `**`.
        components.dedup_by(|next, component| {
            let both = component.pattern == "**" && next.pattern == "**";
            if both {
                literal = false;
                component.slashes = std::mem::take(&mut next.slashes);
            }
            both
        });
    }
    let mut found = vec![prefix];
    for (index, component) in components.iter().enumerate() {
        let last = index + 1 == components.len();
        found = search.step(found, component, last, literal);
        literal &= !has_special(&component.pattern, search.options.extended);
        if found.is_empty() {
            break;
        }
    }
    // What is reached in two ways is there twice, as in bash.
    found.sort();
    found.retain(|name| !shell.is_ignored(name));
    found
}

impl Shell {
    /// Whether `GLOBIGNORE` hides a name.
    fn is_ignored(&self, name: &str) -> bool {
        let Some(ignored) = self
            .setting("GLOBIGNORE")
            .filter(|ignored| !ignored.is_empty())
        else {
            return false;
        };
        let base = name.rsplit('/').next().unwrap_or(name);
        matches!(base, "." | "..")
            || ignored_patterns(ignored).iter().any(|pattern| {
                let options = PatternOptions {
                    extended: self.shopt.get("extglob"),
                    ignore_case: false,
                };
                Pattern::new(pattern, options).matches(name)
            })
    }
}

/// The patterns of `GLOBIGNORE`: a colon in brackets or in a group separates nothing.
fn ignored_patterns(text: &str) -> Vec<String> {
    let mut patterns = vec![String::new()];
    let (mut brackets, mut groups) = (0_u32, 0_u32);
    for character in text.chars() {
        match character {
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            '(' => groups += 1,
            ')' => groups = groups.saturating_sub(1),
            ':' if brackets == 0 && groups == 0 => {
                patterns.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = patterns.last_mut() {
            last.push(character);
        }
    }
    patterns
}

struct Search {
    options: PatternOptions,
    hidden: bool,
    /// `.` and `..` are names too.
    dots: bool,
    deep: bool,
}

/// A component of a path pattern: its text, and the slashes after it.
struct Component {
    pattern: String,
    slashes: String,
}

/// Leading slashes, then the components.
fn split_path(pattern: &str) -> (String, Vec<Component>) {
    let rest = pattern.trim_start_matches('/');
    let prefix = pattern
        .get(..pattern.len() - rest.len())
        .unwrap_or_default()
        .to_owned();
    let mut components = Vec::new();
    let mut rest = rest;
    while !rest.is_empty() {
        let end = component_end(rest);
        let (component, after) = rest.split_at(end);
        let next = after.trim_start_matches('/');
        let slashes = after
            .get(..after.len() - next.len())
            .unwrap_or_default()
            .to_owned();
        components.push(Component {
            pattern: component.to_owned(),
            slashes,
        });
        rest = next;
    }
    (prefix, components)
}

/// The first slash that separates; one inside a group of an extended pattern does not count in bash either.
fn component_end(text: &str) -> usize {
    text.find('/').unwrap_or(text.len())
}

impl Search {
    /// Extends every path found so far by what matches one more component. `literal` says that there was no pattern
    /// before it.
    fn step(
        &self,
        bases: Vec<String>,
        component: &Component,
        last: bool,
        literal: bool,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let deep = self.deep && component.pattern == "**";
        if !deep && !has_special(&component.pattern, self.options.extended) {
            let name = super::fields::plain_name(&component.pattern);
            for base in bases {
                let path = format!("{base}{name}");
                if files::link_metadata(&path).is_ok() {
                    found.push(path + &component.slashes);
                }
            }
            return found;
        }
        let pattern = Pattern::new(&component.pattern, self.options);
        for base in bases {
            if deep {
                if !last || !component.slashes.is_empty() {
                    if !last || !base.is_empty() {
                        found.push(base.clone());
                    }
                } else if !base.is_empty() && files::is_directory(&base) {
                    let bare = base.trim_end_matches('/');
                    found.push(if literal { &base } else { bare }.to_owned());
                }
                self.descend(&base, component, last, 0, &mut found);
                continue;
            }
            let directory = if base.is_empty() { "." } else { &base };
            let mut names = files::names(directory).unwrap_or_default();
            if self.dots {
                names.extend([".".to_owned(), "..".to_owned()]);
            }
            for name in names {
                let explicit =
                    name.starts_with('.') && (!self.hidden || matches!(name.as_str(), "." | ".."));
                let matches = if explicit {
                    pattern.matches_name(&name)
                } else {
                    pattern.matches(&name)
                };
                if !matches {
                    continue;
                }
                let path = format!("{base}{name}");
                if component.slashes.is_empty() || files::is_directory(&path) {
                    found.push(path + &component.slashes);
                }
            }
        }
        found
    }

    /// Everything below a directory, for `**`.
    fn descend(
        &self,
        base: &str,
        component: &Component,
        last: bool,
        level: usize,
        found: &mut Vec<String>,
    ) {
        if level >= GLOBSTAR_MAX_LEVELS {
            return;
        }
        let directory = if base.is_empty() { "." } else { base };
        for name in files::names(directory).unwrap_or_default() {
            if name.starts_with('.') && !self.hidden {
                continue;
            }
            let path = format!("{base}{name}");
            let is_directory = files::link_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
            if is_directory {
                let below = format!("{path}/");
                found.push(if component.slashes.is_empty() {
                    path
                } else {
                    below.clone()
                });
                self.descend(&below, component, last, level + 1, found);
            } else if last && component.slashes.is_empty() {
                found.push(path);
            } else if last && files::is_directory(&path) {
                // A link to a directory is one, but not a way further down.
                found.push(path + "/");
            }
        }
    }
}
