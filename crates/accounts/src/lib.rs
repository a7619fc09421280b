//! Berth: accounts.
