//! What a session's way out lets through.

mod common;

use std::net::SocketAddr;
use std::sync::Arc;

use berth_gateway::{
    Egress, Gateway, GatewayOptions, Policy, Rules, SERVICE_ADDRESS, SERVICE_NAME, SERVICE_PORT,
    Service,
};
use berth_kernel::Errno;
use berth_kernel::net::{HostStream, Outside as _, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Dropped outside of the tests' runtime.
struct Out {
    gateway: Option<Gateway>,
    egress: Arc<Egress>,
}

impl Drop for Out {
    fn drop(&mut self) {
        drop(self.gateway.take());
    }
}

fn out(
    policy: Policy,
    hosts: &[&str],
    allowed: &[&str],
    change: impl FnOnce(&mut GatewayOptions),
) -> Out {
    let mut options = GatewayOptions {
        policy,
        rules: Rules {
            hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
            allowed: allowed
                .iter()
                .map(|network| network.parse().unwrap())
                .collect(),
        },
        ..GatewayOptions::default()
    };
    change(&mut options);
    let gateway = Gateway::start(options).unwrap();
    let egress = gateway.egress("test", Policy::Public);
    Out {
        gateway: Some(gateway),
        egress,
    }
}

async fn connect(out: &Out, address: &str, port: u16) -> Result<Arc<Stream>, Errno> {
    let local = SocketAddr::from(([10, 0, 2, 15], 40_000));
    let to = SocketAddr::new(address.parse().unwrap(), port);
    out.egress.connect(local, to).await
}

#[tokio::test]
async fn no_address_that_is_not_public_is_dialled() {
    let port = common::echo();
    let out = out(Policy::Public, &[], &[], |_| {});
    for address in [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "203.0.113.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ] {
        assert_eq!(
            connect(&out, address, port).await.err(),
            Some(Errno::Access),
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused() {
    let out = out(Policy::Public, &[], &[], |_| {});
    assert_eq!(
        out.egress.resolve("localhost").await.err(),
        Some(Errno::Access)
    );
}

#[tokio::test]
async fn a_name_that_resolves_otherwise_the_second_time_gains_nothing() {
    // The name was good once, for an address that the rules let through; the address it leads to now is judged for
    // itself.
    let port = common::echo();
    let out = out(Policy::Public, &[], &["127.0.0.1/32"], |_| {});
    assert!(out.egress.resolve("localhost").await.is_ok());
    assert_eq!(
        connect(&out, "127.0.0.2", port).await.err(),
        Some(Errno::Access)
    );
    assert!(connect(&out, "127.0.0.1", port).await.is_ok());
}

#[tokio::test]
async fn an_allowed_network_is_reached_and_carries_bytes_both_ways() {
    let port = common::echo();
    let out = out(Policy::Public, &[], &["127.0.0.0/8"], |_| {});
    let mut stream = HostStream::new(connect(&out, "127.0.0.1", port).await.unwrap());
    let sent: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
    let (mut read, mut write) = tokio::io::split(&mut stream);
    let mut got = vec![0; sent.len()];
    let (put, read) = tokio::join!(write.write_all(&sent), read.read_exact(&mut got));
    put.unwrap();
    read.unwrap();
    assert!(got == sent, "what came back is not what was sent");
    assert!(out.egress.bytes_moved() >= 600_000);
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_list_lets_its_hosts_through_and_nothing_else() {
    let port = common::echo();
    let out = out(
        Policy::List,
        &["localhost"],
        &["127.0.0.0/8", "::1/128"],
        |_| {},
    );
    assert_eq!(
        out.egress.resolve("example.org").await.err(),
        Some(Errno::Access)
    );
    // The address alone is nobody's on the list.
    assert_eq!(
        connect(&out, "127.0.0.1", port).await.err(),
        Some(Errno::Access)
    );
    let addresses = out.egress.resolve("localhost").await.unwrap();
    assert!(addresses.iter().all(std::net::IpAddr::is_loopback));
    assert!(connect(&out, "127.0.0.1", port).await.is_ok());
    assert_eq!(
        connect(&out, "127.0.0.7", port).await.err(),
        Some(Errno::Access)
    );
}

#[tokio::test]
async fn off_is_off_and_a_session_cannot_ask_for_more_than_the_server_gives() {
    let out = out(Policy::Off, &["localhost"], &["127.0.0.0/8"], |_| {});
    assert_eq!(out.egress.policy(), Policy::Off);
    assert_eq!(
        out.egress.resolve("localhost").await.err(),
        Some(Errno::Access)
    );
    assert_eq!(
        connect(&out, "127.0.0.1", 80).await.err(),
        Some(Errno::Access)
    );
}

#[tokio::test]
async fn connections_and_bytes_have_limits() {
    let port = common::echo();
    let few = out(Policy::Public, &[], &["127.0.0.0/8"], |options| {
        options.connections_max = 1
    });
    let first = connect(&few, "127.0.0.1", port).await.unwrap();
    assert_eq!(
        connect(&few, "127.0.0.1", port).await.err(),
        Some(Errno::NoBuffers)
    );
    first.fail(Errno::ConnectionReset);
    drop(first);

    let little = out(Policy::Public, &[], &["127.0.0.0/8"], |options| {
        options.bytes_max = 1000
    });
    let mut stream = HostStream::new(connect(&little, "127.0.0.1", port).await.unwrap());
    let mut broken = None;
    for _ in 0..100 {
        if let Err(error) = stream.write_all(&[0; 500]).await {
            broken = Some(error);
            break;
        }
        if let Err(error) = stream.read(&mut [0; 500]).await {
            broken = Some(error);
            break;
        }
    }
    assert!(broken.is_some(), "bytes go on for ever");
    assert_eq!(
        connect(&little, "127.0.0.1", port).await.err(),
        Some(Errno::Quota)
    );
}

#[tokio::test]
async fn what_nobody_listens_on_is_refused_as_such() {
    let out = out(Policy::Public, &[], &["127.0.0.0/8"], |_| {});
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    assert_eq!(
        connect(&out, "127.0.0.1", port).await.err(),
        Some(Errno::ConnectionRefused)
    );
}

/// Says one word to everybody.
struct Greeter;

impl Service for Greeter {
    fn answer(&self, mut stream: HostStream) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let _ = stream.write_all(b"welcome").await;
        })
    }
}

#[tokio::test]
async fn the_servers_own_service_answers_whatever_the_policy_at_one_port_only() {
    let out = out(Policy::Off, &[], &[], |options| options.connections_max = 1);
    let address = SERVICE_ADDRESS.to_string();
    assert_eq!(
        out.egress.resolve(SERVICE_NAME).await.err(),
        Some(Errno::Access),
        "nobody answers yet"
    );
    out.gateway
        .as_ref()
        .unwrap()
        .serve_inside(Arc::new(Greeter));
    assert_eq!(
        out.egress.resolve(SERVICE_NAME).await.unwrap(),
        [SERVICE_ADDRESS]
    );
    for port in [22, 443, 8080] {
        assert_eq!(
            connect(&out, &address, port).await.err(),
            Some(Errno::ConnectionRefused)
        );
    }
    let connected = connect(&out, &address, SERVICE_PORT).await.unwrap();
    let mut said = String::new();
    HostStream::new(connected)
        .read_to_string(&mut said)
        .await
        .unwrap();
    assert_eq!(said, "welcome");
    assert_eq!(out.egress.bytes_moved(), 0);
}
