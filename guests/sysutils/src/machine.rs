//! The session as a machine: `free`, `uptime`, `top`.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use berth_guest::ApplyWhen;
use berth_multicall::{mode, time};

use crate::processes::{self, Process};
use crate::space::human;
use berth_multicall::takes::{Takes, read};

/// Total and free memory in bytes.
pub fn memory() -> (u64, u64) {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
            .unwrap_or(0)
            * 1024
    };
    (field("MemTotal:"), field("MemAvailable:"))
}

/// Seconds since the session began.
pub fn uptime_seconds() -> f64 {
    let text = fs::read_to_string("/proc/uptime").unwrap_or_default();
    text.split_whitespace()
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or(0.0)
}

const FREE: Takes = Takes {
    name: "free",
    help: "\
Usage: free [options]
Show how much memory the session may use and uses.

  -b, --bytes   show output in bytes
  -k, --kibi    show output in kibibytes
  -m, --mebi    show output in mebibytes
  -g, --gibi    show output in gibibytes
  -h, --human   show human-readable output
  -t, --total   show total for RAM + swap
",
    letters: "bkmghtwl",
    long: &[
        ("bytes", 'b'),
        ("kibi", 'k'),
        ("mebi", 'm'),
        ("gibi", 'g'),
        ("human", 'h'),
        ("total", 't'),
        ("wide", 'w'),
    ],
    code: 1,
    command: false,
};

/// `free`.
pub fn free(arguments: Vec<OsString>) -> i32 {
    let given = match read(&FREE, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let shown = |bytes: u64| {
        if given.has('h') {
            return match human(bytes, 1024) {
                text if text.ends_with(|last: char| last.is_ascii_digit()) => text + "B",
                text => text + "i",
            };
        }
        let unit = if given.has('b') {
            1
        } else if given.has('m') {
            1 << 20
        } else if given.has('g') {
            1 << 30
        } else {
            1 << 10
        };
        (bytes / unit).to_string()
    };
    let (total, free) = memory();
    let used = total.saturating_sub(free);
    println!(
        "{:>19} {:>11} {:>11} {:>11} {:>11} {:>11}",
        "total", "used", "free", "shared", "buff/cache", "available"
    );
    println!(
        "Mem:    {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}",
        shown(total),
        shown(used),
        shown(free),
        shown(0),
        shown(0),
        shown(free)
    );
    println!("Swap:   {:>11} {:>11} {:>11}", shown(0), shown(0), shown(0));
    if given.has('t') {
        println!(
            "Total:  {:>11} {:>11} {:>11}",
            shown(total),
            shown(used),
            shown(free)
        );
    }
    0
}

const UPTIME: Takes = Takes {
    name: "uptime",
    help: "\
Usage: uptime [options]
Tell how long the session has been running.

  -p, --pretty  show uptime in pretty format
  -s, --since   session up since
",
    letters: "ps",
    long: &[("pretty", 'p'), ("since", 's')],
    code: 1,
    command: false,
};

/// `uptime`.
pub fn uptime(arguments: Vec<OsString>) -> i32 {
    let given = match read(&UPTIME, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let seconds = uptime_seconds() as i64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    if given.has('s') {
        println!(
            "{}",
            time::Moment::at(time::now() - seconds).format("%F %T")
        );
    } else if given.has('p') {
        let parts: Vec<_> = [(days, "day"), (hours, "hour"), (minutes, "minute")]
            .into_iter()
            .filter(|(count, unit)| *count > 0 || (*unit == "minute" && seconds < 60))
            .map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
            .collect();
        println!("up {}", parts.join(", "));
    } else {
        println!("{}", headline());
    }
    0
}

/// `w`: as `uptime`, and who is logged in: nobody, a session is opened, not logged in to.
pub fn w(arguments: Vec<OsString>) -> i32 {
    const TAKES: Takes = Takes {
        name: "w",
        help: "\
Usage: w [OPTION]...
Show how long the session runs, and a table of who is logged in: nobody, a session is opened, not logged in to.

  -h, --no-header  no headings
",
        letters: "hsfiou",
        long: &[("no-header", 'h'), ("short", 's')],
        code: 1,
        command: false,
    };
    match read(&TAKES, arguments) {
        Ok(given) if given.has('h') => 0,
        Ok(_) => {
            println!("{}", headline());
            println!("USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT");
            0
        }
        Err(code) => code,
    }
}

fn headline() -> String {
    let seconds = uptime_seconds() as i64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        days => format!("{days} days, "),
    };
    let rest = if hours > 0 {
        format!("{hours:2}:{minutes:02}")
    } else {
        format!("{minutes} min")
    };
    let running = processes::all()
        .iter()
        .filter(|process| process.state == 'R')
        .count();
    format!(
        " {} up {days}{rest},  1 user,  {running} running",
        time::Moment::at(time::now()).format("%H:%M:%S")
    )
}

const TOP: Takes = Takes {
    name: "top",
    help: "\
Usage: top [-b] [-n COUNT] [-d SECONDS] [-p PIDS]
Show the session's processes, the busiest first, again and again.

  -b  batch mode: plain text, no keys
  -n  stop after so many rounds
  -d  seconds between rounds
  -p  only these processes
Keys: q quits, P sorts by processor, M by memory, N by number, T by time; space shows anew at once.
",
    letters: "bn:d:p:cHiSu:",
    long: &[
        ("batch", 'b'),
        ("iterations", 'n'),
        ("delay", 'd'),
        ("pid", 'p'),
    ],
    code: 1,
    command: false,
};

/// `top`.
pub fn top(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TOP, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let rounds: u64 = given
        .text('n')
        .and_then(|word| word.parse().ok())
        .unwrap_or(u64::MAX);
    let seconds: f64 = given
        .text('d')
        .and_then(|word| word.parse().ok())
        .unwrap_or(3.0);
    let delay = Duration::from_secs_f64(seconds.clamp(0.1, 86_400.0));
    let pids: Option<Vec<i32>> = given.text('p').map(|list| {
        list.split(',')
            .filter_map(|word| word.parse().ok())
            .collect()
    });
    let batch = given.has('b') || !io::stdout().is_terminal();
    let stdin = io::stdin();
    let terminal = if batch {
        None
    } else {
        berth_guest::tty_attributes(stdin.as_fd()).ok()
    };
    if let Some(attributes) = &terminal {
        let mut keys = attributes.raw();
        keys.local |= berth_guest::local::ISIG;
        let _ = berth_guest::set_tty_attributes(stdin.as_fd(), &keys, ApplyWhen::Now);
    }
    let mut sort = 'P';
    let mut before: Vec<(i32, u64)> = Vec::new();
    let mut elapsed = uptime_seconds().max(0.01);
    for round in 0..rounds {
        let all: Vec<Process> = processes::all()
            .into_iter()
            .filter(|process| pids.as_ref().is_none_or(|pids| pids.contains(&process.pid)))
            .collect();
        let share = |process: &Process| {
            let earlier = before
                .iter()
                .find(|(pid, _)| *pid == process.pid)
                .map_or(0, |(_, ticks)| *ticks);
            process.ticks.saturating_sub(earlier) as f64 / elapsed
        };
        let screen = screen(&all, &share, sort, batch);
        let mut stdout = io::stdout();
        if stdout
            .write_all(screen.as_bytes())
            .and_then(|()| stdout.flush())
            .is_err()
        {
            break;
        }
        before = all
            .iter()
            .map(|process| (process.pid, process.ticks))
            .collect();
        elapsed = seconds;
        if round + 1 == rounds {
            break;
        }
        if terminal.is_none() {
            std::thread::sleep(delay);
            continue;
        }
        match berth_guest::wait_readable(stdin.as_fd(), delay) {
            Ok(true) => {
                let mut key = [0; 16];
                match stdin.lock().read(&mut key) {
                    Ok(0) | Err(_) => break,
                    Ok(_) if matches!(key[0], b'q' | 3 | 27) => break,
                    Ok(_) if matches!(key[0], b'P' | b'M' | b'N' | b'T') => {
                        sort = char::from(key[0])
                    }
                    Ok(_) => {}
                }
            }
            Ok(false) => {}
            Err(_) => break,
        }
    }
    if let Some(attributes) = &terminal {
        let _ = berth_guest::set_tty_attributes(stdin.as_fd(), attributes, ApplyWhen::Now);
        println!("\x1b[m");
    }
    0
}

fn screen(all: &[Process], share: &dyn Fn(&Process) -> f64, sort: char, batch: bool) -> String {
    let size = berth_guest::tty_window_size(io::stdout().as_fd());
    let (rows, columns) = match size {
        Ok(size) if !batch => (usize::from(size.rows), usize::from(size.columns)),
        _ => (usize::MAX, 512),
    };
    let (total, free) = memory();
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    let count = |states: &[char]| {
        all.iter()
            .filter(|process| states.contains(&process.state))
            .count()
    };
    let mut lines = vec![
        format!("top -{}", headline()),
        format!(
            "Tasks: {} total, {} running, {} sleeping, {} stopped, {} zombie",
            all.len(),
            count(&['R']),
            count(&['S', 'D', 'I']),
            count(&['T', 't']),
            count(&['Z'])
        ),
        format!(
            "MiB Mem : {:.1} total, {:.1} free, {:.1} used",
            mib(total),
            mib(free),
            mib(total.saturating_sub(free))
        ),
        String::new(),
        format!(
            "{:>7} {:<9} {:>8} {} {:>5} {:>5} {:>9} COMMAND",
            "PID", "USER", "RES", "S", "%CPU", "%MEM", "TIME+"
        ),
    ];
    let heading = lines.len() - 1;
    let mut sorted: Vec<&Process> = all.iter().collect();
    match sort {
        'M' => sorted.sort_by_key(|process| std::cmp::Reverse(process.memory_bytes)),
        'N' => sorted.sort_by_key(|process| std::cmp::Reverse(process.pid)),
        'T' => sorted.sort_by_key(|process| std::cmp::Reverse(process.ticks)),
        _ => sorted.sort_by(|one, other| {
            share(other)
                .total_cmp(&share(one))
                .then(one.pid.cmp(&other.pid))
        }),
    }
    for process in sorted {
        let ticks = process.ticks;
        lines.push(format!(
            "{:>7} {:<9} {:>8} {} {:>5.1} {:>5.1} {:>9} {}",
            process.pid,
            mode::name_of("/etc/passwd", process.user),
            human(process.memory_bytes, 1024),
            process.state,
            share(process),
            100.0 * process.memory_bytes as f64 / total.max(1) as f64,
            format!(
                "{}:{:02}.{:02}",
                ticks / 6000,
                ticks / 100 % 60,
                ticks % 100
            ),
            process.name,
        ));
    }
    lines.truncate(rows);
    let mut out = String::from(if batch { "" } else { "\x1b[H\x1b[J" });
    let count = lines.len();
    for (index, line) in lines.into_iter().enumerate() {
        let line: String = line.chars().take(columns).collect();
        if index == heading && !batch {
            out.push_str(&format!("\x1b[7m{line:<width$}\x1b[m", width = columns));
        } else {
            out.push_str(&line);
        }
        if index + 1 < count || batch {
            out.push('\n');
        }
    }
    if batch {
        out.push('\n');
    }
    out
}
