//! What the system knows: `getconf`, `getent`, `lscpu`, `whereis`, `nproc`.

use std::ffi::OsString;
use std::fs;

use berth_multicall::{complain, os_string, print, search_path, text, usage_error_text};

use berth_multicall::takes::{Given, Takes, read};

/// Bytes of a page of a guest's memory.
const PAGE_BYTES: u64 = 65536;
/// Most bytes of a command line and its environment, as the kernel takes them.
const ARGUMENTS_MAX_BYTES: u64 = 2 << 20;

const GETCONF: Takes = Takes {
    name: "getconf",
    help: "\
Usage: getconf [-v SPECIFICATION] VARIABLE [PATH]
       getconf -a
Print the value of a configuration variable.
",
    letters: "av:",
    long: &[],
    code: 2,
    command: false,
};

/// Values that programs ask for, as they are in a session.
fn configuration() -> Vec<(&'static str, String)> {
    let (memory, free) = crate::machine::memory();
    let processors = processors().to_string();
    let fixed = |name, value: u64| (name, value.to_string());
    vec![
        fixed("ARG_MAX", ARGUMENTS_MAX_BYTES),
        fixed("CHAR_BIT", 8),
        fixed("CHILD_MAX", limit(berth_guest::Resource::Processes)),
        fixed("CLK_TCK", 100),
        fixed("HOST_NAME_MAX", 64),
        fixed("INT_MAX", i32::MAX as u64),
        fixed("IOV_MAX", 1024),
        fixed("LINE_MAX", 2048),
        fixed("LINK_MAX", 127),
        fixed("LOGIN_NAME_MAX", 256),
        // 64 bits are what scripts want to know of, whatever the pointers of a guest.
        fixed("LONG_BIT", 64),
        fixed("NAME_MAX", 255),
        fixed("NGROUPS_MAX", 65536),
        fixed("OPEN_MAX", limit(berth_guest::Resource::Descriptors)),
        fixed("PAGESIZE", PAGE_BYTES),
        fixed("PAGE_SIZE", PAGE_BYTES),
        ("PATH", "/bin:/usr/bin".to_owned()),
        fixed("PATH_MAX", 4096),
        fixed("PIPE_BUF", 4096),
        fixed("SYMLOOP_MAX", 40),
        fixed("TTY_NAME_MAX", 32),
        fixed("WORD_BIT", 32),
        ("_AVPHYS_PAGES", (free / PAGE_BYTES).to_string()),
        ("_NPROCESSORS_CONF", processors.clone()),
        ("_NPROCESSORS_ONLN", processors),
        ("_PHYS_PAGES", (memory / PAGE_BYTES).to_string()),
        fixed("_POSIX_VERSION", 200_809),
        fixed("_XOPEN_VERSION", 700),
    ]
}

fn limit(resource: berth_guest::Resource) -> u64 {
    berth_guest::limit(resource).map_or(0, |limit| limit.soft)
}

/// `getconf`.
pub fn getconf(arguments: Vec<OsString>) -> i32 {
    let given = match read(&GETCONF, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let known = configuration();
    if given.has('a') {
        let lines: String = known
            .iter()
            .map(|(name, value)| format!("{name:<35}{value}\n"))
            .collect();
        return print("getconf", lines.as_bytes());
    }
    let Some(name) = given.operands.first() else {
        return usage_error_text("getconf", "a variable is missing", 2);
    };
    let name = text(name);
    // `_SC_`, `_PC_` and `_CS_` are what C calls them.
    let plain = ["_SC_", "_PC_", "_CS_"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(&name);
    match known
        .iter()
        .find(|(known, _)| *known == plain || known.strip_prefix('_') == Some(plain))
    {
        Some((_, value)) => print("getconf", format!("{value}\n").as_bytes()),
        None => {
            complain("getconf", format_args!("Unrecognized variable `{name}'"));
            2
        }
    }
}

const GETENT: Takes = Takes {
    name: "getent",
    help: "\
Usage: getent DATABASE [KEY]...
Print entries of a database: passwd, group, hosts, services, protocols.
",
    letters: "s:i",
    long: &[("service", 's'), ("no-idn", 'i')],
    code: 1,
    command: false,
};
/// There is no such database.
const EXIT_NO_DATABASE: i32 = 1;
/// A key was not found.
const EXIT_NOT_FOUND: i32 = 2;

/// `getent`.
pub fn getent(arguments: Vec<OsString>) -> i32 {
    let given = match read(&GETENT, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut words = given.operands.iter().map(|word| text(word));
    let Some(database) = words.next() else {
        return usage_error_text("getent", "wrong number of arguments", 1);
    };
    let path = match database.as_str() {
        "passwd" | "group" | "hosts" | "services" | "protocols" | "networks" | "shadow" => {
            format!("/etc/{database}")
        }
        "ahosts" | "ahostsv4" | "ahostsv6" => "/etc/hosts".to_owned(),
        _ => {
            eprintln!("Unknown database: {database}\nTry `getent --help' for more information.");
            return EXIT_NO_DATABASE;
        }
    };
    let content = fs::read_to_string(path).unwrap_or_default();
    let entries = content
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let keys: Vec<String> = words.collect();
    let mut shown = String::new();
    let mut code = 0;
    if keys.is_empty() {
        for entry in entries {
            shown += &entry_text(&database, entry);
        }
    } else {
        for key in &keys {
            match entries.clone().find(|entry| has_key(&database, entry, key)) {
                Some(entry) => shown += &entry_text(&database, entry),
                None => code = EXIT_NOT_FOUND,
            }
        }
    }
    print("getent", shown.as_bytes()).max(code)
}

fn has_key(database: &str, entry: &str, key: &str) -> bool {
    match database {
        "passwd" | "group" | "shadow" => {
            let mut fields = entry.split(':');
            fields.next() == Some(key) || fields.nth(1) == Some(key)
        }
        _ => entry.split_whitespace().any(|word| word == key),
    }
}

fn entry_text(database: &str, entry: &str) -> String {
    if database != "hosts" {
        return format!("{entry}\n");
    }
    let mut words = entry.split_whitespace();
    let address = words.next().unwrap_or_default();
    let names: Vec<&str> = words.collect();
    format!("{address:<15} {}\n", names.join(" "))
}

/// How many processors the session may keep busy at once.
fn processors() -> usize {
    let content = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let count = content
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    count.max(1)
}

const LSCPU: Takes = Takes {
    name: "lscpu",
    help: "Usage: lscpu\nTell about the processors of the session.\n",
    letters: "",
    long: &[],
    code: 1,
    command: false,
};

/// `lscpu`.
pub fn lscpu(arguments: Vec<OsString>) -> i32 {
    if let Err(code) = read(&LSCPU, arguments) {
        return code;
    }
    let count = processors();
    let online = match count {
        1 => "0".to_owned(),
        more => format!("0-{}", more - 1),
    };
    let rows = [
        ("Architecture:", "wasm32".to_owned()),
        ("  Byte Order:", "Little Endian".to_owned()),
        ("CPU(s):", count.to_string()),
        ("  On-line CPU(s) list:", online),
        ("Model name:", "WebAssembly".to_owned()),
    ];
    let lines: String = rows
        .iter()
        .map(|(name, value)| format!("{name:<33}{value}\n"))
        .collect();
    print("lscpu", lines.as_bytes())
}

const NPROC: Takes = Takes {
    name: "nproc",
    help: "\
Usage: nproc [OPTION]...
Print the number of processors that the session may keep busy.

      --all       print the number of all of them, which is the same
      --ignore=N  leave N out, if possible
",
    letters: "ai:",
    long: &[("all", 'a'), ("ignore", 'i')],
    code: 1,
    command: false,
};

/// `nproc`.
pub fn nproc(arguments: Vec<OsString>) -> i32 {
    let given = match read(&NPROC, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(operand) = given.operands.first() {
        let what = format!("extra operand {}", berth_multicall::quoted(operand));
        return usage_error_text("nproc", &what, 1);
    }
    let ignored = match given.text('i').map(|count| count.parse::<usize>()) {
        None => 0,
        Some(Ok(count)) => count,
        Some(Err(_)) => {
            let value = given.text('i').unwrap_or_default();
            complain("nproc", format_args!("invalid number: '{value}'"));
            return 1;
        }
    };
    let asked = |name: &str| std::env::var(name).ok()?.parse::<usize>().ok();
    let mut count = processors();
    if !given.has('a') {
        count = asked("OMP_NUM_THREADS").unwrap_or(count);
        count = count.min(asked("OMP_THREAD_LIMIT").unwrap_or(count));
    }
    let left = count.saturating_sub(ignored).max(1);
    print("nproc", format!("{left}\n").as_bytes())
}

const WHEREIS: Takes = Takes {
    name: "whereis",
    help: "\
Usage: whereis [-b] [-m] [-s] NAME...
Tell where programs are.

  -b  only programs      -m, -s  only manuals or sources, of which there are none
",
    letters: "bmsulB:M:S:f",
    long: &[],
    code: 1,
    command: false,
};
/// Where programs are beside `PATH`.
const PROGRAM_DIRECTORIES: &str = "/usr/bin:/usr/local/bin:/home/linuxbrew/.linuxbrew/bin";

/// `whereis`.
pub fn whereis(arguments: Vec<OsString>) -> i32 {
    let given: Given = match read(&WHEREIS, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("whereis", "not enough arguments", 1);
    }
    let programs = given.has('b') || !(given.has('m') || given.has('s'));
    let path = std::env::var("PATH").unwrap_or_default();
    let places = format!("{PROGRAM_DIRECTORIES}:{path}");
    let mut shown = String::new();
    for name in &given.operands {
        let name = text(name);
        let base = name.rsplit('/').next().unwrap_or_default();
        shown += &format!("{base}:");
        let mut found: Vec<String> = Vec::new();
        for directory in search_path(places.as_bytes()).filter(|_| programs) {
            let place = format!("{}/{base}", text(directory));
            let is_file = fs::metadata(os_string(place.clone().into_bytes()))
                .is_ok_and(|there| there.is_file());
            // `/bin` is `/usr/bin`.
            let same = |known: &String| known.ends_with(&place) && place.starts_with("/bin/");
            if is_file && !found.contains(&place) && !found.iter().any(same) {
                found.push(place);
            }
        }
        for place in found {
            shown += &format!(" {place}");
        }
        shown.push('\n');
    }
    print("whereis", shown.as_bytes())
}
