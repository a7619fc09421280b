//! A program that was started.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use berth_guest::{Pid, Signal, WaitOptions, WaitStatus};
use berth_multicall::{End, wait_for};

use crate::{ChildStderr, ChildStdin, ChildStdout, ExitStatus};

/// What ends a program for certain.
const SIGKILL: Signal = 9;
/// How much of what a program writes is taken at a time.
const PIECE_BYTES: usize = 64 << 10;

/// A program that was started. Dropping it lets the program run on.
#[derive(Debug)]
pub struct Child {
    /// Our end of its standard input, where that is a pipe.
    pub stdin: Option<ChildStdin>,
    /// Our end of its standard output, where that is a pipe.
    pub stdout: Option<ChildStdout>,
    /// Our end of its standard error, where that is a pipe.
    pub stderr: Option<ChildStderr>,
    pid: Pid,
    status: Option<ExitStatus>,
}

/// All that a program wrote, and how it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

impl Child {
    pub(crate) fn new(pid: Pid, [stdin, stdout, stderr]: [Option<File>; 3]) -> Self {
        Self {
            stdin: stdin.map(ChildStdin),
            stdout: stdout.map(ChildStdout),
            stderr: stderr.map(ChildStderr),
            pid,
            status: None,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.pid.cast_unsigned()
    }

    /// Ends it.
    ///
    /// # Errors
    /// It is no child of this process any more.
    pub fn kill(&mut self) -> io::Result<()> {
        match self.status {
            Some(_) => Ok(()),
            None => berth_guest::kill(self.pid, SIGKILL),
        }
    }

    /// Closes its standard input and waits for its end.
    ///
    /// # Errors
    /// It is no child of this process.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        if let Some(status) = self.status {
            return Ok(status);
        }
        let status = ExitStatus(wait_for(self.pid)?);
        self.status = Some(status);
        Ok(status)
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// It is no child of this process.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            let at_once = WaitOptions {
                no_hang: true,
                ..WaitOptions::default()
            };
            let end = berth_guest::wait(self.pid, at_once)?;
            self.status = match end.map(|(_, status)| status) {
                Some(WaitStatus::Exited(code)) => Some(ExitStatus(End::Exited(code))),
                Some(WaitStatus::Signalled(signal)) => Some(ExitStatus(End::Signalled(signal))),
                _ => None,
            };
        }
        Ok(self.status)
    }

    /// Takes all that it writes to our pipes, and waits for its end.
    ///
    /// # Errors
    /// It is no child of this process, or a pipe cannot be read.
    pub fn wait_with_output(mut self) -> io::Result<Output> {
        drop(self.stdin.take());
        let (stdout, stderr) = (
            self.stdout.take().map(|end| end.0),
            self.stderr.take().map(|end| end.0),
        );
        let [stdout, stderr] = all([stdout, stderr])?;
        Ok(Output {
            status: self.wait()?,
            stdout,
            stderr,
        })
    }
}

/// All that comes from both, in whatever order: a program that waits for room in one pipe must not wait for ever.
fn all(mut pipes: [Option<File>; 2]) -> io::Result<[Vec<u8>; 2]> {
    let mut read = [Vec::new(), Vec::new()];
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let ready = match &pipes {
            [None, None] => return Ok(read),
            [Some(first), Some(second)] => {
                berth_guest::wait_either_readable([first.as_fd(), second.as_fd()])?
            }
            // Of one, a read waits.
            _ => [true, true],
        };
        for ((pipe, read), is_ready) in pipes.iter_mut().zip(&mut read).zip(ready) {
            let Some(file) = pipe.as_mut().filter(|_| is_ready) else {
                continue;
            };
            match file.read(&mut piece)? {
                0 => *pipe = None,
                count => read.extend_from_slice(&piece[..count]),
            }
        }
    }
}
