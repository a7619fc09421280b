//! Quotas: what counts, where a file stops, and when its room comes back.

mod vfs_common;

use std::fs;
use std::sync::Arc;
use std::thread;

use berth_kernel::Errno;
use berth_kernel::vfs::{
    Access, Base, Namespace, NamespaceOptions, OpenHow, Quota, QuotaKind, Usage,
};
use proptest::prelude::*;
use vfs_common::*;

/// What the host has, counted anew.
fn counted(session: &Session) -> Usage {
    let measure = |name: &str| Quota::measure(fs::File::open(session.host(name)).unwrap()).unwrap();
    let (tmp, work) = (measure("tmp"), measure("work"));
    Usage {
        bytes: tmp.bytes + work.bytes,
        names: tmp.names + work.names,
    }
}

fn assert_exact(session: &Session) {
    assert_eq!(session.scratch.usage(), counted(session));
}

#[test]
fn a_file_stops_exactly_at_the_limit() {
    let session = Session::new();
    let file = session.open("big", &CREATE).unwrap();
    let piece = vec![1; 100_000];
    let mut written = 0;
    let error = loop {
        match file.try_write(None, &piece) {
            Ok(count) => written += count as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(error, Errno::NoSpace);
    assert_eq!(written, SCRATCH_BYTES);
    assert_eq!(
        fs::metadata(session.host("work/big")).unwrap().len(),
        SCRATCH_BYTES
    );
    assert_eq!(
        file.write_at(b"over", 0),
        Ok(4),
        "what is there may be written over"
    );
    assert_eq!(file.write_at(b"xy", SCRATCH_BYTES - 1), Ok(1));
    assert_eq!(session.write("/tmp/other", "").err(), None);
    let other = session.open("/tmp/other", &BOTH).unwrap();
    assert_eq!(
        other.try_write(None, b"x"),
        Err(Errno::NoSpace),
        "both directories share it"
    );
    assert_eq!(other.set_size(1), Err(Errno::NoSpace));
    assert_eq!(other.allocate(0, 1), Err(Errno::NoSpace));
    file.set_size(10).unwrap();
    assert_eq!(session.scratch.used(), 10);
    assert_eq!(other.try_write(None, b"x"), Ok(1));
    assert_exact(&session);
}

#[test]
fn a_gap_counts_as_written() {
    let session = Session::new();
    let file = session.open("sparse", &CREATE).unwrap();
    assert_eq!(file.write_at(b"x", SCRATCH_BYTES - 1), Ok(1));
    assert_eq!(session.scratch.used(), SCRATCH_BYTES);
    file.set_size(0).unwrap();
    assert_eq!(file.write_at(b"x", SCRATCH_BYTES), Err(Errno::NoSpace));
    assert_eq!(file.write_at(b"x", 1 << 60), Err(Errno::NoSpace));
    assert_eq!(file.write_at(b"x", u64::MAX), Err(Errno::FileTooBig));
    assert_eq!(file.write_at(b"", 1 << 40), Ok(0));
    assert_exact(&session);
}

#[test]
fn room_comes_back_with_the_last_name_and_the_last_description() {
    let session = Session::new();
    let used = || session.scratch.used();
    session.write("a", "12345").unwrap();
    session.link("a", "b").unwrap();
    session.unlink("a").unwrap();
    assert_eq!(used(), 5, "it has another name");
    let open = session.open("b", &BOTH).unwrap();
    let again = session.open("b", &READ).unwrap();
    session.unlink("b").unwrap();
    assert_eq!(used(), 5, "it is open");
    open.write_at(b"more", 5).unwrap();
    assert_eq!(used(), 9);
    drop(open);
    assert_eq!(used(), 9);
    assert_eq!(text(&*again), "12345more");
    drop(again);
    assert_eq!(used(), 0);
    assert_exact(&session);
    session.write("c", "123").unwrap();
    session.write("d", "4567").unwrap();
    session.rename("c", "d").unwrap();
    assert_eq!(used(), 3);
    session.link("d", "e").unwrap();
    session.rename("d", "e").unwrap();
    assert_eq!(
        session.list(".").unwrap(),
        ["d", "data", "e", "fixed", "sub"],
        "two names of one file: nothing is done"
    );
    assert_eq!(used(), 3);
    assert_exact(&session);
    session.write("e", "").unwrap();
    assert_eq!(used(), 0, "cut when opened");
    session.mkdir("x").unwrap();
    session.mkdir("y").unwrap();
    session.rename("x", "y").unwrap();
    let held = session.open("d", &BOTH).unwrap();
    held.try_write(None, b"12").unwrap();
    session.write("f", "12345").unwrap();
    session.rename("f", "d").unwrap();
    assert_exact(&session);
}

#[test]
fn names_are_counted_so_that_nobody_eats_all_inodes() {
    let session = Session::new();
    session.mkdir("d").unwrap();
    let mut made = 1;
    loop {
        let result = match made % 4 {
            0 => session.mkdir(&format!("d/{made}")),
            1 => session.write(&format!("d/{made}"), ""),
            2 => session.symlink("t", &format!("d/{made}")),
            _ => session.link(&format!("d/{}", made - 2), &format!("d/{made}")),
        };
        match result {
            Ok(()) => made += 1,
            Err(error) => {
                assert_eq!(error, Errno::NoSpace);
                break;
            }
        }
    }
    assert_eq!(made, SCRATCH_NAMES);
    for result in [
        session.mkdir("x"),
        session.write("x", ""),
        session.symlink("t", "x"),
        session.link("d/1", "x"),
    ] {
        assert_eq!(result.err(), Some(Errno::NoSpace));
    }
    assert_eq!(session.open("x", &NEW).err(), Some(Errno::NoSpace));
    assert_eq!(
        session.open("d/1", &NEW).err(),
        Some(Errno::Exists),
        "what is there is there"
    );
    assert_eq!(session.mkdir("d").err(), Some(Errno::Exists));
    session.write("d/1", "x").unwrap();
    session.rename("d/1", "d/renamed").unwrap();
    session.unlink("d/renamed").unwrap();
    session.mkdir("x").unwrap();
    assert_exact(&session);
}

#[test]
fn a_folder_says_that_its_quota_is_full_and_many_share_one_count() {
    let session = Session::new();
    fs::write(session.host("data/more"), "12").unwrap();
    let root = fs::File::open(session.host("data")).unwrap();
    let used = Quota::measure(&root).unwrap();
    assert_eq!(used, Usage { bytes: 6, names: 2 });
    let quota = Quota::new(
        QuotaKind::Folder,
        Usage {
            bytes: 10,
            names: 10,
        },
        used,
    );
    let namespace = || {
        let mounts = vec![mount(
            "/",
            &session.host("data"),
            Access::ReadWrite,
            Some(quota.clone()),
        )];
        Namespace::new(
            mounts,
            NamespaceOptions {
                devices: false,
                proc: false,
            },
        )
        .unwrap()
    };
    let (one, two) = (namespace(), namespace());
    let file = one.open(None, Base::Root, b"f", &APPEND).unwrap();
    assert_eq!(file.try_write(None, b"12"), Ok(2));
    let other = two.open(None, Base::Root, b"f", &APPEND).unwrap();
    assert_eq!(other.try_write(None, b"345"), Ok(2));
    assert_eq!(file.try_write(None, b"x"), Err(Errno::Quota));
    assert_eq!((quota.used(), quota.limit()), (10, 10));
    two.unlink(None, Base::Root, b"f").unwrap();
    drop(other);
    assert_eq!(quota.used(), 10);
    drop(file);
    assert_eq!(quota.used(), 2);
    quota.charge(8).unwrap();
    assert_eq!(quota.charge(1), Err(Errno::Quota));
    quota.give_back(8);
}

#[test]
fn writers_side_by_side_never_pass_the_limit() {
    let session = Session::new();
    let names = &session.names;
    thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                for round in 0..300 {
                    let path = format!("f{}", (worker + round) % 3);
                    let how = OpenHow {
                        truncate: round % 7 == 0,
                        ..APPEND
                    };
                    if let Ok(file) = names.open(None, HOME, path.as_bytes(), &how) {
                        let _ = file.try_write(None, &[7; 5000]);
                        if round % 5 == 0 {
                            let _ = file.set_size(100);
                        }
                        if round % 3 == 0 {
                            let _ = names.unlink(None, HOME, path.as_bytes());
                        }
                        if round % 11 == 0 {
                            let _ = names.rename(None, HOME, path.as_bytes(), HOME, b"f0");
                            let _ = names.link(None, HOME, b"f0", false, HOME, b"f1");
                        }
                        let _ = file.write_at(&[8; 100], 20_000);
                    }
                    let bytes: u64 = ["f0", "f1", "f2"]
                        .iter()
                        .filter_map(|name| names.stat(None, HOME, name.as_bytes(), true).ok())
                        .map(|stat| stat.size)
                        .sum();
                    assert!(bytes <= 3 * SCRATCH_BYTES);
                }
            });
        }
    });
    assert_exact(&session);
}

#[derive(Clone, Debug)]
enum Act {
    Open(u8, bool),
    Write(u8, u16),
    WriteAt(u8, u32, u16),
    SetSize(u8, u32),
    Allocate(u8, u32, u32),
    Close(u8),
    Unlink(u8),
    Rename(u8, u8),
    Link(u8, u8),
    Mkdir(u8),
    Rmdir(u8),
    Symlink(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let name = 0..4u8;
    prop_oneof![
        (name.clone(), any::<bool>()).prop_map(|(n, t)| Act::Open(n, t)),
        (any::<u8>(), any::<u16>()).prop_map(|(f, n)| Act::Write(f, n)),
        (any::<u8>(), 0..2_000_000u32, any::<u16>()).prop_map(|(f, o, n)| Act::WriteAt(f, o, n)),
        (any::<u8>(), 0..1_200_000u32).prop_map(|(f, n)| Act::SetSize(f, n)),
        (any::<u8>(), 0..1_200_000u32, 1..200_000u32).prop_map(|(f, o, n)| Act::Allocate(f, o, n)),
        any::<u8>().prop_map(Act::Close),
        name.clone().prop_map(Act::Unlink),
        (name.clone(), name.clone()).prop_map(|(a, b)| Act::Rename(a, b)),
        (name.clone(), name.clone()).prop_map(|(a, b)| Act::Link(a, b)),
        name.clone().prop_map(Act::Mkdir),
        name.clone().prop_map(Act::Rmdir),
        name.prop_map(Act::Symlink),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_count_is_what_the_host_has(acts in prop::collection::vec(act(), 1..80)) {
        let session = Session::new();
        let mut open: Vec<Arc<dyn berth_kernel::file::File>> = Vec::new();
        let name = |n: u8| format!("n{n}");
        for act in acts {
            let pick = |n: u8| (!open.is_empty()).then(|| open[n as usize % open.len()].clone());
            match act {
                Act::Open(n, truncate) => {
                    if let Ok(file) = session.open(&name(n), &OpenHow { truncate, ..CREATE }) {
                        open.push(file);
                    }
                }
                Act::Write(f, n) => { pick(f).map(|file| file.try_write(None, &vec![1; n as usize])); }
                Act::WriteAt(f, o, n) => { pick(f).map(|file| file.write_at(&vec![1; n as usize], o.into())); }
                Act::SetSize(f, n) => { pick(f).map(|file| file.set_size(n.into())); }
                Act::Allocate(f, o, n) => { pick(f).map(|file| file.allocate(o.into(), n.into())); }
                Act::Close(f) => {
                    if !open.is_empty() {
                        open.swap_remove(f as usize % open.len());
                    }
                }
                Act::Unlink(n) => { let _ = session.unlink(&name(n)); }
                Act::Rename(a, b) => { let _ = session.rename(&name(a), &name(b)); }
                Act::Link(a, b) => { let _ = session.link(&name(a), &name(b)); }
                Act::Mkdir(n) => { let _ = session.mkdir(&name(n)); }
                Act::Rmdir(n) => { let _ = session.rmdir(&name(n)); }
                Act::Symlink(n) => { let _ = session.symlink("n0", &name(n)); }
            }
            prop_assert!(session.scratch.used() <= SCRATCH_BYTES);
        }
        drop(open);
        prop_assert_eq!(session.scratch.usage(), counted(&session));
    }
}
