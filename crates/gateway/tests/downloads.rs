//! Downloads that are kept for all sessions.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_gateway::{Downloads, Gateway, GatewayOptions, Policy};
use berth_kernel::file::{File, FileKind, Stat};
use berth_kernel::net::{Digest, Outside as _};
use berth_kernel::{Errno, Result};
use sha2::Digest as _;

/// Room for four of the size that one download may have.
const MAX_BYTES: u64 = 4000;

/// A session's file, which says it has `size` bytes.
struct Own {
    bytes: Vec<u8>,
    size: u64,
}

impl File for Own {
    fn stat(&self) -> Result<Stat> {
        Ok(Stat {
            device: 1,
            inode: 1,
            kind: FileKind::Regular,
            mode: 0o644,
            links: 1,
            size: self.size,
            accessed_ns: 0,
            modified_ns: 0,
            changed_ns: 0,
        })
    }

    fn kind(&self) -> FileKind {
        FileKind::Regular
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        true
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn describe(&self) -> String {
        "/home/work/own".to_owned()
    }
}

/// A file of a thousand bytes, each `byte`.
fn own(byte: u8) -> Arc<dyn File> {
    let bytes = vec![byte; 1000];
    Arc::new(Own { bytes, size: 1000 })
}

fn digest(byte: u8) -> Digest {
    sha2::Sha256::digest([byte; 1000]).into()
}

fn open(directory: &Path) -> Downloads {
    Downloads::open(directory, MAX_BYTES, 0).unwrap()
}

fn names(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

async fn is_kept(downloads: &Downloads, byte: u8) -> bool {
    match downloads.find(digest(byte)).await {
        Ok(file) => {
            let mut buffer = [0; 2000];
            assert_eq!(file.try_read(None, &mut buffer), Ok(1000));
            assert_eq!(buffer[..1000], [byte; 1000]);
            assert_eq!(file.try_read(None, &mut buffer), Ok(0));
            assert_eq!(file.stat().unwrap().size, 1000);
            assert!(!file.writable() && file.write_at(b"x", 0).is_err());
            true
        }
        Err(errno) => {
            assert_eq!(errno, Errno::NoEntry);
            false
        }
    }
}

#[tokio::test]
async fn what_was_offered_is_found_by_its_digest_after_a_restart_too() {
    let place = tempfile::tempdir().unwrap();
    let downloads = open(place.path());
    assert!(!is_kept(&downloads, 1).await);
    downloads.keep(own(1)).await.unwrap();
    downloads.keep(own(1)).await.unwrap();
    assert!(is_kept(&downloads, 1).await && !is_kept(&downloads, 2).await);
    drop(downloads);
    fs::write(place.path().join("new-7"), "half").unwrap();
    let downloads = open(place.path());
    assert!(is_kept(&downloads, 1).await);
    assert_eq!(names(place.path()).len(), 1);
}

#[tokio::test]
async fn what_the_disk_has_spoiled_is_let_go() {
    let place = tempfile::tempdir().unwrap();
    let downloads = open(place.path());
    for spoil in [&[2; 1000][..], &[1; 999], &[]] {
        downloads.keep(own(1)).await.unwrap();
        let [file] = &names(place.path())[..] else {
            panic!("not one file")
        };
        fs::write(file, spoil).unwrap();
        assert!(!is_kept(&downloads, 1).await);
        assert!(names(place.path()).is_empty());
    }
    // Somebody cleaned up.
    downloads.keep(own(1)).await.unwrap();
    fs::remove_file(&names(place.path())[0]).unwrap();
    assert!(!is_kept(&downloads, 1).await);
}

#[tokio::test]
async fn room_is_made_by_what_was_not_used_for_longest() {
    let place = tempfile::tempdir().unwrap();
    let downloads = open(place.path());
    for byte in 1..=4 {
        downloads.keep(own(byte)).await.unwrap();
    }
    assert!(is_kept(&downloads, 1).await);
    downloads.keep(own(5)).await.unwrap();
    assert!(!is_kept(&downloads, 2).await);
    for byte in [1, 3, 4, 5] {
        assert!(is_kept(&downloads, byte).await, "{byte}");
    }
    let big = Own {
        bytes: vec![0; 1001],
        size: 1001,
    };
    assert_eq!(downloads.keep(Arc::new(big)).await, Err(Errno::FileTooBig));
    // Less room than before.
    drop(downloads);
    let downloads = Downloads::open(place.path(), 1000, 0).unwrap();
    assert_eq!(names(place.path()).len(), 1);
    assert!(is_kept(&downloads, 5).await);
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_and_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let downloads = Downloads::open(place.path(), MAX_BYTES, u64::MAX).unwrap();
    assert_eq!(downloads.keep(own(1)).await, Err(Errno::NoSpace));
    assert!(names(place.path()).is_empty());
    // The directory is gone: an error, and no more than that.
    let downloads = open(place.path());
    fs::remove_dir(place.path()).unwrap();
    assert_eq!(downloads.keep(own(1)).await, Err(Errno::NoEntry));
    assert!(!is_kept(&downloads, 1).await);
}

#[tokio::test]
async fn a_file_that_is_shorter_than_it_says_is_not_kept() {
    let place = tempfile::tempdir().unwrap();
    let downloads = open(place.path());
    let bytes = vec![1; 900];
    let short = Own { bytes, size: 1000 };
    assert_eq!(downloads.keep(Arc::new(short)).await, Err(Errno::Invalid));
    // What is longer is kept as far as it was offered.
    let bytes = vec![3; 1200];
    let long = Own { bytes, size: 1000 };
    downloads.keep(Arc::new(long)).await.unwrap();
    assert!(is_kept(&downloads, 3).await);
    assert_eq!(names(place.path()).len(), 1);
}

#[test]
fn a_session_offers_its_share_and_finds_nothing_when_it_may_not_go_out() {
    let place = tempfile::tempdir().unwrap();
    let gateway = Gateway::start(GatewayOptions {
        downloads: Some(place.path().to_owned()),
        downloads_max_bytes: 4 * MAX_BYTES,
        ..GatewayOptions::default()
    })
    .unwrap();
    let threads = tokio::runtime::Runtime::new().unwrap();
    threads.block_on(async {
        let first = gateway.egress("first", Policy::Public);
        for byte in 1..=4 {
            first.keep_download(own(byte)).await.unwrap();
        }
        assert_eq!(first.keep_download(own(5)).await, Err(Errno::Quota));
        let second = gateway.egress("second", Policy::List);
        second.keep_download(own(5)).await.unwrap();
        for byte in 1..=5 {
            assert!(second.find_download(digest(byte)).await.is_ok(), "{byte}");
        }
        let closed = gateway.egress("closed", Policy::Off);
        let found = closed.find_download(digest(1)).await;
        assert_eq!(found.err(), Some(Errno::NotSupported));
        let kept = closed.keep_download(own(6)).await;
        assert_eq!(kept, Err(Errno::NotSupported));
    });
}
