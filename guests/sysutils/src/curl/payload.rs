//! What curl sends along: `-d` and its kin, `-F`, `-T`.

use std::fs::File;
use std::io::{self, Read};

use super::arguments::{Arguments, Data};

/// What is sent along, ready to be sent as often as it takes.
pub struct Payload {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their type, unless the command line gives one.
    pub content_type: Option<String>,
    /// The method they are sent with.
    pub method: &'static str,
}

/// Reads a file; `-` is the standard input.
fn file(path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if path == "-" {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|_| format!("Failed to open {path}"))?;
    Ok(bytes)
}

/// All of `-d` and its kin, joined.
pub fn data(arguments: &Arguments) -> Result<Vec<u8>, String> {
    let mut joined = Vec::new();
    for (index, data) in arguments.data.iter().enumerate() {
        if index > 0 && !arguments.json {
            joined.push(b'&');
        }
        match data {
            Data::Raw(text) => joined.extend(text.bytes()),
            Data::Text(text) => match text.strip_prefix('@') {
                Some(path) => {
                    let lines = file(path)?;
                    joined.extend(lines.iter().filter(|byte| !b"\r\n\0".contains(byte)));
                }
                None => joined.extend(text.bytes()),
            },
            Data::Binary(text) => match text.strip_prefix('@') {
                Some(path) => joined.extend(file(path)?),
                None => joined.extend(text.bytes()),
            },
            Data::Encoded(text) => joined.extend(encoded(text)?.bytes()),
        }
    }
    Ok(joined)
}

/// `content`, `=content`, `name=content`, `@file`, `name@file`.
fn encoded(text: &str) -> Result<String, String> {
    let (name, content) = match text.find(['=', '@']) {
        None => ("", text.as_bytes().to_vec()),
        Some(at) if text.as_bytes()[at] == b'=' => (&text[..at], text[at + 1..].into()),
        Some(at) => (&text[..at], file(&text[at + 1..])?),
    };
    let mut out = String::new();
    if !name.is_empty() {
        out.push_str(name);
        out.push('=');
    }
    for byte in content {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(out)
}

/// What the command line says to send.
pub fn payload(arguments: &Arguments) -> Result<Option<Payload>, String> {
    if let Some(path) = &arguments.upload {
        let path = if path == "." { "-" } else { path };
        return Ok(Some(Payload {
            bytes: file(path)?,
            content_type: None,
            method: "PUT",
        }));
    }
    if !arguments.form.is_empty() {
        let (bytes, boundary) = form(&arguments.form)?;
        return Ok(Some(Payload {
            bytes,
            content_type: Some(format!("multipart/form-data; boundary={boundary}")),
            method: "POST",
        }));
    }
    if arguments.data.is_empty() || arguments.get {
        return Ok(None);
    }
    let content_type = if arguments.json {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    Ok(Some(Payload {
        bytes: data(arguments)?,
        content_type: Some(content_type.to_owned()),
        method: "POST",
    }))
}

/// `multipart/form-data` (RFC 7578) and its boundary.
fn form(fields: &[(String, bool)]) -> Result<(Vec<u8>, String), String> {
    let mut parts = Vec::new();
    for (field, special) in fields {
        let (name, value) = field
            .split_once('=')
            .ok_or("Illegally formatted input field")?;
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
        let content = match (value.strip_prefix('@'), value.strip_prefix('<')) {
            (Some(rest), _) if *special => {
                let mut settings = rest.split(';');
                let path = settings.next().unwrap_or_default();
                let mut shown = path.rsplit('/').next().unwrap_or(path).to_owned();
                let mut kind = "application/octet-stream".to_owned();
                for setting in settings {
                    match setting.trim().split_once('=') {
                        Some(("type", value)) => value.clone_into(&mut kind),
                        Some(("filename", value)) => value.trim_matches('"').clone_into(&mut shown),
                        _ => {}
                    }
                }
                head.push_str(&format!(
                    "; filename=\"{}\"\r\nContent-Type: {kind}",
                    quoted(&shown)
                ));
                file(path)?
            }
            (None, Some(path)) if *special => file(path)?,
            _ => value.into(),
        };
        parts.push((head, content));
    }
    // A boundary that nothing in it contains.
    let mut number = 0_u64;
    let boundary = loop {
        let boundary = format!("------------------------berth{number:011}");
        let within = |(_, content): &(String, Vec<u8>)| {
            content
                .windows(boundary.len())
                .any(|window| window == boundary.as_bytes())
        };
        if !parts.iter().any(within) {
            break boundary;
        }
        number += 1;
    };
    let mut bytes = Vec::new();
    for (head, content) in parts {
        bytes.extend(format!("--{boundary}\r\n{head}\r\n\r\n").bytes());
        bytes.extend(content);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("--{boundary}--\r\n").bytes());
    Ok((bytes, boundary))
}

fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_joined_and_encoded() {
        let arguments = Arguments {
            data: vec![
                Data::Text("a=1".to_owned()),
                Data::Encoded("b=x y/ü".to_owned()),
                Data::Raw("@c".to_owned()),
            ],
            ..Arguments::default()
        };
        assert_eq!(data(&arguments).unwrap(), b"a=1&b=x%20y%2F%C3%BC&@c");
        let payload = payload(&arguments).unwrap().unwrap();
        assert_eq!(payload.method, "POST");
        assert_eq!(
            payload.content_type.as_deref(),
            Some("application/x-www-form-urlencoded")
        );
    }

    #[test]
    fn a_form_has_parts() {
        let (bytes, boundary) =
            form(&[("a=b".to_owned(), true), ("c=@d".to_owned(), false)]).unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n@d\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        assert!(form(&[("a".to_owned(), true)]).is_err());
    }
}
