//! A real server in a process of its own, with a data directory of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use crate::Person;

/// Whoever administrates a new server.
const ADMIN: &str = "admin@berth.local";
const ADMIN_PASSWORD: &str = "the harbour master's word";
/// Everybody else's.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The directory of compiled programs below the data directory.
const PROGRAMS: &str = "programs";
/// A first start compiles the guests, which takes its time on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(300);

/// A running server. Killed when it is dropped, and also when the test's process ends in any other way.
#[derive(Debug)]
pub struct Server {
    directory: PathBuf,
    /// Such as `http://127.0.0.1:4711`; the same after each restart.
    url: String,
    /// What its command line says beyond what every server's does.
    options: Vec<String>,
    /// Variables of its environment.
    environ: Vec<(String, String)>,
    process: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    /// Kills the server and removes its files when this process is gone: a static is never dropped, and a test run
    /// may be broken off.
    guard: Child,
}

impl Server {
    /// The server that all tests of this file share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server with an empty data directory. It finds the guests compiled when any test's server has done so.
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// The same with further options, and variables in its environment.
    pub fn start_with(options: &[&str], environ: &[(&str, &str)]) -> Self {
        let directory = new_directory();
        let data = directory.join("data");
        fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        let programs = target_directory().join("berth-tests-programs");
        fs::create_dir_all(&programs).unwrap();
        symlink(&programs, data.join(PROGRAMS)).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self::start_in(directory, options, environ.iter().map(own).collect())
    }

    /// Starts a server with an empty data directory and nothing compiled.
    pub fn start_bare() -> Self {
        Self::start_in(new_directory(), Vec::new(), Vec::new())
    }

    fn start_in(directory: PathBuf, options: Vec<String>, environ: Vec<(String, String)>) -> Self {
        let mut server = Self {
            directory,
            url: String::new(),
            options,
            environ,
            process: None,
        };
        server.launch("127.0.0.1:0");
        server
    }

    /// Where it keeps everything.
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Where the server's host has a folder's files, for what only somebody on the host can do to them.
    pub fn folder_directory(&self, id: &str) -> PathBuf {
        let path = self.data().join("volumes/default").join(id);
        assert!(
            path.is_dir(),
            "the folder {id} is not at {}",
            path.display()
        );
        path
    }

    /// A place on the host that is in no folder.
    pub fn outside(&self) -> PathBuf {
        self.directory.join("outside")
    }

    /// Such as `http://127.0.0.1:4711`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's process id.
    #[track_caller]
    pub fn pid(&self) -> u32 {
        let running = self.process.as_ref().expect("the server is killed");
        running.child.id()
    }

    /// Memory of the server's process that is in use, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        kibibytes.unwrap().parse::<u64>().unwrap() * 1024
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.process.take() {
            // The guard first, so that it never meets a process that has got the number anew.
            running.guard.kill().unwrap();
            running.guard.wait().unwrap();
            running.child.kill().unwrap();
            running.child.wait().unwrap();
        }
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) {
        let pid = rustix::process::Pid::from_raw(self.pid().cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut running = self.process.take().expect("the server is killed");
        let ended = crate::wait_until("the server to stop", || running.child.try_wait().unwrap());
        running.guard.kill().unwrap();
        running.guard.wait().unwrap();
        assert!(ended.success(), "the server stopped with {ended}");
    }

    /// Kills it if need be and starts it with everything it had, at the same address: people go on where they were.
    pub fn restart(&mut self) {
        self.kill();
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        self.launch(&address);
    }

    fn launch(&mut self, address: &str) {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.log_path())
            .unwrap();
        let mut child = self
            .berth("serve")
            .args(["--listen", address])
            .args(&self.options)
            .envs(self.environ.iter().map(|(name, value)| (name, value)))
            .env("BERTH_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .envs(built_taps().map(|taps| ("BERTH_TAPS", taps)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let guard = guard(child.id(), &self.directory);
        let output = child.stdout.take().unwrap();
        let (found, url) = mpsc::channel();
        // Read to its end, so that the server never waits for a reader.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(start) = line.find("http://") {
                    let _ = found.send(line[start..].trim_end_matches(['/', '.']).to_owned());
                }
            }
        });
        let url = url.recv_timeout(START_PATIENCE).unwrap_or_else(|_| {
            panic!(
                "the server said no address; its log:\n{}",
                self.log_since(0)
            )
        });
        self.url = url;
        self.process = Some(Running { child, guard });
    }

    /// The program under test.
    pub fn binary() -> PathBuf {
        let path = std::env::var_os("BERTH_BIN")
            .map_or_else(|| target_directory().join("release/berth"), PathBuf::from);
        assert!(
            File::open(&path).is_ok(),
            "there is no server at {}: run `cargo xtask build`, or set BERTH_BIN",
            path.display()
        );
        path
    }

    fn berth(&self, command: &str) -> Command {
        let mut berth = Command::new(Self::binary());
        berth
            .args(command.split(' '))
            .arg("--data")
            .arg(self.data());
        berth
    }

    /// The administrator.
    pub fn admin(&self) -> Person {
        Person::log_in(self, ADMIN, ADMIN_PASSWORD)
    }

    /// A new person.
    pub fn person(&self) -> Person {
        static PEOPLE: AtomicU32 = AtomicU32::new(1);
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let email = format!("person{number}@example.org");
        self.register(&email);
        Person::log_in(self, &email, PASSWORD)
    }

    /// Registers somebody from the command line.
    pub fn register(&self, email: &str) {
        let mut create = self
            .berth("user create")
            .args([email, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = create.stdin.take().unwrap();
        writeln!(input, "{PASSWORD}").unwrap();
        drop(input);
        let output = create.wait_with_output().unwrap();
        assert!(output.status.success(), "berth user create: {output:?}");
    }

    pub(crate) fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// What the server logged, from this byte of its log on.
    pub fn log_since(&self, offset: u64) -> String {
        log_since(&self.log_path(), offset)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

pub(crate) fn log_since(path: &Path, offset: u64) -> String {
    let log = fs::read(path).unwrap_or_default();
    let offset = usize::try_from(offset).unwrap().min(log.len());
    String::from_utf8_lossy(&log[offset..]).into_owned()
}

/// A directory for one server, with `outside` in it.
fn new_directory() -> PathBuf {
    let directory = tempfile::Builder::new()
        .prefix("berth-test-")
        .tempdir()
        .unwrap()
        .keep();
    fs::create_dir(directory.join("outside")).unwrap();
    directory
}

/// A process that waits for this one to end, in whatever way, and then clears up.
fn guard(pid: u32, directory: &Path) -> Child {
    let script = r#"read -r _; kill -9 "$1"; rm -rf "$2""#;
    Command::new("sh")
        .args(["-c", script, "guard", &pid.to_string()])
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The taps that `cargo xtask bottles` built, where it leaves them; `$BERTH_TAPS` names others.
pub fn built_taps() -> Option<PathBuf> {
    let named = std::env::var_os("BERTH_TAPS").map(PathBuf::from);
    let taps = named.unwrap_or_else(|| target_directory().join("bottles"));
    taps.is_dir().then_some(taps)
}

/// cargo's target directory: a test's executable is `<target>/<profile>/deps/<name>`.
fn target_directory() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    executable.ancestors().nth(3).unwrap().to_owned()
}
