//! `id`, `whoami`, `groups` and `hostname`: who and where a process is.
//!
//! WASI has neither users nor hosts. A session has exactly one user; the kernel shows its number in
//! `/proc/self/status` and the host's name at the end of `/proc/version`; the names are in `/etc`.

use std::ffi::OsString;
use std::fs;

use lexopt::prelude::*;

use super::{complain, print, usage_error};

/// The user of every session, where `/proc` does not say.
const SESSION_USER_ID: u32 = 1000;
/// What a host without a name is called.
const UNNAMED_HOST: &str = "localhost";

/// A number with its name.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Named {
    id: u32,
    name: Option<String>,
}

impl Named {
    /// `1000(work)`, or `1000` without a name.
    fn full(&self) -> String {
        match &self.name {
            Some(name) => format!("{}({name})", self.id),
            None => self.id.to_string(),
        }
    }

    /// The name, or the number where there is none.
    fn short(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// The user with the groups, the first of which is the primary one.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    user: Named,
    groups: Vec<Named>,
}

/// `whoami`.
pub fn whoami(arguments: Vec<OsString>) -> i32 {
    if asks_for_help(&arguments) {
        return print(
            "whoami",
            b"Usage: whoami\nPrint the name of the session's user.\n",
        );
    }
    if arguments.len() > 1 {
        complain("whoami", format_args!("takes no arguments"));
        return 1;
    }
    print_line("whoami", &current().user.short())
}

/// `groups`.
pub fn groups(arguments: Vec<OsString>) -> i32 {
    if asks_for_help(&arguments) {
        return print(
            "groups",
            b"Usage: groups\nPrint the groups of the session's user.\n",
        );
    }
    let names: Vec<_> = current().groups.iter().map(Named::short).collect();
    print_line("groups", &names.join(" "))
}

/// `id [-u|-g|-G] [-n]`.
pub fn id(arguments: Vec<OsString>) -> i32 {
    let mut names = false;
    let mut what = None;
    let mut parser = lexopt::Parser::from_iter(arguments);
    loop {
        match parser.next() {
            Ok(Some(Short('n') | Long("name"))) => names = true,
            Ok(Some(Short('r') | Long("real"))) => {} // real and effective are the same here
            Ok(Some(Short(option @ ('u' | 'g' | 'G')))) => what = Some(option),
            Ok(Some(Long("user"))) => what = Some('u'),
            Ok(Some(Long("group"))) => what = Some('g'),
            Ok(Some(Long("groups"))) => what = Some('G'),
            Ok(Some(Long("help"))) => {
                return print("id", b"Usage: id [-u|-g|-G] [-n]\nPrint the user and group numbers; -n prints names.\n");
            }
            Ok(Some(other)) => return usage_error("id", &other.unexpected(), 1),
            Err(error) => return usage_error("id", &error, 1),
            Ok(None) => break,
        }
    }
    if names && what.is_none() {
        complain(
            "id",
            format_args!("printing only names requires -u, -g, or -G"),
        );
        return 1;
    }
    print_line("id", &described(&current(), what, names))
}

/// `dnsdomainname`: as `hostname -d`, a session's host is in no domain.
pub fn dnsdomainname(arguments: Vec<OsString>) -> i32 {
    if asks_for_help(&arguments) {
        return print(
            "dnsdomainname",
            b"Usage: dnsdomainname\nPrint the domain of the session's host: it is in none.\n",
        );
    }
    0
}

/// `domainname`: a session has no NIS.
pub fn domainname(arguments: Vec<OsString>) -> i32 {
    if asks_for_help(&arguments) {
        return print(
            "domainname",
            b"Usage: domainname\nPrint the name of the session's NIS domain: there is none.\n",
        );
    }
    print_line("domainname", "(none)")
}

/// `hostname [-s]`.
pub fn hostname(arguments: Vec<OsString>) -> i32 {
    if asks_for_help(&arguments) {
        return print(
            "hostname",
            b"Usage: hostname [-s | -f | -d | -i | -I]\nPrint the name of the session's host.\n",
        );
    }
    let mut short = false;
    for argument in arguments.iter().skip(1) {
        if argument == "-s" || argument == "--short" {
            short = true;
        } else if argument == "-f" || argument == "--fqdn" || argument == "--long" {
            short = false;
        } else if argument == "-d" || argument == "--domain" {
            return 0;
        } else if argument == "-i" || argument == "-I" || argument == "--all-ip-addresses" {
            // A session has its own loopback and no other interface.
            return print_line("hostname", "127.0.0.1");
        } else {
            complain(
                "hostname",
                format_args!("the name of a session's host cannot be changed"),
            );
            return 1;
        }
    }
    let version = fs::read_to_string("/proc/version").unwrap_or_default();
    let name = host_of(&version).unwrap_or(UNNAMED_HOST);
    let name = if short {
        name.split('.').next().unwrap_or(name)
    } else {
        name
    };
    print_line("hostname", name)
}

fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments.get(1).is_some_and(|first| first == "--help")
}

fn print_line(program: &str, text: &str) -> i32 {
    print(program, format!("{text}\n").as_bytes())
}

/// What `id` prints: everything, or one of `u`, `g`, `G`.
fn described(identity: &Identity, what: Option<char>, names: bool) -> String {
    let one = |named: &Named| {
        if names {
            named.short()
        } else {
            named.id.to_string()
        }
    };
    let all = |form: &dyn Fn(&Named) -> String, between| {
        identity
            .groups
            .iter()
            .map(form)
            .collect::<Vec<_>>()
            .join(between)
    };
    match what {
        Some('u') => one(&identity.user),
        Some('g') => identity.groups.first().map(one).unwrap_or_default(),
        Some(_) => all(&one, " "),
        None => format!(
            "uid={} gid={} groups={}",
            identity.user.full(),
            identity.groups.first().map(Named::full).unwrap_or_default(),
            all(&Named::full, ",")
        ),
    }
}

/// This process's identity.
fn current() -> Identity {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    identity_of(
        user_id(&read("/proc/self/status")),
        &read("/etc/passwd"),
        &read("/etc/group"),
    )
}

/// The host's name in the text of the kernel's `/proc/version`: `Berth version 0.1.0 (wasm32) NAME`.
fn host_of(version: &str) -> Option<&str> {
    version
        .strip_prefix("Berth version ")?
        .split_whitespace()
        .nth(2)
}

/// The user's number in the text of `/proc/self/status`.
fn user_id(status: &str) -> u32 {
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("Uid:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(SESSION_USER_ID)
}

/// A user's identity by the texts of `passwd(5)` and `group(5)`. Without an entry the group has the user's number.
fn identity_of(user: u32, passwd: &str, group: &str) -> Identity {
    let entry = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.len() >= 4 && fields[2].parse() == Ok(user));
    let name = entry.as_ref().map(|fields| fields[0].to_owned());
    let primary = entry
        .and_then(|fields| fields[3].parse().ok())
        .unwrap_or(user);

    let mut groups = vec![Named {
        id: primary,
        name: None,
    }];
    for fields in group
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
    {
        let [group_name, _, id, members] = fields[..] else {
            continue;
        };
        let Ok(id) = id.parse() else { continue };
        if id == primary {
            groups[0].name = Some(group_name.to_owned());
        } else if name
            .as_deref()
            .is_some_and(|name| members.split(',').any(|member| member == name))
        {
            groups.push(Named {
                id,
                name: Some(group_name.to_owned()),
            });
        }
    }
    Identity {
        user: Named { id: user, name },
        groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nwork:x:1000:1000:work:/home/work:/usr/bin/bash\n";
    const GROUP: &str = "root:x:0:\nwork:x:1000:\naudio:x:29:nobody,work\n";

    #[test]
    fn id_shows_the_user_with_all_groups() {
        let identity = identity_of(1000, PASSWD, GROUP);
        assert_eq!(
            described(&identity, None, false),
            "uid=1000(work) gid=1000(work) groups=1000(work),29(audio)"
        );
        assert_eq!(described(&identity, Some('u'), false), "1000");
        assert_eq!(described(&identity, Some('u'), true), "work");
        assert_eq!(described(&identity, Some('G'), true), "work audio");
    }

    #[test]
    fn a_user_without_an_entry_is_a_number() {
        let identity = identity_of(7, PASSWD, GROUP);
        assert_eq!(described(&identity, None, false), "uid=7 gid=7 groups=7");
    }

    #[test]
    fn broken_lines_of_etc_are_passed_over() {
        let identity = identity_of(1000, ":::\n\nwork\nwork:x:1000:x\n", "audio\nx:y:z:w\n");
        assert_eq!(identity.user.short(), "work");
        assert_eq!(
            identity.groups,
            [Named {
                id: 1000,
                name: None
            }]
        );
    }

    #[test]
    fn the_host_name_comes_from_proc() {
        assert_eq!(
            host_of("Berth version 0.1.0 (wasm32) quiet-otter\n"),
            Some("quiet-otter")
        );
        assert_eq!(host_of("Linux version 6.1.0 (debian) #1 SMP\n"), None);
        assert_eq!(host_of("Berth version 0.1.0 (wasm32) \n"), None);
    }

    #[test]
    fn the_user_number_comes_from_proc() {
        assert_eq!(user_id("Name:\tid\nUid:\t42\t42\t42\t42\n"), 42);
        assert_eq!(user_id(""), SESSION_USER_ID);
    }
}
