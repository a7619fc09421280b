//! What may be reached.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::address::is_public;

/// How far a session reaches. Each lets through more than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Nothing outside of itself.
    Off,
    /// The hosts on the server's list.
    List,
    /// Every public address.
    Public,
}

impl Policy {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::List => "list",
            Self::Public => "public",
        }
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected off, list or public")]
pub struct ParsePolicyError;

impl FromStr for Policy {
    type Err = ParsePolicyError;

    fn from_str(text: &str) -> Result<Self, ParsePolicyError> {
        [Self::Off, Self::List, Self::Public]
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or(ParsePolicyError)
    }
}

/// A host's name, or `*.` and a domain for every name below that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostPattern {
    name: String,
    below: bool,
}

impl HostPattern {
    /// Whether `host`, in lower case and without a dot at its end, is meant.
    pub fn matches(&self, host: &str) -> bool {
        if self.below {
            host.strip_suffix(&self.name)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty())
        } else {
            host == self.name
        }
    }
}

/// The text is no pattern of hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("expected a host's name, such as example.org, or *.example.org for those below it")]
pub struct ParsePatternError;

impl FromStr for HostPattern {
    type Err = ParsePatternError;

    fn from_str(text: &str) -> Result<Self, ParsePatternError> {
        let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
        let (name, below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text.as_str(), false),
        };
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(letters) {
            return Err(ParsePatternError);
        }
        Ok(Self {
            name: name.to_owned(),
            below,
        })
    }
}

/// What the server's configuration says, for all sessions.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The hosts that [`Policy::List`] lets through.
    pub hosts: Vec<HostPattern>,
    /// Networks that are let through although they are not public.
    pub allowed: Vec<IpNet>,
}

impl Rules {
    /// Whether a name may be resolved.
    pub fn lets_name(&self, policy: Policy, name: &str) -> bool {
        match policy {
            Policy::Off => false,
            Policy::List => self.hosts.iter().any(|pattern| pattern.matches(name)),
            Policy::Public => true,
        }
    }

    /// Whether an address may be dialled. `listed`: a name on the list was resolved to it.
    pub fn lets_address(&self, policy: Policy, address: IpAddr, listed: bool) -> bool {
        let address = address.to_canonical();
        let opened = self
            .allowed
            .iter()
            .any(|network| network.contains(&address));
        match policy {
            Policy::Off => false,
            Policy::List => listed && (opened || is_public(address)),
            Policy::Public => opened || is_public(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_pattern_means_a_host_or_all_below_a_domain() {
        let host: HostPattern = "Example.org.".parse().unwrap();
        assert!(host.matches("example.org") && !host.matches("www.example.org"));
        let below: HostPattern = "*.example.org".parse().unwrap();
        assert!(below.matches("a.b.example.org") && below.matches("www.example.org"));
        for other in [
            "example.org",
            ".example.org",
            "badexample.org",
            "example.org.evil.net",
        ] {
            assert!(!below.matches(other), "{other}");
        }
        for text in ["", "*", "*.", "a b", "http://example.org", "*.*.org"] {
            assert_eq!(
                text.parse::<HostPattern>(),
                Err(ParsePatternError),
                "{text:?}"
            );
        }
    }

    #[test]
    fn policies_are_ordered_by_what_they_let_through() {
        assert!(Policy::Off < Policy::List && Policy::List < Policy::Public);
        assert_eq!("list".parse(), Ok(Policy::List));
        assert_eq!("all".parse::<Policy>(), Err(ParsePolicyError));
    }

    #[test]
    fn an_allowed_network_opens_what_is_not_public_and_only_that() {
        let rules = Rules {
            hosts: vec!["index.example.org".parse().unwrap()],
            allowed: vec!["192.0.2.0/24".parse().unwrap()],
        };
        assert!(rules.lets_address(Policy::Public, address("192.0.2.9"), false));
        assert!(rules.lets_address(Policy::Public, address("::ffff:192.0.2.9"), false));
        assert!(!rules.lets_address(Policy::Public, address("192.168.0.9"), false));
        assert!(rules.lets_address(Policy::List, address("192.0.2.9"), true));
        assert!(!rules.lets_address(Policy::List, address("192.0.2.9"), false));
        assert!(!rules.lets_address(Policy::List, address("10.0.0.1"), true));
        assert!(!rules.lets_address(Policy::Off, address("192.0.2.9"), true));
        assert!(!rules.lets_address(Policy::Off, address("8.8.8.8"), true));
        assert!(rules.lets_name(Policy::List, "index.example.org"));
        assert!(!rules.lets_name(Policy::List, "example.org"));
        assert!(!rules.lets_name(Policy::Off, "index.example.org"));
    }
}
