//! What a file is said to be, by its name. Nothing that a browser would run is ever called by its name.

use axum::http::HeaderValue;
use mime_guess::mime;

/// The media type to send a file called `name` with. Images, sound, video, PDF, JSON and archives are called so, text
/// is plain text, and everything else (HTML, SVG, scripts among it) is just bytes.
pub(crate) fn of(name: &[u8]) -> HeaderValue {
    const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
    let name = String::from_utf8_lossy(name);
    let Some(guess) = mime_guess::from_path(name.as_ref()).first() else {
        return BYTES;
    };
    let harmless = match (guess.type_(), guess.subtype().as_str()) {
        (mime::IMAGE, subtype) => !subtype.starts_with("svg"),
        (mime::AUDIO | mime::VIDEO, _) => true,
        (mime::TEXT, "plain" | "csv" | "markdown" | "tab-separated-values") => {
            return HeaderValue::from_static("text/plain");
        }
        (mime::APPLICATION, "pdf" | "json" | "zip" | "gzip" | "x-tar" | "zstd") => true,
        _ => false,
    };
    match HeaderValue::from_str(guess.essence_str()) {
        Ok(value) if harmless => value,
        _ => BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_kinds_are_told() {
        for (name, kind) in [
            ("a.png", "image/png"),
            ("a.PDF", "application/pdf"),
            ("a.mp4", "video/mp4"),
            ("notes.txt", "text/plain"),
            ("table.csv", "text/plain"),
            ("한글.json", "application/json"),
        ] {
            assert_eq!(of(name.as_bytes()), kind, "{name}");
        }
    }

    #[test]
    fn nothing_that_a_browser_would_run_is_told() {
        for name in [
            "a.html", "a.HTM", "a.xhtml", "a.svg", "a.svgz", "a.js", "a.mjs", "a.css", "a.xml",
            "a.swf", "a", ".html", "a.wasm",
        ] {
            assert_eq!(of(name.as_bytes()), "application/octet-stream", "{name}");
        }
        assert_eq!(of(b"caf\xe9.html"), "application/octet-stream");
    }
}
