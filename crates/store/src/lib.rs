//! Berth's database: everything the server must still know after `kill -9`.
//!
//! One set of queries and migrations serves both SQLite (embedded, the default) and PostgreSQL (by URL). The SQL
//! stays in what both understand: ids are text, times are whole milliseconds, structured values are JSON as text.
//! Every statement is a constant with bound values; no statement is ever put together from pieces.
//!
//! A module is a table: its typed row, and the functions on it. Functions take `&Store`, return this crate's
//! [`Error`], and hold no rule of a domain: who may do what is decided above.

#![forbid(unsafe_code)]

mod database;
pub mod dotfiles;
mod error;
pub mod folders;
mod ids;
pub mod login_sessions;
mod migrations;
mod row;
pub mod sessions;
mod text_enum;
mod time;
pub mod tokens;
pub mod users;

pub use database::Store;
pub use error::{Error, Result};
pub use ids::{FolderId, LoginSessionId, ParseIdError, SessionId, TokenId, UserId};
pub use text_enum::ParseTextError;
pub use time::{Timestamp, now};
