//! Berth: sessions.
