//! What can go wrong with a session.
//!
//! An error is either the caller's (its text is a sentence for them) or the server's
//! ([`Error::is_internal`]; its text is for the log).

use berth_gateway::Policy;
use berth_kernel::Errno;
use berth_store::sessions::SessionStatus;

use crate::dotfiles::DotfilePathFault;
use crate::environ::EnvironFault;
use crate::limits::{
    BOOTSTRAP_SCRIPT_BYTES_MAX, COMMAND_BYTES_MAX, CPU_SHARE_MAX, CPU_SHARE_MIN, DOTFILE_BYTES_MAX,
    DOTFILES_BYTES_MAX, DOTFILES_MAX, EXEC_ARGUMENTS_MAX, EXEC_STDIN_BYTES_MAX, EXECS_MAX,
    SESSIONS_LIVE_MAX, TERMINAL_NAME_CHARACTERS_MAX, TERMINALS_MAX, VIEWERS_MAX,
};
use crate::mounts::{MountError, MountFault};
use crate::name::SessionNameError;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why one field of a request is refused. The sentence says what to do.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Fault {
    /// The session's name.
    #[error(transparent)]
    Name(#[from] SessionNameError),
    /// A mount.
    #[error(transparent)]
    Mount(#[from] MountFault),
    /// The environment variables.
    #[error(transparent)]
    Environ(#[from] EnvironFault),
    /// There is no such environment.
    #[error("choose one of the environments there are; there is none called {name:?}")]
    Environment {
        /// What was asked for.
        name: String,
    },
    /// A number out of its range.
    #[error("give a number from {least} to {most}")]
    OutOfRange {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A weight out of its range.
    #[error("give a number from {CPU_SHARE_MIN} to {CPU_SHARE_MAX}")]
    CpuShare,
    /// More of the network than the server lets sessions reach.
    #[error(
        "choose {farthest} or less (off, list, public); this server lets sessions reach no further"
    )]
    Egress {
        /// The most.
        farthest: Policy,
    },
    /// A batch session with nothing to do.
    #[error("give a batch session the command that it is to run")]
    BatchWithoutCommand,
    /// Shell text that is too long.
    #[error("shorten the command to {COMMAND_BYTES_MAX} bytes; put a longer one into a script")]
    CommandTooLong,
    /// A NUL where no program can take one.
    #[error("leave out the NUL character")]
    Nul,
    /// No arguments, too many, or the program's name empty.
    #[error("give the program and its arguments, 1 to {EXEC_ARGUMENTS_MAX} in all")]
    Arguments,
    /// More input than a command may get.
    #[error("shorten the input to {EXEC_STDIN_BYTES_MAX} bytes, or put it into a file")]
    InputTooLong,
    /// A working directory that is not there.
    #[error("choose a directory that is in the session; there is no directory {path:?}")]
    Directory {
        /// What was asked for.
        path: String,
    },
    /// A terminal's name.
    #[error(
        "name the terminal with 1 to {TERMINAL_NAME_CHARACTERS_MAX} of the letters a to z and A to Z, digits, \"_\", \
         \".\" and \"-\""
    )]
    TerminalName,
    /// Where a dotfile goes.
    #[error(transparent)]
    DotfilePath(#[from] DotfilePathFault),
    /// A dotfile that is too long.
    #[error("shorten the file to {DOTFILE_BYTES_MAX} bytes; put longer ones into a folder")]
    DotfileTooLong,
    /// Permission bits there are not.
    #[error("give the mode of three octal digits, such as 644")]
    Mode,
    /// A bootstrap script that is too long.
    #[error(
        "shorten the script to {BOOTSTRAP_SCRIPT_BYTES_MAX} bytes; put a longer one into a folder"
    )]
    BootstrapScriptTooLong,
}

/// A request with faults: which fields, and why each.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Invalid {
    /// Field and fault, in the request's order.
    pub faults: Vec<(String, Fault)>,
}

impl Invalid {
    /// One fault.
    pub(crate) fn one(field: &str, fault: impl Into<Fault>) -> Self {
        Self {
            faults: vec![(field.to_owned(), fault.into())],
        }
    }

    pub(crate) fn add(&mut self, field: &str, fault: impl Into<Fault>) {
        self.faults.push((field.to_owned(), fault.into()));
    }

    /// The value, or `None` and one fault more.
    pub(crate) fn take<T, F: Into<Fault>>(
        &mut self,
        field: &str,
        result: std::result::Result<T, F>,
    ) -> Option<T> {
        result.map_err(|fault| self.add(field, fault)).ok()
    }

    /// `value`, if there is no fault.
    pub(crate) fn or<T>(self, value: T) -> std::result::Result<T, Self> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// The fields at fault.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().map(|(field, _)| field.as_str())
    }
}

impl From<Vec<MountError>> for Invalid {
    fn from(errors: Vec<MountError>) -> Self {
        Self {
            faults: errors
                .into_iter()
                .map(|error| (error.field, error.fault.into()))
                .collect(),
        }
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (field, fault)) in self.faults.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {fault}")?;
        }
        Ok(())
    }
}

/// What can go wrong with a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such session, or it is not the caller's to see.
    #[error("there is no such session")]
    NotFound,
    /// The request breaks rules.
    #[error("{0}")]
    Invalid(Invalid),
    /// A folder that is to be mounted is not there, or not the caller's to see.
    #[error("there is no folder {folder:?} among yours")]
    FolderNotFound {
        /// Such as `mounts[1].folder`.
        field: String,
        /// What was asked for.
        folder: String,
    },
    /// The caller has a live session of this name.
    #[error("you have a session named {name:?} already; choose another name, or end the other one")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The caller has as many live sessions as anybody may have.
    #[error("you have {SESSIONS_LIVE_MAX} sessions already, which is the most; end one first")]
    TooManySessions,
    /// It takes a session that is RUNNING.
    #[error("the session is {status}; this takes one that is RUNNING")]
    NotRunning {
        /// What it is.
        status: SessionStatus,
    },
    /// It could not be put together.
    #[error("the session could not start: {0}")]
    Start(String),
    /// The session has as many terminals as it may have.
    #[error(
        "the session has {TERMINALS_MAX} terminals already, which is the most; close one first"
    )]
    TooManyTerminals,
    /// The terminal has as many viewers as it may have.
    #[error("the terminal has {VIEWERS_MAX} viewers already, which is the most")]
    TooManyViewers,
    /// As many commands run in the session as may.
    #[error(
        "{EXECS_MAX} commands run in the session already, which is the most; wait for one to end"
    )]
    TooManyCommands,
    /// The session has as many processes, or as much memory in use, as it may have.
    #[error("the session has as many processes as it may have; end one first")]
    ProcessLimit,
    /// There is no such dotfile.
    #[error("you have no such dotfile")]
    DotfileNotFound,
    /// The caller has as many dotfiles as anybody may have.
    #[error("you have {DOTFILES_MAX} dotfiles already, which is the most; delete one first")]
    TooManyDotfiles,
    /// The caller's dotfiles are as large as anybody's may be.
    #[error("dotfiles may have {DOTFILES_BYTES_MAX} bytes together; shorten or delete one first")]
    DotfilesTooLarge,
    /// One of two dotfiles would have to be a directory.
    #[error("you have a dotfile {path:?}, and a file cannot be a directory too")]
    DotfileInTheWay {
        /// The other one.
        path: String,
    },
    /// The server is going down.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The kernel refused what should work. For the log.
    #[error("the session's kernel fails: {0}")]
    Kernel(Errno),
    /// The disk failed. For the log.
    #[error("the scratch directory fails: {0}")]
    Scratch(#[from] std::io::Error),
    /// The folders failed. For the log.
    #[error(transparent)]
    Folders(berth_folders::Error),
    /// The database failed. For the log.
    #[error(transparent)]
    Store(#[from] berth_store::Error),
}

impl Error {
    /// Whether it is the server's fault, and its text for the log only.
    pub fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::Start(_) | Self::Kernel(_) | Self::Scratch(_) | Self::Folders(_) | Self::Store(_)
        )
    }

    /// One field of the request at fault.
    pub(crate) fn invalid(field: &str, fault: impl Into<Fault>) -> Self {
        Self::Invalid(Invalid::one(field, fault))
    }

    /// What starting a process ended with.
    pub(crate) fn of_spawn(errno: Errno) -> Self {
        match errno {
            Errno::Again | Errno::NoMemory => Self::ProcessLimit,
            errno => Self::Kernel(errno),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}
