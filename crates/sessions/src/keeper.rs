//! Ends sessions that nobody uses, and those whose time is over.

use std::sync::{Arc, PoisonError, Weak};

use crate::life::{self, Live};
use crate::limits::KEEPER_INTERVAL;
use crate::sessions::Inner;

/// Looks at all live sessions every [`KEEPER_INTERVAL`], as long as there is somebody to look for.
pub(crate) async fn keep(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(KEEPER_INTERVAL).await;
        let Some(inner) = inner.upgrade() else { return };
        let live: Vec<_> = inner.live().values().cloned().collect();
        for live in live {
            let Some(why) = verdict(&live) else { continue };
            let inner = Arc::clone(&inner);
            // Not waited for: one session that ends slowly keeps no other alive.
            tokio::spawn(async move {
                let id = live.id;
                if let Err(error) = life::end(&inner, live, why).await {
                    tracing::error!(session = %id, %error, "a session did not end as it should");
                }
            });
        }
    }
}

/// Why the session must end now.
fn verdict(live: &Live) -> Option<&'static str> {
    let computer = live.computer()?;
    if live
        .lifetime
        .is_some_and(|most| computer.activity.age() >= most)
    {
        return Some("its lifetime was over");
    }
    let most = live.idle_timeout?;
    let mut burnt = live.burnt.lock().unwrap_or_else(PoisonError::into_inner);
    (computer.idle(&mut burnt) >= most)
        .then_some("it was not used for as long as its idle time-out")
}
