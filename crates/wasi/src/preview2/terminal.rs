//! `berth:process/terminal`: attributes, window size, foreground group.

use std::sync::Arc;

use berth_kernel::tty::{Termios, Tty, When as KernelWhen, Winsize};
use berth_kernel::{Errno, Result};

use super::berth::berth::process::terminal::{Attributes, Host, Size, When};
use super::process::Answer;
use crate::guest::Guest;
use crate::process_abi::in_foreground;

impl Guest {
    fn tty(&self, descriptor: u32) -> Result<Arc<Tty>> {
        let file = self.process.file(descriptor)?;
        file.as_tty().map(Arc::clone).ok_or(Errno::NotTerminal)
    }
}

impl Host for Guest {
    fn get_attributes(&mut self, descriptor: u32) -> Answer<Attributes> {
        let attributes = self.tty(descriptor).map(|tty| tty.attributes());
        self.answer(attributes.map(|has| Attributes {
            input: has.input,
            output: has.output,
            control: has.control,
            local: has.local,
            characters: has.cc.to_vec(),
        }))
    }

    async fn set_attributes(
        &mut self,
        descriptor: u32,
        attributes: Attributes,
        when: When,
    ) -> Answer<()> {
        let wanted = || {
            let mut wanted = Termios {
                input: attributes.input,
                output: attributes.output,
                control: attributes.control,
                local: attributes.local,
                cc: Default::default(),
            };
            if attributes.characters.len() != wanted.cc.len() {
                return Err(Errno::Invalid);
            }
            wanted.cc.copy_from_slice(&attributes.characters);
            Ok((self.tty(descriptor)?, wanted))
        };
        let raw = match when {
            When::Now => 0,
            When::Drain => 1,
            When::Flush => 2,
        };
        let set = match (wanted(), KernelWhen::from_raw(raw)) {
            (Ok((tty, wanted)), Some(when)) => {
                in_foreground(&self.process, || {
                    tty.set_attributes(Some(&self.process), &wanted, when)
                })
                .await
            }
            (Err(errno), _) => Err(errno),
            (_, None) => Err(Errno::Invalid),
        };
        self.answer(set)
    }

    fn get_size(&mut self, descriptor: u32) -> Answer<Size> {
        let size = self.tty(descriptor).map(|tty| tty.winsize());
        self.answer(size.map(|Winsize { rows, columns }| Size { rows, columns }))
    }

    fn set_size(&mut self, descriptor: u32, size: Size) -> Answer<()> {
        let Size { rows, columns } = size;
        let tty = self.tty(descriptor);
        self.answer(tty.map(|tty| tty.resize(Winsize { rows, columns })))
    }

    fn get_foreground(&mut self, descriptor: u32) -> Answer<u32> {
        let group = self.tty(descriptor).map(|tty| tty.foreground());
        self.answer(group)
    }

    async fn set_foreground(&mut self, descriptor: u32, group: u32) -> Answer<()> {
        let set = match self.tty(descriptor) {
            Ok(tty) => {
                in_foreground(&self.process, || {
                    tty.change_foreground(&self.process, group)
                })
                .await
            }
            Err(errno) => Err(errno),
        };
        self.answer(set)
    }

    fn readable(&mut self, descriptor: u32) -> Answer<bool> {
        let file = self.process.file(descriptor);
        self.answer(file.map(|file| {
            let readiness = file.readiness();
            readiness.readable || readiness.hangup
        }))
    }
}
