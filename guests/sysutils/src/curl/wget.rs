//! `wget`: a file from a URL, under its own name.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};

use berth_guest::TlsOptions;
use berth_http::{Error, Options, Url, get};
use berth_multicall::{bytes, print_help, text};

use super::meter::{Meter, Style};

const HELP: &str = "Usage: wget [OPTION]... [URL]...
 -O FILE                  write to FILE; - is the standard output
 -P DIRECTORY             save files there
 -q, -nv                  quiet; without the meter
     --no-check-certificate  take any certificate
";
/// wget's codes: usage, file, network, certificate, the server's answer.
const EXIT_USAGE: i32 = 2;
const EXIT_FILE: i32 = 3;
const EXIT_NETWORK: i32 = 4;
const EXIT_TLS: i32 = 5;
const EXIT_SERVER: i32 = 8;

/// `wget`.
pub fn main(words: Vec<OsString>) -> i32 {
    let (mut urls, mut output, mut directory) = (Vec::new(), None, None);
    let (mut quiet, mut no_meter, mut options) = (false, false, Options::default());
    let mut words = words.iter().skip(1).map(|word| text(bytes(word)));
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" => return print_help("wget", HELP),
            "-q" | "--quiet" => quiet = true,
            "-nv" | "--no-verbose" | "-nc" | "-c" | "-N" => {
                no_meter |= word.starts_with("-nv") || word.starts_with("--")
            }
            "-O" | "--output-document" => output = words.next(),
            "-qO-" | "-qO" => {
                quiet = true;
                output = if word.ends_with('-') {
                    Some("-".to_owned())
                } else {
                    words.next()
                };
            }
            "-O-" => output = Some("-".to_owned()),
            "-P" | "--directory-prefix" => directory = words.next(),
            "--no-check-certificate" => {
                options.tls = TlsOptions {
                    any_certificate: true,
                    ..TlsOptions::default()
                };
            }
            _ => match word.strip_prefix("--output-document=") {
                Some(path) => output = Some(path.to_owned()),
                None if word.starts_with('-') => {
                    eprintln!("wget: unrecognized option '{word}'");
                    return EXIT_USAGE;
                }
                None => urls.push(word),
            },
        }
    }
    if urls.is_empty() {
        eprintln!("wget: missing URL\nTry `wget --help' for more options.");
        return EXIT_USAGE;
    }
    let mut code = 0;
    for url in urls {
        let name = || {
            let url = Url::parse(&url).ok();
            let name = url
                .as_ref()
                .and_then(|url| url.file_name())
                .unwrap_or("index.html")
                .to_owned();
            match &directory {
                Some(directory) => format!("{directory}/{name}"),
                None => name,
            }
        };
        let path = output.clone().unwrap_or_else(name);
        if let Err(error) = fetch(&url, &path, &options, quiet || no_meter) {
            if !quiet {
                eprintln!("wget: {url}: {error}");
            }
            code = exit_code(&error);
        } else if !quiet && path != "-" {
            eprintln!("'{path}' saved");
        }
    }
    code
}

fn exit_code(error: &Error) -> i32 {
    match error {
        Error::Url(_) => EXIT_USAGE,
        Error::Write(_) => EXIT_FILE,
        Error::Tls(_) | Error::Certificate(_) => EXIT_TLS,
        Error::Status(_) => EXIT_SERVER,
        _ => EXIT_NETWORK,
    }
}

fn fetch(url: &str, path: &str, options: &Options, no_meter: bool) -> Result<(), Error> {
    let mut out: Box<dyn Write> = if path == "-" {
        Box::new(io::stdout().lock())
    } else {
        Box::new(File::create(path).map_err(Error::Write)?)
    };
    let mut meter = Meter::new(if no_meter { Style::None } else { Style::Bar });
    let found = get(url, &mut *out, options, &mut |progress| {
        meter.update(progress.received_bytes, progress.total_bytes);
    });
    meter.finish();
    found?;
    out.flush().map_err(Error::Write)
}
