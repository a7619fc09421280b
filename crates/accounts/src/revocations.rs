//! Telling whoever still uses a credential that it is worth nothing now.

use std::future::Future;
use std::time::Duration;

use berth_store::{Store, login_sessions, now, tokens};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Credential, CredentialId};

/// Revocations that a listener may fall behind; one that falls further looks in the database instead.
const REVOCATIONS_QUEUED_MAX: usize = 256;
/// When the database does not say whether a credential is good, it is asked again after this time.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where revocations are announced, after they are in the database.
#[derive(Debug)]
pub(crate) struct Revocations {
    sender: broadcast::Sender<CredentialId>,
}

impl Revocations {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(REVOCATIONS_QUEUED_MAX),
        }
    }

    pub(crate) fn announce(&self, revoked: CredentialId) {
        // An error says that nobody listens, which is fine.
        let _ = self.sender.send(revoked);
    }

    /// Ends when the credential is revoked or expires. Listens from this call on, not from the first poll.
    pub(crate) fn until_revoked(
        &self,
        store: &Store,
        credential: Credential,
    ) -> impl Future<Output = ()> + Send + use<> {
        let revocations = self.sender.subscribe();
        let store = store.clone();
        async move {
            tokio::select! {
                () = expiry(credential) => {}
                () = revocation(revocations, store, credential.id) => {}
            }
        }
    }
}

async fn expiry(credential: Credential) {
    match credential.expires_at {
        Some(expires_at) => {
            // What is left is negative when it is over already.
            let left =
                Duration::try_from(expires_at.duration_since(now())).unwrap_or(Duration::ZERO);
            tokio::time::sleep(left).await;
        }
        None => std::future::pending().await,
    }
}

async fn revocation(
    mut revocations: broadcast::Receiver<CredentialId>,
    store: Store,
    id: CredentialId,
) {
    loop {
        // It may have been revoked between being looked up and being listened for, or among announcements missed.
        match is_good(&store, id).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot see whether a credential is still good");
                tokio::time::sleep(LOOK_AGAIN_AFTER).await;
                continue;
            }
        }
        loop {
            match revocations.recv().await {
                Ok(revoked) if revoked == id => return,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => break,
                Err(RecvError::Closed) => return,
            }
        }
    }
}

async fn is_good(store: &Store, id: CredentialId) -> berth_store::Result<bool> {
    match id {
        CredentialId::Login(id) => login_sessions::is_held(store, id).await,
        CredentialId::Token(id) => tokens::is_held(store, id).await,
    }
}
