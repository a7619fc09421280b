//! The tables' versions. A migration that was ever released is never edited: a new one is added.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Every migration, oldest first, in SQL that both databases understand.
pub(crate) fn migrator() -> Migrator {
    Migrator::with_migrations(vec![
        Migration::new(
            1,
            "users, log-ins, tokens, folders, sessions".into(),
            MigrationType::Simple,
            include_str!("../migrations/0001_first.sql").into_sql_str(),
            false,
        ),
        Migration::new(
            2,
            "dotfiles, bootstrap scripts".into(),
            MigrationType::Simple,
            include_str!("../migrations/0002_start_up_files.sql").into_sql_str(),
            false,
        ),
    ])
}
