//! Limits of a process.

use berth_kernel::Result;
use berth_kernel::resource::Resource;

use crate::memory::{GuestCaller, view};

/// `getrlimit(2)`: writes the soft and the hard limit as two `u64` at `out`, all ones for none. Numbers are Linux's.
pub fn limit_get(caller: &mut GuestCaller<'_>, resource: u32, out: u32) -> Result<()> {
    let resource = Resource::new(resource)?;
    let (mut memory, guest) = view(caller)?;
    let limits = guest.process.resources();
    let (soft, hard) = (limits.soft(resource), limits.hard(resource));
    memory.write_u64(out, soft)?;
    memory.write_u64(out.saturating_add(8), hard)
}

/// `setrlimit(2)`. The hard limit can only sink.
pub fn limit_set(caller: &mut GuestCaller<'_>, resource: u32, soft: u64, hard: u64) -> Result<()> {
    let resource = Resource::new(resource)?;
    caller.data().process.set_limit(resource, soft, hard)
}
