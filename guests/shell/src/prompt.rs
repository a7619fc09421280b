//! Prompts: `PS1` and its sisters.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::edit::{HIDDEN_END, HIDDEN_START};
use crate::escapes::{Dialect, escape};
use crate::parameters::BASH_VERSION;
use crate::shell::{Shell, Unwind};
use crate::text;

/// `PS1` of a shell that reads no files when it starts.
pub const DEFAULT_PS1: &str = "\\s-\\v\\$ ";
/// `PS1` of any other, unless the files say something else. Debian's file for all people sets it; here there need be none.
pub const SYSTEM_PS1: &str = "${debian_chroot:+($debian_chroot)}\\u@\\h:\\w\\$ ";
/// `PS2` of a shell that was told nothing else.
pub const DEFAULT_PS2: &str = "> ";

impl Shell {
    /// A prompt as it is shown: backslash escapes, then expansions.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_prompt(&mut self, prompt: &str) -> Result<String, Unwind> {
        self.expand_prompt_with(prompt, true)
    }

    fn expand_prompt_with(&mut self, prompt: &str, marks: bool) -> Result<String, Unwind> {
        let decoded = self.decode_prompt(prompt, marks);
        if !self.shopt.get("promptvars") {
            return Ok(decoded);
        }
        let status = self.status;
        let result = self.expand_text(&decoded);
        self.status = status;
        result
    }

    /// A prompt for something else than a terminal: without a person, without the marks of what takes no room.
    ///
    /// # Errors
    /// As [`Shell::expand_prompt`].
    pub fn expand_prompt_plainly(&mut self, prompt: &str) -> Result<String, Unwind> {
        self.expand_prompt_with(prompt, self.mode.interactive)
    }

    /// Does the backslash escapes. What comes from outside, a directory's name say, is kept from expanding.
    fn decode_prompt(&mut self, prompt: &str, marks: bool) -> String {
        let mut output = String::with_capacity(prompt.len() + 32);
        let mut characters = prompt.char_indices();
        while let Some((at, character)) = characters.next() {
            if character != '\\' {
                output.push(character);
                continue;
            }
            let Some((_, letter)) = characters.next() else {
                output.push('\\');
                break;
            };
            let piece = match letter {
                'a' => "\u{7}".to_owned(),
                'd' => self.now("%a %b %d"),
                'D' => {
                    let rest = prompt.get(at + 2..).unwrap_or_default();
                    let format = rest
                        .strip_prefix('{')
                        .and_then(|rest| rest.find('}').and_then(|end| rest.get(..end)));
                    match format {
                        Some(format) => {
                            for _ in 0..format.chars().count() + 2 {
                                characters.next();
                            }
                            self.now(if format.is_empty() { "%X" } else { format })
                        }
                        None => "\\D".to_owned(),
                    }
                }
                'e' => "\u{1b}".to_owned(),
                'h' => {
                    let name = self.host_name();
                    name.split('.').next().unwrap_or_default().to_owned()
                }
                'H' => self.host_name(),
                'j' => self.jobs.list().len().to_string(),
                'l' => "tty".to_owned(),
                'n' => "\n".to_owned(),
                'r' => "\r".to_owned(),
                's' => self
                    .name
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .trim_start_matches('-')
                    .to_owned(),
                't' => self.now("%H:%M:%S"),
                'T' => self.now("%I:%M:%S"),
                '@' => self.now("%I:%M %p"),
                'A' => self.now("%H:%M"),
                'u' => protected(&self.user_name()),
                'v' => format!("{}.{}", BASH_VERSION[0], BASH_VERSION[1]),
                'V' => format!(
                    "{}.{}.{}",
                    BASH_VERSION[0], BASH_VERSION[1], BASH_VERSION[2]
                ),
                'w' => protected(&self.shown_working_directory(false)),
                'W' => protected(&self.shown_working_directory(true)),
                '!' => (self.history.first_number() + self.history.len()).to_string(),
                '#' => (self.commands_read + 1).to_string(),
                '$' => {
                    // Protected: it would begin an expansion.
                    if crate::files::effective_user() == 0 {
                        "#".to_owned()
                    } else {
                        "\\$".to_owned()
                    }
                }
                '[' | ']' if !marks => String::new(),
                '[' => HIDDEN_START.to_string(),
                ']' => HIDDEN_END.to_string(),
                '\\' => "\\\\".to_owned(),
                '0'..='7' => {
                    let rest = prompt.get(at..).unwrap_or_default();
                    let mut bytes = Vec::new();
                    let after = escape(rest, Dialect::Format, &mut bytes).unwrap_or_default();
                    for _ in 0..(rest.len() - after.len()).saturating_sub(2) {
                        characters.next();
                    }
                    text::decode_owned(bytes)
                }
                other => format!("\\{other}"),
            };
            output.push_str(&piece);
        }
        output
    }

    fn now(&self, format: &str) -> String {
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |now| now.as_secs());
        crate::time::format(format, i64::try_from(seconds).unwrap_or(0))
    }

    /// The name of the machine.
    pub fn host_name(&self) -> String {
        self.setting("HOSTNAME").unwrap_or("localhost").to_owned()
    }

    fn user_name(&self) -> String {
        if let Some(user) = crate::files::current_user() {
            return user.name;
        }
        self.setting("USER")
            .or_else(|| self.setting("LOGNAME"))
            .unwrap_or("user")
            .to_owned()
    }

    /// The working directory with a tilde for the home directory, or only its last part.
    fn shown_working_directory(&self, last: bool) -> String {
        let path = &self.working_directory;
        let home = self.setting("HOME").unwrap_or_default();
        let tilde = match path.strip_prefix(home) {
            Some(rest)
                if !home.is_empty()
                    && home != "/"
                    && (rest.is_empty() || rest.starts_with('/')) =>
            {
                format!("~{rest}")
            }
            _ => path.clone(),
        };
        if last && tilde != "/" && tilde != "~" {
            return tilde.rsplit('/').next().unwrap_or_default().to_owned();
        }
        let most = self
            .setting("PROMPT_DIRTRIM")
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or(0);
        let parts: Vec<&str> = tilde.trim_start_matches(['~', '/']).split('/').collect();
        if last || most == 0 || parts.len() <= most {
            return tilde;
        }
        let head = if tilde.starts_with('~') { "~/" } else { "" };
        format!(
            "{head}.../{}",
            parts
                .get(parts.len() - most..)
                .unwrap_or_default()
                .join("/")
        )
    }
}

/// Text whose `$`, backquotes and backslashes stay what they are when the prompt is expanded.
fn protected(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '$' | '`' | '\\') {
            output.push('\\');
        }
        output.push(character);
    }
    output
}
