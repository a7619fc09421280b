//! The state of a shell, and what every part of it needs: output, errors, parameters.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::time::Instant;

use berth_guest::Pid;

use crate::descriptors::{Descriptors, error_text, write_all};
use crate::edit::{History, SharedKeymap};
use crate::jobs::Jobs;
use crate::options::{SetOption, SetOptions, ShellOptions};
use crate::parse::ast::Function;
use crate::programmable::Specifications;
use crate::regexes::Regexes;
use crate::signals::{SIGPIPE, Traps};
use crate::text;
use crate::variables::Variables;

/// Output of a builtin kept back before it is written.
const OUTPUT_MAX_BYTES: usize = 16 * 1024;

/// Builtins whose output may be lost without a word, as in bash.
const UNCHECKED: [&str; 7] = [
    "help", "kill", "complete", "compgen", "jobs", "command", "history",
];

/// Why a command does not simply go on to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unwind {
    /// `break`, through that many loops.
    Break(u32),
    /// `continue`, of the loop that many levels out.
    Continue(u32),
    /// `return` from a function or sourced file.
    Return(i32),
    /// The shell ends.
    Exit(i32),
    /// An expansion failed: the rest of the command line is dropped. A script goes on with the next line.
    Discard(i32),
    /// A subscript is no arithmetic: the same, but no `eval` or trap holds it, and a command string ends.
    Abandon(i32),
    /// An expansion failed in a way that ends a shell that is not interactive.
    Fatal(i32),
}

/// A status, or why it went another way.
pub type Outcome = Result<i32, Unwind>;

/// One function call or sourced file.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Name of the function, `source` for a file, `main` at the bottom.
    pub function: String,
    /// File the running code is from.
    pub source: String,
    /// Line of the call.
    pub call_line: u32,
    /// Whether `return` ends it.
    pub is_function: bool,
    /// What it was called with, under `extdebug`.
    pub arguments: Vec<String>,
    /// `local -`: the switches of `set` that hold again afterwards.
    pub options: Option<SetOptions>,
}

/// A function and where it was defined.
#[derive(Clone, Debug)]
pub struct KnownFunction {
    /// The function.
    pub function: Rc<Function>,
    /// The file it is from, as `BASH_SOURCE` shows it.
    pub source: Rc<str>,
    /// The line it is defined in.
    pub line: u32,
    /// `declare -ft`: it inherits the traps of `DEBUG` and `RETURN`.
    pub traced: bool,
    /// `readonly -f`
    pub readonly: bool,
}

/// How the shell was started.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    /// Commands come from a person.
    pub interactive: bool,
    /// `-c`
    pub command_string: bool,
    /// `-s`, or no script: commands come from standard input.
    pub from_stdin: bool,
    /// Reads the files of a login.
    pub login: bool,
    /// Was called as `sh`.
    pub called_sh: bool,
}

/// A shell.
pub struct Shell {
    /// Variables.
    pub variables: Variables,
    /// `$1` and so on.
    pub positional: Vec<String>,
    /// `set` has changed them, since a file that got arguments of its own began.
    pub positional_set: bool,
    /// What the script was called with.
    pub script_arguments: Vec<String>,
    /// `$0`
    pub name: String,
    /// Functions.
    pub functions: BTreeMap<String, KnownFunction>,
    /// Names of functions that programs get in their environment.
    pub exported_functions: BTreeSet<String>,
    /// What came in the environment by names no variable can have: it is handed on.
    pub foreign_environment: Vec<(String, String)>,
    /// Builtins that are turned off.
    pub disabled_builtins: BTreeSet<&'static str>,
    /// How the arguments of commands are completed.
    pub completion: Specifications,
    /// Expressions of `=~` that are compiled.
    pub regexes: Regexes,
    /// Aliases.
    pub aliases: BTreeMap<String, String>,
    /// Switches of `set`.
    pub options: SetOptions,
    /// Switches of `shopt`.
    pub shopt: ShellOptions,
    /// How it was started.
    pub mode: Mode,
    /// `$?`
    pub status: i32,
    /// `$?` before the trap that runs: what `exit` without a status gives there.
    pub trap_status: Option<i32>,
    /// Statuses of the last pipeline.
    pub pipe_status: Vec<i32>,
    /// Status of the last command substitution of the command being expanded.
    pub substitution_status: Option<i32>,
    /// Open files by number.
    pub descriptors: Descriptors,
    /// Children and jobs.
    pub jobs: Jobs,
    /// What signals do.
    pub traps: Traps,
    /// Directories below the current one on the stack of `pushd`.
    pub directory_stack: Vec<String>,
    /// The working directory as the person sees it, symbolic links and all.
    pub working_directory: String,
    /// `PWD` and `OLDPWD` could be set after the last change of the directory.
    pub told_where: bool,
    /// Line being executed.
    pub line: u32,
    /// Line of the running text that counts as its first.
    pub first_line: u32,
    /// Function calls and sourced files.
    pub frames: Vec<Frame>,
    /// Loops around the running command, inside the current function.
    pub loops: u32,
    /// The status of loops that `break` leaves.
    pub loop_status: i32,
    /// Above 0, a failure does not end the shell under `set -e`.
    pub failure_tolerated: u32,
    /// How often the first character of `PS4` is repeated, beyond once.
    pub trace_level: u32,
    /// `BASH_SUBSHELL`
    pub subshell_level: u32,
    /// This process is a forked child of the shell.
    pub is_child: bool,
    /// Process id of the shell itself, also in its children.
    pub shell_pid: Pid,
    /// Where commands were found: path and how often it was used.
    pub hashed: BTreeMap<String, (String, u32)>,
    /// What was typed.
    pub history: History,
    /// What keys do, where a person changed it; see [`Shell::keymap`].
    pub keymap: SharedKeymap,
    /// The history's file has been read.
    pub history_loaded: bool,
    /// Commands read from where the shell reads its own.
    pub commands_read: usize,
    /// State of `RANDOM`.
    pub random: u32,
    /// `SECONDS` counts from here, plus the offset.
    pub started: Instant,
    /// What was assigned to `SECONDS`.
    pub seconds_offset: i64,
    /// No builtin has run since a function was called.
    pub just_called: bool,
    /// The builtin whose output is being collected.
    pub running_builtin: &'static str,
    /// Switches of `set` that the environment asks for, until the shell begins.
    pub inherited_options: Vec<SetOption>,
    /// The next command is all this process was made for: it becomes the program.
    pub becomes_program: bool,
    /// Nothing is told: what is tried will be done again where it can be told.
    pub muted: bool,
    /// Under `set -x`, a condition that is shown next is negated.
    pub traced_negation: bool,
    /// `--noediting`: lines are read as they come, without an editor.
    pub no_editing: bool,
    /// Elements of arrays among the arguments of the running builtin that were written as such.
    pub written_elements: Vec<String>,
    /// The last coprocess, until it is waited for.
    pub coprocess: Option<crate::exec::Coprocess>,
    /// Assignments before a builtin that declares, of names it declares.
    pub declared_with: Vec<crate::exec::Temporary>,
    /// `command` runs a builtin: an error of a special one does not end a shell that follows POSIX.
    pub under_command: bool,
    /// Its output.
    output: RefCell<Vec<u8>>,
    /// Writing that output failed.
    output_failed: Cell<bool>,
    /// `getopts`: position inside the current argument.
    pub getopts_offset: usize,
    /// `BASH_COMMAND`, kept while somebody may ask for it.
    pub command_text: String,
    /// The last compound command did not run, because a redirection failed.
    pub redirection_refused: bool,
    /// A command around the running one has an input of its own, which commands in the background read too.
    pub input_redirected: bool,
    /// A program is being started that takes the shell's place.
    pub replaced: bool,
    /// Some text that was read names `BASH_COMMAND`.
    pub names_command: bool,
    /// The trap of the command that comes next has run, in the shell this one was forked from.
    pub debugged: bool,
    /// Numbers of pipes of process substitutions, open until the command that names them ends.
    pub held: Vec<i32>,
}

impl Shell {
    /// A shell that knows nothing yet but its open files.
    pub fn new(name: String, mode: Mode, descriptors: Descriptors) -> Self {
        let pid = berth_guest::getpid();
        let seed = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |now| now.subsec_nanos());
        Self {
            variables: Variables::default(),
            positional: Vec::new(),
            positional_set: false,
            script_arguments: Vec::new(),
            name,
            functions: BTreeMap::new(),
            exported_functions: BTreeSet::new(),
            foreign_environment: Vec::new(),
            disabled_builtins: BTreeSet::new(),
            completion: Specifications::default(),
            regexes: Regexes::default(),
            aliases: BTreeMap::new(),
            options: SetOptions::default(),
            shopt: ShellOptions::default(),
            mode,
            status: 0,
            trap_status: None,
            pipe_status: vec![0],
            substitution_status: None,
            descriptors,
            jobs: Jobs::default(),
            traps: Traps::default(),
            directory_stack: Vec::new(),
            working_directory: String::new(),
            told_where: true,
            line: 0,
            first_line: 1,
            frames: Vec::new(),
            loops: 0,
            loop_status: 0,
            failure_tolerated: 0,
            trace_level: 0,
            subshell_level: 0,
            is_child: false,
            shell_pid: pid,
            hashed: BTreeMap::new(),
            history: History::default(),
            keymap: SharedKeymap::default(),
            history_loaded: false,
            commands_read: 0,
            random: seed ^ pid.unsigned_abs(),
            started: Instant::now(),
            seconds_offset: 0,
            just_called: false,
            running_builtin: "",
            inherited_options: Vec::new(),
            becomes_program: false,
            muted: false,
            traced_negation: false,
            no_editing: false,
            written_elements: Vec::new(),
            coprocess: None,
            declared_with: Vec::new(),
            under_command: false,
            output: RefCell::default(),
            output_failed: Cell::new(false),
            getopts_offset: 0,
            command_text: String::new(),
            redirection_refused: false,
            input_redirected: false,
            replaced: false,
            names_command: false,
            debugged: false,
            held: Vec::new(),
        }
    }

    /// Remembers what `BASH_COMMAND` gives, if anybody may ask.
    pub(crate) fn note_command(&mut self, text: impl FnOnce() -> String) {
        if (self.names_command || !self.traps.is_empty()) && !self.traps.is_running() {
            self.command_text = text();
        }
    }

    /// `$_`
    pub fn set_last_argument(&mut self, text: String) {
        let variable = self.variables.entry("_");
        if !variable.attributes.readonly {
            variable.value = crate::variables::Value::Scalar(text);
            variable.attributes.exported = false;
        }
    }

    /// Whether a switch of `set` is on.
    pub fn option(&self, option: SetOption) -> bool {
        self.options.get(option)
    }

    /// Whether there is job control.
    pub fn job_control(&self) -> bool {
        self.option(SetOption::Monitor)
    }

    // ---- output ----

    /// Adds to the output of the running builtin.
    pub fn print(&mut self, text: &str) {
        self.print_bytes(&text::encode(text));
    }

    /// Adds a line to the output of the running builtin.
    pub fn print_line(&mut self, line: &str) {
        self.print(line);
        self.print("\n");
    }

    /// Adds bytes to the output of the running builtin.
    pub fn print_bytes(&mut self, bytes: &[u8]) {
        let output = self.output.get_mut();
        output.extend_from_slice(bytes);
        if output.len() >= OUTPUT_MAX_BYTES {
            let output = std::mem::take(output);
            self.write_output(&output);
        }
    }

    fn write_output(&self, output: &[u8]) {
        if output.is_empty() || self.output_failed.get() {
            return;
        }
        let result = match self.descriptors.get(1) {
            Some(file) => write_all(&file, output),
            None => Err(bad_descriptor()),
        };
        if let Err(error) = result {
            if UNCHECKED.contains(&self.running_builtin) {
                return;
            }
            self.output_failed.set(true);
            if error.kind() == io::ErrorKind::BrokenPipe && self.traps.ends(SIGPIPE) {
                // The signal says it.
                return;
            }
            let message = error_text(&error);
            self.error(&format!("{}: write error: {message}", self.running_builtin));
        }
    }

    /// Writes what builtins have printed; false when that failed.
    pub fn flush(&mut self) -> bool {
        let output = std::mem::take(self.output.get_mut());
        self.write_output(&output);
        !self.output_failed.take()
    }

    /// Writes the lines a builtin has printed so far, so that a complaint comes after them.
    fn write_whole_lines(&self) {
        let mut lines = self.output.take();
        let end = lines.iter().rposition(|byte| *byte == b'\n');
        let rest = lines.split_off(end.map_or(0, |end| end + 1));
        self.output.replace(rest);
        self.write_output(&lines);
    }

    /// Writes text to standard error.
    pub fn write_error(&self, text: &str) {
        if self.muted {
            return;
        }
        self.write_whole_lines();
        if let Some(file) = self.descriptors.get(2) {
            // There is nobody to tell that telling failed.
            let _ = write_all(&file, &text::encode(text));
        }
    }

    /// Writes a message to standard error with the shell's name and, in scripts, the line before it.
    pub fn error(&self, message: &str) {
        let prefix = self.error_prefix();
        self.write_error(&format!("{prefix}{message}\n"));
    }

    /// Whether the running code is from a file that was sourced: there nobody is addressed, not even in an interactive
    /// shell.
    pub fn runs_sourced_file(&self) -> bool {
        self.frames.iter().any(|frame| !frame.is_function)
    }

    fn error_prefix(&self) -> String {
        let name = self
            .frames
            .last()
            .map_or(self.name.as_str(), |frame| frame.source.as_str());
        if self.mode.interactive {
            let base = self.name.rsplit('/').next().unwrap_or(&self.name);
            return format!("{}: ", base.trim_start_matches('-'));
        }
        format!("{name}: line {}: ", self.line)
    }

    // ---- variables that are asked for by the shell itself ----

    /// A variable's text, for the shell's own use: without special variables and name references.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .and_then(|variable| variable.text())
    }

    /// `PATH`
    pub fn search_path(&self) -> String {
        self.setting("PATH").unwrap_or_default().to_owned()
    }

    /// The characters of `IFS`.
    pub fn field_separators(&self) -> String {
        self.setting("IFS").unwrap_or(" \t\n").to_owned()
    }

    /// What joins `"$*"`.
    pub fn star_separator(&self) -> String {
        match self.setting("IFS") {
            None => " ".to_owned(),
            Some(separators) => separators
                .chars()
                .next()
                .map(String::from)
                .unwrap_or_default(),
        }
    }

    /// The next number of `RANDOM`, 0 to 32767.
    pub fn next_random(&mut self) -> u32 {
        // Park and Miller's generator, as in bash.
        let state = if self.random == 0 {
            123_459_876
        } else {
            self.random & 0x7FFF_FFFF
        };
        let (high, low) = (i64::from(state) / 127_773, i64::from(state) % 127_773);
        let next = 16_807 * low - 2_836 * high;
        let next = if next < 0 { next + 0x7FFF_FFFF } else { next };
        self.random = u32::try_from(next).unwrap_or(1);
        ((self.random >> 16) ^ (self.random & 0xFFFF)) & 0x7FFF
    }

    /// Whether something more may run inside what runs now.
    ///
    /// # Errors
    /// [`Unwind::Discard`], with a message already given.
    pub fn check_stack(&self) -> Result<(), Unwind> {
        if crate::stack::is_exhausted() {
            self.error("maximum nesting level of commands exceeded");
            return Err(Unwind::Discard(1));
        }
        Ok(())
    }

    /// What follows an assignment that was refused: the end of a shell that follows POSIX and has no person.
    pub fn assignment_failed(&self) -> Unwind {
        if self.option(SetOption::Posix) && !self.mode.interactive && !self.under_command {
            Unwind::Exit(1)
        } else {
            Unwind::Discard(1)
        }
    }

    /// Whether code of a function runs.
    pub fn in_function(&self) -> bool {
        self.frames.iter().any(|frame| frame.is_function)
    }

    /// Name of the running function or `main`, for `FUNCNAME`.
    pub fn function_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .frames
            .iter()
            .rev()
            .map(|frame| frame.function.clone())
            .collect();
        if self.runs_script() {
            names.push("main".to_owned());
        }
        names
    }

    /// Whether commands come from a script file.
    pub fn runs_script(&self) -> bool {
        !self.mode.command_string && !self.mode.from_stdin
    }

    /// The file running code is from, as `BASH_SOURCE` shows it.
    pub fn current_source(&self) -> String {
        match self.frames.last() {
            Some(frame) => frame.source.clone(),
            None if self.runs_script() => self.name.clone(),
            None if self.mode.command_string => "environment".to_owned(),
            None => "main".to_owned(),
        }
    }
}

/// The error of a number that is not open.
pub fn bad_descriptor() -> io::Error {
    #[cfg(unix)]
    const EBADF: i32 = 9;
    #[cfg(target_os = "wasi")]
    const EBADF: i32 = 8;
    io::Error::from_raw_os_error(EBADF)
}
