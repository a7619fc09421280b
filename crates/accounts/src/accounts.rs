//! The accounts: what the server asks of this crate.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth_store::tokens::Token;
use berth_store::users::{self, NewUser, Role, User, fold_email};
use berth_store::{Store, Timestamp, TokenId, login_sessions, now, tokens};

use crate::attempts::Attempts;
use crate::passwords::Passwords;
use crate::revocations::Revocations;
use crate::rules::{
    EMAIL_MAX_BYTES, PASSWORD_MAX_BYTES, check_email, check_password, check_token_name,
};
use crate::secrets::{TOKEN_PREFIX, new_password, new_secret, stored_hash};
use crate::{Authenticated, Caller, Credential, CredentialId, Error, Result};

/// A browser stays logged in for this long.
const LOGIN_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// The most API tokens one person may have.
const TOKENS_MAX: u64 = 100;
/// The time at which a token was used last is written down at most this often.
const LAST_USED_EVERY: Duration = Duration::from_secs(60);

/// The accounts. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    passwords: Passwords,
    attempts: Attempts,
    revocations: Revocations,
}

/// A log-in that was just made.
#[derive(Debug)]
pub struct Login {
    /// What the browser shows to be let in again. Known only here and there.
    pub secret: String,
    /// Who logged in.
    pub caller: Caller,
    /// From when on the secret is worth nothing.
    pub expires_at: Timestamp,
}

/// A person who was just registered.
#[derive(Debug)]
pub struct Registered {
    /// Who they are.
    pub caller: Caller,
    /// Their password, when one was made up. This is the only time it can be seen.
    pub generated_password: Option<String>,
}

/// A token that was just made.
#[derive(Debug)]
pub struct NewToken {
    /// The token itself. This is the only time it can be seen.
    pub secret: String,
    /// What is remembered of it.
    pub token: Token,
}

impl Accounts {
    /// The accounts in this database.
    pub fn new(store: Store) -> Self {
        let (passwords, attempts, revocations) =
            (Passwords::new(), Attempts::default(), Revocations::new());
        Self {
            inner: Arc::new(Inner {
                store,
                passwords,
                attempts,
                revocations,
            }),
        }
    }

    /// Makes the administrator `email` when there is none at all. The generated password when `password` is `None`;
    /// `None` when the password was given, or there is an administrator already.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::InvalidPassword`], the database's.
    pub async fn ensure_first_admin(
        &self,
        email: &str,
        password: Option<&str>,
    ) -> Result<Option<String>> {
        if users::any_admin(&self.inner.store).await? {
            return Ok(None);
        }
        Ok(self
            .register(email, password, Role::Admin)
            .await?
            .generated_password)
    }

    /// Registers a person as [`Accounts::create_user`] does, with a generated password when none is given.
    ///
    /// # Errors
    /// As [`Accounts::create_user`].
    pub async fn register(
        &self,
        email: &str,
        password: Option<&str>,
        role: Role,
    ) -> Result<Registered> {
        let (password, generated_password) = match password {
            Some(password) => (password.to_owned(), None),
            None => {
                let generated = new_password()?;
                (generated.clone(), Some(generated))
            }
        };
        let caller = self.create_user(email, &password, role).await?;
        Ok(Registered {
            caller,
            generated_password,
        })
    }

    /// Registers a person, called by what stands before the `@` of their address.
    ///
    /// # Errors
    /// [`Error::InvalidEmail`], [`Error::InvalidPassword`], [`Error::EmailTaken`], the database's.
    pub async fn create_user(&self, email: &str, password: &str, role: Role) -> Result<Caller> {
        let email = check_email(email)?;
        check_password(password)?;
        let password_hash = &self.inner.passwords.hash(password).await?;
        let name = email.rsplit_once('@').map_or(email, |(name, _)| name);
        match users::insert(
            &self.inner.store,
            NewUser {
                email,
                name,
                role,
                password_hash,
            },
        )
        .await
        {
            Ok(user) => Ok(user.into()),
            Err(berth_store::Error::Duplicate) => Err(Error::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Logs a browser in. Takes as long for an address that nobody has as for a wrong password.
    ///
    /// # Errors
    /// [`Error::WrongCredentials`], [`Error::TooManyAttempts`], [`Error::Busy`], the database's.
    pub async fn login(&self, email: &str, password: &str) -> Result<Login> {
        if email.len() > EMAIL_MAX_BYTES || password.len() > PASSWORD_MAX_BYTES {
            return Err(Error::WrongCredentials);
        }
        let Inner {
            store,
            passwords,
            attempts,
            ..
        } = &*self.inner;
        let email = fold_email(email);
        attempts
            .take(&email, Instant::now())
            .map_err(|retry_after| Error::TooManyAttempts { retry_after })?;

        // No address holds a control character, and PostgreSQL refuses to look for NUL.
        let user = if email.contains(char::is_control) {
            None
        } else {
            users::get_by_email(store, &email).await?
        };
        let user = user.filter(|user| !user.disabled);
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let right = passwords.verify(password, hash).await?;
        let user = user.filter(|_| right).ok_or(Error::WrongCredentials)?;
        attempts.forget(&email);

        login_sessions::delete_expired(store, now()).await?;
        let secret = new_secret()?;
        let hash = stored_hash(&secret).unwrap_or_default();
        let login = login_sessions::insert(store, user.id, &hash, now() + LOGIN_LIFETIME).await?;
        Ok(Login {
            secret,
            caller: user.into(),
            expires_at: login.expires_at,
        })
    }

    /// Ends the log-in with this secret, wherever it is in use. Fine when there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn logout(&self, secret: &str) -> Result<()> {
        let Inner {
            store, revocations, ..
        } = &*self.inner;
        let Some(hash) = stored_hash(secret) else {
            return Ok(());
        };
        if let Some(holder) = login_sessions::holder(store, &hash).await? {
            login_sessions::delete(store, holder.login_id).await?;
            revocations.announce(CredentialId::Login(holder.login_id));
        }
        Ok(())
    }

    /// Whose log-in this secret is; `None` when it is worth nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn authenticate_session(&self, secret: &str) -> Result<Option<Authenticated>> {
        let Some(hash) = stored_hash(secret) else {
            return Ok(None);
        };
        let holder = login_sessions::holder(&self.inner.store, &hash).await?;
        Ok(holder.and_then(|holder| {
            let credential = Credential {
                id: CredentialId::Login(holder.login_id),
                expires_at: Some(holder.expires_at),
            };
            authenticated(holder.user, credential)
        }))
    }

    /// Whose API token this is; `None` when it is worth nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn authenticate_token(&self, secret: &str) -> Result<Option<Authenticated>> {
        if !secret.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let store = &self.inner.store;
        let Some(hash) = stored_hash(secret) else {
            return Ok(None);
        };
        let Some(holder) = tokens::holder(store, &hash).await? else {
            return Ok(None);
        };
        let credential = Credential {
            id: CredentialId::Token(holder.token_id),
            expires_at: holder.expires_at,
        };
        let authenticated = authenticated(holder.user, credential);
        let stale = holder
            .last_used
            .is_none_or(|last| last + LAST_USED_EVERY < now());
        if authenticated.is_some()
            && stale
            && let Err(error) = tokens::set_last_used(store, holder.token_id, now()).await
        {
            // Not worth refusing a good token for.
            tracing::warn!(%error, "cannot note that a token was used");
        }
        Ok(authenticated)
    }

    /// Ends when the credential is revoked (within milliseconds) or expires: for whatever outlives the request that
    /// was let in. Listens from this call on; a revocation before it is seen too.
    pub fn until_revoked(&self, credential: Credential) -> impl Future<Output = ()> + Send + use<> {
        self.inner
            .revocations
            .until_revoked(&self.inner.store, credential)
    }

    /// Makes an API token for the caller.
    ///
    /// # Errors
    /// [`Error::InvalidTokenName`], [`Error::ExpiryInThePast`], [`Error::TooManyTokens`], the database's.
    pub async fn create_token(
        &self,
        caller: &Caller,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<NewToken> {
        let store = &self.inner.store;
        let name = check_token_name(name)?;
        if expires_at.is_some_and(|expires_at| expires_at <= now()) {
            return Err(Error::ExpiryInThePast);
        }
        if tokens::count(store, caller.user_id).await? >= TOKENS_MAX {
            return Err(Error::TooManyTokens { limit: TOKENS_MAX });
        }
        let secret = format!("{TOKEN_PREFIX}{}", new_secret()?);
        let hash = stored_hash(&secret).unwrap_or_default();
        let token = tokens::insert(store, caller.user_id, name, &hash, expires_at).await?;
        Ok(NewToken { secret, token })
    }

    /// The caller's tokens, oldest first: at most `limit` of those after `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn list_tokens(
        &self,
        caller: &Caller,
        limit: u32,
        after: Option<TokenId>,
    ) -> Result<Vec<Token>> {
        Ok(tokens::list(&self.inner.store, caller.user_id, limit, after).await?)
    }

    /// Revokes the caller's token, wherever it is in use.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller has no such token, the database's.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<()> {
        if !tokens::delete(&self.inner.store, caller.user_id, id).await? {
            return Err(Error::NotFound);
        }
        self.inner.revocations.announce(CredentialId::Token(id));
        Ok(())
    }
}

/// The person whose credential this is; `None` when it has expired or the account is closed.
fn authenticated(user: User, credential: Credential) -> Option<Authenticated> {
    let expired = credential
        .expires_at
        .is_some_and(|expires_at| expires_at <= now());
    (!expired && !user.disabled).then(|| Authenticated {
        caller: user.into(),
        credential,
    })
}
