//! `berth:process/tls`: TLS as an engine, for whoever has a connection of its own.

use berth_kernel::Errno;
use wasmtime::Result;

use super::berth::berth::process::tls::Host;
use crate::connections::PIECE_BYTES;
use crate::guest::Guest;
use crate::process_abi::tls_options;

impl Host for Guest {
    fn open(
        &mut self,
        name: Vec<u8>,
        options: u32,
        roots: Vec<u8>,
        protocols: Vec<Vec<u8>>,
    ) -> Result<(u16, u32)> {
        let opened = tls_options(options, &roots, &protocols)
            .and_then(|options| self.tls.open(&self.shared.tls, &name, &options));
        self.answer(opened)
    }

    fn receive(&mut self, connection: u32, bytes: Vec<u8>) -> Result<u16> {
        let received = self.tls.receive(connection, &bytes);
        self.done(received)
    }

    fn send(&mut self, connection: u32) -> Result<(u16, Vec<u8>)> {
        let mut buffer = vec![0; PIECE_BYTES];
        let sent = self.tls.send(connection, &mut buffer);
        self.answer(sent.map(|count| {
            buffer.truncate(count);
            buffer
        }))
    }

    fn read(&mut self, connection: u32, length: u32) -> Result<(u16, Vec<u8>)> {
        let mut buffer = vec![0; (length as usize).min(PIECE_BYTES)];
        let read = self.tls.read(connection, &mut buffer);
        self.answer(read.map(|count| {
            buffer.truncate(count);
            buffer
        }))
    }

    fn write(&mut self, connection: u32, bytes: Vec<u8>) -> Result<(u16, u32)> {
        let written = self.tls.write(connection, &bytes);
        self.answer(written.map(|count| count as u32))
    }

    fn state(&mut self, connection: u32) -> Result<(u16, u32, u32)> {
        let state = self.tls.state(connection);
        let (errno, (bits, pending)) = self.answer(state)?;
        Ok((errno, bits, pending))
    }

    fn describe(&mut self, connection: u32) -> Result<(u16, Vec<u8>, Vec<u8>, Vec<u8>)> {
        let described = self.tls.describe(connection);
        let (errno, (version, cipher, protocol)) = self.answer(described)?;
        Ok((errno, version, cipher, protocol))
    }

    fn certificate(&mut self, connection: u32, index: u32) -> Result<(u16, Vec<u8>)> {
        let certificate = self.tls.certificates(connection).and_then(|chain| {
            let found = chain.into_iter().nth(index as usize);
            found.ok_or(Errno::NoEntry)
        });
        self.answer(certificate)
    }

    fn failure(&mut self, connection: u32) -> Result<(u16, u32, Vec<u8>)> {
        let failure = self.tls.failure(connection);
        let (errno, (code, reason)) = self.answer(failure)?;
        Ok((errno, code, reason.into_bytes()))
    }

    fn finish(&mut self, connection: u32) -> Result<u16> {
        let finished = self.tls.finish(connection);
        self.done(finished)
    }

    fn close(&mut self, connection: u32) -> Result<u16> {
        let closed = self.tls.close(connection);
        self.done(closed)
    }
}
