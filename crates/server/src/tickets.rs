//! Tickets: addresses that are a right by themselves, for the pages that sessions serve.
//!
//! A browser treats such a page as a site of its own (`sandbox`), so that what the page asks for comes without our
//! cookie. Its address therefore names a ticket: a secret that opens one port of one session and nothing else, for as
//! long as the log-in it was made for is good. The page may know it, for it is only a way to itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_accounts::{Accounts, Authenticated, Credential, UserId};
use tokio::task::AbortHandle;

/// Tickets of one person; the oldest is worth nothing when another is made.
const TICKETS_PER_PERSON_MAX: usize = 64;

/// What a ticket opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opens {
    /// Whose session.
    pub user_id: UserId,
    /// By what right the ticket was asked for.
    pub credential: Credential,
    /// The session, as it was named.
    pub session: String,
    /// The port.
    pub port: u16,
}

#[derive(Debug)]
struct Ticket {
    opens: Opens,
    /// Which was made before which.
    number: u64,
    /// Ends the ticket with its credential.
    watch: AbortHandle,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

#[derive(Debug, Default)]
struct Made {
    tickets: HashMap<String, Ticket>,
    count: u64,
}

/// The tickets that are good.
#[derive(Clone, Debug, Default)]
pub struct Tickets(Arc<Mutex<Made>>);

impl Tickets {
    fn made(&self) -> MutexGuard<'_, Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ticket for a port: the one that was made before, or a new one. Must be called on a runtime.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn make(
        &self,
        accounts: &Accounts,
        who: &Authenticated,
        session: &str,
        port: u16,
    ) -> berth_accounts::Result<String> {
        let opens = Opens {
            user_id: who.caller.user_id,
            credential: who.credential,
            session: session.to_owned(),
            port,
        };
        let secret = berth_accounts::new_secret()?;
        let mut made = self.made();
        let known = made.tickets.iter().find(|(_, known)| known.opens == opens);
        if let Some((secret, _)) = known {
            return Ok(secret.clone());
        }
        let own = made
            .tickets
            .iter()
            .filter(|(_, known)| known.opens.user_id == opens.user_id);
        if own.clone().count() >= TICKETS_PER_PERSON_MAX
            && let Some(oldest) = own.min_by_key(|(_, known)| known.number)
        {
            let oldest = oldest.0.clone();
            made.tickets.remove(&oldest);
        }
        let revoked = accounts.until_revoked(who.credential);
        let (tickets, ended) = (Arc::downgrade(&self.0), secret.clone());
        let watch = tokio::spawn(async move {
            revoked.await;
            if let Some(tickets) = tickets.upgrade() {
                Self(tickets).made().tickets.remove(&ended);
            }
        });
        made.count += 1;
        let ticket = Ticket {
            opens,
            number: made.count,
            watch: watch.abort_handle(),
        };
        made.tickets.insert(secret.clone(), ticket);
        Ok(secret)
    }

    /// What a ticket opens; `None` if it is none, or none any more.
    pub fn opens(&self, secret: &str) -> Option<Opens> {
        let made = self.made();
        made.tickets.get(secret).map(|ticket| ticket.opens.clone())
    }
}
