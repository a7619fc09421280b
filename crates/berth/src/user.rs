//! `berth user`.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use berth_accounts::{Accounts, PASSWORD_MAX_BYTES, Role};
use berth_server::data_directory::database_path;
use berth_store::Store;

use crate::cli::{CreateUser, Place};
use crate::{print_line, runtime};

/// Registers a person.
///
/// # Errors
/// When there is no data directory, or the address or password will not do.
pub fn create(options: CreateUser) -> anyhow::Result<()> {
    let password = if options.password_stdin {
        Some(read_password()?)
    } else {
        None
    };
    let role = if options.admin {
        Role::Admin
    } else {
        Role::User
    };
    runtime()?.block_on(async {
        let store = open_store(&options.place).await?;
        let accounts = Accounts::new(store.clone());
        let registered = accounts
            .register(&options.email, password.as_deref(), role)
            .await?;
        store.close().await;
        let email = registered.caller.email;
        match registered.generated_password {
            Some(password) => {
                print_line(&format!("Registered {email} with the password {password}"))
            }
            None => print_line(&format!("Registered {email}")),
        }
    })
}

/// The database, while the server may be using it: both databases are made for that.
async fn open_store(place: &Place) -> anyhow::Result<Store> {
    if let Some(url) = &place.database_url {
        return Ok(Store::open(url).await?);
    }
    let path = database_path(&place.data);
    if !path.exists() {
        bail!(
            "there is no database in {}: start the server once, or name its --data",
            place.data.display()
        );
    }
    Ok(Store::open_file(&path).await?)
}

fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    // One byte more than the longest password and its line end, so that a longer one is refused and not cut.
    let limit = PASSWORD_MAX_BYTES as u64 + 2;
    std::io::stdin()
        .take(limit)
        .read_to_string(&mut text)
        .context("cannot read the password")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
