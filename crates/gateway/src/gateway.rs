//! The gateway all sessions share.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use berth_kernel::Errno;
use tokio::sync::Semaphore;

use crate::downloads::Downloads;
use crate::egress::Egress;
use crate::limits::{
    ADDRESSES_MAX, BYTES_MAX, CONNECTION_LIFETIME, CONNECTIONS_MAX, CONNECTIONS_TOTAL,
    DISK_RESERVE_BYTES, DOWNLOADS_AT_ONCE, DOWNLOADS_MAX_BYTES, RESOLUTION_TIMEOUT,
    RESOLUTIONS_AT_ONCE, THREADS,
};
use crate::outer::ProxyTls;
use crate::policy::{Policy, Rules};
use crate::proxy::Proxies;
use crate::service::Service;

/// What a gateway is told when it starts.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// What sessions may reach unless they ask for less.
    pub policy: Policy,
    /// What that means here.
    pub rules: Rules,
    /// Connections of one session at one time.
    pub connections_max: usize,
    /// Bytes one session may move, both ways together.
    pub bytes_max: u64,
    /// How long one connection may live.
    pub connection_lifetime: Duration,
    /// Where downloads are kept for all sessions, if they are.
    pub downloads: Option<PathBuf>,
    /// Bytes of downloads that are kept; 0 keeps none.
    pub downloads_max_bytes: u64,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            policy: Policy::Public,
            rules: Rules::default(),
            connections_max: CONNECTIONS_MAX,
            bytes_max: BYTES_MAX,
            connection_lifetime: CONNECTION_LIFETIME,
            downloads: None,
            downloads_max_bytes: DOWNLOADS_MAX_BYTES,
        }
    }
}

/// The way out of all sessions. Dropping it ends every connection.
pub struct Gateway {
    shared: Arc<Shared>,
    /// `None` only while dropping.
    threads: Option<tokio::runtime::Runtime>,
}

/// What every session's handle holds.
pub(crate) struct Shared {
    pub options: GatewayOptions,
    pub proxies: Proxies,
    pub proxy_tls: ProxyTls,
    pub threads: tokio::runtime::Handle,
    /// Places for connections.
    pub places: Arc<Semaphore>,
    /// What sessions downloaded, if that is kept.
    pub downloads: Option<Arc<Downloads>>,
    resolutions: Semaphore,
    /// What answers inside the sessions' network, once somebody does.
    pub service: OnceLock<Arc<dyn Service>>,
}

impl Gateway {
    /// Starts the gateway's threads.
    ///
    /// # Errors
    /// What the host says when it has no threads left, or the directory of downloads cannot be used.
    pub fn start(options: GatewayOptions) -> io::Result<Self> {
        let room = options.downloads_max_bytes;
        let directory = options.downloads.as_deref().filter(|_| room > 0);
        let opened =
            directory.map(|directory| Downloads::open(directory, room, DISK_RESERVE_BYTES));
        let downloads = opened.transpose()?.map(Arc::new);
        let threads = tokio::runtime::Builder::new_multi_thread()
            .thread_name("gateway")
            .worker_threads(THREADS)
            .max_blocking_threads(RESOLUTIONS_AT_ONCE + DOWNLOADS_AT_ONCE)
            .enable_io()
            .enable_time()
            .build()?;
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                proxies: Proxies::from_environment(),
                proxy_tls: ProxyTls::default(),
                threads: threads.handle().clone(),
                places: Arc::new(Semaphore::new(CONNECTIONS_TOTAL)),
                downloads,
                resolutions: Semaphore::new(RESOLUTIONS_AT_ONCE),
                service: OnceLock::new(),
            }),
            threads: Some(threads),
        })
    }

    /// Has `service` answer at [`SERVICE_NAME`](crate::SERVICE_NAME) in every session; the first one stays.
    pub fn serve_inside(&self, service: Arc<dyn Service>) {
        let _ = self.shared.service.set(service);
    }

    /// What sessions may reach unless they ask for less.
    pub fn policy(&self) -> Policy {
        self.shared.options.policy
    }

    /// A session's way out. It never reaches further than the server's policy. `session` is for the log.
    pub fn egress(&self, session: &str, policy: Policy) -> Arc<Egress> {
        let policy = policy.min(self.policy());
        Egress::new(Arc::clone(&self.shared), session, policy)
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl Shared {
    /// Asks the host's resolver.
    pub async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, Errno> {
        let _place = self.resolutions.acquire().await.map_err(|_| Errno::Again)?;
        let asked = tokio::net::lookup_host((name, 0));
        let found = match tokio::time::timeout(RESOLUTION_TIMEOUT, asked).await {
            Ok(Ok(found)) => found,
            // The resolver's own number is lost on the way, its words are not.
            Ok(Err(error)) if error.to_string().contains("Temporary failure") => {
                return Err(Errno::Again);
            }
            Ok(Err(_)) => return Err(Errno::NoEntry),
            Err(_) => return Err(Errno::Again),
        };
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.take(ADDRESSES_MAX) {
            let address = address.ip().to_canonical();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            return Err(Errno::NoEntry);
        }
        Ok(addresses)
    }
}
