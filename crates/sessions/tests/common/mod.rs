//! A server's inside without HTTP: people, folders, sessions, and a shell small enough to know by heart.

#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use berth_environments::{Environments, Guest};
use berth_folders::{Creation, FilePath, Folder, FolderName, Folders, Permission, UsageMode};
use berth_sessions::{
    Command, Computer, Error, ExecRequest, ExecResult, MountRequest, Session, SessionRequest,
    Sessions, SessionsOptions, UserId, Viewer,
};
use berth_store::Store;
use berth_store::users::{self, NewUser, Role};
use berth_wasi::{Runtime, RuntimeOptions};

/// How long anything in these tests may take; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The shell of these tests. Without arguments: a prompt, then every line back, until one begins
/// with `q` (exit 3), `y` (prints for ever) or `h` (loops for ever and reads nothing). With
/// `-c text`: what the first letter of the text says, see below.
const SHELL: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 3)
  (data (i32.const 1024) "$ ")
  ;; Writes it all, or exits with 9.
  (func $write (param $fd i32) (param $at i32) (param $length i32)
    (block $done (loop $more
      (br_if $done (i32.eqz (local.get $length)))
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $length))
      (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 9))))
      (local.set $at (i32.add (local.get $at) (i32.load (i32.const 8))))
      (local.set $length (i32.sub (local.get $length) (i32.load (i32.const 8))))
      (br $more))))
  ;; Reads up to 4096 bytes to 16384.
  (func $read (result i32)
    (i32.store (i32.const 0) (i32.const 16384))
    (i32.store (i32.const 4) (i32.const 4096))
    (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (call $exit (i32.const 9))))
    (i32.load (i32.const 8)))
  (func $length (param $at i32) (result i32) (local $end i32)
    (local.set $end (local.get $at))
    (block $found (loop $seek
      (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $seek)))
    (i32.sub (local.get $end) (local.get $at)))
  ;; 65536 bytes of "y\n" at 65536.
  (func $fill (local $at i32)
    (local.set $at (i32.const 65536))
    (loop $more
      (i32.store16 (local.get $at) (i32.const 0x0a79))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $more (i32.lt_u (local.get $at) (i32.const 131072)))))
  (func $print_for_ever (call $fill) (loop $l (call $write (i32.const 1) (i32.const 65536) (i32.const 65536)) (br $l)))
  (func $interactive (local $count i32) (local $first i32)
    (loop $line
      (call $write (i32.const 1) (i32.const 1024) (i32.const 2))
      (local.set $count (call $read))
      (if (i32.eqz (local.get $count)) (then (call $exit (i32.const 0))))
      (local.set $first (i32.load8_u (i32.const 16384)))
      (if (i32.eq (local.get $first) (i32.const 113)) (then (call $exit (i32.const 3))))
      (if (i32.eq (local.get $first) (i32.const 121)) (then (call $print_for_ever)))
      (if (i32.eq (local.get $first) (i32.const 104)) (then (loop $l (br $l))))
      (call $write (i32.const 1) (i32.const 16384) (local.get $count))
      (br $line)))
  (func $cat (local $count i32)
    (loop $more
      (local.set $count (call $read))
      (if (i32.eqz (local.get $count)) (then (call $exit (i32.const 0))))
      (call $write (i32.const 1) (i32.const 16384) (local.get $count))
      (br $more)))
  (func (export "_start") (local $text i32) (local $first i32) (local $times i32)
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_get (i32.const 4096) (i32.const 8192)))
    (if (i32.lt_u (i32.load (i32.const 16)) (i32.const 3)) (then (call $interactive)))
    (local.set $text (i32.load (i32.const 4104)))
    (local.set $first (i32.load8_u (local.get $text)))
    ;; cat
    (if (i32.eq (local.get $first) (i32.const 99)) (then (call $cat)))
    ;; loop
    (if (i32.eq (local.get $first) (i32.const 108)) (then (loop $l (br $l))))
    ;; yes
    (if (i32.eq (local.get $first) (i32.const 121)) (then (call $print_for_ever)))
    ;; big: 100 times 64 KiB
    (if (i32.eq (local.get $first) (i32.const 98)) (then
      (call $fill)
      (loop $again
        (call $write (i32.const 1) (i32.const 65536) (i32.const 65536))
        (local.set $times (i32.add (local.get $times) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $times) (i32.const 100))))
      (call $exit (i32.const 0))))
    ;; error: the text to the standard error, exit 7
    (if (i32.eq (local.get $first) (i32.const 101)) (then
      (call $write (i32.const 2) (local.get $text) (call $length (local.get $text)))
      (call $exit (i32.const 7))))
    ;; trap
    (if (i32.eq (local.get $first) (i32.const 116)) (then (unreachable)))
    ;; anything else: the text to the standard output, exit 0
    (call $write (i32.const 1) (local.get $text) (call $length (local.get $text)))
    (call $exit (i32.const 0))))"#;

/// A program that does nothing.
const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

fn guests() -> [Guest; 2] {
    let guest = |name, text: &str, number| Guest {
        name,
        digest: [number; 32],
        wasm: wat::parse_str(text).unwrap().leak(),
    };
    [guest("bash", SHELL, 1), guest("coreutils", NOTHING, 2)]
}

/// One for all tests of a program: the engine reserves address space.
fn runtime() -> Arc<Runtime> {
    static RUNTIME: OnceLock<Arc<Runtime>> = OnceLock::new();
    Arc::clone(RUNTIME.get_or_init(|| {
        let programs = tempfile::tempdir().unwrap().keep();
        Arc::new(Runtime::start(RuntimeOptions { programs, cores: 2 }).unwrap())
    }))
}

/// A data directory with sessions.
pub struct Place {
    pub directory: tempfile::TempDir,
    pub store: Store,
    pub folders: Folders,
    pub sessions: Sessions,
    pub ann: UserId,
    pub bob: UserId,
}

impl Place {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open_file(&directory.path().join("berth.sqlite"))
            .await
            .unwrap();
        let ann = person(&store, "ann@example.org").await;
        let bob = person(&store, "bob@example.org").await;
        let folders = Folders::new(store.clone(), &directory.path().join("volumes")).unwrap();
        folders.recover().await.unwrap();
        let sessions = sessions(&directory, &store, &folders).await;
        Self {
            directory,
            store,
            folders,
            sessions,
            ann,
            bob,
        }
    }

    /// What a server finds that was started after this one was killed; how many sessions were lost.
    pub async fn after_a_crash(&self) -> (Sessions, usize) {
        let sessions = new_sessions(&self.directory, &self.store, &self.folders);
        let lost = sessions.recover().await.unwrap();
        (sessions, lost)
    }

    pub async fn folder(&self, name: &str) -> Folder {
        self.folder_of(self.ann, name, Permission::WriteDelete)
            .await
    }

    pub async fn folder_of(&self, owner: UserId, name: &str, permission: Permission) -> Folder {
        let name = FolderName::new(name).unwrap();
        let wanted = Creation {
            name,
            usage_mode: UsageMode::General,
            permission,
            volume: None,
            quota_bytes: None,
        };
        self.folders.create(owner, wanted).await.unwrap()
    }

    pub async fn start(&self, request: SessionRequest) -> Session {
        self.sessions.create(self.ann, request, true).await.unwrap()
    }

    pub async fn refused(&self, request: SessionRequest) -> Error {
        self.sessions
            .create(self.ann, request, true)
            .await
            .unwrap_err()
    }

    /// A running session with these folders at their own places.
    pub async fn computer(&self, folders: &[&str]) -> (Session, Arc<Computer>) {
        let session = self.start(with_folders(folders)).await;
        let computer = self
            .sessions
            .computer(self.ann, &session.id.to_string())
            .await
            .unwrap();
        (session, computer)
    }

    /// Names in the scratch directory.
    pub fn scratch(&self) -> usize {
        std::fs::read_dir(self.directory.path().join("scratch"))
            .unwrap()
            .count()
    }
}

async fn sessions(directory: &tempfile::TempDir, store: &Store, folders: &Folders) -> Sessions {
    let sessions = new_sessions(directory, store, folders);
    assert_eq!(sessions.recover().await.unwrap(), 0);
    sessions
}

fn new_sessions(directory: &tempfile::TempDir, store: &Store, folders: &Folders) -> Sessions {
    let environments = Arc::new(Environments::with_guests(directory.path(), &guests()).unwrap());
    Sessions::new(SessionsOptions {
        store: store.clone(),
        folders: folders.clone(),
        environments,
        runtime: runtime(),
        gateway: None,
        data_dir: directory.path().to_owned(),
        taps: None,
    })
    .unwrap()
}

async fn person(store: &Store, email: &str) -> UserId {
    let new = NewUser {
        email,
        name: email,
        role: Role::User,
        password_hash: "none",
    };
    users::insert(store, new).await.unwrap().id
}

pub fn with_folders(folders: &[&str]) -> SessionRequest {
    SessionRequest {
        mounts: folders.iter().map(|folder| mount(folder)).collect(),
        ..SessionRequest::default()
    }
}

pub fn mount(folder: &str) -> MountRequest {
    MountRequest {
        folder: folder.to_owned(),
        ..MountRequest::default()
    }
}

pub fn mount_at(folder: &str, path: &str) -> MountRequest {
    MountRequest {
        path: Some(path.to_owned()),
        ..mount(folder)
    }
}

pub fn path(text: &str) -> FilePath {
    FilePath::new(text.as_bytes()).unwrap()
}

pub async fn shell(computer: &Computer, text: &str) -> ExecResult {
    computer
        .exec(ExecRequest::new(Command::Shell(text.to_owned())))
        .await
        .unwrap()
}

/// Reads until the output ends with `end`; everything read.
pub async fn until(viewer: &Viewer, end: &str) -> String {
    let mut seen = String::new();
    let read = async {
        while !seen.ends_with(end) {
            match viewer.next().await {
                Some(piece) => seen.push_str(&String::from_utf8_lossy(&piece)),
                None => return false,
            }
        }
        true
    };
    let done = tokio::time::timeout(PATIENCE, read).await;
    assert_eq!(done, Ok(true), "waited for {end:?} and saw {seen:?}");
    seen
}

/// Reads to the end; everything read.
pub async fn to_the_end(viewer: &Viewer) -> Vec<u8> {
    let mut seen = Vec::new();
    let read = async {
        while let Some(piece) = viewer.next().await {
            seen.extend_from_slice(&piece);
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the output ends");
    seen
}
