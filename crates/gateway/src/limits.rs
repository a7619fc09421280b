//! Every limit of the gateway, with its unit in its name.

use std::time::Duration;

/// Threads that carry bytes for all sessions.
pub const THREADS: usize = 2;
/// Names that are resolved at one time; each takes a thread while the host's resolver waits.
pub const RESOLUTIONS_AT_ONCE: usize = 16;
/// How long a name may take to resolve.
pub const RESOLUTION_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a connection may take to be made, a proxy's answer included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections of all sessions at one time.
pub const CONNECTIONS_TOTAL: usize = 4096;
/// Connections of one session at one time.
pub const CONNECTIONS_MAX: usize = 64;
/// Bytes one session may move, both ways together.
pub const BYTES_MAX: u64 = 64 << 30;
/// How long one connection may live.
pub const CONNECTION_LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);
/// How long the rest of what a guest sent may take after the guest has gone.
pub const LINGER: Duration = Duration::from_secs(30);
/// Bytes of a connection on their way in each direction, beside the pipes' own.
pub const COPY_BUFFER_BYTES: usize = 32 << 10;
/// Addresses of which a session's gateway remembers the name; the least recently resolved are forgotten.
pub const NAMES_REMEMBERED: usize = 4096;
/// Hosts that get a line of their own in a session's log.
pub const HOSTS_TOLD: usize = 4096;
/// Addresses of one name that are looked at.
pub const ADDRESSES_MAX: usize = 64;
/// Bytes of a proxy's answer before the connection is given up.
pub const PROXY_ANSWER_MAX_BYTES: usize = 16 << 10;
/// Plaintext of one TLS connection that nobody has read yet, before more ciphertext is refused.
pub const TLS_PLAINTEXT_MAX_BYTES: usize = 256 << 10;
/// Plaintext and ciphertext of one TLS connection that waits to be sent.
pub const TLS_OUTPUT_MAX_BYTES: usize = 64 << 10;
/// Certificates (PEM) that a guest may add to the host's store for one connection.
pub const TLS_ROOTS_MAX_BYTES: usize = 2 << 20;
/// Bytes of downloads that are kept for all sessions; the least recently used are let go.
pub const DOWNLOADS_MAX_BYTES: u64 = 4 << 30;
/// Downloads that are kept.
pub const DOWNLOADS_MAX: usize = 65_536;
/// The part of that room which one download may have, and all that one session offers: one in so many.
pub const DOWNLOADS_SHARE: u64 = 4;
/// Bytes of the disk that downloads leave to everything else.
pub const DISK_RESERVE_BYTES: u64 = 1 << 30;
/// Downloads that are read or written at one time; each takes a thread.
pub const DOWNLOADS_AT_ONCE: usize = 4;
/// Bytes of a download on their way at one time.
pub const DOWNLOAD_PIECE_BYTES: usize = 256 << 10;
