//! The shell of a session: bash's language, its own line editor.
//!
//! * [`parse`]: text to commands;
//! * [`expand`], [`arithmetic`], [`pattern`]: words to strings;
//! * [`exec`], [`builtins`]: commands to effects;
//! * [`shell`], [`variables`], [`parameters`], [`options`], [`descriptors`], [`jobs`], [`signals`]: what a shell
//!   knows meanwhile;
//! * [`startup`], [`exec_text`], [`interactive`], [`edit`], [`completion`], [`programmable`], [`prompt`]: where commands come from.

#![forbid(unsafe_code)]

mod arithmetic;
mod brackets;
mod builtins;
mod completion;
mod cpu_time;
mod descriptors;
mod edit;
mod escapes;
mod exec;
mod exec_text;
mod expand;
mod files;
mod float;
mod history_expansion;
mod interactive;
mod jobs;
mod options;
mod parameters;
mod parse;
mod pattern;
mod programmable;
mod prompt;
mod regexes;
mod restricted;
mod shell;
mod signals;
mod stack;
mod startup;
mod subscripts;
mod text;
mod time;
mod variables;

fn main() {
    stack::begin();
    // Without a working directory the shell still runs; commands will say what is wrong.
    let _ = berth_guest::init();
    let arguments = std::env::args_os()
        .map(|argument| text::from_os(&argument))
        .collect();
    std::process::exit(startup::run(arguments));
}
