//! `wasi:io`: streams, pollables and errors, in wasmtime-wasi's table, with waits that signals end.

use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi_io::bindings::wasi::io::{error, poll, streams};
use wasmtime_wasi_io::poll::DynPollable;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream, StreamError, StreamResult};

use super::error::{ended, failure};
use super::wait;
use crate::guest::Guest;
use crate::limits;

impl poll::Host for Guest {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        let count = pollables.len();
        if count > limits::SUBSCRIPTIONS_MAX as usize {
            return Err(wasmtime::format_err!("{count} pollables in one poll"));
        }
        let (process, resting) = self.waiter();
        let polled = wait(&process, &resting, self.table().poll(pollables)).await;
        self.tell_of_signals();
        match polled {
            Ok(ready) => ready,
            Err(_) => match ended(&process) {
                Some(trap) => Err(trap),
                // The interface cannot say "interrupted"; see the module's head.
                None => Ok((0..count as u32).collect()),
            },
        }
    }
}

impl poll::HostPollable for Guest {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        let (process, resting) = self.waiter();
        let waited = wait(&process, &resting, self.table().block(pollable)).await;
        self.tell_of_signals();
        match waited {
            Ok(done) => done,
            Err(_) => ended(&process).map_or(Ok(()), Err),
        }
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        self.table().ready(pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        poll::HostPollable::drop(self.table(), pollable)
    }
}

impl error::Host for Guest {}

impl error::HostError for Guest {
    fn to_debug_string(&mut self, error: Resource<error::Error>) -> Result<String> {
        self.table().to_debug_string(error)
    }

    fn drop(&mut self, error: Resource<error::Error>) -> Result<()> {
        error::HostError::drop(self.table(), error)
    }
}

impl streams::Host for Guest {
    fn convert_stream_error(&mut self, error: StreamError) -> Result<streams::StreamError> {
        self.table().convert_stream_error(error)
    }
}

/// What a wait that a signal ended answers.
macro_rules! interruptible {
    ($guest:ident, $future:expr) => {{
        let (process, resting) = $guest.waiter();
        let waited = wait(&process, &resting, $future).await;
        $guest.tell_of_signals();
        match waited {
            Ok(done) => done,
            Err(errno) => Err(failure(&process, errno)),
        }
    }};
}

type In = Resource<DynInputStream>;
type Out = Resource<DynOutputStream>;

impl streams::HostInputStream for Guest {
    fn read(&mut self, stream: In, length: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::read(self.table(), stream, length)
    }

    async fn blocking_read(&mut self, stream: In, length: u64) -> StreamResult<Vec<u8>> {
        interruptible!(self, self.table().blocking_read(stream, length))
    }

    fn skip(&mut self, stream: In, length: u64) -> StreamResult<u64> {
        streams::HostInputStream::skip(self.table(), stream, length)
    }

    async fn blocking_skip(&mut self, stream: In, length: u64) -> StreamResult<u64> {
        interruptible!(self, self.table().blocking_skip(stream, length))
    }

    fn subscribe(&mut self, stream: In) -> Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(self.table(), stream)
    }

    async fn drop(&mut self, stream: In) -> Result<()> {
        streams::HostInputStream::drop(self.table(), stream).await
    }
}

impl streams::HostOutputStream for Guest {
    fn check_write(&mut self, stream: Out) -> StreamResult<u64> {
        self.table().check_write(stream)
    }

    fn write(&mut self, stream: Out, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::write(self.table(), stream, bytes)
    }

    async fn blocking_write_and_flush(&mut self, stream: Out, bytes: Vec<u8>) -> StreamResult<()> {
        interruptible!(self, self.table().blocking_write_and_flush(stream, bytes))
    }

    fn flush(&mut self, stream: Out) -> StreamResult<()> {
        streams::HostOutputStream::flush(self.table(), stream)
    }

    async fn blocking_flush(&mut self, stream: Out) -> StreamResult<()> {
        interruptible!(self, self.table().blocking_flush(stream))
    }

    fn subscribe(&mut self, stream: Out) -> Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(self.table(), stream)
    }

    fn write_zeroes(&mut self, stream: Out, length: u64) -> StreamResult<()> {
        self.table().write_zeroes(stream, length)
    }

    async fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Out,
        length: u64,
    ) -> StreamResult<()> {
        interruptible!(
            self,
            self.table().blocking_write_zeroes_and_flush(stream, length)
        )
    }

    fn splice(&mut self, to: Out, from: In, length: u64) -> StreamResult<u64> {
        self.table().splice(to, from, length)
    }

    async fn blocking_splice(&mut self, to: Out, from: In, length: u64) -> StreamResult<u64> {
        interruptible!(self, self.table().blocking_splice(to, from, length))
    }

    async fn drop(&mut self, stream: Out) -> Result<()> {
        streams::HostOutputStream::drop(self.table(), stream).await
    }
}
