//! `berth:process/downloads`: what was downloaded before, by anybody.

use berth_kernel::Errno;
use wasmtime::Result;

use super::berth::berth::process::downloads::Host;
use super::wait;
use crate::guest::Guest;

impl Host for Guest {
    async fn find(&mut self, digest: Vec<u8>) -> Result<(u16, u32)> {
        let Ok(digest) = digest.try_into() else {
            return self.answer(Err(Errno::Invalid));
        };
        let (process, resting) = self.waiter();
        let found = self.machine.network().find_download(digest);
        let found = wait(&process, &resting, found).await;
        let inserted = found.and_then(|found| process.descriptors().insert(found?));
        self.answer(inserted)
    }

    async fn keep(&mut self, descriptor: u32) -> Result<u16> {
        let (process, resting) = self.waiter();
        let file = match process.file(descriptor) {
            Ok(file) => file,
            Err(errno) => return self.done(Err(errno)),
        };
        let kept = self.machine.network().keep_download(file);
        let kept = wait(&process, &resting, kept).await;
        self.done(kept.and_then(|kept| kept))
    }
}
