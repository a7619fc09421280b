//! Every limit of sessions, with its unit in its name.

use std::time::Duration;

/// Live sessions of one person.
pub const SESSIONS_LIVE_MAX: usize = 4096;
/// Sessions in one page of a list.
pub const PAGE_SESSIONS_MAX: usize = 1000;

/// Folders one session may ask for; dot-folders come on top.
pub const MOUNTS_REQUESTED_MAX: usize = 64;
/// Longest name in a mount's path, in characters.
pub const MOUNT_NAME_CHARACTERS_MAX: usize = 64;

/// Environment variables one session, or one command, may ask for.
pub const ENVIRON_VARIABLES_MAX: usize = 256;
/// Bytes of all their names and values.
pub const ENVIRON_BYTES_MAX: usize = 64 << 10;
/// Bytes of a startup command or of a command's text.
pub const COMMAND_BYTES_MAX: usize = 64 << 10;

/// Linear memory of all programs of a session together, in bytes: unless asked otherwise.
pub const MEMORY_BYTES_DEFAULT: u64 = 1 << 30;
/// The least that runs a shell and a program.
pub const MEMORY_BYTES_MIN: u64 = 16 << 20;
/// The most a session may ask for.
pub const MEMORY_BYTES_MAX: u64 = 64 << 30;
/// Processes at one time: unless asked otherwise.
pub const PROCESSES_DEFAULT: u64 = 64;
/// The most a session may ask for.
pub const PROCESSES_MAX: u64 = 512;
/// Bytes of a session's own `/home/work` and `/tmp` together: unless asked otherwise.
pub const SCRATCH_BYTES_DEFAULT: u64 = 1 << 30;
/// The least a session can work with.
pub const SCRATCH_BYTES_MIN: u64 = 1 << 20;
/// The most a session may ask for.
pub const SCRATCH_BYTES_MAX: u64 = 1 << 40;
/// Files, directories and links in them.
pub const SCRATCH_NAMES_MAX: u64 = 1_000_000;
/// Weight of a session among others: the least.
pub const CPU_SHARE_MIN: f64 = 0.01;
/// Weight of a session among others: the most.
pub const CPU_SHARE_MAX: f64 = 100.0;
/// Longest idle time-out and lifetime, in seconds.
pub const LIFE_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;

/// Files of the environment's skeleton that a new home gets.
pub const SKELETON_FILES_MAX: usize = 64;
/// Bytes of each of them.
pub const SKELETON_FILE_BYTES_MAX: usize = 64 << 10;

/// Dotfiles of one person.
pub const DOTFILES_MAX: usize = 64;
/// Bytes of one dotfile.
pub const DOTFILE_BYTES_MAX: usize = 64 << 10;
/// Bytes of all dotfiles of one person together: less than the smallest scratch.
pub const DOTFILES_BYTES_MAX: usize = 512 << 10;
/// Bytes of a dotfile's path.
pub const DOTFILE_PATH_BYTES_MAX: usize = 1024;
/// Names in a dotfile's path.
pub const DOTFILE_PATH_NAMES_MAX: usize = 16;
/// Bytes of a bootstrap script.
pub const BOOTSTRAP_SCRIPT_BYTES_MAX: usize = 64 << 10;
/// How long a bootstrap script may take; it is killed then, and the session goes on without it.
pub const BOOTSTRAP_TIMEOUT: Duration = Duration::from_secs(600);

/// How often idle time and lifetime are looked at.
pub const KEEPER_INTERVAL: Duration = Duration::from_secs(1);
/// How long an ending session waits for its last process before it goes on without it. They are
/// killed; only one that is inside a long write to the disk takes noticeable time.
pub const END_PATIENCE: Duration = Duration::from_secs(30);

/// Terminals of one session.
pub const TERMINALS_MAX: usize = 16;
/// Viewers of one terminal.
pub const VIEWERS_MAX: usize = 16;
/// Longest name of a terminal, in characters.
pub const TERMINAL_NAME_CHARACTERS_MAX: usize = 32;
/// Bytes of output a viewer may be behind before the program waits for it.
pub const VIEWER_QUEUE_BYTES: usize = 256 << 10;
/// Bytes of output handled in one piece, and in one message to a viewer.
pub const OUTPUT_PIECE_BYTES: usize = 32 << 10;
/// Typed bytes that no program has room for, before whoever types waits too.
pub const TYPED_HELD_BYTES: usize = 64 << 10;
/// Lines a terminal remembers above its screen.
pub const SCROLLBACK_ROWS: usize = 500;
/// Tallest window, in lines.
pub const ROWS_MAX: u16 = 500;
/// Widest window, in columns.
pub const COLUMNS_MAX: u16 = 1000;
/// Least lines and columns; the screen model does not hold less.
pub const WINDOW_MIN: u16 = 2;

/// Commands that run at the same time in one session.
pub const EXECS_MAX: usize = 16;
/// Bytes kept of each of a command's two outputs; the rest is read and dropped.
pub const EXEC_OUTPUT_BYTES_MAX: usize = 4 << 20;
/// Bytes a command may be given on its standard input.
pub const EXEC_STDIN_BYTES_MAX: usize = 16 << 20;
/// Arguments of a command.
pub const EXEC_ARGUMENTS_MAX: usize = 4096;
/// How long a command may take unless its request says otherwise.
pub const EXEC_TIMEOUT_DEFAULT: Duration = Duration::from_secs(600);
/// The longest a request may ask for.
pub const EXEC_TIMEOUT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes kept of what a startup command prints; older ones are dropped.
pub const LOG_BYTES_MAX: usize = 256 << 10;
/// Sessions that are over and whose log is still kept, newest first.
pub const LOGS_KEPT: usize = 64;
