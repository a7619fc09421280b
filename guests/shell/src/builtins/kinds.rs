//! `type`, `hash`, `enable`, and what `command -v` says.

use super::{BUILTINS, USAGE_STATUS, find};
use crate::escapes::quote_single;
use crate::files;
use crate::shell::{Outcome, Shell};
use crate::variables::{COMMAND_BUCKETS, in_bash_order};

/// Words with a meaning in the grammar.
pub const KEYWORDS: [&str; 22] = [
    "if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do",
    "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc",
];

/// Whether a word has a meaning in the grammar.
pub fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// Prints what `command -v` (or `-V`, when `long`) says about a name; false when it is nothing.
pub fn describe(shell: &mut Shell, name: &str, long: bool) -> bool {
    if long {
        return describe_long(shell, name, false, false, false);
    }
    let line = if let Some(value) = shell
        .aliases
        .get(name)
        .filter(|_| shell.shopt.get("expand_aliases"))
    {
        format!("alias {name}={}", quote_single(value))
    } else if is_keyword(name)
        || shell.functions.contains_key(name)
        || shell.builtin(name).is_some()
    {
        name.to_owned()
    } else {
        match found(shell, name) {
            Some(path) => path,
            None => return false,
        }
    };
    shell.print_line(&line);
    true
}

/// Where a program lies. A look at one that is remembered counts as a use, as in bash.
fn found(shell: &mut Shell, name: &str) -> Option<String> {
    if let Some((path, hits)) = shell.hashed.get_mut(name) {
        *hits += 1;
        return Some(path.clone());
    }
    let path = files::find_command(name, &shell.search_path())?;
    Some(path)
}

fn describe_long(
    shell: &mut Shell,
    name: &str,
    all: bool,
    no_functions: bool,
    only_files: bool,
) -> bool {
    let mut any = false;
    if !only_files {
        if let Some(value) = shell.aliases.get(name).cloned()
            && shell.shopt.get("expand_aliases")
        {
            shell.print_line(&format!("{name} is aliased to `{value}'"));
            any = true;
        }
        if is_keyword(name) && (all || !any) {
            shell.print_line(&format!("{name} is a shell keyword"));
            any = true;
        }
        if !no_functions
            && (all || !any)
            && let Some(text) = shell.function_text(name)
        {
            shell.print_line(&format!("{name} is a function\n{text}"));
            any = true;
        }
        if shell.builtin(name).is_some() && (all || !any) {
            let kind =
                if shell.builtin(name).is_some_and(|builtin| builtin.special) && shell.posix() {
                    "special shell builtin"
                } else {
                    "shell builtin"
                };
            shell.print_line(&format!("{name} is a {kind}"));
            any = true;
        }
    }
    if all {
        for path in files::find_all_commands(name, &shell.search_path()) {
            shell.print_line(&format!("{name} is {path}"));
            any = true;
        }
        return any;
    }
    if !any {
        if let Some((path, hits)) = shell.hashed.get_mut(name) {
            *hits += 1;
            let line = format!("{name} is hashed ({path})");
            shell.print_line(&line);
            return true;
        }
        if let Some(path) = found(shell, name) {
            shell.print_line(&format!("{name} is {path}"));
            return true;
        }
    }
    any
}

/// Says what names are.
pub fn type_of(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "afptP") else {
        return Ok(USAGE_STATUS);
    };
    let (all, no_functions) = (options.has('a'), options.has('f'));
    let (kind, path_only, forced_path) = (options.has('t'), options.has('p'), options.has('P'));
    let operands = options.operands.to_vec();
    let mut status = 0;
    for name in &operands {
        let known = if kind {
            let word = kind_of(shell, name, no_functions);
            if let Some(word) = word {
                shell.print_line(word);
            }
            word.is_some()
        } else if path_only || forced_path {
            let shadowed = !forced_path
                && (shell.aliases.contains_key(name)
                    || is_keyword(name)
                    || shell.functions.contains_key(name)
                    || shell.builtin(name).is_some());
            if shadowed {
                true
            } else if let Some((path, hits)) =
                shell.hashed.get_mut(name).filter(|_| forced_path || !all)
            {
                *hits += 1;
                let path = path.clone();
                shell.print_line(&path);
                true
            } else if all {
                let paths = files::find_all_commands(name, &shell.search_path());
                paths.iter().for_each(|path| shell.print_line(path));
                !paths.is_empty()
            } else {
                match found(shell, name) {
                    Some(path) => {
                        shell.print_line(&path);
                        true
                    }
                    None => false,
                }
            }
        } else {
            let known = describe_long(shell, name, all, no_functions, false);
            if !known {
                shell.complain(words, &format!("{name}: not found"));
            }
            known
        };
        if !known {
            status = 1;
        }
    }
    Ok(status)
}

fn kind_of(shell: &mut Shell, name: &str, no_functions: bool) -> Option<&'static str> {
    if shell.aliases.contains_key(name) && shell.shopt.get("expand_aliases") {
        Some("alias")
    } else if is_keyword(name) {
        Some("keyword")
    } else if !no_functions && shell.functions.contains_key(name) {
        Some("function")
    } else if shell.builtin(name).is_some() {
        Some("builtin")
    } else {
        found(shell, name).map(|_| "file")
    }
}

/// Shows and changes where commands were found.
pub fn hash(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "lrp:dt") else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    if !shell.option(crate::options::SetOption::HashAll) {
        shell.complain(words, "hashing disabled");
        return Ok(1);
    }
    if options.has('r') {
        shell.hashed.clear();
        return Ok(0);
    }
    if let Some(path) = options.value('p').map(str::to_owned) {
        if path.contains('/') && shell.refuses(&format!("hash: {path}")) {
            return Ok(1);
        }
        if shell.is_restricted() && files::find_command(&path, &shell.search_path()).is_none() {
            shell.complain(words, &format!("{path}: not found"));
            return Ok(1);
        }
        for name in &operands {
            shell.hashed.insert(name.clone(), (path.clone(), 0));
        }
        return Ok(0);
    }
    let (forget, show, reusable) = (options.has('d'), options.has('t'), options.has('l'));
    if operands.is_empty() {
        if shell.hashed.is_empty() {
            shell.print_line("hash: hash table empty");
            return Ok(0);
        }
        if !reusable {
            shell.print_line("hits\tcommand");
        }
        let lines: Vec<String> = in_bash_order(shell.hashed.iter(), COMMAND_BUCKETS)
            .into_iter()
            .map(|(name, (path, hits))| {
                if reusable {
                    format!("builtin hash -p {path} {name}")
                } else {
                    format!("{hits:4}\t{path}")
                }
            })
            .collect();
        lines.iter().for_each(|line| shell.print_line(line));
        return Ok(0);
    }
    let mut status = 0;
    for name in &operands {
        let known = if forget {
            shell.hashed.remove(name).is_some()
        } else if show {
            match shell.hashed.get(name).map(|(path, _)| path.clone()) {
                Some(path) => {
                    let line = if reusable {
                        format!("builtin hash -p {path} {name}")
                    } else if operands.len() > 1 {
                        format!("{name}\t{path}")
                    } else {
                        path
                    };
                    shell.print_line(&line);
                    true
                }
                None => false,
            }
        } else if name.contains('/')
            || shell.builtin(name).is_some()
            || shell.functions.contains_key(name)
        {
            true
        } else {
            shell.hashed.remove(name);
            match files::find_command(name, &shell.search_path()) {
                Some(path) => {
                    shell.hashed.insert(name.clone(), (path, 0));
                    true
                }
                None => false,
            }
        };
        if !known {
            shell.complain(words, &format!("{name}: not found"));
            status = 1;
        }
    }
    Ok(status)
}

/// Lists builtins and turns them off and on.
pub fn enable(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "adnpsf:") else {
        return Ok(USAGE_STATUS);
    };
    let (all, off, only_special) = (options.has('a'), options.has('n'), options.has('s'));
    let print = options.has('p');
    let operands = options.operands.to_vec();
    if options.has('f') || options.has('d') {
        shell.complain(words, "dynamic loading not available");
        return Ok(1);
    }
    if operands.is_empty() || print {
        for builtin in BUILTINS
            .iter()
            .filter(|builtin| !only_special || builtin.special)
            .filter(|builtin| {
                operands.is_empty() || operands.iter().any(|name| name == builtin.name)
            })
        {
            let disabled = shell.disabled_builtins.contains(builtin.name);
            if all || disabled == off {
                let flag = if disabled { "-n " } else { "" };
                shell.print_line(&format!("enable {flag}{}", builtin.name));
            }
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in &operands {
        let known = find(name).filter(|builtin| !only_special || builtin.special);
        match known {
            Some(builtin) if off => {
                shell.disabled_builtins.insert(builtin.name);
            }
            Some(builtin) => {
                shell.disabled_builtins.remove(builtin.name);
            }
            None => {
                shell.complain(words, &format!("{name}: not a shell builtin"));
                status = 1;
            }
        }
    }
    Ok(status)
}
