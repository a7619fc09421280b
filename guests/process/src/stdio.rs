//! What a program reads from and writes to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

/// What reads as nothing and swallows everything.
const NULL: &str = "/dev/null";

/// One of a program's three standard descriptors.
#[derive(Debug)]
pub struct Stdio(Kind);

#[derive(Debug)]
enum Kind {
    Inherit,
    Null,
    Piped,
    Given(OwnedFd),
}

impl Stdio {
    /// The same as this process's.
    pub fn inherit() -> Self {
        Self(Kind::Inherit)
    }

    /// Nothing to read, nowhere to write.
    pub fn null() -> Self {
        Self(Kind::Null)
    }

    /// A pipe, the other end of which the [`Child`](crate::Child) has.
    pub fn piped() -> Self {
        Self(Kind::Piped)
    }
}

impl From<OwnedFd> for Stdio {
    fn from(fd: OwnedFd) -> Self {
        Self(Kind::Given(fd))
    }
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        Self(Kind::Given(file.into()))
    }
}

/// Which way the bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    /// The program reads.
    In,
    /// The program writes.
    Out,
}

/// The two ends of a descriptor while the program is started.
pub(crate) struct Ends {
    /// The number the program's is made of.
    pub theirs: RawFd,
    /// What must stay open until it is started.
    pub _held: Option<OwnedFd>,
    /// Our end of a pipe.
    pub ours: Option<File>,
}

impl Stdio {
    /// Makes what the program is to get; `inherited` is the number it has in this process.
    pub(crate) fn open(&self, inherited: RawFd, direction: Direction) -> io::Result<Ends> {
        let held = |fd: OwnedFd, ours| Ends {
            theirs: fd.as_raw_fd(),
            _held: Some(fd),
            ours,
        };
        Ok(match &self.0 {
            Kind::Inherit => Ends {
                theirs: inherited,
                _held: None,
                ours: None,
            },
            Kind::Null => {
                let reads = direction == Direction::In;
                let null = OpenOptions::new().read(reads).write(!reads).open(NULL)?;
                held(null.into(), None)
            }
            Kind::Piped => {
                let (read, write) = berth_guest::pipe()?;
                match direction {
                    Direction::In => held(read, Some(write.into())),
                    Direction::Out => held(write, Some(read.into())),
                }
            }
            Kind::Given(fd) => Ends {
                theirs: fd.as_raw_fd(),
                _held: None,
                ours: None,
            },
        })
    }
}

macro_rules! ends {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(pub(crate) File);

        impl From<$name> for Stdio {
            fn from(end: $name) -> Self {
                end.0.into()
            }
        }

        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.0.as_fd()
            }
        }
    )*};
}

ends! {
    /// Our end of a program's standard input.
    ChildStdin;
    /// Our end of a program's standard output.
    ChildStdout;
    /// Our end of a program's standard error.
    ChildStderr;
}

impl Write for ChildStdin {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for ChildStdout {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Read for ChildStderr {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
