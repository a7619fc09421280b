//! Runs many scripts, some at once, each with a time limit.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many run at once: many wait for something.
const WORKERS_MAX: usize = 4;
const POLL: Duration = Duration::from_millis(5);
const SIGHUP: berth_guest::Signal = 1;
const SIGINT: berth_guest::Signal = 2;
const SIGQUIT: berth_guest::Signal = 3;
const SIGTERM: berth_guest::Signal = 15;

/// Runs `job` on each name and collects what it gives.
pub fn all<T: Send>(
    names: &[String],
    job: impl Fn(&str) -> Vec<(String, T)> + Sync,
) -> BTreeMap<String, T> {
    // Whoever started this run may ignore some, and scripts could not undo that.
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        berth_guest::set_signal_action(signal, berth_guest::SignalAction::Default).unwrap();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS_MAX {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = job(name);
                    results.lock().unwrap().extend(found);
                }
            });
        }
    });
    results.into_inner().unwrap()
}

/// A command in a session of its own, away from the terminal that runs the tests.
pub fn apart(program: &str) -> Command {
    let mut command = Command::new("setsid");
    command.arg(program).stdin(Stdio::null());
    command
}

/// Waits for a command; false when it took too long and was ended, with all it started.
pub fn ends_in_time(child: &mut Child, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        if Instant::now() >= deadline {
            if let Some(group) = rustix::process::Pid::from_raw(child.id().cast_signed()) {
                // It may end by itself right now.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            child.wait().unwrap();
            return false;
        }
        std::thread::sleep(POLL);
    }
}

/// Copies a directory of plain files.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
