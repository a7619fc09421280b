//! Named pipes: who opens one meets whoever has opened the same, and nobody else.

mod vfs_common;

use std::sync::Arc;
use std::time::Duration;

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind, Flags, Interest};
use berth_kernel::vfs::OpenHow;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use vfs_common::*;

const NONBLOCK: Flags = Flags::NONBLOCK;
/// Long enough for a wait that ends to have ended.
const MOMENT: Duration = Duration::from_millis(50);

fn session() -> Session {
    let session = Session::new();
    session
        .names
        .create_fifo(None, HOME, b"pipe", 0o640)
        .unwrap();
    session
}

async fn opened(file: &Arc<dyn File>) {
    if let Some(wait) = file.opening() {
        wait.await;
    }
}

#[test]
fn a_fifo_is_a_name_like_others() {
    let session = session();
    let stat = session.stat("pipe").unwrap();
    assert_eq!((stat.kind, stat.mode), (FileKind::Unknown, 0o640));
    let again = session.names.create_fifo(None, HOME, b"pipe", 0o600);
    assert_eq!(again, Err(Errno::Exists));
    assert_eq!(session.open("pipe", &NEW).err(), Some(Errno::Exists));
    session.rename("pipe", "other").unwrap();
    session.unlink("other").unwrap();
    assert_eq!(
        session.names.create_fifo(None, HOME, b"none/pipe", 0),
        Err(Errno::NoEntry)
    );
}

#[tokio::test]
async fn opening_waits_for_the_other_side() {
    let session = session();
    let reader = session.open("pipe", &READ).unwrap();
    let early = tokio::time::timeout(MOMENT, opened(&reader)).await;
    assert!(early.is_err(), "nobody writes yet");
    let writer = session.open("pipe", &WRITE).unwrap();
    opened(&reader).await;
    opened(&writer).await;
    assert_eq!(writer.try_write(None, b"through"), Ok(7));
    drop(writer);
    let mut buffer = [0; 16];
    assert_eq!(reader.try_read(None, &mut buffer), Ok(7));
    assert_eq!(reader.try_read(None, &mut buffer), Ok(0), "nobody writes");
    // Another writer, and the same reader goes on.
    let writer = session.open("pipe", &WRITE).unwrap();
    opened(&writer).await;
    assert_eq!(reader.try_read(None, &mut buffer), Err(Errno::Again));
    drop(reader);
    assert_eq!(writer.try_write(None, b"x"), Err(Errno::BrokenPipe));
}

#[tokio::test]
async fn whoever_came_and_went_was_met() {
    let session = session();
    let reader = session.open("pipe", &READ).unwrap();
    let writer = session.open("pipe", &WRITE).unwrap();
    writer.try_write(None, b"short").unwrap();
    drop(writer);
    // Only now does the reader look.
    opened(&reader).await;
    let mut buffer = [0; 16];
    assert_eq!(reader.try_read(None, &mut buffer), Ok(5));
}

#[tokio::test]
async fn several_write_and_the_last_one_ends_it() {
    let session = session();
    let both = session.open("pipe", &BOTH).unwrap();
    assert!(both.opening().is_none(), "it is its own other side");
    let writers = [WRITE, WRITE].map(|how| session.open("pipe", &how).unwrap());
    for writer in &writers {
        opened(writer).await;
        writer.try_write(None, b"a").unwrap();
    }
    let reader = session.open("pipe", &READ).unwrap();
    opened(&reader).await;
    drop(both);
    let mut buffer = [0; 1];
    assert_eq!(reader.try_read(None, &mut buffer), Ok(1));
    let [first, second] = writers;
    drop(first);
    assert_eq!(reader.try_read(None, &mut buffer), Ok(1));
    assert_eq!(reader.try_read(None, &mut buffer), Err(Errno::Again));
    let waiting = Arc::clone(&reader);
    let told = tokio::spawn(async move { waiting.ready(Interest::Read).unwrap().await });
    tokio::task::yield_now().await;
    drop(second);
    told.await.unwrap();
    assert_eq!(reader.try_read(None, &mut buffer), Ok(0));
}

#[test]
fn without_waiting_a_reader_is_let_in_and_a_lone_writer_is_not() {
    let session = session();
    let how = |how: OpenHow| OpenHow {
        flags: NONBLOCK,
        ..how
    };
    assert_eq!(
        session.open("pipe", &how(WRITE)).err(),
        Some(Errno::NoDeviceOrAddress)
    );
    let reader = session.open("pipe", &how(READ)).unwrap();
    assert!(reader.opening().is_none());
    let writer = session.open("pipe", &how(WRITE)).unwrap();
    assert!(writer.opening().is_none() && !writer.readable() && writer.writable());
}

#[test]
fn a_folder_has_no_fifos() {
    let session = session();
    let make = |path: &[u8]| session.names.create_fifo(None, HOME, path, 0o600);
    assert_eq!(make(b"data/pipe"), Err(Errno::NotPermitted));
    assert_eq!(make(b"data/f"), Err(Errno::Exists));
    // One that was put there from outside is seen, and neither opened nor waited for.
    let there = session.host("data/foreign");
    let mode = Mode::from_raw_mode(0o600);
    mknodat(CWD, there, FileType::Fifo, mode, 0).unwrap();
    for how in [READ, WRITE, BOTH, CREATE, REWRITE] {
        assert_eq!(
            session.open("data/foreign", &how).err(),
            Some(Errno::NoDeviceOrAddress)
        );
    }
    session.unlink("data/foreign").unwrap();
}

#[test]
fn two_fifos_and_two_lives_of_one_are_apart() {
    let session = session();
    session
        .names
        .create_fifo(None, HOME, b"second", 0o600)
        .unwrap();
    let first = session.open("pipe", &BOTH).unwrap();
    let second = session.open("second", &BOTH).unwrap();
    first.try_write(None, b"left").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(second.try_read(None, &mut buffer), Err(Errno::Again));
    // What nobody has open holds nothing.
    drop(first);
    let again = session.open("pipe", &BOTH).unwrap();
    assert_eq!(again.try_read(None, &mut buffer), Err(Errno::Again));
}
