//! How much stack is left. Commands run inside each other as deep as a script likes, and a stack that overflows would
//! end the shell: so everything that recurses asks here first.
//!
//! What can be seen from inside is the stack in memory, of values whose address is taken. WebAssembly's own stack
//! grows with it, at most twice as fast, and the kernel has to give it that much.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Size of the stack: what `build.rs` asks the linker for, and what Linux gives to programs.
#[cfg(target_os = "wasi")]
const STACK_BYTES: usize = 4 << 20;
#[cfg(unix)]
const STACK_BYTES: usize = 8 << 20;
/// What is kept free for what does not ask: builtins, the editor, the deepest expression.
const RESERVED_BYTES: usize = 512 << 10;

/// Where the stack was when the shell began; 0 in tests of parts of it.
static BEGINNING: AtomicUsize = AtomicUsize::new(0);

/// Remembers where the stack is, at the beginning of the program.
pub fn begin() {
    let here = 0_u8;
    BEGINNING.store(std::ptr::from_ref(&here).addr(), Ordering::Relaxed);
}

/// Whether nothing more may run inside what runs now.
pub fn is_exhausted() -> bool {
    let here = 0_u8;
    let used = BEGINNING
        .load(Ordering::Relaxed)
        .saturating_sub(std::ptr::from_ref(&here).addr());
    used > STACK_BYTES - RESERVED_BYTES
}
