//! The TLS connections of one process, by number: what both doors hand out.

use berth_gateway::tls::{Found, Tls, TlsConnection, TlsError, TlsOptions};
use berth_kernel::{Errno, Result};

use crate::limits::TLS_CONNECTIONS_MAX;

/// Bit of a connection's state: the handshake is under way.
const HANDSHAKING: u32 = 1;
/// Bit of a connection's state: there is ciphertext for the other side.
const WANTS_SEND: u32 = 2;
/// The most bytes one call answers.
pub const PIECE_BYTES: usize = 64 << 10;

/// The TLS connections of one process.
#[derive(Default)]
pub struct Connections {
    slots: Vec<Option<Box<Slot>>>,
}

struct Slot {
    connection: TlsConnection,
    /// What ended it.
    failure: Option<TlsError>,
}

impl Connections {
    fn slot(&mut self, number: u32) -> Result<&mut Slot> {
        let slot = self.slots.get_mut(number as usize);
        slot.and_then(Option::as_deref_mut)
            .ok_or(Errno::BadDescriptor)
    }

    /// Begins a connection to `name`. `EINVAL` for a name or certificates that are none, `EMFILE`.
    pub fn open(&mut self, tls: &Tls, name: &[u8], options: &TlsOptions<'_>) -> Result<u32> {
        let name = std::str::from_utf8(name).map_err(|_| Errno::Invalid)?;
        let free = self.slots.iter().position(Option::is_none);
        let number = free.unwrap_or(self.slots.len());
        if number >= TLS_CONNECTIONS_MAX {
            return Err(Errno::DescriptorLimit);
        }
        let connection = tls.connect(name, options).map_err(|_| Errno::Invalid)?;
        if number == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[number] = Some(Box::new(Slot {
            connection,
            failure: None,
        }));
        Ok(number as u32)
    }

    /// Takes ciphertext from the other side. `EPROTO`: the connection has failed, see [`Self::failure`].
    pub fn receive(&mut self, number: u32, ciphertext: &[u8]) -> Result<()> {
        let slot = self.slot(number)?;
        if slot.failure.is_some() {
            return Err(Errno::Protocol);
        }
        slot.connection.receive(ciphertext).map_err(|error| {
            slot.failure = Some(error);
            Errno::Protocol
        })
    }

    /// Takes ciphertext for the other side.
    pub fn send(&mut self, number: u32, buffer: &mut [u8]) -> Result<usize> {
        Ok(self.slot(number)?.connection.send(buffer))
    }

    /// Reads plaintext; 0 at the end, `EAGAIN` before more ciphertext comes.
    pub fn read(&mut self, number: u32, buffer: &mut [u8]) -> Result<usize> {
        let slot = self.slot(number)?;
        match slot.connection.read(buffer) {
            Found::Bytes(count) => Ok(count),
            Found::End => Ok(0),
            Found::Nothing if slot.failure.is_some() => Err(Errno::Protocol),
            Found::Nothing => Err(Errno::Again),
        }
    }

    /// Writes plaintext; `EAGAIN` before what waits is sent.
    pub fn write(&mut self, number: u32, plaintext: &[u8]) -> Result<usize> {
        let slot = self.slot(number)?;
        if slot.failure.is_some() {
            return Err(Errno::Protocol);
        }
        match slot.connection.write(plaintext) {
            0 if !plaintext.is_empty() => Err(Errno::Again),
            count => Ok(count),
        }
    }

    /// Bits of what it is doing, and the plaintext bytes that could be read at once.
    pub fn state(&mut self, number: u32) -> Result<(u32, u32)> {
        let connection = &self.slot(number)?.connection;
        let mut bits = 0;
        if connection.is_handshaking() {
            bits |= HANDSHAKING;
        }
        if connection.wants_send() {
            bits |= WANTS_SEND;
        }
        Ok((bits, connection.pending() as u32))
    }

    /// Version, cipher suite and protocol (ALPN) that were agreed on.
    pub fn describe(&mut self, number: u32) -> Result<(Vec<u8>, Vec<u8>, Vec<u8>)> {
        let connection = &self.slot(number)?.connection;
        Ok((
            connection.version().into(),
            connection.cipher().into_bytes(),
            connection.protocol().to_vec(),
        ))
    }

    /// The other side's certificates (DER), its own first.
    pub fn certificates(&mut self, number: u32) -> Result<Vec<Vec<u8>>> {
        Ok(self.slot(number)?.connection.certificates())
    }

    /// Why it failed: OpenSSL's number of a certificate's fault or 0, and words.
    pub fn failure(&mut self, number: u32) -> Result<(u32, String)> {
        Ok(match &self.slot(number)?.failure {
            None => (0, String::new()),
            Some(TlsError::Certificate { code, reason }) => (*code, reason.clone()),
            Some(TlsError::Protocol(reason)) => (0, reason.clone()),
        })
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self, number: u32) -> Result<()> {
        self.slot(number)?.connection.finish();
        Ok(())
    }

    /// Forgets a connection.
    pub fn close(&mut self, number: u32) -> Result<()> {
        self.slot(number)?;
        self.slots[number as usize] = None;
        Ok(())
    }
}
