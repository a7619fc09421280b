//! Berth: server.
