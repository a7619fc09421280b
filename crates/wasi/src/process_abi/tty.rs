//! Terminals: attributes, window size, foreground group (`termios(3)`, `tty_ioctl(4)`).
//!
//! Attributes are `{input: u32, output: u32, control: u32, local: u32, cc: [u8; 32]}` with Linux's
//! bits and indices; a window size is `{rows: u16, columns: u16}`.

use std::sync::Arc;

use berth_kernel::process::Process;
use berth_kernel::tty::{Termios, Tty, When, Winsize};
use berth_kernel::{Errno, Result};

use crate::memory::{GuestCaller, view};

/// Where the control characters begin in the structure.
const CC_AT: u32 = 16;

fn tty(caller: &GuestCaller<'_>, fd: u32) -> Result<Arc<Tty>> {
    caller
        .data()
        .process
        .file(fd)?
        .as_tty()
        .map(Arc::clone)
        .ok_or(Errno::NotTerminal)
}

/// `tcgetattr(3)`.
pub fn tty_get_attributes(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let attributes = tty(caller, fd)?.attributes();
    let (mut memory, _) = view(caller)?;
    let words = [
        attributes.input,
        attributes.output,
        attributes.control,
        attributes.local,
    ];
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend(attributes.cc);
    memory.write(out, &bytes)
}

/// `tcsetattr(3)`; `when` is 0 now, 1 drain, 2 drain and flush.
pub async fn tty_set_attributes(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    attributes: u32,
    when: u32,
) -> Result<()> {
    let tty = tty(caller, fd)?;
    let when = When::from_raw(when).ok_or(Errno::Invalid)?;
    let (memory, guest) = view(caller)?;
    let word = |at: u32| memory.u32(attributes.checked_add(at).ok_or(Errno::Fault)?);
    let mut wanted = Termios {
        input: word(0)?,
        output: word(4)?,
        control: word(8)?,
        local: word(12)?,
        cc: Default::default(),
    };
    let cc_length = wanted.cc.len() as u32;
    wanted.cc.copy_from_slice(memory.bytes(
        attributes.checked_add(CC_AT).ok_or(Errno::Fault)?,
        cc_length,
    )?);
    let process = Arc::clone(&guest.process);
    in_foreground(&process, || {
        tty.set_attributes(Some(&process), &wanted, when)
    })
    .await
}

/// `ioctl(2)` with `TIOCGWINSZ`.
pub fn tty_get_winsize(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let Winsize { rows, columns } = tty(caller, fd)?.winsize();
    let bytes = [rows.to_le_bytes(), columns.to_le_bytes()].concat();
    view(caller)?.0.write(out, &bytes)
}

/// `ioctl(2)` with `TIOCSWINSZ`.
pub fn tty_set_winsize(caller: &mut GuestCaller<'_>, fd: u32, size: u32) -> Result<()> {
    let tty = tty(caller, fd)?;
    let (memory, _) = view(caller)?;
    let columns = memory.u16(size.checked_add(2).ok_or(Errno::Fault)?)?;
    tty.resize(Winsize {
        rows: memory.u16(size)?,
        columns,
    });
    Ok(())
}

/// `tcgetpgrp(3)`.
pub fn tty_get_foreground(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let group = tty(caller, fd)?.foreground();
    view(caller)?.0.write_u32(out, group)
}

/// `tcsetpgrp(3)`.
pub async fn tty_set_foreground(caller: &mut GuestCaller<'_>, fd: u32, group: u32) -> Result<()> {
    let tty = tty(caller, fd)?;
    let process = Arc::clone(&caller.data().process);
    in_foreground(&process, || tty.change_foreground(&process, group)).await
}

/// Does `change`. A background process is stopped by the attempt (`SIGTTOU`) and tries again when
/// it goes on.
pub async fn in_foreground(process: &Process, change: impl Fn() -> Result<()>) -> Result<()> {
    loop {
        match change() {
            Err(Errno::Again) => process.interruptible(tokio::task::yield_now()).await?,
            done => return done,
        }
    }
}
