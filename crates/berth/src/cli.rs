//! What can be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use berth_server::{GatewayOptions, HostPattern, IpNet, Policy, PublicOrigin, Rules};
use clap::{Args, Parser, Subcommand};

/// Folders that stay, sessions that start in milliseconds, programs in WebAssembly.
#[derive(Debug, Parser)]
#[command(name = "berth", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server.
    Serve(Serve),
    /// Register people.
    #[command(subcommand)]
    User(User),
    /// Print the description of the HTTP API (OpenAPI, JSON).
    Openapi,
    /// Print the version.
    Version,
}

/// Where everything is kept.
#[derive(Debug, Args)]
pub struct Place {
    /// The directory in which everything is kept; made when absent.
    #[arg(long, value_name = "DIR", env = "BERTH_DATA", default_value = "data")]
    pub data: PathBuf,
    /// The database, when it is not in the data directory: postgres://… or sqlite:///path.
    #[arg(
        long,
        value_name = "URL",
        env = "BERTH_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
}

/// Start the server.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "BERTH_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// The directory of taps, from which brew installs: in it one directory for each, USER/REPOSITORY. DIR/taps in the
    /// data directory when not given.
    #[arg(long, value_name = "DIR", env = "BERTH_TAPS")]
    pub taps: Option<PathBuf>,
    /// How browsers reach the server when a proxy stands before it, such as https://berth.example.org.
    #[arg(long, value_name = "ORIGIN", env = "BERTH_PUBLIC_ORIGIN")]
    pub public_origin: Option<PublicOrigin>,
    /// How far sessions reach into the network.
    #[command(flatten)]
    pub egress: Egress,
    /// The password of the administrator that the first start makes; generated and printed when not given.
    /// Only from the environment: arguments can be seen by everybody on the machine.
    #[arg(skip = std::env::var("BERTH_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty()))]
    pub admin_password: Option<String>,
}

/// How far sessions reach into the network.
#[derive(Debug, Args)]
pub struct Egress {
    /// What sessions reach unless they ask for less: off, list (the hosts named by --egress-host) or public (every
    /// public address).
    #[arg(
        long = "egress",
        value_name = "POLICY",
        env = "BERTH_EGRESS",
        default_value = "public"
    )]
    pub policy: Policy,
    /// A host for the list: example.org, or *.example.org for those below it. May be given several times.
    #[arg(
        long = "egress-host",
        value_name = "HOST",
        env = "BERTH_EGRESS_HOSTS",
        value_delimiter = ','
    )]
    pub hosts: Vec<HostPattern>,
    /// A network that sessions reach although it is not public, such as 10.1.0.0/16. May be given several times.
    #[arg(long = "egress-allow", value_name = "NETWORK", env = "BERTH_EGRESS_ALLOW", value_delimiter = ',', value_parser = network)]
    pub allowed: Vec<IpNet>,
    /// Connections of one session at one time.
    #[arg(
        long = "egress-connections",
        value_name = "NUMBER",
        env = "BERTH_EGRESS_CONNECTIONS",
        default_value_t = GatewayOptions::default().connections_max
    )]
    pub connections_max: usize,
    /// Bytes one session may move, both ways together.
    #[arg(
        long = "egress-bytes",
        value_name = "BYTES",
        env = "BERTH_EGRESS_BYTES",
        default_value_t = GatewayOptions::default().bytes_max
    )]
    pub max_bytes: u64,
    /// How long one connection may live, in seconds.
    #[arg(
        long = "egress-connection-seconds",
        value_name = "SECONDS",
        env = "BERTH_EGRESS_CONNECTION_SECONDS",
        default_value_t = GatewayOptions::default().connection_lifetime.as_secs()
    )]
    pub connection_lifetime_seconds: u64,
    /// Bytes of what sessions downloaded (wheels) that are kept for all of them; 0 keeps nothing.
    #[arg(
        long = "downloads-bytes",
        value_name = "BYTES",
        env = "BERTH_DOWNLOADS_BYTES",
        default_value_t = GatewayOptions::default().downloads_max_bytes
    )]
    pub downloads_max_bytes: u64,
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = text.parse::<std::net::IpAddr>().map(IpNet::from);
    single
        .or_else(|_| text.parse())
        .map_err(|_| "expected a network, such as 10.1.0.0/16, or an address".to_owned())
}

impl From<Egress> for GatewayOptions {
    fn from(egress: Egress) -> Self {
        let Egress {
            policy,
            hosts,
            allowed,
            connections_max,
            max_bytes,
            connection_lifetime_seconds,
            downloads_max_bytes,
        } = egress;
        Self {
            policy,
            rules: Rules { hosts, allowed },
            connections_max,
            bytes_max: max_bytes,
            connection_lifetime: Duration::from_secs(connection_lifetime_seconds),
            downloads: None,
            downloads_max_bytes,
        }
    }
}

/// Register people.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Register a person; works while the server runs. Prints a generated password unless one is given.
    Create(CreateUser),
}

/// Register a person.
#[derive(Debug, Args)]
pub struct CreateUser {
    /// The address they log in with.
    pub email: String,
    /// Make them an administrator.
    #[arg(long)]
    pub admin: bool,
    /// Read their password from the first line of the standard input.
    #[arg(long)]
    pub password_stdin: bool,
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn parse(words: &str) -> Result<Command, clap::Error> {
        Cli::try_parse_from(words.split(' ')).map(|cli| cli.command)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_server_starts_without_configuration() {
        let Command::Serve(serve) = parse("berth serve").unwrap() else {
            panic!("not serve")
        };
        assert_eq!(serve.listen, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(serve.place.data, PathBuf::from("data"));
        assert_eq!(serve.place.database_url, None);
    }

    #[test]
    fn the_server_is_told_where_to_listen_and_keep_things() {
        let words = "berth serve --listen [::1]:0 --data /srv/berth --database-url postgres://b@db/b \
                     --public-origin https://Berth.example.org/";
        let Command::Serve(serve) = parse(words).unwrap() else {
            panic!("not serve")
        };
        assert_eq!(serve.listen, "[::1]:0".parse().unwrap());
        assert_eq!(serve.place.data, PathBuf::from("/srv/berth"));
        assert_eq!(
            serve.place.database_url.as_deref(),
            Some("postgres://b@db/b")
        );
        assert_eq!(
            serve.public_origin.unwrap().as_str(),
            "https://berth.example.org"
        );
    }

    #[test]
    fn people_are_registered_by_address() {
        let words = "berth user create ann@example.org --admin --password-stdin --data d";
        let Command::User(User::Create(create)) = parse(words).unwrap() else {
            panic!("not user create")
        };
        assert_eq!(create.email, "ann@example.org");
        assert!(create.admin && create.password_stdin);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in [
            "berth",
            "berth serve --listen 8080",
            "berth serve --listen localhost",
            "berth serve --public-origin berth.example.org",
            "berth serve --admin-password x",
            "berth user create",
            "berth launch",
        ] {
            assert!(parse(words).is_err(), "{words}");
        }
    }
}
