//! `/dev` and `/proc` as a process sees them.

mod vfs_common;

use std::collections::HashSet;
use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::descriptor::Descriptors;
use berth_kernel::file::{FileKind, SetTime, Whence};
use berth_kernel::machine::{Group, Limits, Machine, MachineOptions, NewProcess};
use berth_kernel::pipe;
use berth_kernel::process::{Image, Process};
use berth_kernel::tty::{Tty, Winsize};
use berth_kernel::vfs::{Base, OpenHow};
use proptest::prelude::*;
use vfs_common::*;

struct Running {
    session: Session,
    machine: Arc<Machine>,
    process: Arc<Process>,
}

impl Running {
    /// A process with a pipe as descriptors 0 and 1 and `data/f` as 5.
    fn new(tty: bool) -> Self {
        let session = Session::new();
        let machine = Machine::new(MachineOptions {
            hostname: "here".to_owned(),
            namespace: session.names.clone(),
            limits: Limits::default(),
        });
        let mut descriptors = Descriptors::new(64);
        let (read, write) = pipe::pipe();
        descriptors.replace(0, read).unwrap();
        descriptors.replace(1, write).unwrap();
        descriptors
            .replace(5, session.open("data/f", &READ).unwrap())
            .unwrap();
        descriptors
            .replace(6, session.open("data", &READ).unwrap())
            .unwrap();
        let lead_tty = tty.then(|| {
            Tty::new(
                Winsize {
                    rows: 24,
                    columns: 80,
                },
                Arc::downgrade(&machine),
            )
        });
        let image = Arc::new(Image {
            path: b"/usr/bin/sleep".to_vec(),
            argv: vec![b"sleep".to_vec(), b"1 0".to_vec()],
            environ: vec![b"A=1".to_vec(), b"B=".to_vec()],
        });
        let process = machine
            .start(
                None,
                NewProcess {
                    image,
                    cwd: b"/home/work/data".to_vec(),
                    descriptors,
                    group: Group::New,
                    lead_tty,
                    foreground: false,
                    keep_caught: false,
                },
            )
            .unwrap();
        Self {
            session,
            machine,
            process,
        }
    }

    fn open(
        &self,
        path: &str,
        how: &OpenHow,
    ) -> berth_kernel::Result<Arc<dyn berth_kernel::file::File>> {
        self.session
            .names
            .open(Some(&self.process), HOME, path.as_bytes(), how)
    }

    fn read(&self, path: &str) -> String {
        text(
            &*self
                .open(path, &READ)
                .unwrap_or_else(|error| panic!("{path}: {error}")),
        )
    }

    fn link(&self, path: &str) -> String {
        String::from_utf8(
            self.session
                .names
                .read_link(Some(&self.process), HOME, path.as_bytes())
                .unwrap(),
        )
        .unwrap()
    }

    fn list(&self, path: &str) -> Vec<String> {
        list(self.open(path, &DIRECTORY).unwrap().as_directory().unwrap())
    }
}

#[test]
fn devices_do_what_their_names_say() {
    let session = Session::new();
    let mut buffer = [1; 64];
    let null = session.open("/dev/null", &REWRITE).unwrap();
    assert_eq!(null.kind(), FileKind::CharacterDevice);
    assert!(null.seekable(), "else it would be a terminal");
    assert_eq!(null.seek(100, Whence::End), Ok(0));
    assert_eq!(null.try_read(None, &mut buffer), Ok(0));
    assert_eq!(null.try_write(None, &buffer), Ok(64));
    let zero = session.open("/dev/zero", &READ).unwrap();
    assert_eq!(zero.try_read(None, &mut buffer), Ok(64));
    assert_eq!(buffer, [0; 64]);
    assert_eq!(zero.try_write(None, &buffer), Err(Errno::BadDescriptor));
    let full = session.open("/dev/full", &BOTH).unwrap();
    assert_eq!(full.try_write(None, b"x"), Err(Errno::NoSpace));
    assert_eq!(full.try_read(None, &mut buffer), Ok(64));
    for name in ["/dev/random", "/dev/urandom"] {
        assert_eq!(
            session
                .open(name, &READ)
                .unwrap()
                .try_read(None, &mut buffer),
            Ok(64)
        );
        assert_ne!(buffer, [0; 64], "{name}");
    }
    assert_eq!(
        session.stat("/dev/null").unwrap().kind,
        FileKind::CharacterDevice
    );
    let inodes: HashSet<_> = ["null", "zero", "full", "random", "urandom", "tty", "fd"]
        .iter()
        .map(|name| session.lstat(&format!("/dev/{name}")).unwrap().inode)
        .collect();
    assert_eq!(inodes.len(), 7);
    assert_eq!(
        session.list("/dev").unwrap(),
        [
            "fd", "full", "null", "random", "stderr", "stdin", "stdout", "tty", "urandom", "zero"
        ]
    );
    assert_eq!(session.stat("/dev/null/").unwrap_err(), Errno::NotDirectory);
    assert_eq!(session.stat("/dev/none").unwrap_err(), Errno::NoEntry);
    assert_eq!(
        session.open("/dev/new", &CREATE).err(),
        Some(Errno::ReadOnly)
    );
    assert_eq!(
        session.unlink("/dev/null").unwrap_err(),
        Errno::NotPermitted
    );
    assert_eq!(session.mkdir("/dev/null").unwrap_err(), Errno::Exists);
    assert_eq!(session.mkdir("/dev/x").unwrap_err(), Errno::ReadOnly);
    assert_eq!(
        session.open("/dev/tty", &BOTH).err(),
        Some(Errno::NoDeviceOrAddress)
    );
    assert_eq!(
        session.open("/dev/stdin", &READ).err(),
        Some(Errno::NoEntry),
        "the host has no descriptors here"
    );
    session.symlink("/dev/null", "null").unwrap();
    assert_eq!(
        session.open("null", &REWRITE).unwrap().kind(),
        FileKind::CharacterDevice
    );
}

#[test]
fn descriptors_are_reached_by_their_numbers() {
    let running = Running::new(false);
    for path in [
        "/dev/fd/5",
        "/proc/self/fd/5",
        "/proc/1/fd/5",
        "/dev/fd/../fd/5",
    ] {
        let same = running.open(path, &READ).unwrap();
        assert!(
            Arc::ptr_eq(&same, &running.process.file(5).unwrap()),
            "{path}"
        );
        assert_eq!(running.link(path), "/home/work/data/f", "{path}");
        let stat = |follow| {
            running
                .session
                .names
                .stat(Some(&running.process), HOME, path.as_bytes(), follow)
                .unwrap()
        };
        assert_eq!(stat(true).size, 4, "{path}");
        assert_eq!(stat(false).kind, FileKind::SymbolicLink, "{path}");
        assert_eq!(
            running.open(path, &WRITE).err(),
            Some(Errno::Access),
            "{path}"
        );
        assert_eq!(
            running.open(path, &NO_FOLLOW).err(),
            Some(Errno::Loop),
            "{path}"
        );
    }
    assert!(Arc::ptr_eq(
        &running.open("/dev/stdin", &READ).unwrap(),
        &running.process.file(0).unwrap()
    ));
    assert!(Arc::ptr_eq(
        &running
            .open(
                "/dev/stdout",
                &OpenHow {
                    truncate: true,
                    ..WRITE
                }
            )
            .unwrap(),
        &running.process.file(1).unwrap()
    ));
    assert!(running.link("/dev/stdin").starts_with("pipe:["));
    assert_eq!(
        running.open("/dev/stderr", &WRITE).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(running.open("/dev/fd/7", &READ).err(), Some(Errno::NoEntry));
    assert_eq!(
        running.open("/dev/fd/05", &READ).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(
        running.open("/dev/fd/5/x", &READ).err(),
        Some(Errno::NotDirectory)
    );
    assert_eq!(running.read("/dev/fd/6/f"), "data");
    assert_eq!(running.read("/dev/fd/6/../fixed/f"), "fixed");
    assert_eq!(running.list("/dev/fd"), ["0", "1", "5", "6"]);
    assert_eq!(running.list("/proc/self/fd"), ["0", "1", "5", "6"]);
    let names = &running.session.names;
    let process = Some(&*running.process);
    assert_eq!(
        names.canonical(process, HOME, b"/dev/fd/6/.").unwrap(),
        b"/home/work/data"
    );
    // The guest's own directory handle of /dev/fd.
    let directory = running.open("/dev/fd", &DIRECTORY).unwrap();
    let base = Base::Directory(directory.as_directory().unwrap());
    assert!(names.open(process, base, b"5", &READ).is_ok());
    running.process.descriptors().remove(6).unwrap();
    assert_eq!(list(directory.as_directory().unwrap()), ["0", "1", "5"]);
}

#[test]
fn the_controlling_terminal_is_dev_tty() {
    let running = Running::new(true);
    let tty = running.open("/dev/tty", &BOTH).unwrap();
    assert!(Arc::ptr_eq(
        tty.as_tty().unwrap(),
        &running.process.controlling_tty().unwrap()
    ));
    assert_eq!(
        running.read("/proc/self/stat").split(' ').nth(7),
        Some("1"),
        "foreground group"
    );
}

#[test]
fn proc_tells_what_is_true() {
    let running = Running::new(false);
    assert_eq!(running.link("/proc/self"), "1");
    assert_eq!(running.link("/proc/mounts"), "self/mounts");
    assert_eq!(running.link("/proc/self/cwd"), "/home/work/data");
    assert_eq!(running.link("/proc/self/exe"), "/usr/bin/sleep");
    assert_eq!(running.read("/proc/self/cwd/f"), "data");
    assert_eq!(running.read("/proc/self/cwd/../fixed/f"), "fixed");
    assert_eq!(running.read("/proc/1/cmdline"), "sleep\x001 0\0");
    assert_eq!(running.read("/proc/1/environ"), "A=1\0B=\0");
    assert_eq!(running.read("/proc/1/comm"), "sleep\n");
    let status = running.read("/proc/self/status");
    for line in [
        "Name:\tsleep",
        "State:\tR (running)",
        "Pid:\t1",
        "PPid:\t0",
        "Uid:\t1000\t1000\t1000\t1000",
    ] {
        assert!(
            status.lines().any(|found| found == line),
            "{line} in {status}"
        );
    }
    let stat = running.read("/proc/1/stat");
    assert!(stat.starts_with("1 (sleep) R 0 1 1 "), "{stat}");
    assert_eq!(stat.split_whitespace().count(), 52);
    let mounts = running.read("/proc/mounts");
    assert!(
        mounts.contains("/home/work/fixed /home/work/fixed berth ro 0 0\n"),
        "{mounts}"
    );
    assert!(mounts.contains("/tmp /tmp berth rw 0 0\n"), "{mounts}");
    assert!(
        mounts.ends_with("dev /dev dev ro 0 0\nproc /proc proc ro 0 0\n"),
        "{mounts}"
    );
    assert!(
        running
            .read("/proc/meminfo")
            .starts_with("MemTotal:        1048576 kB\n")
    );
    assert!(running.read("/proc/uptime").starts_with("0."));
    assert!(running.read("/proc/version").contains("here"));
    assert!(
        running
            .read("/proc/cpuinfo")
            .starts_with("processor\t: 0\n")
    );
    assert_eq!(
        running.list("/proc"),
        [
            "1", "cpuinfo", "meminfo", "mounts", "self", "uptime", "version"
        ]
    );
    assert_eq!(
        running.list("/proc/self"),
        [
            "cmdline", "comm", "cwd", "environ", "exe", "fd", "mounts", "stat", "status"
        ]
    );
    assert_eq!(
        running.open("/proc/self/status", &WRITE).err(),
        Some(Errno::Access)
    );
    assert_eq!(running.open("/proc/2", &READ).err(), Some(Errno::NoEntry));
    assert_eq!(
        running.open("/proc/none", &CREATE).err(),
        Some(Errno::ReadOnly)
    );
    let names = &running.session.names;
    let process = Some(&*running.process);
    assert_eq!(
        names.canonical(process, HOME, b"/proc/self/fd").unwrap(),
        b"/proc/1/fd"
    );
    let touch = names.set_times(
        process,
        HOME,
        b"/proc/self/stat",
        true,
        SetTime::Now,
        SetTime::Now,
    );
    assert_eq!(touch.err(), Some(Errno::NotPermitted));
    assert_eq!(
        names.remove_directory(process, HOME, b"/proc/1").err(),
        Some(Errno::NotPermitted)
    );
}

#[test]
fn a_process_that_is_gone_leaves_nothing_in_proc() {
    let running = Running::new(false);
    let directory = running.open("/proc/1", &DIRECTORY).unwrap();
    running
        .machine
        .exit(&running.process, berth_kernel::process::ExitStatus::Code(0));
    let names = &running.session.names;
    assert_eq!(
        names.stat(None, HOME, b"/proc/1", true).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(
        directory.as_directory().unwrap().read(0, &mut |_| true),
        Err(Errno::NoEntry)
    );
    assert_eq!(
        names.read_link(None, HOME, b"/proc/self").err(),
        Some(Errno::NoEntry)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Only errors, whatever the bytes are: no panic, nothing made where nothing can be.
    #[test]
    fn any_bytes_are_a_path(
        head in prop::sample::select(&["", "/", "/proc/", "/proc/self/", "/proc/1/fd/", "/dev/", "/dev/fd/", "/proc/self/cwd/"][..]),
        tail in prop::collection::vec(prop_oneof![
            any::<Vec<u8>>(),
            prop::sample::select(&["..", ".", "fd", "6", "5", "0", "self", "cwd", "exe", "status", "f", "null", "tty", "stdin", ""][..])
                .prop_map(|name| name.as_bytes().to_vec()),
        ], 0..6),
    ) {
        let running = Running::new(true);
        let path = [head.as_bytes(), &tail.join(&b'/')].concat();
        let (names, process) = (&running.session.names, Some(&*running.process));
        for how in [READ, BOTH, CREATE, REWRITE, NEW, DIRECTORY, NO_FOLLOW] {
            if let Ok(file) = names.open(process, HOME, &path, &how) {
                let _ = file.stat();
                if let Some(directory) = file.as_directory() {
                    let _ = directory.read(0, &mut |_| true);
                    let _ = names.stat(process, Base::Directory(directory), b"..", true);
                }
            }
        }
        for follow in [true, false] {
            let _ = names.stat(process, HOME, &path, follow);
            let _ = names.set_times(process, HOME, &path, follow, SetTime::Now, SetTime::Keep);
            let _ = names.link(process, HOME, &path, follow, HOME, b"data/linked");
        }
        let _ = names.read_link(process, HOME, &path);
        let _ = names.host_file(process, HOME, &path);
        if let Ok(real) = names.canonical(process, HOME, &path) {
            // A link to an open file is a path of its own: it need not lead to a name again.
            if !real.windows(4).any(|part| part == b"/fd/") {
                prop_assert_eq!(names.canonical(process, Base::Root, &real), Ok(real.clone()));
            }
        }
        let _ = names.symlink(process, &path, HOME, &path);
        let _ = names.create_directory(process, HOME, &path, 0o755);
        let _ = names.rename(process, HOME, &path, HOME, b"data/renamed");
        let _ = names.rename(process, HOME, b"data/f", HOME, &path);
        let _ = names.unlink(process, HOME, &path);
        let _ = names.remove_directory(process, HOME, &path);
    }
}
