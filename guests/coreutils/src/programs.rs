//! The table of programs, and the same table's names in the module's own file.

use std::ffi::OsString;
#[cfg(target_os = "wasi")]
use std::sync::atomic::{AtomicBool, Ordering};

use crate::own;

/// Runs with the whole argument vector, its own name first; returns the exit code.
pub type Program = fn(Vec<OsString>) -> i32;

/// A program with the name it goes by.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What stands in `argv[0]`.
    pub name: &'static str,
    /// What to run.
    pub program: Program,
}

/// No program of uutils has run in this process yet.
#[cfg(target_os = "wasi")]
static FIRST: AtomicBool = AtomicBool::new(true);

/// Makes a table of entries, and the text of its names, one a line.
macro_rules! table {
    ($entries:ident, $names:ident, $($name:literal => $program:expr),* $(,)?) => {
        const $entries: &[Entry] = &[$(Entry { name: $name, program: $program }),*];
        const $names: &str = concat!($($name, "\n"),*);
    };
}

/// The same for uutils: name, crate, and whose messages to load before it runs.
#[cfg(target_os = "wasi")]
macro_rules! uutils {
    ($($name:literal $krate:ident $messages:literal),* $(,)?) => {
        table! { UUTILS, UUTILS_NAMES, $($name => |arguments| {
            // One program may hand over to another: then the messages of the first stay.
            if FIRST.swap(false, Ordering::Relaxed)
                && let Err(error) = uucore::locale::setup_localization($messages)
            {
                own::complain($name, format_args!("cannot load the messages: {error}"));
            }
            $krate::uumain(arguments.into_iter())
        }),* }
    };
}

#[cfg(target_os = "wasi")]
uutils! {
    "[" uu_test "test",
    "arch" uu_arch "arch",
    "b2sum" uu_b2sum "b2sum",
    "base32" uu_base32 "base32",
    "base64" uu_base64 "base64",
    "basename" uu_basename "basename",
    "basenc" uu_basenc "basenc",
    "cat" uu_cat "cat",
    "cksum" uu_cksum "cksum",
    "comm" uu_comm "comm",
    "csplit" uu_csplit "csplit",
    "cut" uu_cut "cut",
    "date" uu_date "date",
    "dircolors" uu_dircolors "dircolors",
    "dirname" uu_dirname "dirname",
    "echo" uu_echo "echo",
    "expand" uu_expand "expand",
    "expr" uu_expr "expr",
    "factor" uu_factor "factor",
    "false" uu_false "false",
    "fmt" uu_fmt "fmt",
    "fold" uu_fold "fold",
    "head" uu_head "head",
    "join" uu_join "join",
    "link" uu_link "link",
    "ln" uu_ln "ln",
    "md5sum" uu_md5sum "md5sum",
    "mkdir" uu_mkdir "mkdir",
    "mktemp" uu_mktemp "mktemp",
    "nl" uu_nl "nl",
    "numfmt" uu_numfmt "numfmt",
    "od" uu_od "od",
    "paste" uu_paste "paste",
    "pathchk" uu_pathchk "pathchk",
    "pr" uu_pr "pr",
    "printenv" uu_printenv "printenv",
    "printf" uu_printf "printf",
    "ptx" uu_ptx "ptx",
    "pwd" uu_pwd "pwd",
    "readlink" uu_readlink "readlink",
    "realpath" uu_realpath "realpath",
    "rm" uu_rm "rm",
    "rmdir" uu_rmdir "rmdir",
    "seq" uu_seq "seq",
    "sha1sum" uu_sha1sum "sha1sum",
    "sha224sum" uu_sha224sum "sha224sum",
    "sha256sum" uu_sha256sum "sha256sum",
    "sha384sum" uu_sha384sum "sha384sum",
    "sha512sum" uu_sha512sum "sha512sum",
    "shred" uu_shred "shred",
    "shuf" uu_shuf "shuf",
    "sleep" uu_sleep "sleep",
    "sort" uu_sort "sort",
    "split" uu_split "split",
    "sum" uu_sum "sum",
    "tac" uu_tac "tac",
    "tee" uu_tee "tee",
    "test" uu_test "test",
    "touch" uu_touch "touch",
    "tr" uu_tr "tr",
    "true" uu_true "true",
    "truncate" uu_truncate "truncate",
    "tsort" uu_tsort "tsort",
    "tty" uu_tty "tty",
    "unexpand" uu_unexpand "unexpand",
    "uniq" uu_uniq "uniq",
    "unlink" uu_unlink "unlink",
    "wc" uu_wc "wc",
    "yes" uu_yes "yes",
}

#[cfg(not(target_os = "wasi"))]
table! { UUTILS, UUTILS_NAMES, }

table! { OWN, OWN_NAMES,
    "clear" => own::clear::main,
    "dnsdomainname" => own::identity::dnsdomainname,
    "domainname" => own::identity::domainname,
    "env" => own::env::main,
    "groups" => own::identity::groups,
    "hostname" => own::identity::hostname,
    "id" => own::identity::id,
    "stty" => own::stty::main,
    "which" => own::which::main,
    "whoami" => own::identity::whoami,
}

/// All programs.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    UUTILS.iter().chain(OWN)
}

/// The names, for whoever installs this module: a custom section `berth.names`, one name a line.
#[allow(
    unsafe_code,
    reason = "naming a section is the only way to put one into the module"
)]
#[cfg_attr(target_os = "wasi", unsafe(link_section = "berth.names"))]
#[used]
static NAMES: [u8; UUTILS_NAMES.len() + OWN_NAMES.len()] =
    joined(UUTILS_NAMES.as_bytes(), OWN_NAMES.as_bytes());

/// Both texts as one array. `N` is the sum of their lengths.
const fn joined<const N: usize>(first: &[u8], second: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < first.len() {
            first[at]
        } else {
            second[at - first.len()]
        };
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_lists_exactly_its_programs() {
        let listed: Vec<_> = str::from_utf8(&NAMES).unwrap().lines().collect();
        let known: Vec<_> = all().map(|entry| entry.name).collect();
        assert_eq!(listed, known);
    }
}
