//! Sessions: what they are made of, how they live and end, and what is done in them.
//!
//! A session is mounts, an environment, limits, processes and terminals. [`Sessions`] knows all of
//! them and is the only door to one: who asks for a session that is not theirs finds none. What is
//! to be done in a session goes through a [`Computer`], which there is only while the session is
//! RUNNING: [`Computer::attach`] for people, [`Computer::exec`] for programs, [`Computer::files`]
//! for files.
//!
//! Architecture invariants: nothing here knows HTTP or wasmtime. A session that the database calls
//! live has a computer in this process, or is about to get or to lose it; after a restart none does
//! ([`Sessions::recover`]). Scratch is gone before a session is TERMINATED.

#![forbid(unsafe_code)]

mod activity;
mod computer;
mod dotfiles;
mod environ;
mod error;
mod exec;
mod keeper;
mod life;
pub mod limits;
mod log;
pub mod mounts;
mod name;
mod record;
mod request;
mod scratch;
mod sessions;
mod skeleton;
mod terminal;

pub use berth_gateway::Policy;
pub use berth_kernel::net::HostStream;
pub use berth_store::sessions::{Session, SessionStatus, SessionType};
pub use berth_store::{SessionId, UserId};
pub use computer::{Computer, MountedFolder, ResourcesInUse};
pub use dotfiles::{DOTFILE_MODE_DEFAULT, Dotfile, DotfilePath, DotfilePathFault, Dotfiles};
pub use error::{Error, Fault, Invalid, Result};
pub use exec::{Command, ExecRequest, ExecResult, TIMED_OUT_CODE};
pub use mounts::MountRequest;
pub use name::{SessionName, SessionNameError};
pub use request::{ResourcesRequest, SessionRequest};
pub use sessions::{Page, Sessions, SessionsOptions};
pub use terminal::{Attachment, Terminal, Viewer, WindowSize};
