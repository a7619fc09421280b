//! Rivals: bash of this machine under a pseudo-terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Longest wait for output.
const PATIENCE: Timespec = Timespec {
    tv_sec: 60,
    tv_nsec: 0,
};

/// A program under a pseudo-terminal of its own.
pub struct NativeTerminal {
    child: Child,
    master: File,
    seen: Vec<u8>,
}

impl NativeTerminal {
    /// Starts `command` with a new controlling terminal.
    #[allow(
        unsafe_code,
        reason = "a controlling terminal can only be taken between fork and exec"
    )]
    pub fn start(command: &mut Command) -> Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        let slave = File::from(rustix::fs::open(
            name,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )?);
        let window = rustix::termios::Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        rustix::termios::tcsetwinsize(&slave, window)?;
        let controlling = slave.try_clone()?;
        command
            .stdin(slave.try_clone()?)
            .stdout(slave.try_clone()?)
            .stderr(slave)
            .env("TERM", "xterm-256color");
        // SAFETY: between fork and exec only two system calls are made, which allocate nothing and take no lock.
        unsafe {
            command.pre_exec(move || {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(&controlling)?;
                Ok(())
            });
        }
        Ok(Self {
            child: command.spawn()?,
            master: File::from(master),
            seen: Vec::new(),
        })
    }

    /// Types.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.master.write_all(bytes)?)
    }

    /// Waits until `bytes` have come, and forgets everything up to them.
    pub fn wait_for(&mut self, bytes: &[u8]) -> Result<()> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self
                .seen
                .windows(bytes.len())
                .position(|window| window == bytes)
            {
                self.seen.drain(..at + bytes.len());
                return Ok(());
            }
            let readable = &mut [PollFd::new(&self.master, PollFlags::IN)];
            if poll(readable, Some(&PATIENCE))? == 0 {
                bail!(
                    "{:?} never came; the terminal shows {:?}",
                    String::from_utf8_lossy(bytes),
                    String::from_utf8_lossy(&self.seen)
                );
            }
            let got = self.master.read(&mut buffer).context("the program ended")?;
            self.seen.extend_from_slice(&buffer[..got]);
        }
    }
}

impl Drop for NativeTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An interactive bash without start-up files, as a session has none: those of this machine would set a prompt of
/// their own, and be measured with it.
pub fn bash() -> Command {
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-i"]);
    bash
}

/// The same inside bubblewrap, if that is installed.
pub fn bubblewrap() -> Option<Command> {
    let there = Command::new("bwrap")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    let mut bwrap = Command::new("bwrap");
    bwrap.args([
        "--unshare-all",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/tmp",
        "bash",
        "--norc",
        "-i",
    ]);
    there.then_some(bwrap)
}
