//! Berth: wasi.
