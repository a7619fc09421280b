//! What a path means in a session.

mod vfs_common;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};

use berth_kernel::Errno;
use berth_kernel::file::FileKind;
use berth_kernel::vfs::{Access, Base, Namespace, NamespaceOptions};
use vfs_common::*;

#[test]
fn folders_are_seen_where_they_are_mounted_without_a_stub() {
    let session = Session::new();
    session.write("own", "x").unwrap();
    assert_eq!(
        session.list("/home/work").unwrap(),
        ["data", "fixed", "own", "sub"]
    );
    assert_eq!(session.list("/home").unwrap(), ["linuxbrew", "work"]);
    assert_eq!(
        session.list("/").unwrap(),
        [
            "bin",
            "dev",
            "etc",
            "home",
            "proc",
            "tmp",
            "usr",
            "workspace"
        ]
    );
    assert_eq!(session.list("sub").unwrap(), ["dir"]);
    for directory in [
        "/home/work/sub",
        "sub/dir",
        "/workspace",
        "/home/linuxbrew",
        "/dev",
        "/proc",
        "data",
    ] {
        assert_eq!(
            session.stat(directory).unwrap().kind,
            FileKind::Directory,
            "{directory}"
        );
    }
}

#[test]
fn a_mount_point_covers_what_the_host_has_there_and_is_listed_once() {
    let session = Session::new();
    fs::create_dir(session.host("work/data")).unwrap();
    fs::write(session.host("work/data/stub"), "").unwrap();
    fs::create_dir(session.host("root/home/work")).unwrap();
    assert_eq!(
        session.list("/home/work").unwrap(),
        ["data", "fixed", "sub"]
    );
    assert_eq!(session.list("/home").unwrap(), ["linuxbrew", "work"]);
    assert_eq!(session.list("data").unwrap(), ["f"]);
}

#[test]
fn dot_dot_crosses_mount_points_and_stops_at_the_root() {
    let session = Session::new();
    session.write("s.txt", "s").unwrap();
    let in_data = Base::Path(b"/home/work/data");
    assert_eq!(session.read_from(in_data, "../s.txt").unwrap(), "s");
    assert_eq!(session.read_from(in_data, "../fixed/f").unwrap(), "fixed");
    assert_eq!(
        session
            .read_from(in_data, "../../../../../etc/motd")
            .unwrap(),
        "welcome"
    );
    assert_eq!(session.canonical("data/..").unwrap(), "/home/work");
    assert_eq!(session.canonical("/..").unwrap(), "/");
    assert_eq!(
        session
            .canonical("/../../home/./work/sub/dir/../..//data/")
            .unwrap(),
        "/home/work/data"
    );
    assert_eq!(session.stat("missing/..").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.stat("s.txt/..").unwrap_err(), Errno::NotDirectory);
    assert_eq!(session.stat("data/f/.").unwrap_err(), Errno::NotDirectory);
}

#[test]
fn a_path_from_an_open_directory_means_the_same_as_the_whole_path() {
    let session = Session::new();
    session.mkdir("data/deep").unwrap();
    session.write("data/deep/g", "g").unwrap();
    for (base, path, whole) in [
        ("/", "home/work/data/f", "/home/work/data/f"),
        ("/home/work", "data/f", "/home/work/data/f"),
        ("/home/work/data", "f", "/home/work/data/f"),
        ("/home/work/data/deep", "g", "/home/work/data/deep/g"),
        ("/home/work/data/deep", "../f", "/home/work/data/f"),
        (
            "/home/work/data/deep",
            "../../fixed/f",
            "/home/work/fixed/f",
        ),
        ("/home/work/sub", "../data/f", "/home/work/data/f"),
        ("/home/work/data", ".", "/home/work/data"),
        ("/home/work/data/deep", "./..", "/home/work/data"),
        ("/home/work/data/deep", "/etc/motd", "/etc/motd"),
        ("/dev", "../etc/motd", "/etc/motd"),
        ("/proc", "../home/work/data", "/home/work/data"),
    ] {
        let directory = session.open(base, &DIRECTORY).unwrap();
        let from = Base::Directory(directory.as_directory().unwrap());
        let by_handle = session
            .names
            .stat(None, from, path.as_bytes(), true)
            .unwrap();
        assert_eq!(
            by_handle,
            session.stat(whole).unwrap(),
            "{path} from {base}"
        );
        let real = session
            .names
            .canonical(None, from, path.as_bytes())
            .unwrap();
        assert_eq!(
            String::from_utf8(real).unwrap(),
            whole,
            "{path} from {base}"
        );
    }
}

#[test]
fn an_open_directory_stays_itself_when_it_is_renamed() {
    let session = Session::new();
    session.mkdir("a").unwrap();
    session.mkdir("b").unwrap();
    session.write("a/f", "mine").unwrap();
    session.write("b/g", "g").unwrap();
    let a = session.open("a", &DIRECTORY).unwrap();
    let a = Base::Directory(a.as_directory().unwrap());
    session.rename("a", "b/moved").unwrap();
    session.mkdir("a").unwrap();
    session.write("a/f", "another").unwrap();
    assert_eq!(session.read_from(a, "f").unwrap(), "mine");
    assert_eq!(
        session.read_from(a, "../g").unwrap(),
        "g",
        "`..` is where it is now"
    );
    assert_eq!(
        session.names.canonical(None, a, b".").unwrap(),
        b"/home/work/b/moved"
    );
    session.unlink("b/moved/f").unwrap();
    session.rmdir("b/moved").unwrap();
    assert_eq!(
        session.open_from(a, "f", &CREATE).err(),
        Some(Errno::NoEntry)
    );
    assert_eq!(session.read_from(a, "../g").unwrap_err(), Errno::NoEntry);
}

#[test]
fn symbolic_links_lead_through_the_guests_own_tree() {
    let session = Session::new();
    session.symlink("/etc/motd", "absolute").unwrap();
    session.symlink("../../etc/motd", "data/relative").unwrap();
    session.symlink("../../../etc/motd", "data/up").unwrap();
    session.symlink("data/f", "into_mount").unwrap();
    session.symlink("/home/work/data", "to_mount").unwrap();
    session.symlink("sub/../data/", "with_slash").unwrap();
    session.symlink("missing", "dangling").unwrap();
    assert_eq!(session.read("absolute").unwrap(), "welcome");
    assert_eq!(
        session.read("data/relative").unwrap_err(),
        Errno::NoEntry,
        "/home/etc/motd"
    );
    assert_eq!(session.read("data/up").unwrap(), "welcome");
    assert_eq!(session.read("into_mount").unwrap(), "data");
    assert_eq!(session.read("to_mount/f").unwrap(), "data");
    assert_eq!(session.read("to_mount/../fixed/f").unwrap(), "fixed");
    assert_eq!(session.read("with_slash/f").unwrap(), "data");
    assert_eq!(session.read("/bin/ls").unwrap(), "\0asm");
    assert_eq!(session.canonical("/bin/../bin/ls").unwrap(), "/usr/bin/ls");
    assert_eq!(session.read("dangling").unwrap_err(), Errno::NoEntry);
    assert_eq!(
        session.lstat("dangling").unwrap().kind,
        FileKind::SymbolicLink
    );
    assert_eq!(session.read_link("to_mount").unwrap(), "/home/work/data");
    assert_eq!(
        session.open("absolute", &NO_FOLLOW).err(),
        Some(Errno::Loop)
    );
    assert_eq!(session.read_link("data/f").unwrap_err(), Errno::Invalid);
    assert_eq!(session.read_link("data").unwrap_err(), Errno::Invalid);
}

#[test]
fn links_to_the_host_lead_nowhere() {
    let session = Session::new();
    let secret = session.host("outside/secret");
    symlink(&secret, session.host("data/absolute")).unwrap();
    symlink("../outside/secret", session.host("data/relative")).unwrap();
    symlink(
        "../../../../../../../../etc/passwd",
        session.host("data/passwd"),
    )
    .unwrap();
    symlink(session.host("outside"), session.host("data/directory")).unwrap();
    symlink("/proc/self/root", session.host("data/magic")).unwrap();
    for path in [
        "data/absolute",
        "data/relative",
        "data/passwd",
        "data/directory/secret",
        "data/directory/",
        "data/magic/etc",
    ] {
        assert_eq!(session.read(path).unwrap_err(), Errno::NoEntry, "{path}");
        assert_eq!(session.stat(path).unwrap_err(), Errno::NoEntry, "{path}");
        assert!(
            session
                .names
                .host_file(None, HOME, path.as_bytes())
                .is_err(),
            "{path}"
        );
    }
    assert_eq!(
        session.mkdir("data/directory/new").unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(
        session.unlink("data/directory/secret").unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(
        session.rename("data/f", "data/directory/f").unwrap_err(),
        Errno::NoEntry
    );
    // A relative link is made in the guest's own tree: there is no /etc/passwd in it.
    assert!(!session.host("root/etc/passwd").exists());
    assert_eq!(fs::read_dir(session.host("outside")).unwrap().count(), 1);
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let session = Session::new();
    session.write("data/end", "end").unwrap();
    session.symlink("end", "data/l1").unwrap();
    for n in 2..=41 {
        session
            .symlink(&format!("l{}", n - 1), &format!("data/l{n}"))
            .unwrap();
    }
    assert_eq!(session.read("data/l40").unwrap(), "end");
    assert_eq!(session.read("data/l41").unwrap_err(), Errno::Loop);
    session.symlink("loop", "loop").unwrap();
    session.symlink("b", "a").unwrap();
    session.symlink("a", "b").unwrap();
    for path in ["loop", "loop/x", "a", "b/"] {
        assert_eq!(session.read(path).unwrap_err(), Errno::Loop, "{path}");
    }
}

#[test]
fn an_endless_path_through_links_ends() {
    let session = Session::new();
    let target = "./x/../".repeat(400) + "next";
    session.mkdir("x").unwrap();
    session.symlink(&target, "long").unwrap();
    session
        .symlink(&target.replace("next", "long"), "longer")
        .unwrap();
    for _ in 0..3 {
        assert_eq!(session.stat("long").unwrap_err(), Errno::NoEntry);
    }
    session.symlink(&"x/../".repeat(800), "up").unwrap();
    let path = "up/".repeat(30);
    assert_eq!(session.stat(&path).unwrap_err(), Errno::Loop);
}

#[test]
fn a_slash_at_the_end_asks_for_a_directory() {
    let session = Session::new();
    session.write("file", "x").unwrap();
    session.mkdir("dir").unwrap();
    session.symlink("dir", "link").unwrap();
    session.symlink("file", "file_link").unwrap();
    session.symlink("file/", "slash_link").unwrap();
    for path in ["file/", "file_link/", "slash_link", "file/.", "data/f/"] {
        assert_eq!(
            session.stat(path).unwrap_err(),
            Errno::NotDirectory,
            "{path}"
        );
        assert_eq!(
            session.lstat(path).map(|stat| stat.kind).err(),
            match path {
                "slash_link" => None,
                _ => Some(Errno::NotDirectory),
            }
        );
        assert_eq!(
            session.open(path, &READ).err(),
            Some(Errno::NotDirectory),
            "{path}"
        );
    }
    assert_eq!(session.lstat("link/").unwrap().kind, FileKind::Directory);
    assert_eq!(
        session.open("link/", &NO_FOLLOW).unwrap().kind(),
        FileKind::Directory
    );
    assert_eq!(
        session.open("link", &DIRECTORY).unwrap().kind(),
        FileKind::Directory
    );
    assert_eq!(session.read_link("link/").unwrap_err(), Errno::Invalid);
    session.mkdir("new/").unwrap();
    assert_eq!(session.mkdir("new//").unwrap_err(), Errno::Exists);
    assert_eq!(session.unlink("link/").unwrap_err(), Errno::NotDirectory);
    assert_eq!(session.unlink("file/").unwrap_err(), Errno::NotDirectory);
    assert_eq!(session.unlink("dir/").unwrap_err(), Errno::IsDirectory);
    assert_eq!(session.unlink("none/").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.rmdir("link/").unwrap_err(), Errno::NotDirectory);
    assert_eq!(session.rmdir("file").unwrap_err(), Errno::NotDirectory);
    assert_eq!(
        session.rename("file/", "x").unwrap_err(),
        Errno::NotDirectory
    );
    assert_eq!(
        session.rename("file", "x/").unwrap_err(),
        Errno::NotDirectory
    );
    session.rename("dir/", "renamed/").unwrap();
    session.rmdir("renamed/").unwrap();
    assert_eq!(
        session.open("name/", &CREATE).err(),
        Some(Errno::IsDirectory)
    );
    assert_eq!(session.symlink("t", "name/").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.symlink("t", "new/").unwrap_err(), Errno::Exists);
    assert_eq!(session.link("file", "name/").unwrap_err(), Errno::NoEntry);
}

#[test]
fn dots_cannot_be_made_removed_or_renamed() {
    let session = Session::new();
    session.mkdir("d").unwrap();
    session.mkdir("d/e").unwrap();
    assert_eq!(session.mkdir("d/.").unwrap_err(), Errno::Exists);
    assert_eq!(session.mkdir("d/..").unwrap_err(), Errno::Exists);
    assert_eq!(session.mkdir("/").unwrap_err(), Errno::Exists);
    assert_eq!(session.rmdir("d/.").unwrap_err(), Errno::Invalid);
    assert_eq!(session.rmdir("d/e/..").unwrap_err(), Errno::NotEmpty);
    assert_eq!(session.rmdir("/").unwrap_err(), Errno::Busy);
    assert_eq!(session.unlink("d/.").unwrap_err(), Errno::IsDirectory);
    assert_eq!(session.unlink("d/e/..").unwrap_err(), Errno::IsDirectory);
    assert_eq!(session.rename("d/e/..", "x").unwrap_err(), Errno::Busy);
    assert_eq!(session.rename("d", "d/e/.").unwrap_err(), Errno::Busy);
    assert_eq!(session.rename("d", "d/e/x").unwrap_err(), Errno::Invalid);
    assert_eq!(session.mkdir("none/.").unwrap_err(), Errno::NoEntry);
}

#[test]
fn paths_and_names_have_their_limits() {
    let session = Session::new();
    assert_eq!(session.stat("").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.stat("a\0b").unwrap_err(), Errno::Invalid);
    let name = "n".repeat(255);
    session.write(&name, "long").unwrap();
    assert_eq!(session.read(&name).unwrap(), "long");
    for path in [
        "n".repeat(256),
        format!("/dev/{}", "n".repeat(256)),
        format!("data/../{}", "n".repeat(256)),
    ] {
        assert_eq!(
            session.stat(&path).unwrap_err(),
            Errno::NameTooLong,
            "{path}"
        );
        assert_eq!(
            session.open(&path, &CREATE).err(),
            Some(Errno::NameTooLong),
            "{path}"
        );
        assert_eq!(
            session.mkdir(&path).unwrap_err(),
            Errno::NameTooLong,
            "{path}"
        );
    }
    assert_eq!(
        session.stat(&"./".repeat(2048)).unwrap().kind,
        FileKind::Directory
    );
    assert_eq!(
        session.stat(&("./".repeat(2048) + "x")).unwrap_err(),
        Errno::NameTooLong
    );
}

#[test]
fn a_tree_may_grow_deeper_than_a_path_and_be_removed_again() {
    let session = Session::new();
    let name = "d".repeat(200);
    let mut handles = vec![session.open("/workspace", &DIRECTORY).unwrap()];
    for _ in 0..30 {
        let last = handles.last().unwrap().clone();
        let from = Base::Directory(last.as_directory().unwrap());
        session
            .names
            .create_directory(None, from, name.as_bytes(), 0o755)
            .unwrap();
        handles.push(session.open_from(from, &name, &DIRECTORY).unwrap());
    }
    let deepest = Base::Directory(handles.last().unwrap().as_directory().unwrap());
    let file = session.open_from(deepest, "f", &REWRITE).unwrap();
    assert_eq!(file.try_write(None, b"deep"), Ok(4));
    assert_eq!(session.read_from(deepest, "f").unwrap(), "deep");
    assert!(session.names.canonical(None, deepest, b".").is_err());
    let root = fs::File::open(session.host("workspace")).unwrap();
    let usage = berth_kernel::vfs::Quota::measure(&root).unwrap();
    assert_eq!((usage.names, usage.bytes), (31, 4));
    session.names.unlink(None, deepest, b"f").unwrap();
    while let (Some(_), Some(above)) = (handles.pop(), handles.last()) {
        let above = Base::Directory(above.as_directory().unwrap());
        session
            .names
            .remove_directory(None, above, name.as_bytes())
            .unwrap();
    }
    assert_eq!(session.list("/workspace").unwrap(), [""; 0]);
}

#[test]
fn names_are_bytes() {
    let session = Session::new();
    let names: [&[u8]; 6] = [
        "폴더".as_bytes(),
        "🦀".as_bytes(),
        b"new\nline",
        b" ",
        b"\xff\xfe",
        b"...",
    ];
    for name in names {
        let file = session.names.open(None, HOME, name, &CREATE).unwrap();
        assert_eq!(file.try_write(None, name).unwrap(), name.len());
        assert!(
            session
                .host("work")
                .join(std::ffi::OsStr::from_bytes(name))
                .exists()
        );
    }
    let home = session.open(".", &DIRECTORY).unwrap();
    let mut listed = Vec::new();
    home.as_directory()
        .unwrap()
        .read(0, &mut |entry| {
            listed.push(entry.name.to_vec());
            true
        })
        .unwrap();
    for name in names {
        assert_eq!(
            listed.iter().filter(|listed| *listed == name).count(),
            1,
            "{name:?}"
        );
    }
}

#[test]
fn each_mount_is_a_device_of_its_own() {
    let session = Session::new();
    let device = |path| session.stat(path).unwrap().device;
    let all = [
        "/",
        "/tmp",
        "/home/work",
        "data",
        "fixed",
        "sub/dir",
        "sub",
        "/workspace",
        "/dev",
        "/proc",
    ];
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            assert_ne!(device(one), device(other), "{one} {other}");
        }
    }
    assert_eq!(device("/etc/motd"), device("/"));
    assert_eq!(
        device("/home"),
        device("/"),
        "above a mount point, but there on the host"
    );
    let host = fs::metadata(session.host("data/f")).unwrap();
    let stat = session.stat("data/f").unwrap();
    assert_eq!(stat.inode, host.ino());
    assert_eq!(stat.size, 4);
    assert_eq!(
        stat.modified_ns,
        host.mtime() as u64 * 1_000_000_000 + host.mtime_nsec() as u64
    );
    assert_eq!(session.stat("sub").unwrap(), session.stat("sub").unwrap());
}

#[test]
fn a_read_only_mount_shows_no_right_to_write() {
    let session = Session::new();
    assert_eq!(session.stat("fixed/f").unwrap().mode & 0o222, 0);
    assert_eq!(session.stat("data/f").unwrap().mode & 0o222, 0o200);
}

#[test]
fn a_directory_above_a_mount_point_is_the_hosts_if_the_host_has_one() {
    let session = Session::new();
    assert_eq!(
        session.open("sub/new", &CREATE).err(),
        Some(Errno::ReadOnly)
    );
    assert_eq!(session.mkdir("sub/new").unwrap_err(), Errno::ReadOnly);
    assert_eq!(
        session.symlink("t", "sub/new").unwrap_err(),
        Errno::ReadOnly
    );
    assert_eq!(session.stat("sub/new").unwrap_err(), Errno::NoEntry);
    assert_eq!(session.unlink("sub/new").unwrap_err(), Errno::NoEntry);
    // A link put there from outside changes nothing: the mount point's parent is a directory.
    symlink(session.host("outside"), session.host("work/sub")).unwrap();
    assert_eq!(session.read("sub/secret").unwrap_err(), Errno::NoEntry);
    assert_eq!(
        session.open("sub/new", &CREATE).err(),
        Some(Errno::ReadOnly)
    );
    assert_eq!(session.list("sub").unwrap(), ["dir"]);
    fs::remove_file(session.host("work/sub")).unwrap();
    fs::create_dir(session.host("work/sub")).unwrap();
    session.write("sub/new", "new").unwrap();
    assert_eq!(session.list("sub").unwrap(), ["dir", "new"]);
    assert_eq!(session.read("sub/dir/../new").unwrap(), "new");
}

#[test]
fn without_a_root_mount_the_root_shows_what_is_mounted() {
    let dir = tempfile::TempDir::new().unwrap();
    fs::write(dir.path().join("f"), "f").unwrap();
    let mounts = vec![mount("/a/b", dir.path(), Access::ReadWrite, None)];
    let names = Namespace::new(
        mounts,
        NamespaceOptions {
            devices: false,
            proc: false,
        },
    )
    .unwrap();
    let root = names.open(None, Base::Root, b"/", &DIRECTORY).unwrap();
    assert_eq!(list(root.as_directory().unwrap()), ["a"]);
    let from = Base::Directory(root.as_directory().unwrap());
    assert_eq!(
        text(&*names.open(None, from, b"a/b/f", &READ).unwrap()),
        "f"
    );
    assert_eq!(
        names.stat(None, from, b"a/c", true).unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(
        names.open(None, from, b"c", &CREATE).err(),
        Some(Errno::ReadOnly)
    );
    assert_eq!(
        names.stat(None, Base::Root, b"dev", true).unwrap_err(),
        Errno::NoEntry
    );
}

#[test]
fn a_mount_table_is_checked() {
    let dir = tempfile::TempDir::new().unwrap();
    fs::write(dir.path().join("f"), "f").unwrap();
    let options = NamespaceOptions {
        devices: true,
        proc: true,
    };
    let refused = |mounts| Namespace::new(mounts, options).err();
    let at = |path: &str| mount(path, dir.path(), Access::ReadWrite, None);
    assert_eq!(refused(vec![at("/x"), at("/x")]), Some(Errno::Exists));
    assert_eq!(refused(vec![at("/dev")]), Some(Errno::Invalid));
    assert_eq!(refused(vec![at("/proc/x")]), Some(Errno::Invalid));
    assert_eq!(
        refused((0..257).map(|n| at(&format!("/m{n}"))).collect()),
        Some(Errno::Invalid)
    );
    assert_eq!(
        refused(vec![mount(
            "/f",
            &dir.path().join("f"),
            Access::ReadOnly,
            None
        )]),
        Some(Errno::NotDirectory)
    );
    assert_eq!(
        refused((0..256).map(|n| at(&format!("/m{n}"))).collect()),
        None
    );
}
