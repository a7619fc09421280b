//! The preview2 door, tried by small components: core modules in the published adapter.

use std::fs;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use berth_kernel::Errno;
use berth_kernel::file::{File, Interest};
use berth_kernel::machine::{Group, Limits, Machine, MachineOptions};
use berth_kernel::pipe::pipe;
use berth_kernel::process::{ExitStatus, Process};
use berth_kernel::signal::Signal;
use berth_kernel::vfs::{Access, GuestPath, Mount, Namespace, NamespaceOptions};
use berth_wasi::{Runtime, RuntimeOptions, Spawn};

/// How long a test waits for something that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A machine over a temporary directory at `/`, and programs in it.
struct Computer {
    directory: tempfile::TempDir,
    runtime: Runtime,
    machine: Arc<Machine>,
}

impl Computer {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("work")).unwrap();
        let root: OwnedFd = fs::File::open(directory.path()).unwrap().into();
        let mount = Mount {
            path: GuestPath::new(b"/").unwrap(),
            root: Arc::new(root),
            access: Access::ReadWrite,
            source: "test".to_owned(),
            quota: None,
            fifos: false,
        };
        let options = NamespaceOptions {
            devices: true,
            proc: true,
        };
        let programs = tempfile::tempdir().unwrap().keep();
        Self {
            directory,
            runtime: Runtime::start(RuntimeOptions { programs, cores: 2 }).unwrap(),
            machine: Machine::new(MachineOptions {
                hostname: "test".to_owned(),
                namespace: Namespace::new(vec![mount], options).unwrap(),
                limits: Limits::default(),
            }),
        }
    }

    /// Makes a component of a core module's text.
    fn component(&self, name: &str, body: &str) {
        let module = wat::parse_str(format!("(module {PRELUDE} {body})")).unwrap();
        let component = wit_component::ComponentEncoder::default()
            .module(&module)
            .unwrap()
            .adapter(
                "wasi_snapshot_preview1",
                wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
            )
            .unwrap()
            .encode()
            .unwrap();
        fs::write(self.directory.path().join(name), component).unwrap();
    }

    async fn spawn(
        &self,
        name: &str,
        stdin: Arc<dyn File>,
        stdout: Arc<dyn File>,
    ) -> Result<Arc<Process>, Errno> {
        let spawn = Spawn {
            path: format!("/{name}").into_bytes(),
            argv: vec![name.as_bytes().to_vec(), b"one".to_vec()],
            environ: vec![b"A=b".to_vec()],
            cwd: b"/work".to_vec(),
            descriptors: vec![(0, stdin), (1, Arc::clone(&stdout)), (2, stdout)],
            tty: None,
            group: Group::New,
            foreground: false,
        };
        self.runtime.spawn(&self.machine, spawn).await
    }

    /// Runs a program to its end: its status and what it wrote.
    async fn run(&self, name: &str) -> (ExitStatus, String) {
        let ((stdin, _), (reader, writer)) = (pipe(), pipe());
        let process = self.spawn(name, stdin, writer).await.unwrap();
        let output = tokio::time::timeout(PATIENCE, drain(reader))
            .await
            .expect("the program does not end");
        (process.exited().await, output)
    }
}

async fn drain(reader: Arc<dyn File>) -> String {
    let mut output = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match reader.try_read(None, &mut buffer) {
            Ok(0) => return String::from_utf8_lossy(&output).into_owned(),
            Ok(got) => output.extend_from_slice(&buffer[..got]),
            Err(Errno::Again) => reader.ready(Interest::Read).unwrap().await,
            Err(errno) => panic!("the pipe says {errno}"),
        }
    }
}

/// Imports, and a `$say` that writes `length` bytes at `pointer` to descriptor 1.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 32)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param i32) (param i32) (param $align i32) (param $size i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and
            (i32.add (global.get $heap) (i32.sub (local.get $align) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get $align))))
        (global.set $heap (i32.add (local.get $at) (local.get $size)))
        (local.get $at))
    (func $say (param i32 i32)
        (i32.store (i32.const 8) (local.get 0))
        (i32.store (i32.const 12) (local.get 1))
        (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
"#;

#[tokio::test]
async fn a_component_writes_and_ends() {
    let computer = Computer::new();
    computer.component("hello", r#"(data (i32.const 64) "hello\n") (func (export "_start") (call $say (i32.const 64) (i32.const 6)))"#);
    let (status, output) = computer.run("hello").await;
    assert_eq!((status, output.as_str()), (ExitStatus::Code(0), "hello\n"));
}

#[tokio::test]
async fn a_relative_path_starts_at_the_working_directory() {
    let computer = Computer::new();
    fs::write(computer.directory.path().join("work/file"), "content").unwrap();
    computer.component(
        "reader",
        r#"(data (i32.const 64) "file")
           (func (export "_start")
             (if (call $path_open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 80))
               (then (call $exit (i32.const 1))))
             (i32.store (i32.const 8) (i32.const 128))
             (i32.store (i32.const 12) (i32.const 100))
             (if (call $fd_read (i32.load (i32.const 80)) (i32.const 8) (i32.const 1) (i32.const 16))
               (then (call $exit (i32.const 1))))
             (call $say (i32.const 128) (i32.load (i32.const 16))))"#,
    );
    let (status, output) = computer.run("reader").await;
    assert_eq!((status, output.as_str()), (ExitStatus::Code(0), "content"));
}

#[tokio::test]
async fn a_component_that_computes_or_waits_is_killed() {
    let computer = Computer::new();
    computer.component(
        "spin",
        r#"(func (export "_start") (loop $again (br $again)))"#,
    );
    computer.component(
        "wait",
        r#"(func (export "_start")
             (i32.store (i32.const 8) (i32.const 128))
             (i32.store (i32.const 12) (i32.const 100))
             (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 16))))"#,
    );
    for name in ["spin", "wait"] {
        let ((stdin, _open), (_reader, writer)) = (pipe(), pipe());
        let process = computer.spawn(name, stdin, writer).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        computer
            .machine
            .signal(process.pid(), Signal::TERM)
            .unwrap();
        let ended = tokio::time::timeout(PATIENCE, process.exited()).await;
        assert_eq!(
            ended.expect(name),
            ExitStatus::Signal(Signal::TERM),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_component_without_a_command_is_refused_and_said_so() {
    let computer = Computer::new();
    let library = wat::parse_str("(component)").unwrap();
    fs::write(computer.directory.path().join("library"), library).unwrap();
    let ((stdin, _), (reader, writer)) = (pipe(), pipe());
    let refused = computer.spawn("library", stdin, writer).await;
    assert!(matches!(refused, Err(Errno::NoExec)));
    let said = drain(reader).await;
    assert!(said.contains("does not export wasi:cli/run"), "{said}");
}
