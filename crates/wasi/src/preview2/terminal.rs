//! `berth:process/terminal`: attributes, window size, foreground group.

use std::sync::Arc;

use berth_kernel::tty::{Termios, Tty, When, Winsize};
use berth_kernel::{Errno, Result};

use super::berth::berth::process::terminal::Host;
use crate::guest::Guest;
use crate::process_abi::in_foreground;

impl Guest {
    fn tty(&self, descriptor: u32) -> Result<Arc<Tty>> {
        let file = self.process.file(descriptor)?;
        file.as_tty().map(Arc::clone).ok_or(Errno::NotTerminal)
    }
}

/// What `get-attributes` answers.
type Attributes = (u16, u32, u32, u32, u32, Vec<u8>);

impl Host for Guest {
    fn get_attributes(&mut self, descriptor: u32) -> wasmtime::Result<Attributes> {
        let attributes = self.tty(descriptor).map(|tty| tty.attributes());
        let (errno, (flags, characters)) = self.answer(attributes.map(|has| {
            let flags = [has.input, has.output, has.control, has.local];
            (flags, has.cc.to_vec())
        }))?;
        let [input, output, control, local] = flags;
        Ok((errno, input, output, control, local, characters))
    }

    async fn set_attributes(
        &mut self,
        descriptor: u32,
        input: u32,
        output: u32,
        control: u32,
        local: u32,
        characters: Vec<u8>,
        when: u32,
    ) -> wasmtime::Result<u16> {
        let wanted = || {
            let mut wanted = Termios {
                input,
                output,
                control,
                local,
                cc: Default::default(),
            };
            if characters.len() != wanted.cc.len() {
                return Err(Errno::Invalid);
            }
            wanted.cc.copy_from_slice(&characters);
            let when = When::from_raw(when).ok_or(Errno::Invalid)?;
            Ok((self.tty(descriptor)?, wanted, when))
        };
        let set = match wanted() {
            Ok((tty, wanted, when)) => {
                in_foreground(&self.process, || {
                    tty.set_attributes(Some(&self.process), &wanted, when)
                })
                .await
            }
            Err(errno) => Err(errno),
        };
        self.done(set)
    }

    fn get_size(&mut self, descriptor: u32) -> wasmtime::Result<(u16, u16, u16)> {
        let size = self.tty(descriptor).map(|tty| tty.winsize());
        let (errno, (rows, columns)) = self.answer(size.map(|size| (size.rows, size.columns)))?;
        Ok((errno, rows, columns))
    }

    fn set_size(&mut self, descriptor: u32, rows: u16, columns: u16) -> wasmtime::Result<u16> {
        let tty = self.tty(descriptor);
        self.done(tty.map(|tty| tty.resize(Winsize { rows, columns })))
    }

    fn get_foreground(&mut self, descriptor: u32) -> wasmtime::Result<(u16, u32)> {
        let group = self.tty(descriptor).map(|tty| tty.foreground());
        self.answer(group)
    }

    async fn set_foreground(&mut self, descriptor: u32, group: u32) -> wasmtime::Result<u16> {
        let set = match self.tty(descriptor) {
            Ok(tty) => {
                in_foreground(&self.process, || {
                    tty.change_foreground(&self.process, group)
                })
                .await
            }
            Err(errno) => Err(errno),
        };
        self.done(set)
    }

    fn readable(&mut self, descriptor: u32) -> wasmtime::Result<(u16, bool)> {
        let file = self.process.file(descriptor);
        self.answer(file.map(|file| {
            let readiness = file.readiness();
            readiness.readable || readiness.hangup
        }))
    }
}
