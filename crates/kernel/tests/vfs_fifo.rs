//! Named pipes: who opens one meets whoever has opened the same, and nobody else.

mod vfs_common;

use std::sync::Arc;
use std::time::Duration;

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind, Flags, Interest};
use berth_kernel::vfs::OpenHow;
use vfs_common::*;

const NONBLOCK: Flags = Flags::NONBLOCK;
/// Long enough for a wait that ends to have ended.
const MOMENT: Duration = Duration::from_millis(50);

fn session() -> Session {
    let session = Session::new();
    session
        .names
        .create_fifo(None, HOME, b"data/pipe", 0o640)
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
    let stat = session.stat("data/pipe").unwrap();
    assert_eq!((stat.kind, stat.mode), (FileKind::Unknown, 0o640));
    let again = session.names.create_fifo(None, HOME, b"data/pipe", 0o600);
    assert_eq!(again, Err(Errno::Exists));
    assert_eq!(session.open("data/pipe", &NEW).err(), Some(Errno::Exists));
    session.rename("data/pipe", "data/other").unwrap();
    session.unlink("data/other").unwrap();
    assert_eq!(
        session.names.create_fifo(None, HOME, b"data/none/pipe", 0),
        Err(Errno::NoEntry)
    );
}

#[tokio::test]
async fn opening_waits_for_the_other_side() {
    let session = session();
    let reader = session.open("data/pipe", &READ).unwrap();
    let early = tokio::time::timeout(MOMENT, opened(&reader)).await;
    assert!(early.is_err(), "nobody writes yet");
    let writer = session.open("data/pipe", &WRITE).unwrap();
    opened(&reader).await;
    opened(&writer).await;
    assert_eq!(writer.try_write(None, b"through"), Ok(7));
    drop(writer);
    let mut buffer = [0; 16];
    assert_eq!(reader.try_read(None, &mut buffer), Ok(7));
    assert_eq!(reader.try_read(None, &mut buffer), Ok(0), "nobody writes");
    // Another writer, and the same reader goes on.
    let writer = session.open("data/pipe", &WRITE).unwrap();
    opened(&writer).await;
    assert_eq!(reader.try_read(None, &mut buffer), Err(Errno::Again));
    drop(reader);
    assert_eq!(writer.try_write(None, b"x"), Err(Errno::BrokenPipe));
}

#[tokio::test]
async fn whoever_came_and_went_was_met() {
    let session = session();
    let reader = session.open("data/pipe", &READ).unwrap();
    let writer = session.open("data/pipe", &WRITE).unwrap();
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
    let both = session.open("data/pipe", &BOTH).unwrap();
    assert!(both.opening().is_none(), "it is its own other side");
    let writers = [WRITE, WRITE].map(|how| session.open("data/pipe", &how).unwrap());
    for writer in &writers {
        opened(writer).await;
        writer.try_write(None, b"a").unwrap();
    }
    let reader = session.open("data/pipe", &READ).unwrap();
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
        session.open("data/pipe", &how(WRITE)).err(),
        Some(Errno::NoDeviceOrAddress)
    );
    let reader = session.open("data/pipe", &how(READ)).unwrap();
    assert!(reader.opening().is_none());
    let writer = session.open("data/pipe", &how(WRITE)).unwrap();
    assert!(writer.opening().is_none() && !writer.readable() && writer.writable());
}

#[test]
fn two_fifos_and_two_lives_of_one_are_apart() {
    let session = session();
    session
        .names
        .create_fifo(None, HOME, b"data/second", 0o600)
        .unwrap();
    let first = session.open("data/pipe", &BOTH).unwrap();
    let second = session.open("data/second", &BOTH).unwrap();
    first.try_write(None, b"left").unwrap();
    let mut buffer = [0; 8];
    assert_eq!(second.try_read(None, &mut buffer), Err(Errno::Again));
    // What nobody has open holds nothing.
    drop(first);
    let again = session.open("data/pipe", &BOTH).unwrap();
    assert_eq!(again.try_read(None, &mut buffer), Err(Errno::Again));
}
