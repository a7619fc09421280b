//! Berth: folders.
