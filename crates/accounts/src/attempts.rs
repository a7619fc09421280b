//! How often a password may be tried for one address.
//!
//! A bucket of attempts for each address: full at first, one attempt comes back every few seconds, a right password
//! fills it. The table of buckets is bounded; a bucket that is full again need not be remembered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many wrong passwords in a row are looked at without delay.
const ATTEMPTS_AT_ONCE_MAX: u32 = 10;
/// After them, one more in every such time.
const ATTEMPT_EVERY: Duration = Duration::from_secs(6);
/// So many addresses are remembered (about 100 bytes each).
const ADDRESSES_MAX: usize = 10_000;

/// The buckets.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// For each folded address, the time at which its bucket is full again.
    full_again_at: Mutex<HashMap<String, Instant>>,
}

impl Attempts {
    /// Takes an attempt for this address at `now`.
    ///
    /// # Errors
    /// When there is none left: how long until there is.
    pub(crate) fn take(&self, email: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self
            .full_again_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let full_at = buckets.get(email).copied().unwrap_or(now).max(now) + ATTEMPT_EVERY;
        let allowed_until = now + ATTEMPT_EVERY * ATTEMPTS_AT_ONCE_MAX;
        if full_at > allowed_until {
            return Err(full_at - allowed_until);
        }
        if buckets.len() >= ADDRESSES_MAX && !buckets.contains_key(email) {
            make_room(&mut buckets, now);
        }
        buckets.insert(email.to_owned(), full_at);
        Ok(())
    }

    /// Forgets the attempts for this address: the password was right.
    pub(crate) fn forget(&self, email: &str) {
        self.full_again_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(email);
    }
}

/// Drops the buckets that are full again; when none is, the half that has been tried least.
fn make_room(buckets: &mut HashMap<String, Instant>, now: Instant) {
    buckets.retain(|_, full_at| *full_at > now);
    if buckets.len() >= ADDRESSES_MAX {
        let mut times: Vec<Instant> = buckets.values().copied().collect();
        let (_, median, _) = times.select_nth_unstable(ADDRESSES_MAX / 2);
        let median = *median;
        buckets.retain(|_, full_at| *full_at > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_go_through_and_then_one_every_six_seconds() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for _ in 0..10 {
            assert_eq!(attempts.take("ann", start), Ok(()));
        }
        assert_eq!(attempts.take("ann", start), Err(Duration::from_secs(6)));
        assert_eq!(
            attempts.take("bob", start),
            Ok(()),
            "others are not concerned"
        );
        let later = start + Duration::from_secs(6);
        assert_eq!(attempts.take("ann", later), Ok(()));
        assert_eq!(
            attempts.take("ann", later + Duration::from_secs(2)),
            Err(Duration::from_secs(4))
        );
        attempts.forget("ann");
        assert_eq!(attempts.take("ann", later), Ok(()));
    }

    #[test]
    fn the_table_stays_bounded_and_keeps_those_who_are_tried_most() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for _ in 0..10 {
            attempts.take("admin", start).unwrap();
        }
        for number in 0..ADDRESSES_MAX * 3 {
            attempts
                .take(&format!("{number}@example.org"), start)
                .unwrap();
            assert!(attempts.full_again_at.lock().unwrap().len() <= ADDRESSES_MAX);
        }
        assert!(attempts.take("admin", start).is_err());
    }
}
