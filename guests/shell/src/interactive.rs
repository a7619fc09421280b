//! The loop of an interactive shell: prompt, line, command.

use std::os::fd::AsFd;

use crate::edit::{
    Completions, Console, Edited, Editor, FILE_LINES_DEFAULT, History, HistoryControl, Host,
    ReadLine, Wake, join_lines,
};
use crate::history_expansion;
use crate::options::SetOption;
use crate::parse::{self, Input, Interrupted, ParseHost};
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::{Event, SIGHUP, SIGINT};
use crate::variables::Value;

/// `^D` typed that often in a row ends a shell with `ignoreeof`, when `IGNOREEOF` says nothing.
pub const IGNORED_ENDS_DEFAULT: u32 = 10;

/// What is run before every prompt.
pub(crate) const PROMPT_COMMAND: &str = "PROMPT_COMMAND";

impl Shell {
    /// Takes part in job control, when there is a terminal.
    pub(crate) fn control_jobs(&mut self) {
        let Some(terminal) = self.descriptors.get(0) else {
            return;
        };
        let attributes = match berth_guest::tty_attributes(terminal.as_fd()) {
            Ok(attributes) => attributes,
            Err(error) => {
                self.tell_of_no_terminal(&error);
                return;
            }
        };
        let pid = berth_guest::getpid();
        if berth_guest::getpgid(0).is_ok_and(|group| group != pid) {
            // The leader of a session leads its group already and may not change it.
            let _ = berth_guest::setpgid(0, 0);
        }
        let Ok(group) = berth_guest::getpgid(0) else {
            return;
        };
        if berth_guest::set_tty_foreground(terminal.as_fd(), group).is_err() {
            self.write_error("bash: no job control in this shell\n");
            return;
        }
        self.jobs.terminal_attributes = Some(attributes);
        self.options.set(SetOption::Monitor, true);
    }

    /// Says that there is no job control, unless there is a terminal after all.
    fn tell_of_no_terminal(&self, error: &std::io::Error) {
        let has_terminal = self.descriptors.is_terminal(2)
            || std::fs::File::open("/dev/tty")
                .is_ok_and(|terminal| berth_guest::tty_attributes(terminal.as_fd()).is_ok());
        if !has_terminal {
            let group = berth_guest::getpgid(0).unwrap_or(-1);
            let reason = crate::descriptors::error_text(error);
            self.error(&format!(
                "cannot set terminal process group ({group}): {reason}"
            ));
            self.error("no job control in this shell");
        }
    }

    /// Reads commands from a person until they have enough.
    ///
    /// # Errors
    /// What ends the shell.
    pub(crate) fn run_interactively(&mut self) -> Outcome {
        self.load_history();
        self.update_window_size();
        let mut editor = self.editor();
        let mut input = Input::from_host();
        let mut ends = 0;
        loop {
            let mut host = PersonHost {
                shell: self,
                editor: editor.as_mut(),
                typed: String::new(),
            };
            let parsed = parse::next_command(&mut input, &mut host);
            let typed = std::mem::take(&mut host.typed);
            if !typed.trim().is_empty() {
                self.remember(&typed);
            }
            let list = match parsed {
                Ok(Some(list)) => list,
                Ok(None) if self.traps.hungup => return Err(Unwind::Exit(128 + i32::from(SIGHUP))),
                Ok(None) => {
                    ends += 1;
                    if editor.is_none() || self.may_end(ends) {
                        self.write_error(if self.mode.login {
                            "logout\n"
                        } else {
                            "exit\n"
                        });
                        return Ok(self.status);
                    }
                    input = Input::from_host();
                    continue;
                }
                Err(parse::ParseFailure::Interrupted) => {
                    input.discard();
                    self.status = 130;
                    if let Err(end @ Unwind::Exit(_)) = self.run_trap(Event::Signal(SIGINT)) {
                        return Err(end);
                    }
                    continue;
                }
                Err(failure) => {
                    self.report_syntax_error(&failure, None);
                    input.discard();
                    self.status = 2;
                    continue;
                }
            };
            ends = 0;
            let result = self.run_list(&list);
            self.commands_read += 1;
            match result {
                Ok(status) => self.status = status,
                Err(Unwind::Discard(status) | Unwind::Abandon(status) | Unwind::Fatal(status)) => {
                    self.status = if status == 127 { 1 } else { status };
                    input.discard();
                }
                Err(Unwind::Break(_) | Unwind::Continue(_)) => {}
                Err(Unwind::Return(status)) => self.status = status,
                Err(Unwind::Exit(status)) => return Err(Unwind::Exit(status)),
            }
            // A `^C` that ended the last command has done its work.
            self.traps.interrupted = false;
            self.traps.interruption_shown = false;
            self.loops = 0;
            self.failure_tolerated = 0;
            self.flush();
        }
    }

    /// Whether `^D` ends the shell: not with stopped jobs at the first time, nor as `IGNOREEOF` says.
    fn may_end(&mut self, ends: u32) -> bool {
        let most = match self.setting("IGNOREEOF") {
            Some(text) => text.parse().unwrap_or(IGNORED_ENDS_DEFAULT),
            None if self.option(SetOption::IgnoreEof) => IGNORED_ENDS_DEFAULT,
            None => 0,
        };
        if ends <= most {
            let word = if self.mode.login { "logout" } else { "exit" };
            self.write_error(&format!("Use \"{word}\" to leave the shell.\n"));
            return false;
        }
        let stopped = self
            .jobs
            .list()
            .iter()
            .any(|job| matches!(job.state(), crate::jobs::State::Stopped(_)));
        if stopped && ends == most + 1 {
            self.write_error("There are stopped jobs.\n");
            return false;
        }
        true
    }

    /// An editor, when there is a terminal; without one lines are read as they come.
    fn editor(&mut self) -> Option<Editor> {
        let (input, output) = (self.descriptors.get(0)?, self.descriptors.get(2)?);
        let terminal = self.descriptors.is_terminal(0) && self.descriptors.is_terminal(2);
        (terminal && !self.no_editing)
            .then(|| Editor::new(Box::new(Console::new(input, output)), self.keymap()))
    }

    /// Reads the file of the history, once.
    pub(crate) fn load_history(&mut self) {
        if std::mem::replace(&mut self.history_loaded, true) {
            return;
        }
        let size = self.setting("HISTSIZE").and_then(|size| size.parse().ok());
        self.history.limit(size);
        if let Some(path) = self.setting("HISTFILE").map(str::to_owned) {
            // There is none before the first command.
            let _ = self.history.read(&path);
        }
    }

    /// Under `set -o history`, adds a line that was read to the history: bash does so before it knows the command.
    pub(crate) fn remember_line(&mut self, line: &str, continued: bool) {
        if !self.option(SetOption::History) {
            return;
        }
        let line = line.trim_end_matches('\n');
        if continued {
            self.history.continue_last(line);
            return;
        }
        let control = HistoryControl::parse(Some(self.setting("HISTCONTROL").unwrap_or_default()));
        self.history.add_typed(line, control);
    }

    /// Adds a command to the history and its file, unless `HISTCONTROL` keeps it out.
    fn remember(&mut self, typed: &str) {
        if !self.option(SetOption::History) {
            return;
        }
        let control = HistoryControl::parse(Some(self.setting("HISTCONTROL").unwrap_or_default()));
        self.history.with_times = self.setting("HISTTIMEFORMAT").is_some();
        let joined;
        let typed = if self.shopt.get("cmdhist") && !self.shopt.get("lithist") {
            let mut lines = typed.trim_end_matches('\n').split('\n');
            let first = lines.next().unwrap_or_default().to_owned();
            joined = lines.fold(first, |before, line| join_lines(&before, line));
            &joined
        } else {
            typed
        };
        if self.is_ignored_in_history(typed) {
            return;
        }
        if self.history.add_typed(typed, control)
            && let Some(path) = self.setting("HISTFILE").map(str::to_owned)
        {
            // A history that cannot be kept is no reason to stop a person.
            let _ = self.history.append_new(&path);
        }
    }

    /// Whether a pattern of `HISTIGNORE` matches a line.
    fn is_ignored_in_history(&self, line: &str) -> bool {
        let Some(patterns) = self.setting("HISTIGNORE") else {
            return false;
        };
        let line = line.trim_end_matches('\n');
        let last = self.history.iter().next_back().unwrap_or_default();
        patterns.split(':').any(|pattern| {
            let mut text = String::new();
            let mut characters = pattern.chars();
            while let Some(character) = characters.next() {
                match character {
                    '\\' => {
                        text.push('\\');
                        text.extend(characters.next());
                    }
                    '&' => crate::pattern::escape_into(&mut text, last),
                    other => text.push(other),
                }
            }
            let options = crate::pattern::PatternOptions {
                extended: self.shopt.get("extglob"),
                ignore_case: false,
            };
            !text.is_empty() && crate::pattern::Pattern::new(&text, options).matches(line)
        })
    }

    /// At the end of the shell: what is not in the file yet, and the file cut to its size.
    pub(crate) fn save_history(&mut self) {
        let Some(path) = self.setting("HISTFILE").map(str::to_owned) else {
            return;
        };
        let most = self
            .setting("HISTFILESIZE")
            .and_then(|size| size.parse().ok())
            .unwrap_or(FILE_LINES_DEFAULT);
        // As in `remember`.
        let _ = self.history.append_new(&path);
        let _ = History::shorten_file(&path, most);
    }

    /// `LINES` and `COLUMNS` follow the terminal.
    pub(crate) fn update_window_size(&mut self) {
        self.traps.resized = false;
        let Some(terminal) = self.descriptors.get(0) else {
            return;
        };
        let Ok(size) = berth_guest::tty_window_size(terminal.as_fd()) else {
            return;
        };
        if size.rows > 0 && size.columns > 0 {
            self.variables.entry("LINES").value = Value::Scalar(size.rows.to_string());
            self.variables.entry("COLUMNS").value = Value::Scalar(size.columns.to_string());
        }
    }

    /// Runs `PROMPT_COMMAND`, a text or an array of them.
    fn run_prompt_command(&mut self) {
        let commands: Vec<String> = self
            .elements(PROMPT_COMMAND)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, command)| command)
            .collect();
        let status = self.status;
        let last_argument = self.setting("_").unwrap_or_default().to_owned();
        for command in commands {
            // Whatever it does, there will be a prompt.
            let _ = self.run_text(&command, 1, PROMPT_COMMAND);
            self.flush();
        }
        self.status = status;
        self.set_last_argument(last_argument);
    }

    /// Whether lines that come from no terminal are shown as they would be on one: an editor of lines does that.
    fn echoes_lines(&self) -> bool {
        !self.no_editing && (self.option(SetOption::Emacs) || self.option(SetOption::Vi))
    }

    /// The prompt for a new command or for more of one.
    fn prompt(&mut self, continued: bool) -> String {
        let (name, default) = if continued {
            ("PS2", crate::prompt::DEFAULT_PS2)
        } else {
            ("PS1", "")
        };
        let source = self.setting(name).unwrap_or(default).to_owned();
        self.expand_prompt(&source).unwrap_or(source)
    }
}

/// A shell and its editor as the host of a parser.
struct PersonHost<'a> {
    shell: &'a mut Shell,
    editor: Option<&'a mut Editor>,
    /// Everything typed for this command.
    typed: String,
}

impl PersonHost<'_> {
    /// Puts in what `!` stands for, and shows the line that is meant. What cannot be done, or is only to be shown, is
    /// not run.
    fn expand_history(&mut self, line: String) -> Result<String, Interrupted> {
        let entries: Vec<&str> = self.shell.history.iter().collect();
        match history_expansion::expand(&line, &entries, self.shell.history.first_number()) {
            Ok(None) => Ok(line),
            Ok(Some(expanded)) => {
                self.shell.write_error(&format!("{}\n", expanded.line));
                if expanded.only_shown {
                    self.shell.remember(&expanded.line);
                    return Ok(String::new());
                }
                Ok(expanded.line)
            }
            Err(message) => {
                self.shell.error(&message);
                Err(Interrupted)
            }
        }
    }

    fn read_line(&mut self, prompt: &str) -> ReadLine {
        if let Some(editor) = &mut self.editor {
            return editor.read_line(self.shell, prompt);
        }
        self.shell.write_error(prompt);
        match self.shell.read_line_plainly() {
            Ok(Some(line)) => {
                if self.shell.echoes_lines() {
                    self.shell.write_error(&format!("{line}\n"));
                }
                ReadLine::Line(line)
            }
            Ok(None) => ReadLine::EndOfFile,
            Err(_) => ReadLine::Interrupted,
        }
    }
}

impl ParseHost for PersonHost<'_> {
    fn alias(&self, name: &str) -> Option<String> {
        if self.shell.shopt.get("expand_aliases") {
            self.shell.alias_of(name)
        } else {
            None
        }
    }

    fn keyword_assignments(&self) -> bool {
        self.shell.option(SetOption::Keyword)
    }

    fn extended_globs(&self) -> bool {
        self.shell.shopt.get("extglob")
    }

    fn posix(&self) -> bool {
        self.shell.posix()
    }

    fn read_more(&mut self, continued: bool) -> Result<Option<String>, Interrupted> {
        if !continued {
            self.shell.run_prompt_command();
            self.shell.tell_of_jobs();
        }
        let prompt = self.shell.prompt(continued);
        let line = self.read_line(&prompt);
        if self.shell.traps.resized {
            self.shell.update_window_size();
        }
        match line {
            ReadLine::Line(mut line) => {
                if self.shell.option(SetOption::HistExpand) && self.shell.option(SetOption::History)
                {
                    line = self.expand_history(line)?;
                }
                line.push('\n');
                self.typed.push_str(&line);
                Ok(Some(line))
            }
            ReadLine::Interrupted => Err(Interrupted),
            ReadLine::EndOfFile => Ok(None),
            ReadLine::Hangup => {
                self.shell.traps.hungup = true;
                Ok(None)
            }
        }
    }
}

impl Host for Shell {
    fn complete(&mut self, line: &str, cursor: usize) -> Completions {
        self.completions(line, cursor)
    }

    fn signalled(&mut self) -> Wake {
        self.traps.collect();
        let mut wake = Wake {
            interrupted: std::mem::take(&mut self.traps.interrupted),
            hangup: self.traps.hungup,
            notice: String::new(),
        };
        if self.option(SetOption::Notify) {
            wake.notice = self.changed_jobs();
        }
        wake
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn run_bound(&mut self, command: &str, edited: &mut Edited) {
        let point = edited.line[..edited.cursor].chars().count();
        for (name, value) in [
            ("READLINE_LINE", edited.line.clone()),
            ("READLINE_POINT", point.to_string()),
        ] {
            let variable = self.variables.entry(name);
            variable.value = Value::Scalar(value);
            variable.attributes.exported = true;
        }
        let status = self.status;
        // Whatever it does, the line is edited on.
        let _ = self.run_text(command, 1, "bind");
        self.flush();
        self.status = status;
        if let Some(line) = self.setting("READLINE_LINE") {
            edited.line = line.to_owned();
        }
        let point: usize = self
            .setting("READLINE_POINT")
            .and_then(|point| point.parse().ok())
            .unwrap_or(usize::MAX);
        edited.cursor = edited
            .line
            .char_indices()
            .nth(point)
            .map_or(edited.line.len(), |(offset, _)| offset);
        for name in ["READLINE_LINE", "READLINE_POINT"] {
            self.variables.unset(name);
        }
    }
}
