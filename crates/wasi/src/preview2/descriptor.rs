//! `berth:process/descriptor`: pipes and duplicates, by number.

use std::sync::Arc;

use berth_kernel::pipe;

use super::berth::berth::process::descriptor::Host;
use crate::guest::Guest;

impl Host for Guest {
    fn pipe(&mut self) -> wasmtime::Result<(u16, u32, u32)> {
        let (reader, writer) = pipe::pipe();
        let make = || {
            let mut descriptors = self.process.descriptors();
            let reader = descriptors.insert(reader)?;
            match descriptors.insert(writer) {
                Ok(writer) => Ok((reader, writer)),
                Err(errno) => {
                    descriptors.remove(reader)?;
                    Err(errno)
                }
            }
        };
        let (errno, (reader, writer)) = self.answer(make())?;
        Ok((errno, reader, writer))
    }

    fn dup(&mut self, descriptor: u32, minimum: u32) -> wasmtime::Result<(u16, u32)> {
        let copy = || {
            let mut descriptors = self.process.descriptors();
            let file = Arc::clone(descriptors.get(descriptor)?);
            descriptors.insert_from(minimum, file)
        };
        self.answer(copy())
    }

    fn dup_to(&mut self, descriptor: u32, target: u32) -> wasmtime::Result<u16> {
        let replace = || {
            let mut descriptors = self.process.descriptors();
            let file = Arc::clone(descriptors.get(descriptor)?);
            if descriptor == target {
                return Ok(None);
            }
            descriptors.replace(target, file)
        };
        // What was there is dropped after the table's lock is gone.
        let closed = replace();
        self.done(closed.map(drop))
    }

    fn close(&mut self, descriptor: u32) -> wasmtime::Result<u16> {
        let removed = self.process.descriptors().remove(descriptor);
        self.done(removed.map(drop))
    }

    fn advised(&mut self) -> wasmtime::Result<Option<u32>> {
        Ok(self.preview2().advised.take())
    }
}
