//! How a shell begins: its command line, its environment, the files it reads first.

use crate::descriptors::{Descriptors, error_text};
use crate::exec_text::{COMMAND_STRING, Source};
use crate::files;
use crate::options::{SetOption, SetOptions};
use crate::parameters::BASH_VERSION;
use crate::parse::{self, Input};
use crate::prompt::{DEFAULT_PS1, DEFAULT_PS2, SYSTEM_PS1};
use crate::shell::{KnownFunction, Mode, Shell, Unwind};
use crate::text;
use crate::variables::{Value, Variable};

/// Where commands are looked for when the environment says nothing.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Name of a variable that carries a function.
const FUNCTION_PREFIX: &str = "BASH_FUNC_";
const FUNCTION_SUFFIX: &str = "%%";
/// Long options, as the usage shows them.
const LONG_OPTIONS: [&str; 16] = [
    "debug",
    "debugger",
    "dump-po-strings",
    "dump-strings",
    "help",
    "init-file",
    "login",
    "noediting",
    "noprofile",
    "norc",
    "posix",
    "pretty-print",
    "rcfile",
    "restricted",
    "verbose",
    "version",
];
/// How much of a script is looked at to see whether it is text.
const SNIFFED_BYTES: usize = 80;

/// What the command line asks for.
#[derive(Debug, Default)]
struct Invocation {
    mode: Mode,
    command: Option<String>,
    operands: Vec<String>,
    options: Vec<(SetOption, bool)>,
    shopts: Vec<(String, bool)>,
    no_rc: bool,
    no_profile: bool,
    rc_file: Option<String>,
    forced_interactive: bool,
    /// `-r`
    restricted: bool,
    no_editing: bool,
}

/// What the command line asks for, or the status to end with at once.
enum Parsed {
    Run(Invocation),
    End(i32),
}

/// Runs a shell with this command line, the program's own name first; gives its status.
pub fn run(arguments: Vec<String>) -> i32 {
    let zeroth = arguments
        .first()
        .cloned()
        .unwrap_or_else(|| "bash".to_owned());
    let invocation = match parse_arguments(&zeroth, &arguments) {
        Parsed::Run(invocation) => invocation,
        Parsed::End(status) => return status,
    };
    let mut shell = Shell::new(zeroth, Mode::default(), Descriptors::inherited());
    shell.import(
        std::env::vars_os().map(|(name, value)| (text::from_os(&name), text::from_os(&value))),
    );
    shell.begin(invocation)
}

fn parse_arguments(zeroth: &str, arguments: &[String]) -> Parsed {
    let mut invocation = Invocation::default();
    let base = zeroth.rsplit('/').next().unwrap_or_default();
    invocation.mode.login = base.starts_with('-');
    invocation.restricted = base.trim_start_matches('-') == "rbash";
    invocation.mode.called_sh = matches!(base.trim_start_matches('-'), "sh");
    let mut takes_command = false;
    let mut from_stdin = false;
    let mut index = 1;
    while let Some(word) = arguments.get(index) {
        if word == "-" || word == "--" {
            index += 1;
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            index += 1;
            match long {
                "login" => invocation.mode.login = true,
                "norc" => invocation.no_rc = true,
                "noprofile" => invocation.no_profile = true,
                "posix" => invocation.options.push((SetOption::Posix, true)),
                "verbose" => invocation.options.push((SetOption::Verbose, true)),
                "restricted" => invocation.restricted = true,
                "noediting" => invocation.no_editing = true,
                "debugger" => {}
                "rcfile" | "init-file" => {
                    invocation.rc_file = arguments.get(index).cloned();
                    index += 1;
                }
                "version" => {
                    let text = format!(
                        "Berth shell, bash language version {}.{}.{}({})-{} ({})\n",
                        BASH_VERSION[0],
                        BASH_VERSION[1],
                        BASH_VERSION[2],
                        BASH_VERSION[3],
                        BASH_VERSION[4],
                        BASH_VERSION[5]
                    );
                    return Parsed::End(say(1, &text, 0));
                }
                "help" => {
                    return Parsed::End(say(1, &usage(zeroth), 0));
                }
                _ => return invalid_option(zeroth, word),
            }
            continue;
        }
        let Some(letters) = word
            .strip_prefix(['-', '+'])
            .filter(|letters| !letters.is_empty())
        else {
            break;
        };
        let on = word.starts_with('-');
        index += 1;
        for letter in letters.chars() {
            match letter {
                'c' => takes_command = true,
                's' => from_stdin = true,
                'i' => invocation.forced_interactive = true,
                'l' => invocation.mode.login = true,
                'r' => invocation.restricted = on,
                'D' => {}
                'o' => {
                    let Some(name) = arguments.get(index) else {
                        continue;
                    };
                    index += 1;
                    match SetOptions::by_name(name) {
                        Some(option) => invocation.options.push((option, on)),
                        None => {
                            return Parsed::End(say(
                                2,
                                &format!(
                                    "{zeroth}: line 0: {zeroth}: {name}: invalid option name\n"
                                ),
                                2,
                            ));
                        }
                    }
                }
                'O' => {
                    if let Some(name) = arguments.get(index) {
                        invocation.shopts.push((name.clone(), on));
                        index += 1;
                    }
                }
                letter => match SetOptions::by_letter(letter) {
                    Some(option) => invocation.options.push((option, on)),
                    None => return invalid_option(zeroth, &format!("-{letter}")),
                },
            }
        }
    }
    invocation.operands = arguments.get(index..).unwrap_or_default().to_vec();
    if takes_command {
        if invocation.operands.is_empty() {
            return Parsed::End(say(
                2,
                &format!("{zeroth}: -c: option requires an argument\n"),
                2,
            ));
        }
        invocation.command = Some(invocation.operands.remove(0));
        invocation.mode.command_string = true;
    } else {
        invocation.mode.from_stdin = from_stdin || invocation.operands.is_empty();
    }
    Parsed::Run(invocation)
}

fn invalid_option(zeroth: &str, word: &str) -> Parsed {
    let text = format!("{zeroth}: {word}: invalid option\n{}", usage(zeroth));
    Parsed::End(say(2, &text, 2))
}

/// How the shell is called.
fn usage(zeroth: &str) -> String {
    let mut text = format!(
        "Usage:\t{zeroth} [GNU long option] [option] ...\n\t{zeroth} [GNU long option] [option] script-file ...\n\
         GNU long options:\n"
    );
    for option in LONG_OPTIONS {
        text.push_str(&format!("\t--{option}\n"));
    }
    text.push_str(
        "Shell options:\n\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)\n\
         \t-abefhkmnptuvxBCEHPT or -o option\n",
    );
    text
}

/// Writes a message before there is a shell; gives the status.
fn say(descriptor: i32, message: &str, status: i32) -> i32 {
    let all = Descriptors::inherited();
    if let Some(file) = all.get(descriptor) {
        // There is nobody to tell that telling failed.
        let _ = crate::descriptors::write_all(&file, message.as_bytes());
    }
    status
}

impl Shell {
    /// Takes over the environment.
    fn import(&mut self, environment: impl Iterator<Item = (String, String)>) {
        for (name, value) in environment {
            if let Some(function) = name
                .strip_prefix(FUNCTION_PREFIX)
                .and_then(|name| name.strip_suffix(FUNCTION_SUFFIX))
            {
                self.import_function(function, &value);
                continue;
            }
            if !text::is_name(&name) {
                self.foreign_environment.push((name, value));
                continue;
            }
            match name.as_str() {
                "SHELLOPTS" => {
                    let options = value.split(':').filter_map(SetOptions::by_name);
                    self.inherited_options.extend(options);
                    continue;
                }
                "BASHOPTS" => {
                    for option in value.split(':') {
                        self.shopt.set(option, true);
                    }
                    continue;
                }
                _ => {}
            }
            // Of no use to a shell that knows it to be gone.
            if name == "OLDPWD" && !files::is_directory(&value) {
                continue;
            }
            let mut variable = Variable::scalar(value);
            variable.attributes.exported = true;
            *self.variables.entry(&name) = variable;
        }
        self.initialise();
    }

    fn import_function(&mut self, name: &str, value: &str) {
        if !value.starts_with("() {") {
            return;
        }
        let mut input = Input::from_text(&format!("{name} {value}"), 1);
        let mut host = self.plain_host();
        // Text that is no function is no error of this shell.
        if let Ok(Some(list)) = parse::next_command(&mut input, &mut host)
            && let [item] = list.items.as_slice()
            && let [command] = item.and_or.first.commands.as_slice()
            && let parse::ast::CommandKind::Function(function) = &command.kind
        {
            let known = KnownFunction {
                function: std::rc::Rc::clone(function),
                source: "environment".into(),
                line: 0,
                traced: false,
                readonly: false,
            };
            self.functions.insert(name.to_owned(), known);
            self.exported_functions.insert(name.to_owned());
        }
    }

    /// Variables every shell has.
    fn initialise(&mut self) {
        let set = |shell: &mut Self, name: &str, value: &str| {
            shell.variables.entry(name).value = Value::Scalar(value.to_owned());
        };
        let level = self
            .setting("SHLVL")
            .and_then(|level| level.parse::<i64>().ok())
            .unwrap_or(0);
        set(self, "SHLVL", &(level + 1).to_string());
        self.variables.entry("SHLVL").attributes.exported = true;
        set(self, "IFS", " \t\n");
        set(self, "PS4", "+ ");
        set(self, "OPTIND", "1");
        self.variables.entry("OPTIND").attributes.integer = true;
        set(self, "OPTERR", "1");
        let version = format!(
            "{}.{}.{}({})-{}",
            BASH_VERSION[0], BASH_VERSION[1], BASH_VERSION[2], BASH_VERSION[3], BASH_VERSION[4]
        );
        set(self, "BASH_VERSION", &version);
        let elements = BASH_VERSION
            .iter()
            .enumerate()
            .map(|(index, part)| (index as u64, (*part).to_owned()))
            .collect();
        self.variables.entry("BASH_VERSINFO").value = Value::Indexed(elements);
        self.variables.entry("BASH_VERSINFO").attributes.readonly = true;
        let name = self.name.trim_start_matches('-').to_owned();
        set(
            self,
            "BASH",
            &files::find_command(&name, self.setting("PATH").unwrap_or(DEFAULT_PATH))
                .unwrap_or(name),
        );
        for (variable, value) in [
            ("HOSTTYPE", "wasm32"),
            // Scripts look here whether they are among their own, and they are.
            ("OSTYPE", "linux-gnu"),
            ("COMP_WORDBREAKS", crate::completion::WORD_BREAKS),
            ("BASH_LOADABLES_PATH", "/usr/local/lib/bash"),
            ("MACHTYPE", BASH_VERSION[5]),
        ] {
            set(self, variable, value);
        }
        let user = files::effective_user().to_string();
        for (variable, value) in [
            ("UID", user.clone()),
            ("EUID", user),
            ("PPID", berth_guest::getppid().to_string()),
        ] {
            set(self, variable, &value);
            let attributes = &mut self.variables.entry(variable).attributes;
            attributes.readonly = true;
            attributes.integer = true;
        }
        let zeroth = self.name.clone();
        let user = files::current_user();
        let shell = user.as_ref().map_or("/bin/sh", |user| user.shell.as_str());
        for (variable, value) in [("_", zeroth.as_str()), ("TERM", "dumb"), ("SHELL", shell)] {
            if self.setting(variable).is_none() {
                set(self, variable, value);
            }
        }
        self.variables.entry("_").attributes.exported = false;
        if self.setting("PATH").is_none() {
            set(self, "PATH", DEFAULT_PATH);
        }
        if self.setting("HOSTNAME").is_none() {
            let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
            // Else the kernel tells the session's name in one place: the last word here.
            let name = name
                .or_else(|_| std::fs::read_to_string("/proc/version"))
                .unwrap_or_default();
            let name = name.split_whitespace().next_back().unwrap_or("localhost");
            set(self, "HOSTNAME", name);
        }
        self.find_working_directory();
    }

    /// `PWD` of the environment if it is right, else what the kernel says.
    fn find_working_directory(&mut self) {
        let physical = berth_guest::getcwd()
            .map(text::decode_owned)
            .unwrap_or_default();
        let inherited = self.setting("PWD").unwrap_or_default().to_owned();
        let same = inherited.starts_with('/')
            && (inherited == physical
                || std::fs::canonicalize(text::os(&inherited))
                    .is_ok_and(|path| path == text::os(&physical)));
        self.working_directory = if same { inherited } else { physical };
        let variable = self.variables.entry("PWD");
        variable.value = Value::Scalar(self.working_directory.clone());
        variable.attributes.exported = true;
        self.variables.entry("OLDPWD").attributes.exported = true;
    }

    /// Does what the command line asks for; gives the status the shell ends with.
    fn begin(&mut self, invocation: Invocation) -> i32 {
        self.mode = invocation.mode.clone();
        let terminals = self.descriptors.is_terminal(0) && self.descriptors.is_terminal(2);
        self.mode.interactive =
            invocation.forced_interactive || (self.mode.from_stdin && terminals);
        if self.mode.called_sh {
            crate::builtins::settings::apply(self, SetOption::Posix, true);
        }
        if (self.mode.interactive || self.mode.login)
            && self.setting("HOME").is_none()
            && let Some(home) = files::home()
        {
            self.variables.entry("HOME").value = Value::Scalar(home);
        }
        if self.mode.interactive {
            let told = if invocation.mode.login {
                invocation.no_profile
            } else {
                invocation.no_rc || invocation.rc_file.is_some() || invocation.mode.called_sh
            };
            self.become_interactive(if told { DEFAULT_PS1 } else { SYSTEM_PS1 });
        } else {
            self.traps.keep_ignored();
            // Scripts look at it to see whether there is a person.
            for name in ["PS1", "PS2"] {
                self.variables.unset(name);
            }
        }
        self.no_editing = invocation.no_editing;
        for option in std::mem::take(&mut self.inherited_options) {
            crate::builtins::settings::apply(self, option, true);
        }
        for (option, on) in &invocation.options {
            crate::builtins::settings::apply(self, *option, *on);
        }
        for (name, on) in &invocation.shopts {
            if !self.shopt.set(name, *on) {
                self.error(&format!("{name}: invalid shell option name"));
                return crate::builtins::USAGE_STATUS;
            }
        }
        if self.mode.login {
            self.shopt.set("login_shell", true);
        }
        let mut operands = invocation.operands.clone();
        let script = if self.mode.command_string {
            if !operands.is_empty() {
                self.name = operands.remove(0);
            }
            None
        } else if self.mode.from_stdin {
            None
        } else {
            Some(operands.remove(0))
        };
        self.positional.clone_from(&operands);
        self.script_arguments = operands;
        let result = self.begin_reading(&invocation, script);
        self.end(result)
    }

    fn begin_reading(
        &mut self,
        invocation: &Invocation,
        script: Option<String>,
    ) -> Result<i32, Unwind> {
        if let Some(end) = self.read_startup_files(invocation) {
            return Err(end);
        }
        if invocation.restricted {
            self.restrict();
        }
        if let Some(command) = &invocation.command {
            return self.run_source(Source::Text {
                text: command.clone(),
                what: Some(COMMAND_STRING),
            });
        }
        if let Some(path) = script {
            return self.run_script(&path);
        }
        if self.mode.interactive {
            return self.run_interactively();
        }
        self.run_source(Source::StandardInput)
    }

    /// What makes a shell interactive besides its prompt.
    fn become_interactive(&mut self, prompt: &str) {
        self.shopt.set("expand_aliases", true);
        for option in [SetOption::History, SetOption::HistExpand, SetOption::Emacs] {
            self.options.set(option, true);
        }
        if self.setting("PS1").is_none() {
            self.variables.entry("PS1").value = Value::Scalar(prompt.to_owned());
        }
        if self.setting("PS2").is_none() {
            self.variables.entry("PS2").value = Value::Scalar(DEFAULT_PS2.to_owned());
        }
        if self.setting("HISTFILE").is_none()
            && let Some(home) = self.setting("HOME")
        {
            let path = format!("{home}/.bash_history");
            self.variables.entry("HISTFILE").value = Value::Scalar(path);
        }
        self.traps.become_interactive();
        self.control_jobs();
    }

    /// Runs the files a shell reads before anything else; gives what ended it, if anything did.
    fn read_startup_files(&mut self, invocation: &Invocation) -> Option<Unwind> {
        let home = self.setting("HOME").unwrap_or("/").to_owned();
        let mut files = Vec::new();
        if self.mode.login && !invocation.no_profile {
            files.push("/etc/profile".to_owned());
            let own =
                [".bash_profile", ".bash_login", ".profile"].map(|name| format!("{home}/{name}"));
            let own = if self.mode.called_sh {
                own.into_iter().skip(2).collect::<Vec<_>>()
            } else {
                own.into()
            };
            files.extend(own.into_iter().find(|path| files::metadata(path).is_ok()));
        } else if self.mode.interactive && !self.mode.called_sh && !invocation.no_rc {
            match &invocation.rc_file {
                Some(path) => files.push(path.clone()),
                None => files.extend(["/etc/bash.bashrc".to_owned(), format!("{home}/.bashrc")]),
            }
        } else if !self.mode.interactive
            && !self.mode.called_sh
            && let Some(path) = self
                .setting("BASH_ENV")
                .filter(|path| !path.is_empty())
                .map(str::to_owned)
        {
            files.extend(self.expand_text(&path).ok());
        }
        for path in files {
            let Ok(contents) = std::fs::read(text::os(&path)) else {
                continue;
            };
            match self.source_text(&path, &text::decode_owned(contents), None) {
                Ok(status) => self.status = status,
                Err(end @ Unwind::Exit(_)) => return Some(end),
                Err(_) => {}
            }
        }
        None
    }

    /// Runs a script from a file.
    fn run_script(&mut self, path: &str) -> Result<i32, Unwind> {
        let zeroth = std::mem::replace(&mut self.name, path.to_owned());
        let found = if files::metadata(path).is_err() && !path.contains('/') {
            files::find_unusable(path, &self.search_path()).unwrap_or_else(|| path.to_owned())
        } else {
            path.to_owned()
        };
        let told = |shell: &Self, reason: &str, status| {
            shell.write_error(&format!("{zeroth}: {path}: {reason}\n"));
            Err(Unwind::Exit(status))
        };
        if files::is_directory(&found) {
            return told(self, "Is a directory", 126);
        }
        match std::fs::read(text::os(&found)) {
            Ok(contents) => {
                let start = contents
                    .get(..SNIFFED_BYTES.min(contents.len()))
                    .unwrap_or_default();
                if start
                    .split(|byte| *byte == b'\n')
                    .next()
                    .is_some_and(|line| line.contains(&0))
                {
                    return told(self, "cannot execute binary file", 126);
                }
                self.run_source(Source::Text {
                    text: text::decode_owned(contents),
                    what: None,
                })
            }
            Err(error) => {
                let status = if error.kind() == std::io::ErrorKind::NotFound {
                    127
                } else {
                    126
                };
                told(self, &error_text(&error), status)
            }
        }
    }

    /// In a forked child: starts over as a shell that runs a script, with nothing but the environment left.
    pub(crate) fn become_script(
        &mut self,
        path: &str,
        words: &[String],
        temporaries: &[crate::exec::Temporary],
    ) -> i32 {
        let environment: Vec<(String, String)> = self
            .environment_with(path, temporaries)
            .iter()
            .filter_map(|entry| {
                let entry = text::decode(entry);
                entry
                    .split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect();
        let descriptors = std::mem::take(&mut self.descriptors);
        let mut fresh = Shell::new(self.name.clone(), Mode::default(), descriptors);
        fresh.import(environment.into_iter());
        fresh.traps.keep_ignored();
        fresh.positional = words.get(1..).unwrap_or_default().to_vec();
        let result = fresh.run_script(path);
        fresh.end(result)
    }

    /// The end of a shell: its trap, its history; gives its status.
    fn end(&mut self, result: Result<i32, Unwind>) -> i32 {
        let status = match result {
            Ok(status)
            | Err(
                Unwind::Exit(status)
                | Unwind::Return(status)
                | Unwind::Discard(status)
                | Unwind::Abandon(status)
                | Unwind::Fatal(status),
            ) => status,
            Err(Unwind::Break(_) | Unwind::Continue(_)) => self.status,
        };
        self.end_while_waiting();
        let status = self.run_exit_trap(status);
        self.flush();
        if self.mode.interactive || self.option(SetOption::History) {
            self.save_history();
        }
        status & 0xFF
    }
}
