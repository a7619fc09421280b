//! Stores to test with: SQLite in a file always, PostgreSQL when `$BERTH_TEST_POSTGRES_URL` names a database.

use berth_store::users::{self, NewUser, Role};
use berth_store::{Store, UserId};
use sqlx::Connection as _;

/// An empty database of each kind. The directory lives as long as the test uses the stores.
pub struct Stores {
    pub each: Vec<(&'static str, Store)>,
    _directory: tempfile::TempDir,
}

pub async fn stores() -> Stores {
    let directory = tempfile::tempdir().unwrap();
    let file = Store::open_file(&directory.path().join("berth #1 ?.db"))
        .await
        .unwrap();
    let mut each = vec![("SQLite", file)];
    if let Ok(url) = std::env::var("BERTH_TEST_POSTGRES_URL") {
        each.push((
            "PostgreSQL",
            Store::open(&fresh_schema(&url).await).await.unwrap(),
        ));
    }
    Stores {
        each,
        _directory: directory,
    }
}

/// The URL of a new schema in the database, so that tests do not see each other.
async fn fresh_schema(url: &str) -> String {
    let schema = format!("test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options[search_path]={schema}")
}

#[allow(dead_code, reason = "not every test file needs a person")]
pub async fn person(store: &Store, email: &str) -> UserId {
    let new = NewUser {
        email,
        name: "A person",
        role: Role::User,
        password_hash: "$argon2id$",
    };
    users::insert(store, new).await.unwrap().id
}
