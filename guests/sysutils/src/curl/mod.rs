//! `curl` and `wget`.

mod arguments;
mod meter;
mod payload;
mod transfer;
pub mod wget;

use std::ffi::OsString;
use std::time::Duration;

use berth_http::Error;
use berth_multicall::print_help;

use arguments::{Arguments, Tell};
use transfer::{Done, Transfer};

/// A command line that makes no sense.
const EXIT_USAGE: i32 = 2;
/// A file that cannot be read.
const EXIT_READ: i32 = 26;
/// Answers that are worth another try.
const TRANSIENT: [u16; 6] = [408, 429, 500, 502, 503, 504];
/// The longest pause before another try.
const PAUSE_MAX: Duration = Duration::from_secs(600);

const HELP: &str = "Usage: curl [options...] <url>
 -d, --data <data>           HTTP POST data (also --data-raw, --data-binary, --data-urlencode, --json)
 -f, --fail                  Fail fast with no output on HTTP errors
 -F, --form <name=content>   Multipart form data; @file sends a file
 -G, --get                   Put the data into the URL
 -H, --header <header>       Custom header
 -I, --head                  Show the head of the answer only
 -i, --include               Show the head of the answer, too
 -k, --insecure              Take any certificate
     --cacert <file>         Trust these certificates as well
 -L, --location              Follow redirects
 -m, --max-time <seconds>    Most time for a transfer (also --connect-timeout)
 -o, --output <file>         Write to a file instead of stdout
 -O, --remote-name           Write to a file named as the remote one
 -r, --range <range>         Part of it; -C - continues a file
     --retry <number>        Try again when something passes by itself
 -s, --silent                No meter and no messages; with -S messages
 -T, --upload-file <file>    Send a file (PUT)
 -u, --user <user:password>  User and password
 -v, --verbose               Tell what is said
 -w, --write-out <format>    Tell about the transfer when it is done
 -x, --proxy <url>           Through this proxy
 -X, --request <method>      The method
";

/// curl's exit code for an error.
pub fn exit_code(error: &Error) -> i32 {
    match error {
        Error::Url(why) if why.contains("not supported") => 1,
        Error::Url(_) => 3,
        Error::Host(_) => 6,
        Error::Connect { .. } => 7,
        Error::Answer(_) => 8,
        Error::Partial => 18,
        Error::Status(_) => 22,
        Error::Write(_) => 23,
        Error::Timeout => 28,
        Error::Tls(_) => 35,
        Error::TooManyRedirects => 47,
        Error::Empty => 52,
        Error::Send(_) => 55,
        Error::Receive(_) | Error::Proxy(_) => 56,
        Error::Certificate(_) => 60,
    }
}

/// `curl`.
pub fn main(words: Vec<OsString>) -> i32 {
    let mut arguments = match Arguments::parse(words) {
        Ok(arguments) => arguments,
        Err(fault) => {
            eprintln!("curl: {fault}");
            eprintln!("curl: try 'curl --help' for more information");
            return EXIT_USAGE;
        }
    };
    match arguments.tell {
        Some(Tell::Help) => return print_help("curl", HELP),
        Some(Tell::Version) => {
            let version = env!("CARGO_PKG_VERSION");
            let text = format!(
                "curl 8.0 (Berth {version})\nProtocols: http https\nFeatures: SSL (rustls, by the server)\n"
            );
            return print_help("curl", &text);
        }
        None => {}
    }
    if arguments.urls.is_empty() {
        eprintln!("curl: (2) no URL specified");
        eprintln!("curl: try 'curl --help' for more information");
        return EXIT_USAGE;
    }
    let mut code = 0;
    for url in std::mem::take(&mut arguments.urls) {
        let output = arguments.outputs.pop_front();
        code = with_retries(&arguments, &url, output);
    }
    code
}

fn with_retries(arguments: &Arguments, url: &str, output: Option<arguments::Output>) -> i32 {
    let mut transfer = match Transfer::new(arguments, url, output) {
        Ok(transfer) => transfer,
        Err(fault) => {
            tell(arguments, EXIT_READ, &fault);
            return EXIT_READ;
        }
    };
    let mut pause = Duration::from_secs(1);
    let mut left = arguments.retry;
    loop {
        let done = transfer.run();
        if left > 0
            && let Some(problem) = transient(arguments, &done)
        {
            let wait = arguments.retry_delay.unwrap_or(pause);
            if !arguments.silent {
                eprintln!(
                    "Warning: Problem: {problem}. Will retry in {} seconds. {left} retries left.",
                    wait.as_secs()
                );
            }
            std::thread::sleep(wait);
            left -= 1;
            pause = (pause * 2).min(PAUSE_MAX);
            continue;
        }
        let code = done.error.as_ref().map_or(0, exit_code);
        if let Some(error) = &done.error {
            tell(arguments, code, &error.to_string());
        }
        transfer.write_out(&done, code);
        return code;
    }
}

fn tell(arguments: &Arguments, code: i32, text: &str) {
    if !arguments.silent || arguments.show_error {
        eprintln!("curl: ({code}) {text}");
    }
}

/// What is worth another try.
fn transient(arguments: &Arguments, done: &Done) -> Option<&'static str> {
    if TRANSIENT.contains(&done.status) {
        return Some("HTTP error");
    }
    match &done.error {
        Some(Error::Timeout) => Some("timeout"),
        Some(Error::Connect { reason, .. })
            if arguments.retry_refused && reason == "Connection refused" =>
        {
            Some("connection refused")
        }
        Some(error) if arguments.retry_all && exit_code(error) != 3 => {
            Some("(retrying all errors)")
        }
        _ => None,
    }
}
