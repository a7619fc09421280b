//! One session's way out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use berth_kernel::Errno;
use berth_kernel::file::File;
use berth_kernel::net::{Answer, Digest, HostStream, Outside, Stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connector::{Meter, carry, dial};
use crate::downloads::Downloads;
use crate::gateway::Shared;
use crate::limits::{CONNECTION_LIFETIME, HOSTS_TOLD, NAMES_REMEMBERED};
use crate::policy::Policy;
use crate::service::{SERVICE_ADDRESS, SERVICE_NAME, SERVICE_PORT, Service};

/// One session's way out of itself.
pub struct Egress {
    shared: Arc<Shared>,
    session: String,
    policy: Policy,
    meter: Arc<Meter>,
    /// Bytes of downloads that it offered to all.
    offered: AtomicU64,
    /// Places for connections.
    places: Arc<Semaphore>,
    names: Mutex<Names>,
    /// Hosts that the log has a line of, and how they fared.
    told: Mutex<HashSet<(String, bool)>>,
    this: Weak<Self>,
}

/// What names were resolved to, the newest last.
#[derive(Default)]
struct Names {
    of: HashMap<IpAddr, String>,
    order: VecDeque<IpAddr>,
}

impl Names {
    fn remember(&mut self, address: IpAddr, name: &str) {
        if self.of.insert(address, name.to_owned()).is_none() {
            self.order.push_back(address);
        }
        while self.order.len() > NAMES_REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.of.remove(&oldest);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Egress {
    pub(crate) fn new(shared: Arc<Shared>, session: &str, policy: Policy) -> Arc<Self> {
        let (connections, bytes) = (shared.options.connections_max, shared.options.bytes_max);
        Arc::new_cyclic(|this| Self {
            shared,
            session: session.to_owned(),
            policy,
            meter: Arc::new(Meter::new(bytes)),
            offered: AtomicU64::new(0),
            places: Arc::new(Semaphore::new(connections)),
            names: Mutex::default(),
            told: Mutex::default(),
            this: Weak::clone(this),
        })
    }

    /// How far it reaches.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Bytes moved so far, both ways together.
    pub fn bytes_moved(&self) -> u64 {
        self.meter.moved()
    }

    /// The log's line of a host: one for each that was reached, and one for each that was refused.
    fn tell(&self, host: &str, address: Option<SocketAddr>, reached: bool) {
        {
            let mut told = lock(&self.told);
            if told.len() >= HOSTS_TOLD || !told.insert((host.to_owned(), reached)) {
                return;
            }
        }
        let outcome = if reached { "reached" } else { "refused" };
        let address = address.map(|address| address.to_string());
        tracing::info!(
            target: "berth::egress",
            session = self.session,
            host,
            address,
            policy = self.policy.name(),
            outcome,
            "egress"
        );
    }

    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Errno> {
        if name == SERVICE_NAME && self.shared.service.get().is_some() {
            return Ok(vec![SERVICE_ADDRESS]);
        }
        let rules = &self.shared.options.rules;
        if !rules.lets_name(self.policy, name) {
            self.tell(name, None, false);
            return Err(Errno::Access);
        }
        let mut addresses = self.shared.look_up(name).await?;
        // What could not be dialled anyway is not told: it would map the host's networks.
        addresses.retain(|address| rules.lets_address(self.policy, *address, true));
        if addresses.is_empty() {
            self.tell(name, None, false);
            return Err(Errno::Access);
        }
        let mut names = lock(&self.names);
        for address in &addresses {
            names.remember(*address, name);
        }
        Ok(addresses)
    }

    /// A connection to the server's own service. It moves nothing out of the server, and is not counted.
    fn connect_inside(
        &self,
        service: Arc<dyn Service>,
        local: SocketAddr,
        to: SocketAddr,
    ) -> Result<Arc<Stream>, Errno> {
        if to.port() != SERVICE_PORT {
            return Err(Errno::ConnectionRefused);
        }
        let places = self.take_places()?;
        let (near, far) = Stream::pair(local, to, None);
        self.shared.threads.spawn(async move {
            let answered = service.answer(HostStream::new(far));
            let _ = tokio::time::timeout(CONNECTION_LIFETIME, answered).await;
            drop(places);
        });
        Ok(near)
    }

    /// A place for a connection among the session's, and one among all.
    fn take_places(&self) -> Result<[OwnedSemaphorePermit; 2], Errno> {
        let own = Arc::clone(&self.places).try_acquire_owned();
        let shared = Arc::clone(&self.shared.places).try_acquire_owned();
        match (own, shared) {
            (Ok(own), Ok(shared)) => Ok([own, shared]),
            _ => Err(Errno::NoBuffers),
        }
    }

    async fn connect(&self, local: SocketAddr, to: SocketAddr) -> Result<Arc<Stream>, Errno> {
        if to.ip() == SERVICE_ADDRESS
            && let Some(service) = self.shared.service.get()
        {
            return self.connect_inside(Arc::clone(service), local, to);
        }
        let name = lock(&self.names).of.get(&to.ip()).cloned();
        let host = name.clone().unwrap_or_else(|| to.ip().to_string());
        let rules = &self.shared.options.rules;
        if !rules.lets_address(self.policy, to.ip(), name.is_some()) {
            self.tell(&host, Some(to), false);
            return Err(Errno::Access);
        }
        if self.meter.is_spent() {
            return Err(Errno::Quota);
        }
        let places = self.take_places()?;
        let proxy = self.shared.proxies.of(to, name.as_deref());
        let outer = dial(to, proxy, &self.shared.proxy_tls).await?;
        self.tell(&host, Some(to), true);
        let (near, far) = Stream::pair(local, to, None);
        let meter = Arc::clone(&self.meter);
        let lifetime = self.shared.options.connection_lifetime;
        self.shared.threads.spawn(async move {
            carry(outer, far, meter, lifetime).await;
            drop(places);
        });
        Ok(near)
    }

    /// The downloads, for those who may go out: to others they would be news of the outside.
    fn downloads(&self) -> Result<Arc<Downloads>, Errno> {
        let kept = self.shared.downloads.as_ref();
        let kept = kept.filter(|_| self.policy != Policy::Off);
        kept.map(Arc::clone).ok_or(Errno::NotSupported)
    }

    /// Counts what the session offers, which has a limit of its own.
    fn offer(&self, bytes: u64, downloads: &Downloads) -> Result<(), Errno> {
        let before = self.offered.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > downloads.share_bytes() {
            return Err(Errno::Quota);
        }
        Ok(())
    }

    /// Runs on the gateway's threads, and ends when nobody waits for it.
    fn answer<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Errno>> + Send + 'static,
    ) -> Answer<T> {
        let task = AbortOnDrop(self.shared.threads.spawn(work));
        Box::pin(async move {
            let mut task = task;
            (&mut task.0).await.unwrap_or(Err(Errno::NetworkDown))
        })
    }
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Outside for Egress {
    fn resolve(&self, name: &str) -> Answer<Vec<IpAddr>> {
        let (this, name) = (Weak::clone(&self.this), name.to_owned());
        self.answer(async move {
            let this = this.upgrade().ok_or(Errno::NetworkDown)?;
            Self::resolve(&this, &name).await
        })
    }

    fn connect(&self, local: SocketAddr, to: SocketAddr) -> Answer<Arc<Stream>> {
        let this = Weak::clone(&self.this);
        self.answer(async move {
            let this = this.upgrade().ok_or(Errno::NetworkDown)?;
            Self::connect(&this, local, to).await
        })
    }

    fn find_download(&self, digest: Digest) -> Answer<Arc<dyn File>> {
        let downloads = self.downloads();
        self.answer(async move { downloads?.find(digest).await })
    }

    fn keep_download(&self, file: Arc<dyn File>) -> Answer<()> {
        let offered = self.downloads().and_then(|downloads| {
            self.offer(file.stat()?.size, &downloads)?;
            Ok(downloads)
        });
        self.answer(async move { offered?.keep(file).await })
    }
}
