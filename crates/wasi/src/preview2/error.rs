//! Errors on their way out.

use berth_kernel::Errno;
use berth_kernel::process::{ExitStatus, Process, Verdict};
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi_io::streams::StreamError;

use crate::guest::Ended;

/// The trap of a guest that a signal has ended meanwhile: it does not come back from the call.
pub fn ended(process: &Process) -> Option<wasmtime::Error> {
    match process.verdict() {
        Verdict::Die(signal) => Some(wasmtime::Error::new(Ended(ExitStatus::Signal(signal)))),
        _ => None,
    }
}

/// What a file system function answers.
pub fn refusal(process: &Process, errno: Errno) -> FsError {
    match ended(process) {
        Some(trap) => FsError::trap(trap),
        None => code(errno).into(),
    }
}

/// What a stream's function answers.
pub fn failure(process: &Process, errno: Errno) -> StreamError {
    match ended(process) {
        Some(trap) => StreamError::Trap(trap),
        None => StreamError::LastOperationFailed(wasmtime::Error::new(errno)),
    }
}

/// The interface's code for an error number.
pub fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::Access | Errno::NotCapable => ErrorCode::Access,
        Errno::Again => ErrorCode::WouldBlock,
        Errno::Already => ErrorCode::Already,
        Errno::BadDescriptor => ErrorCode::BadDescriptor,
        Errno::Busy => ErrorCode::Busy,
        Errno::Deadlock => ErrorCode::Deadlock,
        Errno::Quota => ErrorCode::Quota,
        Errno::Exists => ErrorCode::Exist,
        Errno::FileTooBig => ErrorCode::FileTooLarge,
        Errno::IllegalSequence => ErrorCode::IllegalByteSequence,
        Errno::InProgress => ErrorCode::InProgress,
        Errno::Interrupted => ErrorCode::Interrupted,
        Errno::Invalid => ErrorCode::Invalid,
        Errno::IsDirectory => ErrorCode::IsDirectory,
        Errno::Loop => ErrorCode::Loop,
        Errno::TooManyLinks => ErrorCode::TooManyLinks,
        Errno::MessageSize => ErrorCode::MessageSize,
        Errno::NameTooLong => ErrorCode::NameTooLong,
        Errno::NoDevice => ErrorCode::NoDevice,
        Errno::NoEntry => ErrorCode::NoEntry,
        Errno::NoLocks => ErrorCode::NoLock,
        // There is no code for a full table.
        Errno::NoMemory | Errno::DescriptorLimit | Errno::FileTableFull => {
            ErrorCode::InsufficientMemory
        }
        Errno::NoSpace => ErrorCode::InsufficientSpace,
        Errno::NotDirectory => ErrorCode::NotDirectory,
        Errno::NotEmpty => ErrorCode::NotEmpty,
        Errno::NotRecoverable => ErrorCode::NotRecoverable,
        Errno::NotSupported | Errno::NotImplemented => ErrorCode::Unsupported,
        Errno::NotTerminal => ErrorCode::NoTty,
        Errno::NoDeviceOrAddress => ErrorCode::NoSuchDevice,
        Errno::Overflow => ErrorCode::Overflow,
        Errno::NotPermitted => ErrorCode::NotPermitted,
        Errno::BrokenPipe => ErrorCode::Pipe,
        Errno::ReadOnly => ErrorCode::ReadOnly,
        Errno::IllegalSeek => ErrorCode::InvalidSeek,
        Errno::TextBusy => ErrorCode::TextFileBusy,
        Errno::CrossDevice => ErrorCode::CrossDevice,
        _ => ErrorCode::Io,
    }
}
