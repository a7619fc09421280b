//! `wasi:sockets`: TCP over the session's own network. A connection is a stream of the kernel's, whoever has its
//! other end: a neighbour process, or the gateway.
//!
//! The interface has no code for "interrupted": a call that would wait while a caught signal has not been taken
//! answers `unknown`, which a C library turns into `EIO`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use berth_kernel::file::{File as _, Interest};
use berth_kernel::net::{Answer, Listener, Port, Shutdown, Stream};
use berth_kernel::{Errno, Result as KernelResult};
use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{
    self, ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
    Ipv6SocketAddress, Network,
};
use wasmtime_wasi::p2::bindings::sockets::tcp::{ShutdownType, TcpSocket};
use wasmtime_wasi::p2::bindings::sockets::udp::UdpSocket;
use wasmtime_wasi::p2::bindings::sockets::{
    instance_network, ip_name_lookup, tcp, tcp_create_socket, udp_create_socket,
};
use wasmtime_wasi::p2::{SocketError, SocketResult};
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::error::ended;
use super::stream::{FileInput, FileOutput, Position};
use crate::guest::Guest;

/// What a socket says its buffers hold: the kernel's pipes.
const BUFFER_BYTES: u64 = berth_kernel::limits::PIPE_CAPACITY_BYTES as u64;
/// Hops of a packet, for those who ask.
const HOPS: u8 = 64;
/// Nanoseconds before an idle connection is probed, and between probes: Linux's.
const KEEP_ALIVE_IDLE_NS: u64 = 7_200_000_000_000;
const KEEP_ALIVE_INTERVAL_NS: u64 = 75_000_000_000;
const KEEP_ALIVE_COUNT: u32 = 9;

/// A TCP socket.
pub struct Socket {
    family: IpAddressFamily,
    state: State,
    /// A bind or a listen that was started and not finished.
    started: Option<Started>,
    backlog: Option<usize>,
    options: Options,
}

/// What can be set and asked for, and changes nothing: there is no wire that it would be about.
struct Options {
    keep_alive: bool,
    keep_alive_idle_ns: u64,
    keep_alive_interval_ns: u64,
    keep_alive_count: u32,
    hops: u8,
    receive_bytes: u64,
    send_bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Started {
    Bind,
    Listen,
}

enum State {
    New,
    Bound(Arc<Port>),
    Connecting(Pending<Arc<Stream>>),
    Connected(Arc<Stream>),
    Listening(Arc<Listener>),
    Failed,
}

/// An answer on its way.
enum Pending<T> {
    Under(Answer<T>),
    Here(Option<KernelResult<T>>),
}

impl<T> Pending<T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::Under(answer) = self {
            match answer.as_mut().poll(context) {
                Poll::Ready(answer) => *self = Self::Here(Some(answer)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }

    /// The answer, if it is here.
    fn now(&mut self) -> Option<KernelResult<T>> {
        let _ = self.poll(&mut Context::from_waker(Waker::noop()));
        match self {
            Self::Here(answer) => answer.take(),
            Self::Under(_) => None,
        }
    }
}

#[async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        match &mut self.state {
            State::Connecting(pending) => {
                std::future::poll_fn(|context| pending.poll(context)).await;
            }
            State::Listening(listener) => {
                if let Some(ready) = listener.ready(Interest::Read) {
                    ready.await;
                }
            }
            _ => {}
        }
    }
}

/// The addresses of a name.
pub struct Addresses {
    pending: Pending<Vec<IpAddr>>,
    found: std::vec::IntoIter<IpAddr>,
}

#[async_trait]
impl Pollable for Addresses {
    async fn ready(&mut self) {
        std::future::poll_fn(|context| self.pending.poll(context)).await;
    }
}

/// The interface's code for an error number.
fn code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::Access | Errno::NotPermitted => ErrorCode::AccessDenied,
        Errno::NotSupported | Errno::NotImplemented => ErrorCode::NotSupported,
        Errno::Invalid => ErrorCode::InvalidArgument,
        Errno::NoMemory | Errno::NoBuffers | Errno::Quota => ErrorCode::OutOfMemory,
        Errno::TimedOut => ErrorCode::Timeout,
        Errno::Again => ErrorCode::WouldBlock,
        Errno::AddressInUse => ErrorCode::AddressInUse,
        Errno::AddressNotAvailable => ErrorCode::AddressNotBindable,
        Errno::HostUnreachable | Errno::NetworkUnreachable | Errno::NetworkDown => {
            ErrorCode::RemoteUnreachable
        }
        Errno::ConnectionRefused => ErrorCode::ConnectionRefused,
        Errno::ConnectionReset | Errno::BrokenPipe => ErrorCode::ConnectionReset,
        Errno::ConnectionAborted => ErrorCode::ConnectionAborted,
        Errno::NotConnected => ErrorCode::InvalidState,
        _ => ErrorCode::Unknown,
    }
}

fn refuse(errno: Errno) -> SocketError {
    code(errno).into()
}

fn address(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }) => {
            let (a, b, c, d) = address;
            SocketAddrV4::new(Ipv4Addr::new(a, b, c, d), port).into()
        }
        IpSocketAddress::Ipv6(address) => {
            let (a, b, c, d, e, f, g, h) = address.address;
            let ip = Ipv6Addr::new(a, b, c, d, e, f, g, h);
            SocketAddrV6::new(ip, address.port, address.flow_info, address.scope_id).into()
        }
    }
}

fn ip_address(address: IpAddr) -> IpAddress {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            IpAddress::Ipv4((a, b, c, d))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            IpAddress::Ipv6((a, b, c, d, e, f, g, h))
        }
    }
}

impl Socket {
    /// An address as a socket of this family tells it.
    fn told(&self, address: SocketAddr) -> IpSocketAddress {
        let ip = match (self.family, address.ip()) {
            (IpAddressFamily::Ipv4, IpAddr::V6(_)) => Ipv4Addr::LOCALHOST.into(),
            (IpAddressFamily::Ipv6, IpAddr::V4(ip)) => ip.to_ipv6_mapped().into(),
            (_, ip) => ip,
        };
        match ip_address(ip) {
            IpAddress::Ipv4(ip) => IpSocketAddress::Ipv4(Ipv4SocketAddress {
                port: address.port(),
                address: ip,
            }),
            IpAddress::Ipv6(ip) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: address.port(),
                flow_info: 0,
                address: ip,
                scope_id: 0,
            }),
        }
    }

    /// An address that somebody gave to a socket of this family.
    fn given(&self, given: IpSocketAddress) -> SocketResult<SocketAddr> {
        let family = match &given {
            IpSocketAddress::Ipv4(_) => IpAddressFamily::Ipv4,
            IpSocketAddress::Ipv6(_) => IpAddressFamily::Ipv6,
        };
        let given = address(given);
        let mapped = matches!(given.ip(), IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
        if family != self.family || mapped {
            return Err(ErrorCode::InvalidArgument.into());
        }
        Ok(given)
    }

    fn finish(&mut self, what: Started) -> SocketResult<()> {
        if self.started == Some(what) {
            self.started = None;
            Ok(())
        } else {
            Err(ErrorCode::NotInProgress.into())
        }
    }

    fn at_rest(&self) -> SocketResult<()> {
        if self.started.is_some() || matches!(self.state, State::Connecting(_)) {
            Err(ErrorCode::ConcurrencyConflict.into())
        } else {
            Ok(())
        }
    }
}

impl Guest {
    fn socket(&mut self, socket: &Resource<TcpSocket>) -> SocketResult<&mut Socket> {
        Ok(self
            .table()
            .get_mut(&Resource::<Socket>::new_borrow(socket.rep()))?)
    }

    fn push_socket(&mut self, socket: Socket) -> SocketResult<Resource<TcpSocket>> {
        Ok(Resource::new_own(self.table().push(socket)?.rep()))
    }

    fn streams(
        &mut self,
        stream: &Arc<Stream>,
    ) -> SocketResult<(Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let file = || Arc::clone(stream) as Arc<dyn berth_kernel::file::File>;
        let input: DynInputStream = Box::new(FileInput::new(self, file(), Position::Shared));
        let output: DynOutputStream = Box::new(FileOutput::new(self, file(), Position::Shared));
        Ok((self.table().push(input)?, self.table().push(output)?))
    }

    /// What a call answers that would have to wait.
    fn would_wait(&self) -> SocketError {
        match ended(&self.process) {
            Some(trap) => SocketError::trap(trap),
            None if self.process.has_pending() => ErrorCode::Unknown.into(),
            None => ErrorCode::WouldBlock.into(),
        }
    }
}

impl network::Host for Guest {
    fn convert_error_code(&mut self, error: SocketError) -> Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> Result<Option<ErrorCode>> {
        let error = self.table().get(&error)?;
        Ok(error.downcast_ref::<Errno>().map(|errno| code(*errno)))
    }
}

impl network::HostNetwork for Guest {
    fn drop(&mut self, _network: Resource<Network>) -> Result<()> {
        Ok(())
    }
}

impl instance_network::Host for Guest {
    fn instance_network(&mut self) -> Result<Resource<Network>> {
        // There is one, and it is the session's: nothing has to be remembered of it.
        Ok(Resource::new_own(0))
    }
}

impl ip_name_lookup::Host for Guest {
    fn resolve_addresses(
        &mut self,
        _network: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ip_name_lookup::ResolveAddressStream>> {
        let mut pending = Pending::Under(self.machine.network().resolve(&name));
        let found = match pending.now() {
            Some(answer) => {
                let found = answer.map_err(|errno| SocketError::from(resolver_code(errno)))?;
                found.into_iter()
            }
            None => Vec::new().into_iter(),
        };
        let addresses = self.table().push(Addresses { pending, found })?;
        Ok(Resource::new_own(addresses.rep()))
    }
}

fn resolver_code(errno: Errno) -> ErrorCode {
    match errno {
        Errno::NoEntry => ErrorCode::NameUnresolvable,
        Errno::Again => ErrorCode::TemporaryResolverFailure,
        Errno::NetworkDown | Errno::Io => ErrorCode::PermanentResolverFailure,
        errno => code(errno),
    }
}

type AddressStream = Resource<ip_name_lookup::ResolveAddressStream>;

impl ip_name_lookup::HostResolveAddressStream for Guest {
    fn resolve_next_address(&mut self, stream: AddressStream) -> SocketResult<Option<IpAddress>> {
        let stream = Resource::<Addresses>::new_borrow(stream.rep());
        let addresses = self.table().get_mut(&stream)?;
        match addresses.pending.now() {
            Some(Ok(found)) => addresses.found = found.into_iter(),
            Some(Err(errno)) => return Err(resolver_code(errno).into()),
            None if matches!(addresses.pending, Pending::Under(_)) => {
                return Err(self.would_wait());
            }
            None => {}
        }
        Ok(addresses.found.next().map(ip_address))
    }

    fn subscribe(&mut self, stream: AddressStream) -> Result<Resource<DynPollable>> {
        let stream = Resource::<Addresses>::new_borrow(stream.rep());
        subscribe(self.table(), stream)
    }

    fn drop(&mut self, stream: AddressStream) -> Result<()> {
        let stream = Resource::<Addresses>::new_own(stream.rep());
        self.table().delete(stream)?;
        Ok(())
    }
}

impl tcp_create_socket::Host for Guest {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        self.push_socket(Socket::new(family, State::New))
    }
}

impl udp_create_socket::Host for Guest {
    async fn create_udp_socket(
        &mut self,
        _family: IpAddressFamily,
    ) -> SocketResult<Resource<UdpSocket>> {
        Err(ErrorCode::NotSupported.into())
    }
}

impl Socket {
    fn new(family: IpAddressFamily, state: State) -> Self {
        Self {
            family,
            state,
            started: None,
            backlog: None,
            options: Options {
                keep_alive: false,
                keep_alive_idle_ns: KEEP_ALIVE_IDLE_NS,
                keep_alive_interval_ns: KEEP_ALIVE_INTERVAL_NS,
                keep_alive_count: KEEP_ALIVE_COUNT,
                hops: HOPS,
                receive_bytes: BUFFER_BYTES,
                send_bytes: BUFFER_BYTES,
            },
        }
    }
}

impl tcp::Host for Guest {}

type Tcp = Resource<TcpSocket>;

/// An option that is remembered: how it is asked for and how it is set.
macro_rules! option {
    ($get:ident, $set:ident, $field:ident: $type:ty $(, not $refused:literal)?) => {
        fn $get(&mut self, socket: Tcp) -> SocketResult<$type> {
            Ok(self.socket(&socket)?.options.$field)
        }

        fn $set(&mut self, socket: Tcp, value: $type) -> SocketResult<()> {
            $(
                if value == $refused {
                    return Err(ErrorCode::InvalidArgument.into());
                }
            )?
            self.socket(&socket)?.options.$field = value;
            Ok(())
        }
    };
}

impl tcp::HostTcpSocket for Guest {
    async fn start_bind(
        &mut self,
        socket: Tcp,
        _network: Resource<Network>,
        local: IpSocketAddress,
    ) -> SocketResult<()> {
        let machine = Arc::clone(&self.machine);
        let socket = self.socket(&socket)?;
        socket.at_rest()?;
        if !matches!(socket.state, State::New) {
            return Err(ErrorCode::InvalidState.into());
        }
        let local = socket.given(local)?;
        let port = machine.network().loopback().bind(local).map_err(refuse)?;
        socket.state = State::Bound(port);
        socket.started = Some(Started::Bind);
        Ok(())
    }

    fn finish_bind(&mut self, socket: Tcp) -> SocketResult<()> {
        self.socket(&socket)?.finish(Started::Bind)
    }

    fn start_connect(
        &mut self,
        socket: Tcp,
        _network: Resource<Network>,
        remote: IpSocketAddress,
    ) -> SocketResult<()> {
        let machine = Arc::clone(&self.machine);
        let socket = self.socket(&socket)?;
        socket.at_rest()?;
        let remote = socket.given(remote)?;
        if remote.port() == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let port = match &socket.state {
            State::New => None,
            State::Bound(port) => Some(Arc::clone(port)),
            _ => return Err(ErrorCode::InvalidState.into()),
        };
        let answer = machine.network().connect(port.as_deref(), remote);
        socket.state = State::Connecting(Pending::Under(answer));
        Ok(())
    }

    fn finish_connect(
        &mut self,
        socket: Tcp,
    ) -> SocketResult<(Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let connecting = self.socket(&socket)?;
        let State::Connecting(pending) = &mut connecting.state else {
            return Err(ErrorCode::NotInProgress.into());
        };
        match pending.now() {
            None => Err(self.would_wait()),
            Some(Ok(stream)) => {
                connecting.state = State::Connected(Arc::clone(&stream));
                self.streams(&stream)
            }
            Some(Err(errno)) => {
                connecting.state = State::Failed;
                Err(refuse(errno))
            }
        }
    }

    async fn start_listen(&mut self, socket: Tcp) -> SocketResult<()> {
        let machine = Arc::clone(&self.machine);
        let socket = self.socket(&socket)?;
        socket.at_rest()?;
        let State::Bound(port) = &socket.state else {
            return Err(ErrorCode::InvalidState.into());
        };
        let listener = machine.network().loopback().listen(port, socket.backlog);
        socket.state = State::Listening(listener);
        socket.started = Some(Started::Listen);
        Ok(())
    }

    fn finish_listen(&mut self, socket: Tcp) -> SocketResult<()> {
        self.socket(&socket)?.finish(Started::Listen)
    }

    fn accept(
        &mut self,
        socket: Tcp,
    ) -> SocketResult<(Tcp, Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let listening = self.socket(&socket)?;
        let family = listening.family;
        let State::Listening(listener) = &listening.state else {
            return Err(ErrorCode::InvalidState.into());
        };
        let stream = match listener.accept() {
            Ok(stream) => stream,
            Err(Errno::Again) => return Err(self.would_wait()),
            Err(errno) => return Err(refuse(errno)),
        };
        let (input, output) = self.streams(&stream)?;
        let accepted = self.push_socket(Socket::new(family, State::Connected(stream)))?;
        Ok((accepted, input, output))
    }

    fn local_address(&mut self, socket: Tcp) -> SocketResult<IpSocketAddress> {
        let socket = self.socket(&socket)?;
        Ok(match &socket.state {
            State::Bound(port) => socket.told(port.address()),
            State::Connected(stream) => socket.told(stream.local()),
            State::Listening(listener) => socket.told(listener.local()),
            _ => return Err(ErrorCode::InvalidState.into()),
        })
    }

    fn remote_address(&mut self, socket: Tcp) -> SocketResult<IpSocketAddress> {
        let socket = self.socket(&socket)?;
        match &socket.state {
            State::Connected(stream) => Ok(socket.told(stream.peer())),
            _ => Err(ErrorCode::InvalidState.into()),
        }
    }

    fn is_listening(&mut self, socket: Tcp) -> Result<bool> {
        let socket = self.socket(&socket);
        Ok(socket.is_ok_and(|socket| matches!(socket.state, State::Listening(_))))
    }

    fn address_family(&mut self, socket: Tcp) -> Result<IpAddressFamily> {
        let socket = Resource::<Socket>::new_borrow(socket.rep());
        Ok(self.table().get(&socket)?.family)
    }

    fn set_listen_backlog_size(&mut self, socket: Tcp, size: u64) -> SocketResult<()> {
        if size == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        let socket = self.socket(&socket)?;
        socket.backlog = Some(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(())
    }

    option!(keep_alive_enabled, set_keep_alive_enabled, keep_alive: bool);
    option!(keep_alive_idle_time, set_keep_alive_idle_time, keep_alive_idle_ns: u64, not 0);
    option!(keep_alive_interval, set_keep_alive_interval, keep_alive_interval_ns: u64, not 0);
    option!(keep_alive_count, set_keep_alive_count, keep_alive_count: u32, not 0);
    option!(hop_limit, set_hop_limit, hops: u8, not 0);
    option!(receive_buffer_size, set_receive_buffer_size, receive_bytes: u64, not 0);
    option!(send_buffer_size, set_send_buffer_size, send_bytes: u64, not 0);

    fn subscribe(&mut self, socket: Tcp) -> Result<Resource<DynPollable>> {
        let socket = Resource::<Socket>::new_borrow(socket.rep());
        subscribe(self.table(), socket)
    }

    fn shutdown(&mut self, socket: Tcp, how: ShutdownType) -> SocketResult<()> {
        let socket = self.socket(&socket)?;
        let State::Connected(stream) = &socket.state else {
            return Err(ErrorCode::InvalidState.into());
        };
        stream.shutdown(match how {
            ShutdownType::Receive => Shutdown::Receive,
            ShutdownType::Send => Shutdown::Send,
            ShutdownType::Both => Shutdown::Both,
        });
        Ok(())
    }

    fn drop(&mut self, socket: Tcp) -> Result<()> {
        let socket = Resource::<Socket>::new_own(socket.rep());
        self.table().delete(socket)?;
        Ok(())
    }
}
