//! Berth: kernel.
