//! Berth: environments.
