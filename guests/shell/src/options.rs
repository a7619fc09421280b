//! The switches of `set` and `shopt`.

/// Switches of `set`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SetOption {
    AllExport,
    BraceExpand,
    Emacs,
    ErrExit,
    ErrTrace,
    FuncTrace,
    HashAll,
    HistExpand,
    History,
    IgnoreEof,
    InteractiveComments,
    Keyword,
    Monitor,
    NoClobber,
    NoExec,
    NoGlob,
    NoLog,
    Notify,
    NoUnset,
    OneCmd,
    Physical,
    PipeFail,
    Posix,
    Privileged,
    Verbose,
    Vi,
    XTrace,
}

/// Every switch with its name and letter, by name.
pub const SET_OPTIONS: [(SetOption, &str, Option<char>); 27] = [
    (SetOption::AllExport, "allexport", Some('a')),
    (SetOption::BraceExpand, "braceexpand", Some('B')),
    (SetOption::Emacs, "emacs", None),
    (SetOption::ErrExit, "errexit", Some('e')),
    (SetOption::ErrTrace, "errtrace", Some('E')),
    (SetOption::FuncTrace, "functrace", Some('T')),
    (SetOption::HashAll, "hashall", Some('h')),
    (SetOption::HistExpand, "histexpand", Some('H')),
    (SetOption::History, "history", None),
    (SetOption::IgnoreEof, "ignoreeof", None),
    (SetOption::InteractiveComments, "interactive-comments", None),
    (SetOption::Keyword, "keyword", Some('k')),
    (SetOption::Monitor, "monitor", Some('m')),
    (SetOption::NoClobber, "noclobber", Some('C')),
    (SetOption::NoExec, "noexec", Some('n')),
    (SetOption::NoGlob, "noglob", Some('f')),
    (SetOption::NoLog, "nolog", None),
    (SetOption::Notify, "notify", Some('b')),
    (SetOption::NoUnset, "nounset", Some('u')),
    (SetOption::OneCmd, "onecmd", Some('t')),
    (SetOption::Physical, "physical", Some('P')),
    (SetOption::PipeFail, "pipefail", None),
    (SetOption::Posix, "posix", None),
    (SetOption::Privileged, "privileged", Some('p')),
    (SetOption::Verbose, "verbose", Some('v')),
    (SetOption::Vi, "vi", None),
    (SetOption::XTrace, "xtrace", Some('x')),
];

/// Letters in the order `$-` shows them.
const FLAG_ORDER: &str = "abefhkmnptuvxBCEHPT";

/// The state of all switches of `set`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetOptions(u32);

impl Default for SetOptions {
    fn default() -> Self {
        let mut options = Self(0);
        options.set(SetOption::BraceExpand, true);
        options.set(SetOption::HashAll, true);
        options.set(SetOption::InteractiveComments, true);
        options
    }
}

impl SetOptions {
    /// Whether it is on.
    pub fn get(self, option: SetOption) -> bool {
        self.0 & (1 << option as u8) != 0
    }

    /// Turns it on or off.
    pub fn set(&mut self, option: SetOption, on: bool) {
        if on {
            self.0 |= 1 << option as u8;
        } else {
            self.0 &= !(1 << option as u8);
        }
    }

    /// The letters of those that are on, as in `$-`.
    pub fn letters(self) -> String {
        FLAG_ORDER
            .chars()
            .filter(|letter| {
                SET_OPTIONS
                    .iter()
                    .any(|(option, _, known)| *known == Some(*letter) && self.get(*option))
            })
            .collect()
    }

    /// A switch by its name.
    pub fn by_name(name: &str) -> Option<SetOption> {
        SET_OPTIONS
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(option, _, _)| *option)
    }

    /// A switch by its letter.
    pub fn by_letter(letter: char) -> Option<SetOption> {
        SET_OPTIONS
            .iter()
            .find(|(_, _, known)| *known == Some(letter))
            .map(|(option, _, _)| *option)
    }

    /// The names of those that are on, as in `SHELLOPTS`.
    pub fn names(self) -> String {
        let names: Vec<&str> = SET_OPTIONS
            .iter()
            .filter(|(option, _, _)| self.get(*option))
            .map(|(_, name, _)| *name)
            .collect();
        names.join(":")
    }
}

/// Switches of `shopt` with their defaults in bash 5.2 without a terminal.
const SHOPT_DEFAULTS: [(&str, bool); 57] = [
    ("autocd", false),
    ("assoc_expand_once", false),
    ("cdable_vars", false),
    ("cdspell", false),
    ("checkhash", false),
    ("checkjobs", false),
    ("checkwinsize", true),
    ("cmdhist", true),
    ("compat31", false),
    ("compat32", false),
    ("compat40", false),
    ("compat41", false),
    ("compat42", false),
    ("compat43", false),
    ("compat44", false),
    ("complete_fullquote", true),
    ("direxpand", false),
    ("dirspell", false),
    ("dotglob", false),
    ("execfail", false),
    ("expand_aliases", false),
    ("extdebug", false),
    ("extglob", false),
    ("extquote", true),
    ("failglob", false),
    ("force_fignore", true),
    ("globasciiranges", true),
    ("globskipdots", true),
    ("globstar", false),
    ("gnu_errfmt", false),
    ("histappend", false),
    ("histreedit", false),
    ("histverify", false),
    ("hostcomplete", true),
    ("huponexit", false),
    ("inherit_errexit", false),
    ("interactive_comments", true),
    ("lastpipe", false),
    ("lithist", false),
    ("localvar_inherit", false),
    ("localvar_unset", false),
    ("login_shell", false),
    ("mailwarn", false),
    ("no_empty_cmd_completion", false),
    ("nocaseglob", false),
    ("nocasematch", false),
    ("noexpand_translation", false),
    ("nullglob", false),
    ("patsub_replacement", true),
    ("progcomp", true),
    ("progcomp_alias", false),
    ("promptvars", true),
    ("restricted_shell", false),
    ("shift_verbose", false),
    ("sourcepath", true),
    ("varredir_close", false),
    ("xpg_echo", false),
];

/// The state of all switches of `shopt`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShellOptions(u64);

impl Default for ShellOptions {
    fn default() -> Self {
        let mut bits = 0;
        for (index, (_, on)) in Self::table().enumerate() {
            bits |= u64::from(*on) << index;
        }
        Self(bits)
    }
}

impl ShellOptions {
    fn table() -> impl Iterator<Item = &'static (&'static str, bool)> {
        SHOPT_DEFAULTS.iter()
    }

    fn index(name: &str) -> Option<usize> {
        Self::table().position(|(known, _)| *known == name)
    }

    /// Whether it is on; false for a name that is none.
    pub fn get(&self, name: &str) -> bool {
        Self::index(name).is_some_and(|index| self.0 & (1 << index) != 0)
    }

    /// Turns it on or off; false for a name that is none.
    pub fn set(&mut self, name: &str, on: bool) -> bool {
        let Some(index) = Self::index(name) else {
            return false;
        };
        if on {
            self.0 |= 1 << index;
        } else {
            self.0 &= !(1 << index);
        }
        true
    }

    /// Whether there is such a switch.
    pub fn exists(name: &str) -> bool {
        Self::index(name).is_some()
    }

    /// Every switch with its state, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let bits = self.0;
        Self::table()
            .enumerate()
            .map(move |(index, (name, _))| (*name, bits & (1 << index) != 0))
    }
}
