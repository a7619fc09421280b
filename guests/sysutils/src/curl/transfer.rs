//! One transfer of curl: from the URL to the last byte of the body.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use berth_guest::TlsOptions;
use berth_http::{
    Error, Headers, Options, Request, Response, Result, Transport, Upload, Url, is_redirect,
    redirected, send,
};

use super::arguments::{Arguments, Output};
use super::meter::{Meter, Style};
use super::payload::{self, Payload};

/// Redirects that are followed unless the command line says otherwise.
const REDIRECTS_MAX: u32 = 50;
/// Bytes written in one go.
const PIECE_BYTES: usize = 64 << 10;
/// Variables that name a proxy for `http` and for `https`.
const PROXY_VARIABLES: [&[&str]; 2] = [
    &["http_proxy", "all_proxy", "ALL_PROXY"],
    &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
];

/// A transfer that can be run more than once.
pub struct Transfer<'a> {
    arguments: &'a Arguments,
    url: String,
    output: Option<Output>,
    payload: Option<Payload>,
    roots: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Done {
    /// What ended it early.
    pub error: Option<Error>,
    /// The last answer's code; 0 without one.
    pub status: u16,
    url: String,
    method: String,
    content_type: String,
    redirect: String,
    redirects: u32,
    peer: String,
    file: String,
    received: u64,
    sent: u64,
    head_bytes: u64,
    time: Duration,
}

impl<'a> Transfer<'a> {
    /// A transfer of `url`. The error is a sentence about a file.
    pub fn new(
        arguments: &'a Arguments,
        url: &str,
        output: Option<Output>,
    ) -> std::result::Result<Self, String> {
        let mut url = url.to_owned();
        if arguments.get && !arguments.data.is_empty() {
            let data = payload::data(arguments)?;
            let rest = url.split('#').next().unwrap_or_default().to_owned();
            let separator = if rest.contains('?') { '&' } else { '?' };
            url = format!("{rest}{separator}{}", String::from_utf8_lossy(&data));
        }
        let roots = match &arguments.cacert {
            Some(path) => std::fs::read(path).map_err(|error| format!("{path}: {error}"))?,
            None => Vec::new(),
        };
        Ok(Self {
            arguments,
            url,
            output,
            payload: payload::payload(arguments)?,
            roots,
        })
    }

    /// Runs it.
    pub fn run(&mut self) -> Done {
        let begun = Instant::now();
        let mut done = Done::default();
        if let Err(error) = self.follow(begun, &mut done) {
            done.error = Some(error);
        }
        done.time = begun.elapsed();
        done
    }

    fn follow(&self, begun: Instant, done: &mut Done) -> Result<()> {
        let arguments = self.arguments;
        let mut url = Url::parse(&self.url)?;
        let first = url.clone();
        let mut method = self.method();
        let mut with_payload = true;
        loop {
            done.url = url.to_string();
            done.method.clone_from(&method);
            let same_host = (&url.host, url.port) == (&first.host, first.port);
            let mut response = self.ask(&url, &method, with_payload, same_host, begun, done)?;
            done.status = response.status;
            done.content_type = response
                .headers
                .get("Content-Type")
                .unwrap_or_default()
                .to_owned();
            let next = redirected(&url, &response)?;
            done.redirect = next.as_ref().map(Url::to_string).unwrap_or_default();
            let Some(next) = next.filter(|_| arguments.location) else {
                return self.keep(&url, &mut response, begun, done);
            };
            let heads = response.head();
            if arguments.include || arguments.head {
                print(heads.as_bytes())?;
            }
            done.redirects += 1;
            if done.redirects > arguments.redirects_max.unwrap_or(REDIRECTS_MAX) {
                return Err(Error::TooManyRedirects);
            }
            let to_get = response.status == 303 && method != "HEAD"
                || matches!(response.status, 301 | 302) && method == "POST";
            if to_get && is_redirect(response.status) {
                with_payload = false;
                if arguments.method.is_none() {
                    "GET".clone_into(&mut method);
                }
            }
            url = next;
        }
    }

    fn method(&self) -> String {
        match (&self.arguments.method, &self.payload) {
            (Some(method), _) => method.clone(),
            (None, _) if self.arguments.head => "HEAD".to_owned(),
            (None, Some(payload)) => payload.method.to_owned(),
            (None, None) => "GET".to_owned(),
        }
    }

    fn ask(
        &self,
        url: &Url,
        method: &str,
        with_payload: bool,
        same_host: bool,
        begun: Instant,
        done: &mut Done,
    ) -> Result<Response> {
        let arguments = self.arguments;
        let proxy = self.proxy(url)?;
        let options = Options {
            connect_timeout: arguments.connect_timeout,
            deadline: arguments.max_time.map(|time| begun + time),
            tls: TlsOptions {
                any_certificate: arguments.insecure,
                roots: self.roots.clone(),
            },
            proxy,
        };
        let payload = self.payload.as_ref().filter(|_| with_payload);
        let headers = self.headers(url, payload, same_host);
        let mut transport = Transport::open(url, &options)?;
        done.peer = transport.peer().unwrap_or_default();
        if arguments.verbose {
            eprintln!("* Connected to {} ({})", url.host, done.peer);
            if let Some((version, cipher)) = transport.tls() {
                eprintln!("* SSL connection using {version} / {cipher}");
            }
        }
        let request = Request {
            method,
            url,
            headers: &headers,
            upload: payload.map(|payload| Upload::Bytes(&payload.bytes)),
        };
        let response = send(transport, request, &options, &mut |mark, line| {
            if arguments.verbose {
                eprintln!("{mark} {line}");
            }
            if mark == '<' {
                done.head_bytes += line.len() as u64 + 2;
            }
        })?;
        done.sent = payload.map_or(0, |payload| payload.bytes.len() as u64);
        if let Some(path) = &arguments.dump_header {
            let head = response.head();
            if path == "-" {
                print(head.as_bytes())?;
            } else {
                let mut how = OpenOptions::new();
                let file = how.create(true).append(done.redirects > 0).write(true);
                let file = file.truncate(done.redirects == 0).open(path);
                file.and_then(|mut file| file.write_all(head.as_bytes()))
                    .map_err(Error::Write)?;
            }
        }
        Ok(response)
    }

    /// The header fields; those that the command line gives without a value are taken out.
    fn headers(
        &self,
        url: &Url,
        payload: Option<&Payload>,
        same_host: bool,
    ) -> Vec<(String, String)> {
        let arguments = self.arguments;
        let mut fields: Vec<(String, String)> = Vec::new();
        for header in &arguments.headers {
            let field = match header.split_once(':') {
                Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
                None => match header.strip_suffix(';') {
                    // A field whose value is empty on purpose is sent as a blank.
                    Some(name) => (name.to_owned(), " ".to_owned()),
                    None => continue,
                },
            };
            let secret =
                ["authorization", "cookie"].contains(&field.0.to_ascii_lowercase().as_str());
            if same_host || !secret {
                fields.push(field);
            }
        }
        let mut default = |name: &str, value: String| {
            if !fields
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                fields.push((name.to_owned(), value));
            }
        };
        let agent = arguments.user_agent.clone();
        default("User-Agent", agent.unwrap_or_else(|| "curl/8.0".to_owned()));
        let credentials = arguments.user.clone().filter(|_| same_host);
        if let Some(credentials) = credentials.or_else(|| url.credentials.clone()) {
            let (name, value) = Headers::basic(&credentials);
            default(&name, value);
        }
        if let Some(referer) = &arguments.referer {
            default("Referer", referer.clone());
        }
        if let Some(cookie) = arguments
            .cookie
            .as_ref()
            .filter(|text| same_host && text.contains('='))
        {
            default("Cookie", cookie.clone());
        }
        if arguments.json {
            default("Accept", "application/json".to_owned());
        }
        if let Some(range) = &arguments.range {
            default("Range", format!("bytes={range}"));
        } else if let Some(start) = self.resumed_at(url) {
            default("Range", format!("bytes={start}-"));
        }
        if let Some(kind) = payload.and_then(|payload| payload.content_type.clone()) {
            default("Content-Type", kind);
        }
        fields
    }

    fn proxy(&self, url: &Url) -> Result<Option<Url>> {
        let arguments = self.arguments;
        let variable = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok());
        let direct = arguments
            .no_proxy
            .clone()
            .or_else(|| variable(&["no_proxy", "NO_PROXY"]));
        let is_direct = direct.is_some_and(|hosts| {
            hosts.split(',').any(|host| {
                let host = host.trim().trim_start_matches('.').to_ascii_lowercase();
                let below = url.host.strip_suffix(&host);
                host == "*"
                    || (!host.is_empty()
                        && below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
            })
        });
        let proxy = arguments
            .proxy
            .clone()
            .or_else(|| variable(PROXY_VARIABLES[usize::from(url.tls)]));
        match proxy.filter(|proxy| !proxy.is_empty() && !is_direct) {
            None => Ok(None),
            Some(proxy) => {
                let mut url = Url::parse(&proxy)?;
                // curl's port for a proxy that names none.
                let authority = proxy
                    .split_once("://")
                    .map_or(proxy.as_str(), |(_, rest)| rest);
                if !authority
                    .rsplit('@')
                    .next()
                    .unwrap_or_default()
                    .contains(':')
                {
                    url.port = 1080;
                }
                Ok(Some(url))
            }
        }
    }

    /// Where the body goes; `None`: the standard output.
    fn path(&self, url: &Url) -> Result<Option<String>> {
        match &self.output {
            None => Ok(None),
            Some(Output::File(path)) if path == "-" => Ok(None),
            Some(Output::File(path)) => Ok(Some(path.clone())),
            Some(Output::RemoteName) => {
                let name = url.file_name().map(str::to_owned);
                let none = || Error::Write(io::Error::other("Remote file name has no length"));
                name.map(Some).ok_or_else(none)
            }
        }
    }

    /// From which byte on a file is continued.
    fn resumed_at(&self, url: &Url) -> Option<u64> {
        let at = self.arguments.continue_at.as_deref()?;
        if at != "-" {
            return at.parse().ok();
        }
        let path = self.path(url).ok()??;
        std::fs::metadata(path)
            .ok()
            .map(|file| file.len())
            .filter(|length| *length > 0)
    }

    fn keep(
        &self,
        url: &Url,
        response: &mut Response,
        begun: Instant,
        done: &mut Done,
    ) -> Result<()> {
        let arguments = self.arguments;
        let failed = response.status >= 400;
        if failed && arguments.fail && !arguments.fail_with_body {
            return Err(Error::Status(response.status));
        }
        // The name is the one that was asked for, not the one that was found.
        let asked = Url::parse(&self.url).unwrap_or_else(|_| url.clone());
        let path = self.path(&asked)?;
        done.file = path.clone().unwrap_or_default();
        let mut out: Box<dyn Write> = match &path {
            None => Box::new(io::stdout().lock()),
            Some(path) => {
                if arguments.create_directories
                    && let Some(parent) = Path::new(path).parent()
                {
                    std::fs::create_dir_all(parent).map_err(Error::Write)?;
                }
                let continued = response.status == 206 && self.resumed_at(&asked).is_some();
                let file = if continued {
                    OpenOptions::new().append(true).open(path)
                } else {
                    File::create(path)
                };
                Box::new(file.map_err(Error::Write)?)
            }
        };
        if arguments.include || arguments.head {
            out.write_all(response.head().as_bytes())
                .map_err(Error::Write)?;
        }
        let mut meter = Meter::new(self.style(path.is_some()));
        let mut buffer = vec![0; PIECE_BYTES];
        meter.update(0, response.body.length);
        let carried = loop {
            let count = match response.body.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(count) => count,
                Err(error) => break Err(error),
            };
            if let Err(error) = out.write_all(&buffer[..count]) {
                break Err(Error::Write(error));
            }
            done.received += count as u64;
            meter.update(done.received, response.body.length);
            if arguments
                .max_time
                .is_some_and(|time| begun.elapsed() > time)
            {
                break Err(Error::Timeout);
            }
        };
        meter.finish();
        carried.and(out.flush().map_err(Error::Write))?;
        if failed && (arguments.fail || arguments.fail_with_body) {
            return Err(Error::Status(response.status));
        }
        Ok(())
    }

    fn style(&self, to_file: bool) -> Style {
        let arguments = self.arguments;
        let shown_there = !to_file && io::stdout().is_terminal();
        if arguments.silent || arguments.no_meter || arguments.head || shown_there {
            Style::None
        } else if arguments.bar {
            Style::Bar
        } else {
            Style::Table
        }
    }

    /// `-w`.
    pub fn write_out(&self, done: &Done, code: i32) {
        let Some(format) = &self.arguments.write_out else {
            return;
        };
        let format = match format.strip_prefix('@') {
            Some(path) => std::fs::read_to_string(path).unwrap_or_default(),
            None => format.clone(),
        };
        let _ = print(expanded(&format, done, code).as_bytes());
    }
}

fn print(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(Error::Write)
}

/// The format of `-w` with its variables.
fn expanded(format: &str, done: &Done, code: i32) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let (text, used) = if let Some(escape) = tail.strip_prefix('\\') {
            match escape.chars().next() {
                Some('n') => ("\n".to_owned(), 2),
                Some('r') => ("\r".to_owned(), 2),
                Some('t') => ("\t".to_owned(), 2),
                _ => ("\\".to_owned(), 1),
            }
        } else if tail.starts_with("%%") {
            ("%".to_owned(), 2)
        } else {
            match tail
                .strip_prefix("%{")
                .and_then(|inner| inner.split_once('}'))
            {
                Some((name, _)) => (variable(name, done, code), name.len() + 3),
                None => ("%".to_owned(), 1),
            }
        };
        out.push_str(&text);
        rest = &tail[used..];
    }
    out.push_str(rest);
    out
}

fn variable(name: &str, done: &Done, code: i32) -> String {
    let seconds = done.time.as_secs_f64();
    let (ip, port) = done.peer.rsplit_once(':').unwrap_or_default();
    match name {
        "http_code" | "response_code" => format!("{:03}", done.status),
        "url_effective" | "url" => done.url.clone(),
        "method" => done.method.clone(),
        "scheme" => done.url.split(':').next().unwrap_or_default().to_owned(),
        "content_type" => done.content_type.clone(),
        "num_redirects" => done.redirects.to_string(),
        "redirect_url" => done.redirect.clone(),
        "remote_ip" => ip.trim_matches(['[', ']']).to_owned(),
        "remote_port" => port.to_owned(),
        "filename_effective" => done.file.clone(),
        "size_download" => done.received.to_string(),
        "size_upload" => done.sent.to_string(),
        "size_header" => done.head_bytes.to_string(),
        "speed_download" => format!("{:.0}", done.received as f64 / seconds.max(1e-6)),
        "time_total" => format!("{seconds:.6}"),
        "exitcode" => code.to_string(),
        "errormsg" => done
            .error
            .as_ref()
            .map(Error::to_string)
            .unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_variables_and_escapes() {
        let done = Done {
            status: 404,
            peer: "[::1]:80".to_owned(),
            ..Done::default()
        };
        let text = expanded(
            "%{http_code}\\n%{remote_ip} 100%% %{nothing}%{ \\x",
            &done,
            0,
        );
        assert_eq!(text, "404\n::1 100% %{ \\x");
    }
}
