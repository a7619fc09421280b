//! The wall: whatever a tree looks like and however it changes, a path stays inside.

mod vfs_common;

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use berth_kernel::Errno;
use berth_kernel::file::FileKind;
use berth_kernel::vfs::{Access, Base, Namespace, NamespaceOptions};
use proptest::prelude::*;
use rustix::fs::RenameFlags;
use vfs_common::*;

/// What to plant in a tree.
#[derive(Clone, Debug)]
enum Plant {
    File(String),
    Directory(String),
    Link(String, String),
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&NAMES[..]).prop_map(str::to_owned)
}

/// A relative path of names, dots and doubled slashes.
fn path(most: usize) -> impl Strategy<Value = String> {
    let component = prop_oneof![6 => name(), 2 => Just("..".to_owned()), 1 => Just(".".to_owned()), 1 => Just(String::new())];
    (prop::collection::vec(component, 1..most), any::<bool>()).prop_map(|(parts, slash)| {
        let path = parts.join("/");
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "." } else { path };
        if slash {
            format!("{path}/")
        } else {
            path.to_owned()
        }
    })
}

fn place() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"))
}

fn plants() -> impl Strategy<Value = Vec<Plant>> {
    let plant = prop_oneof![
        2 => place().prop_map(Plant::File),
        3 => place().prop_map(Plant::Directory),
        3 => (path(4), place()).prop_map(|(target, at)| Plant::Link(target, at)),
    ];
    prop::collection::vec(plant, 1..25)
}

/// Whether something can be planted at `at`: nothing is there, and no link leads there.
fn free(root: &Path, at: &str) -> bool {
    let mut place = root.to_owned();
    let directories = Path::new(at).parent().unwrap().components().all(|name| {
        place.push(name);
        fs::symlink_metadata(&place).is_ok_and(|stat| stat.is_dir())
    });
    directories && fs::symlink_metadata(root.join(at)).is_err()
}

/// Plants as much as there is room for; each file says its own path.
fn grow(root: &Path, plants: &[Plant]) {
    for plant in plants {
        match plant {
            Plant::File(at) if free(root, at) => fs::write(root.join(at), at).unwrap(),
            Plant::Directory(at) if free(root, at) => fs::create_dir(root.join(at)).unwrap(),
            Plant::Link(target, at) if free(root, at) => symlink(target, root.join(at)).unwrap(),
            _ => {}
        }
    }
}

/// All that is inside of `root`, links not followed, by device and inode.
fn inside(root: &Path, found: &mut HashMap<(u64, u64), String>) {
    let stat = fs::symlink_metadata(root).unwrap();
    found.insert((stat.dev(), stat.ino()), root.display().to_string());
    if stat.is_dir() {
        for entry in fs::read_dir(root).unwrap() {
            inside(&entry.unwrap().path(), found);
        }
    }
}

fn error_of(error: &std::io::Error) -> Errno {
    rustix::io::Errno::from_io_error(error).unwrap().into()
}

/// How deep the trees start below the guest's root, so that `..` means the same to guest and host. No path
/// here climbs higher: above the start there is nothing but `x`, which no path names.
const CLIMB_MAX: usize = 24;

/// Trees to try; `PROPTEST_CASES` for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Both must find the same file or the same error.
    #[test]
    fn resolution_agrees_with_the_host(
        plants in plants(),
        paths in prop::collection::vec(path(7), 1..15),
        from in place(),
    ) {
        let dir = tempfile::TempDir::new().unwrap();
        let chain = ["x"; CLIMB_MAX].join("/");
        let start = dir.path().join(&chain);
        fs::create_dir_all(&start).unwrap();
        grow(&start, &plants);
        let mounts = vec![mount("/", dir.path(), Access::ReadWrite, None)];
        let names = Namespace::new(mounts, NamespaceOptions { devices: false, proc: false }).unwrap();
        let start_guest = format!("/{chain}");
        let home = Base::Path(start_guest.as_bytes());
        let opened = names.open(None, home, b".", &DIRECTORY).unwrap();
        let opened = Base::Directory(opened.as_directory().unwrap());
        let below = start.join(&from);
        let below_guest = names.open(None, home, from.as_bytes(), &DIRECTORY).ok();
        prop_assert_eq!(below_guest.is_some(), below.is_dir());
        for path in &paths {
            let bases = [(home, &start), (opened, &start)];
            let below = below_guest.as_ref().map(|guest| (Base::Directory(guest.as_directory().unwrap()), &below));
            for (base, host) in bases.into_iter().chain(below) {
                let joined = format!("{}/{path}", host.display());
                for follow in [true, false] {
                    let ours = names.stat(None, base, path.as_bytes(), follow).map(|stat| stat.inode);
                    let theirs = if follow { fs::metadata(&joined) } else { fs::symlink_metadata(&joined) };
                    let theirs = theirs.map(|stat| stat.ino()).map_err(|error| error_of(&error));
                    prop_assert_eq!(ours, theirs, "{} follow {}", path, follow);
                }
                let ours = names.open(None, base, path.as_bytes(), &READ).map(|file| file.stat().unwrap().inode);
                let theirs = fs::File::open(&joined).and_then(|file| file.metadata());
                prop_assert_eq!(ours, theirs.map(|stat| stat.ino()).map_err(|error| error_of(&error)), "{}", path);
                let ours = names.read_link(None, base, path.as_bytes());
                let theirs = fs::read_link(&joined).map(|target| target.into_os_string().into_encoded_bytes());
                prop_assert_eq!(ours, theirs.map_err(|error| error_of(&error)), "{}", path);
                let ours = names.canonical(None, base, path.as_bytes());
                let theirs = fs::canonicalize(&joined)
                    .map(|real| real.strip_prefix(dir.path().canonicalize().unwrap()).unwrap().to_owned());
                prop_assert_eq!(
                    ours.map(|real| String::from_utf8(real).unwrap()),
                    theirs.map(|real| format!("/{}", real.display())).map_err(|error| error_of(&error)),
                    "{}", path
                );
            }
        }
    }

    /// Making and removing answer as the host does.
    #[test]
    fn changes_agree_with_the_host(
        plants in plants(),
        acts in prop::collection::vec((0..7u8, path(4), path(4)), 1..40),
    ) {
        let dir = tempfile::TempDir::new().unwrap();
        let chain = ["x"; CLIMB_MAX].join("/");
        let host = dir.path().join("host").join(&chain);
        let guest = dir.path().join("guest").join(&chain);
        for start in [&host, &guest] {
            fs::create_dir_all(start).unwrap();
            grow(start, &plants);
        }
        let mounts = vec![mount("/", &dir.path().join("guest"), Access::ReadWrite, None)];
        let names = Namespace::new(mounts, NamespaceOptions { devices: false, proc: false }).unwrap();
        let start_guest = format!("/{chain}");
        let home = Base::Path(start_guest.as_bytes());
        for (act, one, two) in &acts {
            let (at, to) = (format!("{}/{one}", host.display()), format!("{}/{two}", host.display()));
            let (one, two) = (one.as_bytes(), two.as_bytes());
            let (ours, theirs) = match act {
                0 => (names.create_directory(None, home, one, 0o755), fs::create_dir(at)),
                1 => (names.remove_directory(None, home, one), fs::remove_dir(at)),
                2 => (names.unlink(None, home, one), fs::remove_file(at)),
                3 => (names.rename(None, home, one, home, two), fs::rename(at, to)),
                4 => (
                    names.link(None, home, one, false, home, two),
                    rustix::fs::linkat(rustix::fs::CWD, at, rustix::fs::CWD, to, rustix::fs::AtFlags::empty()).map_err(Into::into),
                ),
                5 => (names.symlink(None, one, home, two), symlink(std::str::from_utf8(one).unwrap(), to)),
                _ => (
                    names.open(None, home, one, &CREATE).map(drop),
                    fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(at).map(drop),
                ),
            };
            prop_assert_eq!(ours, theirs.map_err(|error| error_of(&error)), "{:?}", (act, one, two));
        }
        let listing = |start: &Path| {
            let mut found = HashMap::new();
            inside(start, &mut found);
            let mut paths: Vec<_> =
                found.into_values().map(|path| path.replace(start.to_str().unwrap(), "")).collect();
            paths.sort();
            paths
        };
        prop_assert_eq!(listing(&guest), listing(&host));
    }

    /// Links planted from outside, to anywhere on the host.
    #[test]
    fn hostile_links_never_lead_out(
        plants in plants(),
        hostile in prop::collection::vec((0..8usize, place()), 1..8),
        paths in prop::collection::vec((any::<bool>(), path(7)), 1..40),
    ) {
        let dir = tempfile::TempDir::new().unwrap();
        let root = dir.path().join("mount");
        let outside = dir.path().join("outside");
        fs::create_dir_all(&root).unwrap();
        for name in ["a", "b", "c/d"] {
            fs::create_dir_all(outside.join(name)).unwrap();
        }
        fs::write(outside.join("a/a"), "outside").unwrap();
        let targets = [
            "/etc/passwd".to_owned(),
            "/etc".to_owned(),
            "/".to_owned(),
            "../outside".to_owned(),
            "../../../../../../../../../../../".to_owned(),
            outside.display().to_string(),
            "/proc/self/root".to_owned(),
            "/proc/self/cwd/".to_owned(),
        ];
        grow(&root, &plants);
        for (target, at) in &hostile {
            if free(&root, at) {
                symlink(&targets[*target], root.join(at)).unwrap();
            }
        }
        let second = dir.path().join("second");
        fs::create_dir_all(second.join("a/b")).unwrap();
        let _ = symlink("../../outside", second.join("a/c"));
        let mounts = vec![
            mount("/", &root, Access::ReadWrite, None),
            mount("/b/c", &second, Access::ReadWrite, None),
        ];
        let names = Namespace::new(mounts, NamespaceOptions { devices: false, proc: false }).unwrap();
        let mut known = HashMap::new();
        inside(&root, &mut known);
        inside(&second, &mut known);
        for (index, (absolute, path)) in paths.iter().enumerate() {
            let path = if *absolute { format!("/{path}") } else { path.clone() };
            let base = if index % 2 == 0 { Base::Root } else { Base::Path(b"/b/c") };
            if let Ok(file) = names.open(None, base, path.as_bytes(), &READ) {
                let stat = file.stat().unwrap();
                // One that exists by the table alone has an inode of its own; it is a directory.
                let synthesised = stat.kind == FileKind::Directory && stat.device == 1;
                let known = known.keys().any(|(_, inode)| *inode == stat.inode);
                prop_assert!(synthesised || known, "{path} is {stat:?}");
                if stat.kind == FileKind::Regular {
                    prop_assert_ne!(text(&*file), "outside");
                }
            }
            if let Ok((fd, _)) = names.host_file(None, base, path.as_bytes()) {
                let stat = rustix::fs::fstat(&fd).unwrap();
                prop_assert!(known.contains_key(&(stat.st_dev, stat.st_ino)), "{path}");
            }
        }
        // And nothing outside changes, whatever is made and removed.
        for (index, (_, path)) in paths.iter().enumerate() {
            let path = path.as_bytes();
            let _ = match index % 5 {
                0 => names.create_directory(None, Base::Root, path, 0o755),
                1 => names.open(None, Base::Root, path, &REWRITE).map(drop),
                2 => names.unlink(None, Base::Root, path),
                3 => names.rename(None, Base::Root, path, Base::Root, b"d"),
                _ => names.symlink(None, b"x", Base::Root, path),
            };
        }
        let mut left = HashMap::new();
        inside(&outside, &mut left);
        prop_assert_eq!(left.len(), 6);
        prop_assert_eq!(fs::read_to_string(outside.join("a/a")).unwrap(), "outside");
    }
}

/// How long the racing tests race.
const RACE: Duration = Duration::from_millis(1500);

/// Swaps `one` and `other` below `root` as fast as it can, until told to stop.
fn swap(root: &Path, one: &str, other: &str, stop: &AtomicBool) -> usize {
    let mut swaps = 0;
    let root = fs::File::open(root).unwrap();
    while !stop.load(Ordering::Relaxed) {
        rustix::fs::renameat_with(&root, one, &root, other, RenameFlags::EXCHANGE).unwrap();
        swaps += 1;
    }
    swaps
}

#[test]
fn a_directory_that_is_swapped_for_a_link_while_it_is_opened_never_leads_out() {
    let session = Session::new();
    let data = session.host("data");
    fs::create_dir_all(data.join("dir/deep")).unwrap();
    fs::write(data.join("dir/deep/secret"), "inside").unwrap();
    fs::create_dir_all(session.host("outside/deep")).unwrap();
    fs::write(session.host("outside/deep/secret"), "outside").unwrap();
    symlink(session.host("outside"), data.join("link")).unwrap();
    symlink("../outside", data.join("relative")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut opened, mut refused) = (0, 0);
    thread::scope(|scope| {
        let swapper = scope.spawn(|| swap(&data, "dir", "link", &stop));
        let started = Instant::now();
        while started.elapsed() < RACE {
            for path in [
                "data/dir/deep/secret",
                "data/link/deep/secret",
                "data/x/../dir/./deep/secret",
            ] {
                match session.read(path) {
                    Ok(text) => {
                        assert_eq!(text, "inside");
                        opened += 1;
                    }
                    Err(error) => {
                        assert!(
                            matches!(error, Errno::NoEntry | Errno::Loop | Errno::NotDirectory),
                            "{error}"
                        );
                        refused += 1;
                    }
                }
            }
            let _ = session.open("data/dir/deep/made", &REWRITE);
            let _ = session.mkdir("data/dir/made");
            let _ = session.rename("data/dir/made", "data/link/moved");
            let _ = session.rmdir("data/link/moved");
            let _ = session.unlink("data/dir/deep/made");
            let _ = session.symlink("t", "data/dir/deep/symbolic");
            let _ = session.unlink("data/link/deep/symbolic");
        }
        stop.store(true, Ordering::Relaxed);
        assert!(swapper.join().unwrap() > 100);
    });
    assert!(
        opened > 0 && refused > 0,
        "{opened} opened, {refused} refused"
    );
    let mut outside: Vec<_> = fs::read_dir(session.host("outside"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    outside.sort();
    assert_eq!(outside, ["deep", "secret"]);
    assert_eq!(
        fs::read_dir(session.host("outside/deep")).unwrap().count(),
        1
    );
}

#[test]
fn a_file_that_is_swapped_for_a_link_while_it_is_opened_never_leads_out() {
    let session = Session::new();
    let data = session.host("data");
    symlink(session.host("outside/secret"), data.join("link")).unwrap();
    let stop = AtomicBool::new(false);
    let mut opened = 0;
    thread::scope(|scope| {
        let swapper = scope.spawn(|| swap(&data, "f", "link", &stop));
        let started = Instant::now();
        while started.elapsed() < RACE {
            for path in ["data/f", "data/link", "/home/work/./data/../data/f"] {
                if let Ok(text) = session.read(path) {
                    assert_eq!(text, "data");
                    opened += 1;
                }
                if let Ok((program, _)) = session.names.host_file(None, HOME, path.as_bytes()) {
                    assert_eq!(rustix::fs::fstat(&program).unwrap().st_size, 4);
                }
                let _ = session
                    .open(path, &APPEND)
                    .map(|file| file.try_write(None, b""));
                assert!(
                    !matches!(session.stat(path), Ok(stat) if stat.size == 6),
                    "the size of the secret"
                );
            }
        }
        stop.store(true, Ordering::Relaxed);
        swapper.join().unwrap();
    });
    assert!(opened > 0);
    assert_eq!(
        fs::read_to_string(session.host("outside/secret")).unwrap(),
        "secret"
    );
}

#[test]
fn a_directory_that_is_moved_out_of_the_mount_does_not_take_dot_dot_along() {
    let session = Session::new();
    fs::create_dir_all(session.host("data/dir/below")).unwrap();
    let below = session.open("data/dir/below", &DIRECTORY).unwrap();
    let below = Base::Directory(below.as_directory().unwrap());
    assert!(session.names.stat(None, below, b"../below", true).is_ok());
    fs::rename(
        session.host("data/dir/below"),
        session.host("outside/below"),
    )
    .unwrap();
    assert_eq!(
        session.read_from(below, "../secret").unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(
        session.names.stat(None, below, b"..", true).unwrap_err(),
        Errno::NoEntry
    );
    assert_eq!(
        session.names.canonical(None, below, b".").unwrap_err(),
        Errno::NoEntry
    );
}
