//! Standard output.

use std::io::{self, BufWriter, Stdout, Write};

use crate::message::{complain, reason};

/// Bytes collected before they are written.
const OUTPUT_BUFFER_BYTES: usize = 32 * 1024;

/// Standard output in large pieces; in lines when it is a terminal. Rust's own writes a line at a time always.
#[derive(Debug)]
pub struct Output {
    inner: BufWriter<std::fs::File>,
    by_line: bool,
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Self {
        let by_line = io::IsTerminal::is_terminal(&io::stdout());
        Self {
            inner: BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, raw(io::stdout())),
            by_line,
        }
    }

    /// Writes what was collected after each line, as `--line-buffered` asks.
    pub fn set_by_line(&mut self) {
        self.by_line = true;
    }
}

#[cfg(unix)]
fn raw(stdout: Stdout) -> std::fs::File {
    use std::os::fd::AsFd;
    stdout
        .as_fd()
        .try_clone_to_owned()
        .map_or_else(|_| null(), Into::into)
}

#[cfg(target_os = "wasi")]
fn raw(stdout: Stdout) -> std::fs::File {
    use std::os::fd::AsFd;
    berth_guest::dup(stdout.as_fd(), 0).map_or_else(|_| null(), Into::into)
}

/// Where standard output is closed, everything written fails; a file that refuses to be written does that.
fn null() -> std::fs::File {
    std::fs::File::open("/dev/null").expect("/dev/null")
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        if self.by_line && bytes[..written].contains(&b'\n') {
            self.inner.flush()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes to standard output; returns the exit code: 0, or 1 with a complaint.
pub fn print(program: &str, text: &[u8]) -> i32 {
    let mut stdout = io::stdout();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Ok(()) => 0,
        Err(error) => {
            complain(program, format_args!("write error: {}", reason(&error)));
            1
        }
    }
}

/// Prints what `--help` asks for; returns the exit code.
pub fn print_help(program: &str, text: &str) -> i32 {
    print(program, text.as_bytes())
}
