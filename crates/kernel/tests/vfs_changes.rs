//! Making, removing, renaming and linking: what works, and with which error what does not.

mod vfs_common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use berth_kernel::Errno;
use berth_kernel::file::{FileKind, Flags, SetTime, Whence};
use berth_kernel::vfs::{Base, OpenHow};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use vfs_common::*;

#[test]
fn files_are_made_written_read_and_removed_on_the_host() {
    let session = Session::new();
    session.mkdir("data/d").unwrap();
    session.write("data/d/f", "hello").unwrap();
    assert_eq!(
        fs::read_to_string(session.host("data/d/f")).unwrap(),
        "hello"
    );
    session.rename("data/d/f", "data/g").unwrap();
    session.link("data/g", "data/h").unwrap();
    assert_eq!(session.stat("data/g").unwrap().links, 2);
    assert_eq!(
        session.stat("data/g").unwrap().inode,
        session.stat("data/h").unwrap().inode
    );
    session.unlink("data/g").unwrap();
    assert_eq!(session.rmdir("data").unwrap_err(), Errno::Busy);
    session.rmdir("data/d").unwrap();
    assert_eq!(session.list("data").unwrap(), ["f", "h"]);
    assert_eq!(session.unlink("data/none").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.mkdir("data/h").unwrap_err(), Errno::Exists);
    session.mkdir("data/full").unwrap();
    session.write("data/full/f", "").unwrap();
    assert_eq!(session.rmdir("data/full").unwrap_err(), Errno::NotEmpty);
    assert_eq!(session.unlink("data/full").unwrap_err(), Errno::IsDirectory);
}

#[test]
fn new_files_have_the_permissions_asked_for() {
    let session = Session::new();
    let how = OpenHow { mode: 0o600, ..NEW };
    session.open("data/private", &how).unwrap();
    session
        .names
        .create_directory(None, HOME, b"data/private_dir", 0o700)
        .unwrap();
    assert_eq!(
        fs::metadata(session.host("data/private")).unwrap().mode() & 0o7777,
        0o600
    );
    assert_eq!(session.stat("data/private_dir").unwrap().mode, 0o700);
    session
        .names
        .create_directory(None, HOME, b"data/sticky", 0o7700)
        .unwrap();
    assert_eq!(
        session.stat("data/sticky").unwrap().mode,
        0o700,
        "no set-id bits"
    );
}

#[test]
fn open_means_what_posix_says() {
    let session = Session::new();
    session.write("data/x", "12345").unwrap();
    assert_eq!(session.open("data/x", &NEW).err(), Some(Errno::Exists));
    assert_eq!(session.open("data/none", &BOTH).err(), Some(Errno::NoEntry));
    assert_eq!(session.open("data", &WRITE).err(), Some(Errno::IsDirectory));
    assert_eq!(
        session.open("data", &CREATE).err(),
        Some(Errno::IsDirectory)
    );
    assert_eq!(session.open("data", &NEW).err(), Some(Errno::Exists));
    session.mkdir("data/d").unwrap();
    assert_eq!(
        session.open("data/d", &WRITE).err(),
        Some(Errno::IsDirectory)
    );
    assert_eq!(
        session.open("data/d", &CREATE).err(),
        Some(Errno::IsDirectory)
    );
    assert_eq!(
        session
            .open(
                "data/d",
                &OpenHow {
                    create: true,
                    ..READ
                }
            )
            .err(),
        Some(Errno::IsDirectory)
    );
    assert_eq!(session.open("data/d", &NEW).err(), Some(Errno::Exists));
    assert_eq!(
        session.open("data/x", &DIRECTORY).err(),
        Some(Errno::NotDirectory)
    );
    assert_eq!(
        session
            .open(
                "data/d",
                &OpenHow {
                    create: true,
                    ..DIRECTORY
                }
            )
            .err(),
        Some(Errno::Invalid)
    );
    session.symlink("nothing", "data/dangling").unwrap();
    assert_eq!(
        session.open("data/dangling", &NEW).err(),
        Some(Errno::Exists)
    );
    session.write("data/dangling", "made").unwrap();
    assert_eq!(session.read("data/nothing").unwrap(), "made");
    session.symlink("d", "data/to_dir").unwrap();
    assert_eq!(session.open("data/to_dir", &NEW).err(), Some(Errno::Exists));
    assert_eq!(
        session.open("data/to_dir", &WRITE).err(),
        Some(Errno::IsDirectory)
    );
    let directory = session.open("data/d", &READ).unwrap();
    assert_eq!(
        directory.try_read(None, &mut [0; 8]),
        Err(Errno::IsDirectory)
    );
    assert_eq!(directory.try_write(None, b"x"), Err(Errno::BadDescriptor));
}

#[test]
fn a_description_reads_writes_and_seeks() {
    let session = Session::new();
    for path in ["data/file", "/tmp/file"] {
        let file = session.open(path, &CREATE).unwrap();
        assert!(file.seekable() && file.readable() && file.writable());
        assert_eq!(file.try_write(None, b"0123456789"), Ok(10));
        assert_eq!(file.seek(-4, Whence::Current), Ok(6));
        let mut buffer = [0; 3];
        assert_eq!(file.try_read(None, &mut buffer), Ok(3));
        assert_eq!(&buffer, b"678");
        assert_eq!(file.seek(0, Whence::Current), Ok(9));
        assert_eq!(file.seek(-11, Whence::End), Err(Errno::Invalid));
        assert_eq!(file.seek(5, Whence::End), Ok(15));
        assert_eq!(file.try_read(None, &mut buffer), Ok(0));
        assert_eq!(file.try_write(None, b"x"), Ok(1));
        assert_eq!(file.stat().unwrap().size, 16);
        assert_eq!(file.read_at(&mut buffer, 9), Ok(3));
        assert_eq!(&buffer, b"9\0\0");
        assert_eq!(file.write_at(b"AB", 0), Ok(2));
        assert_eq!(file.seek(0, Whence::Current), Ok(16));
        file.set_size(4).unwrap();
        file.allocate(0, 2).unwrap();
        assert_eq!(file.stat().unwrap().size, 4, "never shorter");
        file.allocate(2, 8).unwrap();
        assert_eq!(file.stat().unwrap().size, 10);
        assert_eq!(file.allocate(0, 0), Err(Errno::Invalid));
        assert_eq!(file.allocate(1, u64::MAX), Err(Errno::FileTooBig));
        assert_eq!(file.set_size(u64::MAX), Err(Errno::FileTooBig));
        file.sync(true).unwrap();
        file.sync(false).unwrap();
        assert_eq!(file.describe(), session.canonical(path).unwrap());
        let reader = session.open(path, &READ).unwrap();
        assert_eq!(reader.try_write(None, b"x"), Err(Errno::BadDescriptor));
        assert_eq!(reader.set_size(0), Err(Errno::Invalid));
        assert_eq!(reader.allocate(0, 1), Err(Errno::BadDescriptor));
        let writer = session.open(path, &WRITE).unwrap();
        assert_eq!(
            writer.try_read(None, &mut buffer),
            Err(Errno::BadDescriptor)
        );
        session
            .open(
                path,
                &OpenHow {
                    truncate: true,
                    ..READ
                },
            )
            .unwrap();
        assert_eq!(file.stat().unwrap().size, 0);
    }
}

#[test]
fn appending_goes_to_the_end_whoever_else_writes() {
    let session = Session::new();
    for path in ["data/log", "/tmp/log"] {
        let one = session.open(path, &APPEND).unwrap();
        let two = session.open(path, &APPEND).unwrap();
        assert!(one.flags().has(Flags::APPEND));
        one.try_write(None, b"1").unwrap();
        two.try_write(None, b"2").unwrap();
        one.seek(0, Whence::Set).unwrap();
        one.try_write(None, b"3").unwrap();
        assert_eq!(one.seek(0, Whence::Current), Ok(3));
        one.set_flags(Flags::NONBLOCK).unwrap();
        assert_eq!(one.flags(), Flags::NONBLOCK);
        one.seek(0, Whence::Set).unwrap();
        one.try_write(None, b"x").unwrap();
        two.set_flags(Flags::default()).unwrap();
        two.set_flags(Flags::APPEND).unwrap();
        two.try_write(None, b"4").unwrap();
        assert_eq!(session.read(path).unwrap(), "x234");
    }
}

#[test]
fn mounts_are_apart() {
    let session = Session::new();
    session.write("f", "f").unwrap();
    session.mkdir("d").unwrap();
    for (from, to) in [
        ("f", "data/f2"),
        ("data/f", "f2"),
        ("d", "data/d"),
        ("f", "/tmp/f"),
        ("/tmp", "data/tmp"),
    ] {
        let expected = if from == "/tmp" {
            Errno::Busy
        } else {
            Errno::CrossDevice
        };
        assert_eq!(
            session.rename(from, to).unwrap_err(),
            expected,
            "{from} {to}"
        );
    }
    assert_eq!(
        session.link("f", "data/f2").unwrap_err(),
        Errno::CrossDevice
    );
    assert_eq!(
        session.link("data/f", "f2").unwrap_err(),
        Errno::CrossDevice
    );
    assert_eq!(session.rename("f", "/dev/f").unwrap_err(), Errno::ReadOnly);
    assert_eq!(
        session.rename("f", "/dev/null").unwrap_err(),
        Errno::CrossDevice
    );
    assert_eq!(
        session.link("/dev/null", "f2").unwrap_err(),
        Errno::CrossDevice
    );
}

#[test]
fn mount_points_and_what_is_above_them_stay_where_they_are() {
    let session = Session::new();
    session.mkdir("d").unwrap();
    fs::create_dir(session.host("work/sub")).unwrap();
    for path in [
        "data",
        "sub/dir",
        "sub",
        "/home/work",
        "/home",
        "/home/linuxbrew",
        "/tmp",
        "/dev",
        "/proc",
        "sub/",
    ] {
        assert_eq!(session.rmdir(path).unwrap_err(), Errno::Busy, "{path}");
        assert_eq!(session.unlink(path).unwrap_err(), Errno::Busy, "{path}");
        assert_eq!(
            session.rename(path, "moved").unwrap_err(),
            Errno::Busy,
            "{path}"
        );
        assert_eq!(
            session.rename("d", path).unwrap_err(),
            Errno::Busy,
            "{path}"
        );
        assert_eq!(session.mkdir(path).unwrap_err(), Errno::Exists, "{path}");
    }
    let root = session.open("/", &DIRECTORY).unwrap();
    let root = Base::Directory(root.as_directory().unwrap());
    assert_eq!(
        session
            .names
            .remove_directory(None, root, b"home/work/data")
            .unwrap_err(),
        Errno::Busy
    );
}

#[test]
fn a_read_only_mount_refuses_every_change() {
    let session = Session::new();
    fs::create_dir(session.host("fixed/d")).unwrap();
    let refused = Some(Errno::ReadOnly);
    for how in [
        WRITE,
        BOTH,
        CREATE,
        REWRITE,
        OpenHow {
            truncate: true,
            ..READ
        },
    ] {
        assert_eq!(session.open("fixed/f", &how).err(), refused, "{how:?}");
    }
    assert_eq!(session.open("fixed/new", &CREATE).err(), refused);
    assert_eq!(session.open("fixed/new", &NEW).err(), refused);
    assert_eq!(session.open("fixed/f", &NEW).err(), Some(Errno::Exists));
    assert_eq!(
        session.open("fixed/none/new", &CREATE).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(
        session.open("fixed/none", &WRITE).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(
        session.open("fixed/d", &WRITE).err(),
        Some(Errno::IsDirectory)
    );
    session
        .open(
            "fixed/f",
            &OpenHow {
                create: true,
                ..READ
            },
        )
        .unwrap();
    assert_eq!(session.mkdir("fixed/new").err(), refused);
    assert_eq!(session.mkdir("fixed/d").err(), Some(Errno::Exists));
    assert_eq!(session.rmdir("fixed/d").err(), refused);
    assert_eq!(session.unlink("fixed/f").err(), refused);
    assert_eq!(session.rename("fixed/f", "fixed/g").err(), refused);
    assert_eq!(session.link("fixed/f", "fixed/g").err(), refused);
    assert_eq!(session.symlink("t", "fixed/g").err(), refused);
    assert_eq!(session.symlink("t", "fixed/f").err(), Some(Errno::Exists));
    let touch = |path: &str| {
        session.names.set_times(
            None,
            HOME,
            path.as_bytes(),
            true,
            SetTime::Now,
            SetTime::Now,
        )
    };
    assert_eq!(touch("fixed/f").err(), refused);
    assert_eq!(touch("fixed").err(), refused);
    assert_eq!(touch("/etc/motd").err(), refused);
    assert_eq!(touch("sub").err(), refused);
    assert_eq!(touch("fixed/none").err(), Some(Errno::NoEntry));
    let file = session.open("fixed/f", &READ).unwrap();
    assert_eq!(file.set_times(SetTime::Now, SetTime::Now).err(), refused);
    assert_eq!(file.set_size(0).err(), Some(Errno::Invalid));
    let directory = session.open("fixed/d", &READ).unwrap();
    assert_eq!(
        directory.set_times(SetTime::Now, SetTime::Now).err(),
        refused
    );
    // Through a writable mount's link, too.
    session.symlink("../fixed/f", "data/link").unwrap();
    assert_eq!(session.open("data/link", &REWRITE).err(), refused);
    assert_eq!(session.read("fixed/f").unwrap(), "fixed");
    assert_eq!(session.list("fixed").unwrap(), ["d", "f"]);
}

#[test]
fn time_stamps_are_set_on_files_links_and_mount_points() {
    let session = Session::new();
    session.symlink("f", "data/link").unwrap();
    let second = |n: u64| SetTime::To(n * 1_000_000_000 + 5);
    let set = |path: &str, follow, accessed, modified| {
        session
            .names
            .set_times(None, HOME, path.as_bytes(), follow, accessed, modified)
            .unwrap();
    };
    set("data/link", true, second(1), second(2));
    set("data/link", false, SetTime::Keep, second(3));
    assert_eq!(session.stat("data/f").unwrap().modified_ns, 2_000_000_005);
    assert_eq!(session.stat("data/f").unwrap().accessed_ns, 1_000_000_005);
    assert_eq!(
        session.lstat("data/link").unwrap().modified_ns,
        3_000_000_005
    );
    set("data", true, second(4), second(4));
    assert_eq!(session.stat("data").unwrap().modified_ns, 4_000_000_005);
    let file = session.open("data/f", &READ).unwrap();
    file.set_times(SetTime::Keep, second(6)).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!(
        (stat.accessed_ns, stat.modified_ns),
        (1_000_000_005, 6_000_000_005)
    );
    set("data/f", true, SetTime::Now, SetTime::Keep);
    assert!(session.stat("data/f").unwrap().accessed_ns > 1_000_000_000_000_000_000);
}

#[test]
fn a_link_is_to_the_link_itself_unless_it_is_to_be_followed() {
    let session = Session::new();
    session.symlink("f", "data/link").unwrap();
    session.link("data/link", "data/same_link").unwrap();
    assert_eq!(
        session.lstat("data/same_link").unwrap().kind,
        FileKind::SymbolicLink
    );
    session
        .names
        .link(None, HOME, b"data/link", true, HOME, b"data/second")
        .unwrap();
    assert_eq!(
        session.lstat("data/second").unwrap().kind,
        FileKind::Regular
    );
    assert_eq!(session.read("data/second").unwrap(), "data");
    session.mkdir("data/d").unwrap();
    assert_eq!(
        session.link("data/d", "data/e").unwrap_err(),
        Errno::NotPermitted
    );
    assert_eq!(
        session.link("data/f", "data/second").unwrap_err(),
        Errno::Exists
    );
    assert_eq!(
        session.link("data/none", "data/x").unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(session.symlink("", "data/x").unwrap_err(), Errno::NoEntry);
    assert_eq!(
        session.symlink("a\0b", "data/x").unwrap_err(),
        Errno::Invalid
    );
    assert_eq!(
        session.symlink(&"x".repeat(4096), "data/x").unwrap_err(),
        Errno::NameTooLong
    );
    assert_eq!(session.symlink("t", "data/f").unwrap_err(), Errno::Exists);
}

#[test]
fn sockets_and_devices_are_seen_but_never_opened() {
    let session = Session::new();
    let _socket = std::os::unix::net::UnixListener::bind(session.host("data/socket")).unwrap();
    // Making a device takes privileges that a test need not have.
    let null = rustix::fs::makedev(1, 3);
    let device = mknodat(
        CWD,
        session.host("data/null"),
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o666),
        null,
    );
    let started = Instant::now();
    let mut names = vec![("socket", FileKind::SocketStream)];
    if device.is_ok() {
        names.push(("null", FileKind::CharacterDevice));
    }
    let listing = session.open("data", &DIRECTORY).unwrap();
    let listing = entries(listing.as_directory().unwrap(), 2);
    for (name, kind) in names {
        let path = format!("data/{name}");
        for how in [READ, WRITE, BOTH, CREATE, REWRITE] {
            assert_eq!(
                session.open(&path, &how).err(),
                Some(Errno::NoDeviceOrAddress),
                "{name} {how:?}"
            );
        }
        let program = session.names.host_file(None, HOME, path.as_bytes());
        assert!(
            matches!(program, Err(Errno::Access | Errno::NoDeviceOrAddress)),
            "{name}"
        );
        assert_eq!(session.stat(&path).unwrap().kind, kind, "{name}");
        assert!(listing.contains(&(name.to_owned(), kind)), "{name}");
        session.unlink(&path).unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_loader_gets_regular_files_only() {
    let session = Session::new();
    let (file, stat) = session.names.host_file(None, HOME, b"/bin/ls").unwrap();
    assert_eq!(stat.size, 4);
    assert_eq!(stat.kind, FileKind::Regular);
    assert!(rustix::io::write(&file, b"x").is_err());
    for (path, error) in [
        ("data", Errno::Access),
        ("/dev/null", Errno::Access),
        ("/proc/version", Errno::Access),
        ("none", Errno::NoEntry),
        ("/bin/ls/", Errno::NotDirectory),
        ("/usr/bin", Errno::Access),
    ] {
        assert_eq!(
            session.names.host_file(None, HOME, path.as_bytes()).err(),
            Some(error),
            "{path}"
        );
    }
}
