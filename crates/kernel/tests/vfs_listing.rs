//! Listing directories: piece by piece, while they change, and fast.

mod vfs_common;

use std::collections::HashSet;
use std::fs;

use berth_kernel::Errno;
use berth_kernel::file::FileKind;
use vfs_common::*;

#[test]
fn a_listing_is_the_same_whatever_the_size_of_its_pieces() {
    let session = Session::new();
    for n in 0..100 {
        fs::write(session.host("work").join(format!("file{n}")), "").unwrap();
    }
    session.symlink("x", "link").unwrap();
    let directory = session.open("/home/work", &DIRECTORY).unwrap();
    let directory = directory.as_directory().unwrap();
    let whole = entries(directory, usize::MAX);
    assert_eq!(whole.len(), 2 + 3 + 101);
    assert_eq!(whole[0], (".".to_owned(), FileKind::Directory));
    assert_eq!(whole[1], ("..".to_owned(), FileKind::Directory));
    assert!(whole.contains(&("link".to_owned(), FileKind::SymbolicLink)));
    let distinct: HashSet<_> = whole.iter().map(|(name, _)| name).collect();
    assert_eq!(distinct.len(), whole.len());
    for piece in [1, 2, 3, 7, 50] {
        assert_eq!(entries(directory, piece), whole, "in pieces of {piece}");
    }
    for path in ["/", "/dev", "/proc", "sub", "data"] {
        let directory = session.open(path, &DIRECTORY).unwrap();
        let directory = directory.as_directory().unwrap();
        assert_eq!(
            entries(directory, 1),
            entries(directory, usize::MAX),
            "{path}"
        );
    }
}

#[test]
fn any_place_of_a_listing_can_be_gone_back_to() {
    let session = Session::new();
    for n in 0..500 {
        fs::write(session.host("data").join(format!("file{n}")), "").unwrap();
    }
    let directory = session.open("data", &DIRECTORY).unwrap();
    let directory = directory.as_directory().unwrap();
    let from = |start: u64, most: usize| {
        let mut found = Vec::new();
        directory
            .read(start, &mut |entry| {
                if found.len() == most {
                    return false;
                }
                found.push((entry.next_cookie, entry.name.to_vec()));
                true
            })
            .unwrap();
        found
    };
    let whole = from(0, usize::MAX);
    assert_eq!(whole.len(), 503);
    for index in [0, 1, 2, 3, 250, 499, 501, 100, 7] {
        assert_eq!(
            from(whole[index].0, 3),
            whole[index + 1..whole.len().min(index + 4)],
            "after entry {index}"
        );
    }
    assert!(from(whole[502].0, 3).is_empty());
    assert_eq!(directory.read(1000, &mut |_| true), Err(Errno::Invalid));
}

#[test]
fn removing_everything_while_listing_misses_nothing() {
    let session = Session::new();
    for n in 0..2000 {
        fs::write(session.host("data").join(format!("file{n}")), "").unwrap();
    }
    let directory = session.open("data", &DIRECTORY).unwrap();
    let directory = directory.as_directory().unwrap();
    let mut cookie = 0;
    loop {
        let mut names = Vec::new();
        directory
            .read(cookie, &mut |entry| {
                if names.len() == 50 {
                    return false;
                }
                cookie = entry.next_cookie;
                names.push(String::from_utf8(entry.name.to_vec()).unwrap());
                true
            })
            .unwrap();
        if names.is_empty() {
            break;
        }
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            session.unlink(&format!("data/{name}")).unwrap();
        }
    }
    assert_eq!(fs::read_dir(session.host("data")).unwrap().count(), 0);
}

#[test]
fn a_removed_directory_is_empty() {
    let session = Session::new();
    session.mkdir("data/d").unwrap();
    let directory = session.open("data/d", &DIRECTORY).unwrap();
    session.rmdir("data/d").unwrap();
    assert_eq!(list(directory.as_directory().unwrap()), [""; 0]);
}

#[test]
fn two_descriptions_list_independently() {
    let session = Session::new();
    for n in 0..600 {
        fs::write(session.host("data").join(format!("file{n}")), "").unwrap();
    }
    let one = session.open("data", &DIRECTORY).unwrap();
    let two = session.open("data", &DIRECTORY).unwrap();
    let (one, two) = (one.as_directory().unwrap(), two.as_directory().unwrap());
    let (mut at_one, mut at_two, mut count) = (0, 0, 0);
    loop {
        let before = count;
        for (directory, cookie) in [(one, &mut at_one), (two, &mut at_two)] {
            let mut room = 10;
            directory
                .read(*cookie, &mut |entry| {
                    if room == 0 {
                        return false;
                    }
                    room -= 1;
                    *cookie = entry.next_cookie;
                    count += 1;
                    true
                })
                .unwrap();
        }
        if count == before {
            break;
        }
    }
    assert_eq!(count, 2 * 603);
}
