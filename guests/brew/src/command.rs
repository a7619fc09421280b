//! Which command the words mean.

use crate::commands::{ALIASES, COMMANDS};
use crate::failure::{Failure, Result};
use crate::output::{self, say};
use crate::places::Places;

/// Runs a command; returns the exit code.
pub type Run = fn(&Places, &Arguments) -> Result<i32>;

/// A command.
#[derive(Clone, Copy)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// What follows the name, as the help shows it.
    pub usage: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The options it knows; one that ends in `=` has a value.
    pub options: &'static [&'static str],
    /// Whether the names of what can be installed complete its words, or of what is.
    pub completes: Completes,
    /// What to run.
    pub run: Run,
}

/// What the words after a command are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Completes {
    /// Nothing that is known.
    Nothing,
    /// Formulae that are offered.
    Offered,
    /// Formulae that are installed.
    Installed,
}

/// The words after a command.
#[derive(Debug, Default)]
pub struct Arguments {
    /// What is no option.
    pub names: Vec<String>,
    options: Vec<String>,
}

impl Arguments {
    fn parse(command: &Command, words: &[String]) -> Result<Self> {
        let mut arguments = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.names.extend(words.by_ref().cloned());
            } else if !word.starts_with('-') || word == "-" {
                arguments.names.push(word.clone());
            } else {
                let known = |word: &str| {
                    command
                        .options
                        .iter()
                        .any(|option| match option.strip_suffix('=') {
                            Some(name) => word.split('=').next() == Some(name),
                            None => *option == word,
                        })
                };
                let all_known =
                    |letters: &str| letters.chars().all(|letter| known(&format!("-{letter}")));
                if known(word) {
                    let takes_value = command.options.contains(&format!("{word}=").as_str());
                    match (takes_value, words.clone().next()) {
                        (true, Some(value)) if !word.contains('=') => {
                            words.next();
                            arguments.options.push(format!("{word}={value}"));
                        }
                        _ => arguments.options.push(word.clone()),
                    }
                } else if !word.starts_with("--") && all_known(&word[1..]) {
                    arguments
                        .options
                        .extend(word[1..].chars().map(|letter| format!("-{letter}")));
                } else if !matches!(
                    word.as_str(),
                    "--verbose"
                        | "-v"
                        | "--quiet"
                        | "-q"
                        | "--debug"
                        | "-d"
                        | "--formula"
                        | "--formulae"
                ) {
                    return Err(Failure(format!("invalid option: {word}")));
                }
            }
        }
        Ok(arguments)
    }

    /// Whether one of these options was given.
    pub fn has(&self, options: &[&str]) -> bool {
        self.options
            .iter()
            .any(|given| options.contains(&given.as_str()))
    }

    /// The value of an option.
    pub fn value(&self, option: &str) -> Option<&str> {
        self.options
            .iter()
            .rev()
            .find_map(|given| given.strip_prefix(option)?.strip_prefix('='))
    }

    /// The names, of which there must be some.
    pub fn some_names(&self) -> Result<&[String]> {
        if self.names.is_empty() {
            return Err(Failure(
                "This command requires a formula argument.".to_owned(),
            ));
        }
        Ok(&self.names)
    }
}

/// Runs `brew` with these words; returns the exit code.
pub fn run(places: &Places, words: &[String]) -> i32 {
    let Some(first) = words.first() else {
        say(usage());
        return 1;
    };
    let asks_help = |word: &String| word == "--help" || word == "-h";
    let name = match first.as_str() {
        "--version" | "-v" => "version",
        "--help" | "-h" => "help",
        option if option.starts_with("--") => &option[2..],
        name => name,
    };
    let name = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, name)| name);
    if name == "__complete" {
        crate::commands::complete::complete(places, &words[1..]);
        return 0;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        output::error(format!("Unknown command: brew {first}"));
        return 1;
    };
    if words[1..]
        .iter()
        .take_while(|word| *word != "--")
        .any(asks_help)
    {
        say(command.help());
        return 0;
    }
    match Arguments::parse(command, &words[1..])
        .and_then(|arguments| (command.run)(places, &arguments))
    {
        Ok(code) => code,
        Err(Failure(what)) => {
            output::error(what);
            1
        }
    }
}

impl Command {
    /// What `brew help <command>` prints.
    pub fn help(&self) -> String {
        let mut text = format!(
            "Usage: brew {} {}\n\n{}\n",
            self.name, self.usage, self.summary
        );
        if !self.options.is_empty() {
            text.push_str(&format!("\nOptions: {}\n", self.options.join(" ")));
        }
        text.trim_end().to_owned()
    }
}

/// What `brew` alone prints.
pub fn usage() -> String {
    "Example usage:
  brew search TEXT
  brew info [FORMULA...]
  brew install FORMULA...
  brew update
  brew upgrade [FORMULA...]
  brew uninstall FORMULA...
  brew list [FORMULA...]

Troubleshooting:
  brew config
  brew doctor
  brew install --verbose FORMULA

Further help:
  brew commands
  brew help [COMMAND]"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: Command = Command {
        name: "x",
        usage: "",
        summary: "",
        options: &["--force", "-f", "-n", "--key="],
        completes: Completes::Nothing,
        run: |_, _| Ok(0),
    };

    fn parse(words: &str) -> Result<Arguments> {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        Arguments::parse(&COMMAND, &words)
    }

    #[test]
    fn options_may_stand_anywhere() {
        let arguments = parse("a --force b -fn --key=k -- --c").unwrap();
        assert_eq!(arguments.names, ["a", "b", "--c"]);
        assert!(arguments.has(&["--force"]) && arguments.has(&["-n"]));
        assert_eq!(arguments.value("--key"), Some("k"));
        assert_eq!(parse("--key k a").unwrap().value("--key"), Some("k"));
        assert!(!parse("a").unwrap().has(&["-f"]));
    }

    #[test]
    fn an_unknown_option_is_refused_and_loudness_is_not() {
        assert!(parse("--wrong").is_err());
        assert!(parse("-x").is_err());
        assert!(parse("--verbose -q").is_ok());
    }
}
