//! What a process' stack takes: host memory like any other, and charged like it.
//!
//! Wasm runs on a fiber whose pages come as they are touched, up to [`limits::STACK_FIBER_BYTES`], and stay until the
//! process ends. Nothing is told of that, so every tick looks how deep it is. Between two ticks a guest can go all the
//! way down; as many guests can have done so uncharged as there are threads for guests.

use crate::limits::STACK_FREE_BYTES;

/// How far down a process has been.
#[derive(Debug, Default)]
pub struct Stack {
    /// Where it began, an address; 0 before the first look.
    top: usize,
    /// What has been charged for, in bytes.
    charged: u64,
}

impl Stack {
    /// Another fiber: where it begins, the next look tells.
    pub fn begin(&mut self) {
        self.top = 0;
    }

    /// Looks how deep the caller is, which must run on the guest's fiber. Nothing the first time, when that is the top;
    /// then how much more there is to charge for than before.
    #[inline(never)]
    pub fn deeper(&mut self) -> Option<u64> {
        let local = 0u8;
        let here = std::ptr::from_ref(std::hint::black_box(&local)).addr();
        if self.top == 0 {
            self.top = here;
            return None;
        }
        // Stacks grow towards lower addresses on every machine that Cranelift compiles for.
        let depth = self.top.saturating_sub(here) as u64;
        let wanted = depth.saturating_sub(STACK_FREE_BYTES);
        let more = wanted.saturating_sub(self.charged);
        self.charged += more;
        Some(more)
    }
}
