//! Terminals and processes: who may read, who is stopped, who is told.

use std::sync::{Arc, Weak};

use super::termios::local;
use super::*;
use crate::descriptor::Descriptors;
use crate::machine::{Group, Limits, MachineOptions, NewProcess};
use crate::process::{ExitStatus, Image, State, Verdict};
use crate::vfs::{Namespace, NamespaceOptions};

/// A session with a terminal and a shell that leads it.
struct Session {
    machine: Arc<Machine>,
    tty: Arc<Tty>,
    file: Arc<dyn File>,
    shell: Arc<Process>,
}

impl Session {
    fn new() -> Self {
        let namespace = Namespace::new(
            Vec::new(),
            NamespaceOptions {
                devices: false,
                proc: false,
            },
        )
        .unwrap();
        let options = MachineOptions {
            hostname: "test".into(),
            namespace,
            limits: Limits::default(),
        };
        let machine = Machine::new(options);
        let tty = Tty::new(
            Winsize {
                rows: 24,
                columns: 80,
            },
            Arc::downgrade(&machine),
        );
        let shell = start(&machine, None, Group::New, Some(&tty));
        let file = tty.file();
        Self {
            machine,
            tty,
            file,
            shell,
        }
    }

    /// A job of the shell, in a group of its own.
    fn job(&self) -> Arc<Process> {
        start(&self.machine, Some(&self.shell), Group::New, None)
    }

    fn read(&self, process: &Process) -> Result<usize> {
        self.file.try_read(Some(process), &mut [0; 100])
    }
}

fn start(
    machine: &Machine,
    parent: Option<&Arc<Process>>,
    group: Group,
    tty: Option<&Arc<Tty>>,
) -> Arc<Process> {
    try_start(machine, parent, group, tty).unwrap()
}

fn try_start(
    machine: &Machine,
    parent: Option<&Arc<Process>>,
    group: Group,
    tty: Option<&Arc<Tty>>,
) -> Result<Arc<Process>> {
    let new = NewProcess {
        image: Arc::new(Image {
            path: b"/bin/x".to_vec(),
            argv: Vec::new(),
            environ: Vec::new(),
        }),
        cwd: b"/".to_vec(),
        descriptors: Descriptors::new(16),
        group,
        lead_tty: tty.cloned(),
        foreground: false,
        keep_caught: false,
    };
    machine.start(parent, new)
}

#[test]
fn a_killed_group_leaves_no_child_behind() {
    let session = Session::new();
    let job = session.job();
    session
        .machine
        .signal_group(job.group(), Signal::KILL)
        .unwrap();
    let child = try_start(&session.machine, Some(&job), Group::Inherit, None);
    assert_eq!(child.err(), Some(Errno::Interrupted));
    start(&session.machine, Some(&session.shell), Group::Inherit, None);
}

#[test]
fn keys_signal_the_foreground_group_only() {
    let session = Session::new();
    let (front, back) = (session.job(), session.job());
    session
        .shell
        .set_disposition(Signal::TTOU, Disposition::Ignore)
        .unwrap();
    session
        .tty
        .change_foreground(&session.shell, front.group())
        .unwrap();
    session.tty.input(b"\x03");
    assert_eq!(front.verdict(), Verdict::Die(Signal::INT));
    assert_eq!(back.verdict(), Verdict::Run);
    assert_eq!(session.shell.verdict(), Verdict::Run);
    session
        .tty
        .change_foreground(&session.shell, back.group())
        .unwrap();
    session.tty.input(b"\x1a");
    assert_eq!(back.state(), State::Stopped(Signal::TSTP));
}

#[test]
fn a_background_read_stops_its_group_and_a_foreground_one_reads() {
    let session = Session::new();
    let job = session.job();
    session.tty.input(b"line\n");
    assert_eq!(session.read(&job), Err(Errno::Again));
    assert_eq!(job.state(), State::Stopped(Signal::TTIN));
    assert_eq!(session.read(&session.shell), Ok(5));
    session.tty.set_foreground(job.group());
    session
        .machine
        .signal_group(job.group(), Signal::CONT)
        .unwrap();
    session.tty.input(b"more\n");
    assert_eq!(session.read(&job), Ok(5));
}

#[test]
fn a_background_read_that_cannot_stop_is_an_error() {
    let session = Session::new();
    let job = session.job();
    job.set_disposition(Signal::TTIN, Disposition::Ignore)
        .unwrap();
    assert_eq!(session.read(&job), Err(Errno::Io));
    // Its parent is gone: nobody would ever set it going again.
    let middle = session.job();
    let orphan = start(&session.machine, Some(&middle), Group::New, None);
    session.machine.exit(&middle, ExitStatus::Code(0));
    assert_eq!(session.read(&orphan), Err(Errno::Io));
    assert_eq!(orphan.state(), State::Running);
}

#[test]
fn background_writes_stop_only_under_tostop() {
    let session = Session::new();
    let job = session.job();
    assert_eq!(session.file.try_write(Some(&job), b"x"), Ok(1));
    let mut termios = session.tty.attributes();
    termios.local |= local::TOSTOP;
    session
        .tty
        .set_attributes(Some(&session.shell), &termios, When::Now)
        .unwrap();
    assert_eq!(session.file.try_write(Some(&job), b"x"), Err(Errno::Again));
    assert_eq!(job.state(), State::Stopped(Signal::TTOU));
    let other = session.job();
    other
        .set_disposition(Signal::TTOU, Disposition::Ignore)
        .unwrap();
    assert_eq!(session.file.try_write(Some(&other), b"x"), Ok(1));
}

#[test]
fn the_background_changes_nothing() {
    let session = Session::new();
    let job = session.job();
    let termios = Termios::default();
    assert_eq!(
        session.tty.set_attributes(Some(&job), &termios, When::Now),
        Err(Errno::Again)
    );
    assert_eq!(job.state(), State::Stopped(Signal::TTOU));
    session
        .machine
        .signal_group(job.group(), Signal::CONT)
        .unwrap();
    assert_eq!(
        session.tty.change_foreground(&job, job.group()),
        Err(Errno::Again)
    );
    assert_eq!(session.tty.foreground(), session.shell.group());
    job.set_disposition(Signal::TTOU, Disposition::Ignore)
        .unwrap();
    assert_eq!(
        session.tty.set_attributes(Some(&job), &termios, When::Now),
        Ok(())
    );
    assert_eq!(
        session.tty.change_foreground(&job, 4711),
        Err(Errno::NotPermitted)
    );
    assert_eq!(session.tty.change_foreground(&job, job.group()), Ok(()));
}

#[test]
fn a_stranger_just_reads_and_writes() {
    let session = Session::new();
    let other_tty = Tty::new(
        Winsize {
            rows: 1,
            columns: 1,
        },
        Weak::new(),
    );
    let stranger = start(&session.machine, None, Group::New, Some(&other_tty));
    session.tty.input(b"line\n");
    assert_eq!(session.read(&stranger), Ok(5));
    assert_eq!(session.file.try_write(Some(&stranger), b"x"), Ok(1));
    assert_eq!(
        session.tty.change_foreground(&stranger, stranger.group()),
        Err(Errno::NotTerminal)
    );
}

#[test]
fn a_new_window_size_is_told_once() {
    let session = Session::new();
    let shell = &session.shell;
    shell
        .set_disposition(Signal::WINCH, Disposition::Catch)
        .unwrap();
    let size = Winsize {
        rows: 50,
        columns: 132,
    };
    session.tty.resize(size);
    assert_eq!(shell.take_pending(), Signal::WINCH.bit());
    session.tty.resize(size);
    assert_eq!(shell.take_pending(), 0);
    assert_eq!(session.tty.winsize(), size);
}

#[test]
fn hanging_up_tells_the_foreground_and_the_leader() {
    let session = Session::new();
    let (front, back) = (session.job(), session.job());
    session.tty.set_foreground(front.group());
    session.tty.input(b"\x1a");
    session.tty.hang_up();
    for told in [&front, &session.shell] {
        assert_eq!(told.verdict(), Verdict::Die(Signal::HUP));
    }
    assert_eq!(front.state(), State::Running, "SIGCONT lets it end");
    assert_eq!(back.verdict(), Verdict::Run);
}
