//! What the server answers inside its sessions, at `http://berth.internal`: the taps, and the script that sets brew up.
//!
//! Those are open to everybody in any case. Nothing else of the server is reached from there, whoever asks.

use std::path::PathBuf;
use std::pin::Pin;

use axum::Router;
use berth_gateway::{HostStream, Service};
use tokio_util::sync::CancellationToken;

use crate::routes;
use crate::serve::answer_stream;

/// The routes, and when to stop answering them.
pub struct Inside {
    router: Router,
    stopping: CancellationToken,
}

impl Inside {
    /// Answers for the taps in this directory.
    pub fn new(taps: Option<PathBuf>, stopping: CancellationToken) -> Self {
        Self {
            router: routes::taps::routes(taps),
            stopping,
        }
    }
}

impl Service for Inside {
    fn answer(&self, stream: HostStream) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (router, stopping) = (self.router.clone(), self.stopping.clone());
        Box::pin(answer_stream(stream, router, stopping))
    }
}
