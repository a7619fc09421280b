//! Berth: store.
