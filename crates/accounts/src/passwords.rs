//! Hashing passwords with Argon2id, without letting log-ins eat the server.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::{Error, Result};

/// Each takes a core for some tens of milliseconds, and 19 MiB.
const HASHING_AT_ONCE_MAX: usize = 2;
/// Who comes when this many wait or hash is told to try again.
const HASHING_AND_WAITING_MAX: usize = 64;

/// Hashes and verifies, a few at a time, on the threads for blocking work.
#[derive(Debug)]
pub(crate) struct Passwords {
    /// One permit for everybody who hashes or waits: bounds the queue before `turns`.
    places: Semaphore,
    /// One permit for everybody who hashes.
    turns: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            places: Semaphore::new(HASHING_AND_WAITING_MAX),
            turns: Semaphore::new(HASHING_AT_ONCE_MAX),
        }
    }

    /// The password's hash, with a new salt, as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move || {
            let hash = Argon2::default().hash_password(password.as_bytes());
            hash.map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(format!("hashing failed: {error}")))
        })
        .await?
    }

    /// Whether the password has this hash. Without a hash (nobody of that name) it takes as long, and the answer is no.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(false);
        };
        let password = password.to_owned();
        self.in_turn(move || {
            let hash = PasswordHash::new(&hash).map_err(|error| {
                Error::Internal(format!("a stored password hash cannot be read: {error}"))
            })?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok())
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let _place = self.places.try_acquire().map_err(|_| Error::Busy)?;
        let _turn = self.turns.acquire().await.map_err(|_| Error::Busy)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Error::Internal(format!("hashing failed: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"));
        assert!(
            passwords
                .verify("correct horse", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("correct house", Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
        let broken = passwords.verify("x", Some("no hash".to_owned())).await;
        assert!(matches!(broken, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_told_to_try_again() {
        let passwords = Passwords::new();
        let _everybody = passwords.places.try_acquire_many(64).unwrap();
        assert!(matches!(passwords.hash("x").await, Err(Error::Busy)));
    }
}
