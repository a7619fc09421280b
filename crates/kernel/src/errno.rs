//! Errors of the kernel, numbered as WASI preview1 numbers them.
//!
//! Source: `wasi_snapshot_preview1.witx`, type `errno`. One numbering for the kernel and for both
//! doors means that no error is translated twice.

use std::fmt;

/// What the kernel's functions answer.
pub type Result<T> = std::result::Result<T, Errno>;

/// An error number; the POSIX name stands beside each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u16)]
pub enum Errno {
    /// `E2BIG`
    TooBig = 1,
    /// `EACCES`
    Access = 2,
    /// `EADDRINUSE`
    AddressInUse = 3,
    /// `EADDRNOTAVAIL`
    AddressNotAvailable = 4,
    /// `EAFNOSUPPORT`
    AddressFamily = 5,
    /// `EAGAIN`
    Again = 6,
    /// `EALREADY`
    Already = 7,
    /// `EBADF`
    BadDescriptor = 8,
    /// `EBADMSG`
    BadMessage = 9,
    /// `EBUSY`
    Busy = 10,
    /// `ECANCELED`
    Canceled = 11,
    /// `ECHILD`
    NoChild = 12,
    /// `ECONNABORTED`
    ConnectionAborted = 13,
    /// `ECONNREFUSED`
    ConnectionRefused = 14,
    /// `ECONNRESET`
    ConnectionReset = 15,
    /// `EDEADLK`
    Deadlock = 16,
    /// `EDESTADDRREQ`
    DestinationRequired = 17,
    /// `EDOM`
    Domain = 18,
    /// `EDQUOT`
    Quota = 19,
    /// `EEXIST`
    Exists = 20,
    /// `EFAULT`
    Fault = 21,
    /// `EFBIG`
    FileTooBig = 22,
    /// `EHOSTUNREACH`
    HostUnreachable = 23,
    /// `EIDRM`
    IdentifierRemoved = 24,
    /// `EILSEQ`
    IllegalSequence = 25,
    /// `EINPROGRESS`
    InProgress = 26,
    /// `EINTR`
    Interrupted = 27,
    /// `EINVAL`
    Invalid = 28,
    /// `EIO`
    Io = 29,
    /// `EISCONN`
    IsConnected = 30,
    /// `EISDIR`
    IsDirectory = 31,
    /// `ELOOP`
    Loop = 32,
    /// `EMFILE`
    DescriptorLimit = 33,
    /// `EMLINK`
    TooManyLinks = 34,
    /// `EMSGSIZE`
    MessageSize = 35,
    /// `EMULTIHOP`
    MultiHop = 36,
    /// `ENAMETOOLONG`
    NameTooLong = 37,
    /// `ENETDOWN`
    NetworkDown = 38,
    /// `ENETRESET`
    NetworkReset = 39,
    /// `ENETUNREACH`
    NetworkUnreachable = 40,
    /// `ENFILE`
    FileTableFull = 41,
    /// `ENOBUFS`
    NoBuffers = 42,
    /// `ENODEV`
    NoDevice = 43,
    /// `ENOENT`
    NoEntry = 44,
    /// `ENOEXEC`
    NoExec = 45,
    /// `ENOLCK`
    NoLocks = 46,
    /// `ENOLINK`
    NoLink = 47,
    /// `ENOMEM`
    NoMemory = 48,
    /// `ENOMSG`
    NoMessage = 49,
    /// `ENOPROTOOPT`
    NoProtocolOption = 50,
    /// `ENOSPC`
    NoSpace = 51,
    /// `ENOSYS`
    NotImplemented = 52,
    /// `ENOTCONN`
    NotConnected = 53,
    /// `ENOTDIR`
    NotDirectory = 54,
    /// `ENOTEMPTY`
    NotEmpty = 55,
    /// `ENOTRECOVERABLE`
    NotRecoverable = 56,
    /// `ENOTSOCK`
    NotSocket = 57,
    /// `ENOTSUP`
    NotSupported = 58,
    /// `ENOTTY`
    NotTerminal = 59,
    /// `ENXIO`
    NoDeviceOrAddress = 60,
    /// `EOVERFLOW`
    Overflow = 61,
    /// `EOWNERDEAD`
    OwnerDead = 62,
    /// `EPERM`
    NotPermitted = 63,
    /// `EPIPE`
    BrokenPipe = 64,
    /// `EPROTO`
    Protocol = 65,
    /// `EPROTONOSUPPORT`
    ProtocolNotSupported = 66,
    /// `EPROTOTYPE`
    ProtocolType = 67,
    /// `ERANGE`
    Range = 68,
    /// `EROFS`
    ReadOnly = 69,
    /// `ESPIPE`
    IllegalSeek = 70,
    /// `ESRCH`
    NoProcess = 71,
    /// `ESTALE`
    Stale = 72,
    /// `ETIMEDOUT`
    TimedOut = 73,
    /// `ETXTBSY`
    TextBusy = 74,
    /// `EXDEV`
    CrossDevice = 75,
    /// `ENOTCAPABLE`
    NotCapable = 76,
}

impl Errno {
    /// The number a guest sees.
    pub fn raw(self) -> u16 {
        self as u16
    }

    /// The POSIX name, for logs and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooBig => "E2BIG",
            Self::Access => "EACCES",
            Self::AddressInUse => "EADDRINUSE",
            Self::AddressNotAvailable => "EADDRNOTAVAIL",
            Self::AddressFamily => "EAFNOSUPPORT",
            Self::Again => "EAGAIN",
            Self::Already => "EALREADY",
            Self::BadDescriptor => "EBADF",
            Self::BadMessage => "EBADMSG",
            Self::Busy => "EBUSY",
            Self::Canceled => "ECANCELED",
            Self::NoChild => "ECHILD",
            Self::ConnectionAborted => "ECONNABORTED",
            Self::ConnectionRefused => "ECONNREFUSED",
            Self::ConnectionReset => "ECONNRESET",
            Self::Deadlock => "EDEADLK",
            Self::DestinationRequired => "EDESTADDRREQ",
            Self::Domain => "EDOM",
            Self::Quota => "EDQUOT",
            Self::Exists => "EEXIST",
            Self::Fault => "EFAULT",
            Self::FileTooBig => "EFBIG",
            Self::HostUnreachable => "EHOSTUNREACH",
            Self::IdentifierRemoved => "EIDRM",
            Self::IllegalSequence => "EILSEQ",
            Self::InProgress => "EINPROGRESS",
            Self::Interrupted => "EINTR",
            Self::Invalid => "EINVAL",
            Self::Io => "EIO",
            Self::IsConnected => "EISCONN",
            Self::IsDirectory => "EISDIR",
            Self::Loop => "ELOOP",
            Self::DescriptorLimit => "EMFILE",
            Self::TooManyLinks => "EMLINK",
            Self::MessageSize => "EMSGSIZE",
            Self::MultiHop => "EMULTIHOP",
            Self::NameTooLong => "ENAMETOOLONG",
            Self::NetworkDown => "ENETDOWN",
            Self::NetworkReset => "ENETRESET",
            Self::NetworkUnreachable => "ENETUNREACH",
            Self::FileTableFull => "ENFILE",
            Self::NoBuffers => "ENOBUFS",
            Self::NoDevice => "ENODEV",
            Self::NoEntry => "ENOENT",
            Self::NoExec => "ENOEXEC",
            Self::NoLocks => "ENOLCK",
            Self::NoLink => "ENOLINK",
            Self::NoMemory => "ENOMEM",
            Self::NoMessage => "ENOMSG",
            Self::NoProtocolOption => "ENOPROTOOPT",
            Self::NoSpace => "ENOSPC",
            Self::NotImplemented => "ENOSYS",
            Self::NotConnected => "ENOTCONN",
            Self::NotDirectory => "ENOTDIR",
            Self::NotEmpty => "ENOTEMPTY",
            Self::NotRecoverable => "ENOTRECOVERABLE",
            Self::NotSocket => "ENOTSOCK",
            Self::NotSupported => "ENOTSUP",
            Self::NotTerminal => "ENOTTY",
            Self::NoDeviceOrAddress => "ENXIO",
            Self::Overflow => "EOVERFLOW",
            Self::OwnerDead => "EOWNERDEAD",
            Self::NotPermitted => "EPERM",
            Self::BrokenPipe => "EPIPE",
            Self::Protocol => "EPROTO",
            Self::ProtocolNotSupported => "EPROTONOSUPPORT",
            Self::ProtocolType => "EPROTOTYPE",
            Self::Range => "ERANGE",
            Self::ReadOnly => "EROFS",
            Self::IllegalSeek => "ESPIPE",
            Self::NoProcess => "ESRCH",
            Self::Stale => "ESTALE",
            Self::TimedOut => "ETIMEDOUT",
            Self::TextBusy => "ETXTBSY",
            Self::CrossDevice => "EXDEV",
            Self::NotCapable => "ENOTCAPABLE",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::error::Error for Errno {}

impl From<rustix::io::Errno> for Errno {
    fn from(host: rustix::io::Errno) -> Self {
        match host {
            rustix::io::Errno::TOOBIG => Self::TooBig,
            rustix::io::Errno::ACCESS => Self::Access,
            rustix::io::Errno::ADDRINUSE => Self::AddressInUse,
            rustix::io::Errno::ADDRNOTAVAIL => Self::AddressNotAvailable,
            rustix::io::Errno::AFNOSUPPORT => Self::AddressFamily,
            rustix::io::Errno::AGAIN => Self::Again,
            rustix::io::Errno::ALREADY => Self::Already,
            rustix::io::Errno::BADF => Self::BadDescriptor,
            rustix::io::Errno::BADMSG => Self::BadMessage,
            rustix::io::Errno::BUSY => Self::Busy,
            rustix::io::Errno::CANCELED => Self::Canceled,
            rustix::io::Errno::CHILD => Self::NoChild,
            rustix::io::Errno::CONNABORTED => Self::ConnectionAborted,
            rustix::io::Errno::CONNREFUSED => Self::ConnectionRefused,
            rustix::io::Errno::CONNRESET => Self::ConnectionReset,
            rustix::io::Errno::DEADLK => Self::Deadlock,
            rustix::io::Errno::DESTADDRREQ => Self::DestinationRequired,
            rustix::io::Errno::DOM => Self::Domain,
            rustix::io::Errno::DQUOT => Self::Quota,
            rustix::io::Errno::EXIST => Self::Exists,
            rustix::io::Errno::FAULT => Self::Fault,
            rustix::io::Errno::FBIG => Self::FileTooBig,
            rustix::io::Errno::HOSTUNREACH => Self::HostUnreachable,
            rustix::io::Errno::IDRM => Self::IdentifierRemoved,
            rustix::io::Errno::ILSEQ => Self::IllegalSequence,
            rustix::io::Errno::INPROGRESS => Self::InProgress,
            rustix::io::Errno::INTR => Self::Interrupted,
            rustix::io::Errno::INVAL => Self::Invalid,
            rustix::io::Errno::IO => Self::Io,
            rustix::io::Errno::ISCONN => Self::IsConnected,
            rustix::io::Errno::ISDIR => Self::IsDirectory,
            rustix::io::Errno::LOOP => Self::Loop,
            rustix::io::Errno::MFILE => Self::DescriptorLimit,
            rustix::io::Errno::MLINK => Self::TooManyLinks,
            rustix::io::Errno::MSGSIZE => Self::MessageSize,
            rustix::io::Errno::MULTIHOP => Self::MultiHop,
            rustix::io::Errno::NAMETOOLONG => Self::NameTooLong,
            rustix::io::Errno::NETDOWN => Self::NetworkDown,
            rustix::io::Errno::NETRESET => Self::NetworkReset,
            rustix::io::Errno::NETUNREACH => Self::NetworkUnreachable,
            rustix::io::Errno::NFILE => Self::FileTableFull,
            rustix::io::Errno::NOBUFS => Self::NoBuffers,
            rustix::io::Errno::NODEV => Self::NoDevice,
            rustix::io::Errno::NOENT => Self::NoEntry,
            rustix::io::Errno::NOEXEC => Self::NoExec,
            rustix::io::Errno::NOLCK => Self::NoLocks,
            rustix::io::Errno::NOLINK => Self::NoLink,
            rustix::io::Errno::NOMEM => Self::NoMemory,
            rustix::io::Errno::NOMSG => Self::NoMessage,
            rustix::io::Errno::NOPROTOOPT => Self::NoProtocolOption,
            rustix::io::Errno::NOSPC => Self::NoSpace,
            rustix::io::Errno::NOSYS => Self::NotImplemented,
            rustix::io::Errno::NOTCONN => Self::NotConnected,
            rustix::io::Errno::NOTDIR => Self::NotDirectory,
            rustix::io::Errno::NOTEMPTY => Self::NotEmpty,
            rustix::io::Errno::NOTRECOVERABLE => Self::NotRecoverable,
            rustix::io::Errno::NOTSOCK => Self::NotSocket,
            rustix::io::Errno::NOTSUP => Self::NotSupported,
            rustix::io::Errno::NOTTY => Self::NotTerminal,
            rustix::io::Errno::NXIO => Self::NoDeviceOrAddress,
            rustix::io::Errno::OVERFLOW => Self::Overflow,
            rustix::io::Errno::OWNERDEAD => Self::OwnerDead,
            rustix::io::Errno::PERM => Self::NotPermitted,
            rustix::io::Errno::PIPE => Self::BrokenPipe,
            rustix::io::Errno::PROTO => Self::Protocol,
            rustix::io::Errno::PROTONOSUPPORT => Self::ProtocolNotSupported,
            rustix::io::Errno::PROTOTYPE => Self::ProtocolType,
            rustix::io::Errno::RANGE => Self::Range,
            rustix::io::Errno::ROFS => Self::ReadOnly,
            rustix::io::Errno::SPIPE => Self::IllegalSeek,
            rustix::io::Errno::SRCH => Self::NoProcess,
            rustix::io::Errno::STALE => Self::Stale,
            rustix::io::Errno::TIMEDOUT => Self::TimedOut,
            rustix::io::Errno::TXTBSY => Self::TextBusy,
            rustix::io::Errno::XDEV => Self::CrossDevice,
            // Host errors that preview1 has no number for.
            _ => Self::Io,
        }
    }
}
