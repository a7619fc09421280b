//! curl's command line.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::time::Duration;

use berth_multicall::text;

/// Where a body goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// `-o`: a file; `-` is the standard output.
    File(String),
    /// `-O`: a file called as the URL's last part.
    RemoteName,
}

/// What is sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// `-d`: a string, or `@file` without its line ends.
    Text(String),
    /// `--data-raw`.
    Raw(String),
    /// `--data-binary`: a string, or `@file` as it is.
    Binary(String),
    /// `--data-urlencode`.
    Encoded(String),
}

/// What was asked for.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "curl has that many switches")]
pub struct Arguments {
    pub urls: Vec<String>,
    pub outputs: VecDeque<Output>,
    pub method: Option<String>,
    pub headers: Vec<String>,
    pub data: Vec<Data>,
    pub json: bool,
    pub form: Vec<(String, bool)>,
    pub upload: Option<String>,
    pub user: Option<String>,
    pub user_agent: Option<String>,
    pub referer: Option<String>,
    pub cookie: Option<String>,
    pub range: Option<String>,
    pub continue_at: Option<String>,
    pub write_out: Option<String>,
    pub dump_header: Option<String>,
    pub cacert: Option<String>,
    pub proxy: Option<String>,
    pub no_proxy: Option<String>,
    pub max_time: Option<Duration>,
    pub connect_timeout: Option<Duration>,
    pub retry: u32,
    pub retry_delay: Option<Duration>,
    pub retry_all: bool,
    pub retry_refused: bool,
    pub redirects_max: Option<u32>,
    pub location: bool,
    pub fail: bool,
    pub fail_with_body: bool,
    pub silent: bool,
    pub show_error: bool,
    pub no_meter: bool,
    pub bar: bool,
    pub head: bool,
    pub include: bool,
    pub verbose: bool,
    pub insecure: bool,
    pub get: bool,
    pub create_directories: bool,
    /// Print the help, or the version.
    pub tell: Option<Tell>,
}

/// What is told instead of doing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

/// Options that take a value: the letter, if there is one, and the name.
const VALUED: &[(char, &str)] = &[
    ('o', "output"),
    ('X', "request"),
    ('H', "header"),
    ('d', "data"),
    (' ', "data-ascii"),
    (' ', "data-raw"),
    (' ', "data-binary"),
    (' ', "data-urlencode"),
    (' ', "json"),
    ('F', "form"),
    (' ', "form-string"),
    ('T', "upload-file"),
    ('u', "user"),
    ('A', "user-agent"),
    ('e', "referer"),
    ('b', "cookie"),
    ('r', "range"),
    ('C', "continue-at"),
    ('w', "write-out"),
    ('D', "dump-header"),
    (' ', "cacert"),
    ('x', "proxy"),
    (' ', "noproxy"),
    ('m', "max-time"),
    (' ', "connect-timeout"),
    (' ', "retry"),
    (' ', "retry-delay"),
    (' ', "retry-max-time"),
    (' ', "max-redirs"),
    (' ', "url"),
    (' ', "proto"),
    (' ', "proto-redir"),
    (' ', "proto-default"),
    (' ', "ciphers"),
];

/// Options that take none.
const SWITCHES: &[(char, &str)] = &[
    ('O', "remote-name"),
    ('L', "location"),
    ('f', "fail"),
    (' ', "fail-with-body"),
    ('s', "silent"),
    ('S', "show-error"),
    (' ', "no-progress-meter"),
    ('#', "progress-bar"),
    ('I', "head"),
    ('i', "include"),
    (' ', "show-headers"),
    ('v', "verbose"),
    ('k', "insecure"),
    ('G', "get"),
    (' ', "create-dirs"),
    (' ', "retry-all-errors"),
    (' ', "retry-connrefused"),
    ('h', "help"),
    ('V', "version"),
    // What is so anyway, or makes no difference here.
    ('N', "no-buffer"),
    ('q', "disable"),
    ('g', "globoff"),
    ('4', "ipv4"),
    ('6', "ipv6"),
    ('0', "http1.0"),
    (' ', "http1.1"),
    (' ', "http2"),
    (' ', "tlsv1.2"),
    (' ', "tlsv1.3"),
    ('1', "tlsv1"),
    (' ', "compressed"),
    (' ', "no-keepalive"),
    (' ', "ssl-no-revoke"),
    ('R', "remote-time"),
    ('J', "remote-header-name"),
];

impl Arguments {
    /// Reads the command line, the program's name first. The error is a sentence.
    pub fn parse(arguments: Vec<OsString>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut words: VecDeque<String> = arguments
            .iter()
            .skip(1)
            .map(|word| text(berth_multicall::bytes(word)))
            .collect();
        let mut only_urls = false;
        while let Some(word) = words.pop_front() {
            if only_urls || word == "-" || !word.starts_with('-') {
                parsed.urls.push(word);
            } else if word == "--" {
                only_urls = true;
            } else if let Some(name) = word.strip_prefix("--") {
                parsed.long(name, &mut words)?;
            } else {
                parsed.short(&word[1..], &mut words)?;
            }
        }
        Ok(parsed)
    }

    fn long(&mut self, name: &str, words: &mut VecDeque<String>) -> Result<(), String> {
        if VALUED.iter().any(|(_, known)| *known == name) {
            let value = words.pop_front();
            let value = value.ok_or_else(|| format!("option --{name}: requires parameter"))?;
            self.value(name, value)
        } else if SWITCHES.iter().any(|(_, known)| *known == name) {
            self.switch(name, true);
            Ok(())
        } else if let Some(known) = name
            .strip_prefix("no-")
            .and_then(|name| SWITCHES.iter().find(|(_, known)| *known == name))
        {
            self.switch(known.1, false);
            Ok(())
        } else {
            Err(format!("option --{name}: is unknown"))
        }
    }

    fn short(&mut self, letters: &str, words: &mut VecDeque<String>) -> Result<(), String> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let is = |(known, _): &&(char, &str)| *known == letter && letter != ' ';
            if let Some((_, name)) = VALUED.iter().find(is) {
                let attached = rest.as_str();
                let value = if attached.is_empty() {
                    words.pop_front()
                } else {
                    Some(attached.to_owned())
                };
                let value = value.ok_or_else(|| format!("option -{letter}: requires parameter"))?;
                return self.value(name, value);
            }
            match SWITCHES.iter().find(is) {
                Some((_, name)) => self.switch(name, true),
                None => return Err(format!("option -{letter}: is unknown")),
            }
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "output" => self.outputs.push_back(Output::File(value)),
            "request" => self.method = Some(value),
            "header" => self.headers.push(value),
            "data" | "data-ascii" => self.data.push(Data::Text(value)),
            "data-raw" => self.data.push(Data::Raw(value)),
            "data-binary" => self.data.push(Data::Binary(value)),
            "data-urlencode" => self.data.push(Data::Encoded(value)),
            "json" => {
                self.json = true;
                self.data.push(Data::Binary(value));
            }
            "form" => self.form.push((value, true)),
            "form-string" => self.form.push((value, false)),
            "upload-file" => self.upload = Some(value),
            "user" => self.user = Some(value),
            "user-agent" => self.user_agent = Some(value),
            "referer" => self.referer = Some(value),
            "cookie" => self.cookie = Some(value),
            "range" => self.range = Some(value),
            "continue-at" => self.continue_at = Some(value),
            "write-out" => self.write_out = Some(value),
            "dump-header" => self.dump_header = Some(value),
            "cacert" => self.cacert = Some(value),
            "proxy" => self.proxy = Some(value),
            "noproxy" => self.no_proxy = Some(value),
            "max-time" => self.max_time = Some(seconds(name, &value)?),
            "connect-timeout" => self.connect_timeout = Some(seconds(name, &value)?),
            "retry" => self.retry = number(name, &value)?,
            "retry-delay" => self.retry_delay = Some(seconds(name, &value)?),
            "max-redirs" => self.redirects_max = Some(number(name, &value).unwrap_or(u32::MAX)),
            "url" => self.urls.push(value),
            _ => {}
        }
        Ok(())
    }

    fn switch(&mut self, name: &str, on: bool) {
        let field = match name {
            "remote-name" => {
                if on {
                    self.outputs.push_back(Output::RemoteName);
                }
                return;
            }
            "help" => {
                self.tell = Some(Tell::Help);
                return;
            }
            "version" => {
                self.tell = Some(Tell::Version);
                return;
            }
            "location" => &mut self.location,
            "fail" => &mut self.fail,
            "fail-with-body" => &mut self.fail_with_body,
            "silent" => &mut self.silent,
            "show-error" => &mut self.show_error,
            "no-progress-meter" => &mut self.no_meter,
            "progress-bar" => &mut self.bar,
            "head" => &mut self.head,
            "include" | "show-headers" => &mut self.include,
            "verbose" => &mut self.verbose,
            "insecure" => &mut self.insecure,
            "get" => &mut self.get,
            "create-dirs" => &mut self.create_directories,
            "retry-all-errors" => &mut self.retry_all,
            "retry-connrefused" => &mut self.retry_refused,
            _ => return,
        };
        *field = on;
    }
}

fn seconds(name: &str, value: &str) -> Result<Duration, String> {
    let parsed = value.parse::<f64>().ok();
    parsed
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("option --{name}: expected a proper numerical parameter"))
}

fn number(name: &str, value: &str) -> Result<u32, String> {
    value
        .parse()
        .map_err(|_| format!("option --{name}: expected a proper numerical parameter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        let words = std::iter::once("curl").chain(words.iter().copied());
        Arguments::parse(words.map(OsString::from).collect())
    }

    #[test]
    fn letters_stand_together_and_values_may_be_attached() {
        let parsed = parse(&[
            "-fsSLo",
            "out",
            "-XPUT",
            "--retry",
            "3",
            "http://h/",
            "-m0.5",
        ])
        .unwrap();
        assert!(parsed.fail && parsed.silent && parsed.show_error && parsed.location);
        assert_eq!(parsed.outputs, [Output::File("out".to_owned())]);
        assert_eq!(parsed.method.as_deref(), Some("PUT"));
        assert_eq!(parsed.retry, 3);
        assert_eq!(parsed.max_time, Some(Duration::from_millis(500)));
        assert_eq!(parsed.urls, ["http://h/"]);
    }

    #[test]
    fn what_is_not_known_is_said() {
        assert_eq!(
            parse(&["--nothing"]).unwrap_err(),
            "option --nothing: is unknown"
        );
        assert_eq!(parse(&["-o"]).unwrap_err(), "option -o: requires parameter");
        assert!(parse(&["--retry", "x", "u"]).is_err());
    }
}
