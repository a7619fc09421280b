//! Commands that run inside the shell. One file a family.

mod aliases;
mod bind;
mod complete;
mod control;
pub mod declare;
mod directories;
mod functions;
mod getopts;
mod help;
mod history;
mod jobs;
mod kinds;
mod mapfile;
mod output;
mod printf;
mod read;
pub mod settings;
mod test;
mod traps;
mod ulimit;
mod variables;

use crate::shell::{Outcome, Shell};

pub use kinds::KEYWORDS;

/// Status of a builtin that was called wrongly.
pub const USAGE_STATUS: i32 = 2;

/// A command that runs inside the shell.
#[derive(Debug)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Does it; gets its own name first.
    pub run: fn(&mut Shell, &[String]) -> Outcome,
    /// One of POSIX's special builtins.
    pub special: bool,
    /// Its arguments may be assignments.
    pub declares: bool,
    /// `exec`: without arguments its redirections stay.
    pub keeps_redirects: bool,
    /// One line for `help`.
    pub synopsis: &'static str,
}

const fn plain(
    name: &'static str,
    run: fn(&mut Shell, &[String]) -> Outcome,
    synopsis: &'static str,
) -> Builtin {
    Builtin {
        name,
        run,
        special: false,
        declares: false,
        keeps_redirects: false,
        synopsis,
    }
}

const fn special(
    name: &'static str,
    run: fn(&mut Shell, &[String]) -> Outcome,
    synopsis: &'static str,
) -> Builtin {
    Builtin {
        special: true,
        ..plain(name, run, synopsis)
    }
}

const fn declaring(name: &'static str, special: bool, synopsis: &'static str) -> Builtin {
    Builtin {
        special,
        declares: true,
        ..plain(name, declare::run_words, synopsis)
    }
}

/// All of them, by name.
pub static BUILTINS: [Builtin; 61] = [
    special(".", control::source, ". filename [arguments]"),
    special(":", control::nothing, ":"),
    plain("[", test::test, "[ arg... ]"),
    plain("alias", aliases::alias, "alias [-p] [name[=value] ... ]"),
    plain("bg", jobs::bg, "bg [job_spec ...]"),
    plain(
        "bind",
        bind::bind,
        "bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function or readline-command]",
    ),
    special("break", control::break_loop, "break [n]"),
    plain(
        "builtin",
        control::builtin,
        "builtin [shell-builtin [arg ...]]",
    ),
    plain("caller", control::caller, "caller [expr]"),
    plain("cd", directories::cd, "cd [-L|[-P [-e]] [-@]] [dir]"),
    plain(
        "command",
        control::command,
        "command [-pVv] command [arg ...]",
    ),
    plain(
        "compgen",
        complete::compgen,
        "compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]",
    ),
    plain(
        "complete",
        complete::complete,
        "complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]",
    ),
    plain(
        "compopt",
        complete::compopt,
        "compopt [-o|+o option] [-DEI] [name ...]",
    ),
    special("continue", control::continue_loop, "continue [n]"),
    declaring(
        "declare",
        false,
        "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
    ),
    plain("dirs", directories::dirs, "dirs [-clpv] [+N] [-N]"),
    plain(
        "disown",
        jobs::disown,
        "disown [-h] [-ar] [jobspec ... | pid ...]",
    ),
    plain("echo", output::echo, "echo [-neE] [arg ...]"),
    plain(
        "enable",
        kinds::enable,
        "enable [-a] [-dnps] [-f filename] [name ...]",
    ),
    special("eval", control::eval, "eval [arg ...]"),
    Builtin {
        keeps_redirects: true,
        ..special(
            "exec",
            control::exec,
            "exec [-cl] [-a name] [command [argument ...]] [redirection ...]",
        )
    },
    special("exit", control::exit, "exit [n]"),
    declaring(
        "export",
        true,
        "export [-fn] [name[=value] ...] or export -p",
    ),
    plain("false", control::fail, "false"),
    plain(
        "fc",
        history::fc,
        "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]",
    ),
    plain("fg", jobs::fg, "fg [job_spec]"),
    plain(
        "getopts",
        getopts::getopts,
        "getopts optstring name [arg ...]",
    ),
    plain(
        "hash",
        kinds::hash,
        "hash [-lr] [-p pathname] [-dt] [name ...]",
    ),
    plain("help", help::help, "help [-dms] [pattern ...]"),
    plain(
        "history",
        history::history,
        "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    ),
    plain(
        "jobs",
        jobs::jobs,
        "jobs [-lnprs] [jobspec ...] or jobs -x command [args]",
    ),
    plain(
        "kill",
        jobs::kill,
        "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
    ),
    plain("let", control::evaluate, "let arg [arg ...]"),
    declaring("local", false, "local [option] name[=value] ..."),
    plain("logout", control::logout, "logout [n]"),
    plain(
        "mapfile",
        mapfile::mapfile,
        "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    ),
    plain("popd", directories::popd, "popd [-n] [+N | -N]"),
    plain(
        "printf",
        printf::printf,
        "printf [-v var] format [arguments]",
    ),
    plain("pushd", directories::pushd, "pushd [-n] [+N | -N | dir]"),
    plain("pwd", directories::pwd, "pwd [-LP]"),
    plain(
        "read",
        read::read,
        "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]",
    ),
    plain(
        "readarray",
        mapfile::mapfile,
        "readarray [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    ),
    declaring(
        "readonly",
        true,
        "readonly [-aAf] [name[=value] ...] or readonly -p",
    ),
    special("return", control::return_from, "return [n]"),
    special(
        "set",
        settings::set,
        "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
    ),
    special("shift", variables::shift, "shift [n]"),
    plain("shopt", settings::shopt, "shopt [-pqsu] [-o] [optname ...]"),
    special("source", control::source, "source filename [arguments]"),
    plain("suspend", jobs::suspend, "suspend [-f]"),
    plain("test", test::test, "test [expr]"),
    special("times", control::times, "times"),
    special("trap", traps::trap, "trap [-lp] [[arg] signal_spec ...]"),
    plain("true", control::nothing, "true"),
    plain("type", kinds::type_of, "type [-afptP] name [name ...]"),
    declaring(
        "typeset",
        false,
        "typeset [-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]",
    ),
    plain(
        "ulimit",
        ulimit::ulimit,
        "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]",
    ),
    plain("umask", settings::umask, "umask [-p] [-S] [mode]"),
    plain("unalias", aliases::unalias, "unalias [-a] name [name ...]"),
    special("unset", variables::unset, "unset [-f] [-v] [-n] [name ...]"),
    plain("wait", jobs::wait, "wait [-fn] [-p var] [id ...]"),
];

/// The builtin of a name, even if it is turned off.
pub fn find(name: &str) -> Option<&'static Builtin> {
    let place = BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name));
    place.ok().and_then(|place| BUILTINS.get(place))
}

/// The options and operands of a call, for builtins whose options are single letters.
pub(crate) struct Options<'a> {
    /// The letters found, with the value of those that take one.
    pub found: Vec<(char, Option<&'a str>)>,
    /// What follows them.
    pub operands: &'a [String],
}

impl Options<'_> {
    /// Whether a letter was given.
    pub fn has(&self, letter: char) -> bool {
        self.found.iter().any(|(found, _)| *found == letter)
    }

    /// The last value given to a letter.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.found
            .iter()
            .rev()
            .find(|(found, _)| *found == letter)
            .and_then(|(_, value)| *value)
    }
}

impl Shell {
    /// The builtin of a name, unless it is turned off.
    pub(crate) fn builtin(&self, name: &str) -> Option<&'static Builtin> {
        find(name).filter(|builtin| !self.disabled_builtins.contains(builtin.name))
    }

    /// Reads options like `getopt(3)`: a colon after a letter says that it takes a value. `None`, after the
    /// message, when one is unknown.
    pub(crate) fn options_of<'a>(
        &mut self,
        words: &'a [String],
        known: &str,
    ) -> Option<Options<'a>> {
        let mut found = Vec::new();
        let mut index = 1;
        while let Some(word) = words.get(index) {
            if word == "--" {
                index += 1;
                break;
            }
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
                break;
            };
            index += 1;
            for (at, letter) in letters.char_indices() {
                let Some(place) = known.find(letter).filter(|_| letter != ':') else {
                    self.usage(words, &format!("-{letter}: invalid option"));
                    return None;
                };
                if !known
                    .get(place + letter.len_utf8()..)
                    .is_some_and(|rest| rest.starts_with(':'))
                {
                    found.push((letter, None));
                    continue;
                }
                let rest = letters.get(at + letter.len_utf8()..).unwrap_or_default();
                if !rest.is_empty() {
                    found.push((letter, Some(rest)));
                } else if let Some(value) = words.get(index) {
                    index += 1;
                    found.push((letter, Some(value.as_str())));
                } else {
                    self.usage(words, &format!("-{letter}: option requires an argument"));
                    return None;
                }
                break;
            }
        }
        Some(Options {
            found,
            operands: words.get(index..).unwrap_or_default(),
        })
    }

    /// Says what is wrong with a call and how to call.
    pub(crate) fn usage(&self, words: &[String], message: &str) {
        let name = words.first().map(String::as_str).unwrap_or_default();
        self.error(&format!("{name}: {message}"));
        if let Some(builtin) = find(name) {
            self.write_error(&format!("{name}: usage: {}\n", builtin.synopsis));
        }
    }

    /// A message with the builtin's name before it.
    pub(crate) fn complain(&self, words: &[String], message: &str) {
        self.error(&format!(
            "{}: {message}",
            words.first().map(String::as_str).unwrap_or_default()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtins_are_in_the_order_of_their_names() {
        for builtin in &BUILTINS {
            assert_eq!(
                find(builtin.name).map(|found| found.name),
                Some(builtin.name)
            );
        }
    }
}
