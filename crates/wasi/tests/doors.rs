//! The doors, tried by small modules as a guest would use them.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use berth_kernel::Errno;
use berth_kernel::descriptor::Descriptors;
use berth_kernel::file::{File, Interest};
use berth_kernel::machine::{Group, Limits, Machine, MachineOptions};
use berth_kernel::pipe::pipe;
use berth_kernel::process::{ExitStatus, Process, Verdict};
use berth_kernel::signal::{Disposition, Signal};
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
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
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
        let namespace = Namespace::new(
            vec![mount],
            NamespaceOptions {
                devices: true,
                proc: true,
            },
        )
        .unwrap();
        let programs = tempfile::tempdir().unwrap().keep();
        Self {
            directory,
            runtime: Runtime::start(RuntimeOptions { programs, cores: 2 }).unwrap(),
            machine: Machine::new(MachineOptions {
                hostname: "test".to_owned(),
                namespace,
                limits,
            }),
        }
    }

    fn program(&self, name: &str, text: &str) {
        fs::write(
            self.directory.path().join(name),
            wat::parse_str(text).unwrap(),
        )
        .unwrap();
    }

    async fn spawn(
        &self,
        name: &str,
        stdout: Option<Arc<dyn File>>,
    ) -> Result<Arc<Process>, Errno> {
        let descriptors = stdout
            .map(|file| vec![(1, Arc::clone(&file)), (2, file)])
            .unwrap_or_default();
        self.runtime
            .spawn(
                &self.machine,
                Spawn {
                    path: format!("/{name}").into_bytes(),
                    argv: vec![name.as_bytes().to_vec(), b"one".to_vec()],
                    environ: vec![b"A=b".to_vec()],
                    cwd: b"/work".to_vec(),
                    descriptors,
                    tty: None,
                    group: Group::New,
                    foreground: false,
                },
            )
            .await
    }

    /// Runs a program to its end: its status and what it wrote.
    async fn run(&self, name: &str) -> (ExitStatus, String) {
        let (reader, writer) = pipe();
        let process = self.spawn(name, Some(writer)).await.unwrap();
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

/// Imports and a `$say` that writes `length` bytes at `pointer` to descriptor 1.
const PRELUDE: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func $say (param i32 i32)
        (i32.store (i32.const 8) (local.get 0))
        (i32.store (i32.const 12) (local.get 1))
        (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
"#;

#[tokio::test]
async fn a_program_writes_and_exits_with_any_code() {
    let computer = Computer::new();
    computer.program(
        "hello.wasm",
        &format!(
            r#"(module {PRELUDE} (data (i32.const 64) "hello\n")
            (func (export "_start") (call $say (i32.const 64) (i32.const 6)) (call $exit (i32.const 200))))"#
        ),
    );
    assert_eq!(
        computer.run("hello.wasm").await,
        (ExitStatus::Code(200), "hello\n".to_owned())
    );
}

#[tokio::test]
async fn a_pointer_outside_of_memory_is_efault() {
    let computer = Computer::new();
    computer.program(
        "fault.wasm",
        &format!(
            r#"(module {PRELUDE} (func (export "_start")
            (i32.store (i32.const 8) (i32.const -4)) (i32.store (i32.const 12) (i32.const 100))
            (call $exit (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#
        ),
    );
    assert_eq!(
        computer.run("fault.wasm").await.0,
        ExitStatus::Code(Errno::Fault.raw() as u8)
    );
}

#[tokio::test]
async fn a_directory_is_neither_written_nor_sought_and_rights_do_not_change() {
    const EISDIR: u8 = 31;
    const ENOTSUP: u8 = 58;
    let computer = Computer::new();
    // Three calls, and their errnos as the three bytes that are written.
    computer.program(
        "directory.wasm",
        &format!(
            r#"(module
            (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_fdstat_set_rights" (func $rights (param i32 i64 i64) (result i32)))
            {PRELUDE}
            (data (i32.const 64) ".")
            (func (export "_start")
                (i32.store8 (i32.const 128) (call $seek (i32.const 3) (i64.const 0) (i32.const 1) (i32.const 256)))
                ;; O_DIRECTORY with the rights to read and to write.
                (i32.store8 (i32.const 129) (call $path_open
                    (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 2)
                    (i64.const 0x42) (i64.const 0) (i32.const 0) (i32.const 256)))
                (i32.store8 (i32.const 130) (call $rights (i32.const 3) (i64.const 0) (i64.const 0)))
                (call $say (i32.const 128) (i32.const 3))))"#
        ),
    );
    let (status, errnos) = computer.run("directory.wasm").await;
    assert_eq!(status, ExitStatus::Code(0));
    assert_eq!(errnos.as_bytes(), [EISDIR, EISDIR, ENOTSUP]);
}

#[tokio::test]
async fn an_endless_loop_is_killed_and_a_trap_has_its_signal() {
    let computer = Computer::new();
    computer.program(
        "spin.wasm",
        r#"(module (func (export "_start") (loop (br 0))))"#,
    );
    let process = computer.spawn("spin.wasm", None).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    computer
        .machine
        .signal(process.pid(), Signal::KILL)
        .unwrap();
    let status = tokio::time::timeout(PATIENCE, process.exited())
        .await
        .expect("the loop goes on");
    assert_eq!(status, ExitStatus::Signal(Signal::KILL));

    computer.program(
        "trap.wasm",
        r#"(module (func (export "_start") unreachable))"#,
    );
    assert_eq!(
        computer.run("trap.wasm").await.0,
        ExitStatus::Signal(Signal::ABRT)
    );
    computer.program(
        "deep.wasm",
        r#"(module (func $f (export "_start") (call $f)))"#,
    );
    let (status, said) = computer.run("deep.wasm").await;
    assert_eq!(
        (status, said.as_str()),
        (
            ExitStatus::Signal(Signal::SEGV),
            "deep.wasm: stack overflow\n"
        )
    );
}

#[tokio::test]
async fn a_stopped_loop_burns_nothing_until_it_goes_on() {
    let computer = Computer::new();
    computer.program(
        "spin.wasm",
        r#"(module (func (export "_start") (loop (br 0))))"#,
    );
    let process = computer.spawn("spin.wasm", None).await.unwrap();
    computer
        .machine
        .signal(process.pid(), Signal::STOP)
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let ticks = process.ticks();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(process.ticks(), ticks, "a stopped process runs");
    computer
        .machine
        .signal(process.pid(), Signal::CONT)
        .unwrap();
    tokio::time::timeout(PATIENCE, async {
        while process.ticks() == ticks {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it does not go on");
    computer.machine.end();
    tokio::time::timeout(PATIENCE, computer.machine.idle())
        .await
        .expect("it does not end");
}

#[tokio::test]
async fn memory_stops_growing_at_the_sessions_limit() {
    let computer = Computer::with(Limits {
        memory_bytes: 1 << 20,
        ..Limits::default()
    });
    // Grows page by page until refused, then exits with the number of pages.
    computer.program(
        "bomb.wasm",
        &format!(
            r#"(module {PRELUDE} (func (export "_start")
            (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
            (call $exit (memory.size))))"#
        ),
    );
    assert_eq!(computer.run("bomb.wasm").await.0, ExitStatus::Code(16));
    assert_eq!(
        computer.machine.memory_used_bytes(),
        0,
        "memory is given back at the end"
    );
}

#[tokio::test]
async fn a_file_that_is_no_module_is_enoexec_and_a_broken_one_says_why() {
    let computer = Computer::new();
    let text = computer.directory.path().join("text");
    fs::write(&text, "echo hello\n").unwrap();
    assert_eq!(
        computer.spawn("text", None).await.err(),
        Some(Errno::Access),
        "text that nobody may execute"
    );
    fs::set_permissions(&text, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(
        computer.directory.path().join("broken.wasm"),
        b"\0asm\x01\0\0\0\xff\xff",
    )
    .unwrap();
    for (name, speaks) in [("text", false), ("broken.wasm", true)] {
        let (reader, writer) = pipe();
        let error = computer.spawn(name, Some(writer)).await.err();
        assert_eq!(error, Some(Errno::NoExec), "{name}");
        assert_eq!(!drain(reader).await.is_empty(), speaks, "{name}");
    }
    assert_eq!(
        computer.spawn("nothing", None).await.err(),
        Some(Errno::NoEntry)
    );
}

#[tokio::test]
async fn a_program_that_keeps_no_directory_opens_files_where_it_was_started() {
    let computer = Computer::new();
    fs::write(computer.directory.path().join("work/data.txt"), "x").unwrap();
    fs::write(computer.directory.path().join("other.txt"), "x").unwrap();
    computer.program(
        "open.wasm",
        &format!(
            r#"(module {PRELUDE} (data (i32.const 64) "data.txtother.txtnone.txt")
            (func $open (param i32 i32) (result i32)
                (call $path_open (i32.const 3) (i32.const 1) (local.get 0) (local.get 1) (i32.const 0)
                    (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 32)))
            (func (export "_start") (call $exit (i32.add
                (i32.mul (i32.const 100) (call $open (i32.const 64) (i32.const 8)))
                (i32.add (call $open (i32.const 72) (i32.const 9)) (call $open (i32.const 81) (i32.const 8)))))))"#
        ),
    );
    assert_eq!(
        computer.run("open.wasm").await.0,
        ExitStatus::Code(Errno::NoEntry.raw() as u8)
    );
}

#[tokio::test]
async fn a_forked_child_has_its_own_memory_and_the_parents_descriptors() {
    let computer = Computer::new();
    // The parent writes at 64 and far up in grown memory, forks, waits, and says its own bytes
    // after the child has changed and said its copy.
    computer.program(
        "fork.wasm",
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "berth" "fork" (func $fork (param i32 i32 i32 i32 i32) (result i32)))
        (import "berth" "wait" (func $wait (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $sp (export "__stack_pointer") (mut i32) (i32.const 1000))
        (func $say (param i32)
            (i32.store (i32.const 8) (local.get 0))
            (i32.store (i32.const 12) (i32.const 1))
            (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))))
        (func (export "berth_fork_entry") (param i32 i32)
            (call $say (i32.const 64))
            (call $say (i32.const 1000000))
            (i32.store8 (i32.const 1000000) (i32.const 67))
            (call $say (i32.const 1000000))
            (call $exit (i32.add (global.get $sp) (i32.add (local.get 0) (local.get 1)))))
        (func (export "_start")
            (drop (memory.grow (i32.const 20)))
            (i32.store8 (i32.const 64) (i32.const 65))
            (i32.store8 (i32.const 1000000) (i32.const 66))
            (global.set $sp (i32.const 7))
            (if (call $fork (i32.const 10) (i32.const 20) (i32.const -1) (i32.const 0) (i32.const 100))
                (then (call $exit (i32.const 99))))
            (if (call $wait (i32.const -1) (i32.const 0) (i32.const 200)) (then (call $exit (i32.const 98))))
            (call $say (i32.const 1000000))
            (call $exit (i32.load (i32.const 208)))))"#,
    );
    assert_eq!(
        computer.run("fork.wasm").await,
        (ExitStatus::Code(37), "ABCB".to_owned())
    );
}

/// The import of `exec`; `$become` takes the place of a path of `length` bytes at `pointer`, with one argument `x` at 48
/// and descriptor 1 of the caller as the only one.
const BECOME: &str = r#"
    (import "berth" "exec" (func $exec (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (data (i32.const 48) "x\00")
    (func $become (param i32 i32) (result i32)
        (i32.store (i32.const 56) (i32.const 1))
        (i32.store (i32.const 60) (i32.const 1))
        (call $exec (local.get 0) (local.get 1) (i32.const 48) (i32.const 2) (i32.const 0) (i32.const 0)
            (i32.const 56) (i32.const 1)))
"#;

impl Computer {
    /// A program that becomes the program of a path, and exits with the error if it cannot.
    fn becoming(&self, name: &str, path: &str, before: &str) {
        let imports = r#"
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "berth" "getpid" (func $getpid (result i32)))
            (import "berth" "signal_action" (func $action (param i32 i32 i32) (result i32)))
            (import "berth" "kill" (func $kill (param i32 i32) (result i32)))
            (import "berth" "fork" (func $fork (param i32 i32 i32 i32 i32) (result i32)))
            (import "berth" "wait" (func $wait (param i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "path_open"
                (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#;
        let length = path.len();
        self.program(
            name,
            &format!(
                r#"(module {imports} {BECOME} (memory (export "memory") 1)
                (data (i32.const 64) "{path}")
                (func (export "berth_fork_entry") (param i32 i32)
                    (call $exit (call $become (i32.const 64) (i32.const {length}))))
                (func (export "_start") {before}
                    (call $exit (call $become (i32.const 64) (i32.const {length})))))"#
            ),
        );
    }

    /// A program that exits with `code`, a wasm expression over the process door.
    fn exiting(&self, name: &str, code: &str) {
        self.program(
            name,
            &format!(
                r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
                (import "berth" "getpid" (func $getpid (result i32)))
                (import "berth" "signal_action" (func $action (param i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "_start") (call $exit {code})))"#
            ),
        );
    }
}

#[tokio::test]
async fn a_process_becomes_another_program_and_keeps_its_number() {
    let computer = Computer::new();
    computer.becoming(
        "old.wasm",
        "/new.wasm",
        "(drop (memory.grow (i32.const 100)))",
    );
    computer.program(
        "new.wasm",
        r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#,
    );
    let process = computer.spawn("old.wasm", None).await.unwrap();
    // Descriptor 1 is not open: nothing is given up.
    let (_reader, writer) = pipe();
    assert_eq!(
        process.exited().await,
        ExitStatus::Code(u8::try_from(Errno::BadDescriptor.raw()).unwrap())
    );
    let process = computer.spawn("old.wasm", Some(writer)).await.unwrap();
    tokio::time::timeout(PATIENCE, async {
        while process.image().path != b"/new.wasm" {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("it stays what it was");
    assert_eq!(process.image().argv, [b"x".to_vec()]);
    assert!(process.image().environ.is_empty());
    assert!(process.file(1).is_ok());
    assert!(process.file(2).is_err(), "what is not named is closed");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(
        computer.machine.memory_used_bytes(),
        64 << 10,
        "the memory of the old program is given back"
    );
    assert_eq!(computer.machine.processes().len(), 1);
    computer
        .machine
        .signal(process.pid(), Signal::KILL)
        .unwrap();
    assert_eq!(process.exited().await, ExitStatus::Signal(Signal::KILL));
}

#[tokio::test]
async fn what_cannot_start_leaves_the_process_as_it_was() {
    let computer = Computer::new();
    fs::write(computer.directory.path().join("text"), "no module").unwrap();
    fs::set_permissions(
        computer.directory.path().join("text"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    let errors = [
        ("/missing", Errno::NoEntry),
        ("/text", Errno::NoExec),
        ("/work", Errno::Access),
    ];
    for (path, errno) in errors {
        computer.becoming("old.wasm", path, "");
        let (status, _) = computer.run("old.wasm").await;
        let expected = ExitStatus::Code(u8::try_from(errno.raw()).unwrap());
        assert_eq!(status, expected, "{path}");
    }
}

#[tokio::test]
async fn a_new_program_catches_nothing_and_ignores_what_the_old_one_did() {
    let computer = Computer::new();
    // 10 is ignored, 12 is caught: afterwards 1 and 0.
    computer.becoming(
        "old.wasm",
        "/new.wasm",
        "(drop (call $action (i32.const 10) (i32.const 1) (i32.const 100)))
         (drop (call $action (i32.const 12) (i32.const 2) (i32.const 100)))",
    );
    computer.exiting(
        "new.wasm",
        "(block (result i32)
            (drop (call $action (i32.const 10) (i32.const 0) (i32.const 100)))
            (drop (call $action (i32.const 12) (i32.const 0) (i32.const 104)))
            (i32.add (i32.mul (i32.load (i32.const 100)) (i32.const 10)) (i32.load (i32.const 104))))",
    );
    assert_eq!(computer.run("old.wasm").await.0, ExitStatus::Code(10));
    // A caught signal that waits to be taken comes first.
    computer.becoming(
        "late.wasm",
        "/new.wasm",
        "(drop (call $action (i32.const 12) (i32.const 2) (i32.const 100)))
         (drop (call $kill (call $getpid) (i32.const 12)))",
    );
    assert_eq!(
        computer.run("late.wasm").await.0,
        ExitStatus::Code(u8::try_from(Errno::Interrupted.raw()).unwrap())
    );
}

#[tokio::test]
async fn a_signal_that_comes_while_the_program_changes_is_not_lost() {
    let computer = Computer::new();
    computer.program(
        "spin.wasm",
        r#"(module (func (export "_start") (loop (br 0))))"#,
    );
    let process = computer.spawn("spin.wasm", None).await.unwrap();
    process
        .set_disposition(Signal::USR2, Disposition::Catch)
        .unwrap();
    let (machine, descriptors) = (&computer.machine, Descriptors::new(8));
    machine.signal(process.pid(), Signal::USR2).unwrap();
    assert_eq!(process.verdict(), Verdict::Run);
    machine.exec(&process, process.image(), descriptors);
    assert_eq!(process.verdict(), Verdict::Die(Signal::USR2));
    assert_eq!(process.exited().await, ExitStatus::Signal(Signal::USR2));
}

#[tokio::test]
async fn a_forked_child_becomes_a_program_and_its_parent_sees_one_process() {
    let computer = Computer::new();
    computer.becoming(
        "old.wasm",
        "/new.wasm",
        "(if (call $fork (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 100))
            (then (call $exit (i32.const 99))))
         (if (call $wait (i32.load (i32.const 100)) (i32.const 0) (i32.const 200))
            (then (call $exit (i32.const 98))))
         (call $exit (i32.add (i32.load (i32.const 208))
            (i32.ne (i32.load (i32.const 100)) (i32.load (i32.const 200)))))",
    );
    computer.exiting("new.wasm", "(i32.const 42)");
    assert_eq!(computer.run("old.wasm").await.0, ExitStatus::Code(42));
}

#[tokio::test]
async fn a_chain_of_ten_thousand_programs_grows_nothing() {
    let computer = Computer::with(Limits {
        memory_bytes: 1 << 20,
        processes_max: 1,
        ..Limits::default()
    });
    // A file in the directory counts, since nothing else of a process outlives a program: its length.
    computer.program(
        "again.wasm",
        &format!(
            r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            {BECOME}
            (memory (export "memory") 1)
            (data (i32.const 64) "/again.wasm")
            (func (export "_start")
                (i32.store (i32.const 8) (i32.const 48))
                (i32.store (i32.const 12) (i32.const 1))
                (if (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16))
                    (then (call $exit (i32.const 7))))
                (call $exit (call $become (i32.const 64) (i32.const 11)))))"#
        ),
    );
    let (reader, writer) = pipe();
    let process = computer.spawn("again.wasm", Some(writer)).await.unwrap();
    let mut seen = 0;
    let mut buffer = [0; 4096];
    tokio::time::timeout(PATIENCE, async {
        while seen < 10_000 {
            match reader.try_read(None, &mut buffer) {
                Ok(got) => seen += got,
                Err(_) => reader.ready(Interest::Read).unwrap().await,
            }
        }
    })
    .await
    .expect("the chain is broken");
    assert!(computer.machine.memory_used_bytes() <= 64 << 10);
    drop(reader);
    let status = process.exited().await;
    assert!(
        matches!(status, ExitStatus::Signal(Signal::PIPE)) || status == ExitStatus::Code(7),
        "{status:?}"
    );
}

#[tokio::test]
async fn a_module_with_hidden_state_may_not_fork() {
    let computer = Computer::new();
    computer.program(
        "hidden.wasm",
        r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (import "berth" "fork" (func $fork (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $hidden (mut i32) (i32.const 1000))
        (func (export "berth_fork_entry") (param i32 i32))
        (func (export "_start")
            (call $exit (call $fork (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 100)))))"#,
    );
    assert_eq!(
        computer.run("hidden.wasm").await.0,
        ExitStatus::Code(Errno::NotSupported.raw() as u8)
    );
}

#[tokio::test]
async fn processes_are_limited_and_a_machine_that_ended_starts_none() {
    let computer = Computer::with(Limits {
        processes_max: 2,
        ..Limits::default()
    });
    computer.program(
        "spin.wasm",
        r#"(module (func (export "_start") (loop (br 0))))"#,
    );
    let _first = computer.spawn("spin.wasm", None).await.unwrap();
    let _second = computer.spawn("spin.wasm", None).await.unwrap();
    assert_eq!(
        computer.spawn("spin.wasm", None).await.err(),
        Some(Errno::Again)
    );
    computer.machine.end();
    tokio::time::timeout(PATIENCE, computer.machine.idle())
        .await
        .expect("they go on");
    assert_eq!(
        computer.spawn("spin.wasm", None).await.err(),
        Some(Errno::Again)
    );
}

#[tokio::test]
async fn a_reader_waits_until_it_is_killed() {
    let computer = Computer::new();
    computer.program(
        "read.wasm",
        &format!(
            r#"(module {PRELUDE} (func (export "_start")
            (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1))
            (call $exit (call $fd_read (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#
        ),
    );
    let (reader, _writer) = pipe();
    let process = computer.spawn("read.wasm", Some(reader)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    computer
        .machine
        .signal(process.pid(), Signal::TERM)
        .unwrap();
    let status = tokio::time::timeout(PATIENCE, process.exited())
        .await
        .expect("the read goes on");
    assert_eq!(status, ExitStatus::Signal(Signal::TERM));
}
