//! The programs of our own.

pub mod clear;
pub mod devices;
pub mod env;
pub mod identity;
mod split_string;
pub mod stty;
pub mod tac;
mod terminal_modes;
pub mod which;

use berth_multicall::{bytes, joined, os_string, print, search_path, usage_error};
pub use berth_multicall::{complain, reason};
