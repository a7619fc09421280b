//! `clear`: an empty screen, and an empty memory of what scrolled off it.

use std::ffi::OsString;

/// Cursor home, erase the screen, erase the scrollback (ECMA-48 CUP and ED; ED 3 is xterm's).
const CLEAR: &[u8] = b"\x1b[H\x1b[2J\x1b[3J";
/// The same without the scrollback.
const CLEAR_SCREEN_ONLY: &[u8] = b"\x1b[H\x1b[2J";

/// `clear [-x]`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let keep_scrollback = arguments.iter().skip(1).any(|argument| argument == "-x");
    super::print(
        "clear",
        if keep_scrollback {
            CLEAR_SCREEN_ONLY
        } else {
            CLEAR
        },
    )
}
