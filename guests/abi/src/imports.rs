//! The imports of the module `berth`, as the kernel declares them.
//!
//! Pointers are addresses in this module's memory, all integers are the `u32`/`i32` of the door. Every
//! function but the two without a result returns a preview1 errno, 0 for success.

use crate::{TerminalAttributes, WindowSize};

/// What `wait` writes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct WaitResult {
    pub pid: u32,
    pub kind: u32,
    pub value: u32,
}

/// One entry of the descriptor list of `spawn` and `exec`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct DescriptorPair {
    pub child: u32,
    pub parent: u32,
}

/// `flags` of `spawn` and `fork`: the child's group becomes the terminal's foreground group.
pub const FLAG_FOREGROUND: u32 = 1;
/// `options` of `wait`.
pub const WAIT_NO_HANG: u32 = 1;
pub const WAIT_STOPPED: u32 = 2;
pub const WAIT_CONTINUED: u32 = 4;

#[link(wasm_import_module = "berth")]
unsafe extern "C" {
    pub fn spawn(
        path: *const u8,
        path_len: usize,
        argv: *const u8,
        argv_len: usize,
        environ: *const u8,
        environ_len: usize,
        cwd: *const u8,
        cwd_len: usize,
        fds: *const DescriptorPair,
        fds_count: usize,
        group: i32,
        flags: u32,
        pid_out: *mut u32,
    ) -> i32;
    pub fn exec(
        path: *const u8,
        path_len: usize,
        argv: *const u8,
        argv_len: usize,
        environ: *const u8,
        environ_len: usize,
        fds: *const DescriptorPair,
        fds_count: usize,
    ) -> i32;
    pub fn fork(entry: usize, argument: *mut u8, group: i32, flags: u32, pid_out: *mut u32) -> i32;
    pub fn wait(pid: i32, options: u32, out: *mut WaitResult) -> i32;
    pub fn kill(pid: i32, signal: u32) -> i32;
    pub fn pipe(read_out: *mut u32, write_out: *mut u32) -> i32;
    pub fn dup(fd: u32, minimum: u32, out: *mut u32) -> i32;
    pub fn dup_to(fd: u32, target: u32) -> i32;
    pub fn getpid() -> u32;
    pub fn getppid() -> u32;
    pub fn getpgid(pid: u32, out: *mut u32) -> i32;
    pub fn setpgid(pid: u32, group: u32) -> i32;
    pub fn chdir(path: *const u8, len: usize) -> i32;
    pub fn getcwd(buffer: *mut u8, len: usize, len_out: *mut usize) -> i32;
    pub fn tty_get_attributes(fd: u32, out: *mut TerminalAttributes) -> i32;
    pub fn tty_set_attributes(fd: u32, attributes: *const TerminalAttributes, when: u32) -> i32;
    pub fn tty_get_winsize(fd: u32, out: *mut WindowSize) -> i32;
    pub fn tty_set_winsize(fd: u32, size: *const WindowSize) -> i32;
    pub fn tty_get_foreground(fd: u32, out: *mut u32) -> i32;
    pub fn tty_set_foreground(fd: u32, group: u32) -> i32;
    pub fn signal_action(signal: u32, action: u32, previous_out: *mut u32) -> i32;
    pub fn signal_ignored(out: *mut u64) -> i32;
    pub fn limit_get(resource: u32, out: *mut [u64; 2]) -> i32;
    pub fn limit_set(resource: u32, soft: u64, hard: u64) -> i32;
    pub fn signal_take(out: *mut u64) -> i32;
    pub fn umask(new: u32, previous_out: *mut u32) -> i32;
    pub fn fd_get_mode(fd: u32, out: *mut u32) -> i32;
    pub fn fd_set_mode(fd: u32, mode: u32) -> i32;
    pub fn path_get_mode(path: *const u8, len: usize, follow: u32, out: *mut u32) -> i32;
    pub fn path_create_fifo(path: *const u8, len: usize, mode: u32) -> i32;
    pub fn fd_lock(fd: u32, operation: u32) -> i32;
    pub fn path_set_mode(path: *const u8, len: usize, follow: u32, mode: u32) -> i32;
    pub fn tcp_connect(
        name: *const u8,
        len: usize,
        port: u32,
        timeout_ms: u32,
        out: *mut u32,
    ) -> i32;
    pub fn socket_address(
        fd: u32,
        peer: u32,
        buffer: *mut u8,
        len: usize,
        len_out: *mut u32,
    ) -> i32;
    pub fn tls_open(
        name: *const u8,
        name_len: usize,
        flags: u32,
        roots: *const u8,
        roots_len: usize,
        protocols: *const u8,
        protocols_len: usize,
        out: *mut u32,
    ) -> i32;
    pub fn tls_receive(connection: u32, bytes: *const u8, len: usize) -> i32;
    pub fn tls_send(connection: u32, buffer: *mut u8, len: usize, len_out: *mut u32) -> i32;
    pub fn tls_read(connection: u32, buffer: *mut u8, len: usize, len_out: *mut u32) -> i32;
    pub fn tls_write(connection: u32, bytes: *const u8, len: usize, len_out: *mut u32) -> i32;
    pub fn tls_state(connection: u32, out: *mut [u32; 2]) -> i32;
    pub fn tls_describe(connection: u32, buffer: *mut u8, len: usize, len_out: *mut u32) -> i32;
    pub fn tls_failure(connection: u32, buffer: *mut u8, len: usize, out: *mut [u32; 2]) -> i32;
    pub fn tls_close(connection: u32) -> i32;
    pub fn path_get_space(path: *const u8, len: usize, out: *mut [u64; 4]) -> i32;
}
