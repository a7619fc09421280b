//! What the programs of a session share: many of them in one module, told apart by `argv[0]`; messages as a user of
//! GNU's knows them; options; reading files and lines.
//!
//! `/usr/bin/grep` is a symbolic link to `/usr/bin/textutils`; the kernel starts the module with the link's name in
//! `argv[0]`. `textutils NAME ARGUMENTS…` does the same by hand and `textutils --list` prints all names.

mod bytes;
pub mod cformat;
mod child;
mod dispatch;
mod input;
mod message;
pub mod mode;
mod options;
#[cfg(unix)]
pub mod oracle;
mod output;
pub mod takes;
pub mod time;

pub use bytes::{bytes, joined, os_string, path_bytes, quoted, search_path, text};
pub use child::{
    End, Exit, Piped, catch_signals, environment, find_program, open_descriptors, run, run_instead,
    spawn_shell, spawn_shell_piped, start, wait_for,
};
pub use dispatch::{Entry, Program, names, run_main};
pub use input::{Lines, open, read_all, read_line};
pub use message::{complain, reason};
pub use options::{EXIT_USAGE, Number, Options, number, size, usage_error, usage_error_text};
pub use output::{Output, print, print_help};

/// The whole `main` of a module of programs: the table of them, and the same table's names in the module's own file
/// for whoever installs it (a custom section `berth.names`, one name a line).
#[macro_export]
macro_rules! programs {
    ($module:literal, $($name:literal => $program:expr),* $(,)?) => {
        const PROGRAMS: &[$crate::Entry] = &[
            $($crate::Entry { name: $name, program: $program }),*
        ];
        const NAMES_TEXT: &str = concat!($($name, "\n"),*);

        #[allow(
            unsafe_code,
            reason = "naming a section is the only way to put one into the module"
        )]
        #[cfg_attr(target_os = "wasi", unsafe(link_section = "berth.names"))]
        #[used]
        static NAMES: [u8; NAMES_TEXT.len()] = $crate::names(NAMES_TEXT);

        fn main() {
            $crate::run_main($module, PROGRAMS)
        }
    };
}
