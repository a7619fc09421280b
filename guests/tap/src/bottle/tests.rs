//! What a bottle may hold, and above all what it may not.

use super::*;
use proptest::prelude::*;

/// Keeps what it is given, and fails the test for a path that is not plain.
#[derive(Default)]
struct Memory {
    parts: Vec<String>,
}

impl Memory {
    fn check(path: &str) {
        assert!(!path.starts_with('/') && !path.is_empty(), "{path}");
        for part in path.split('/') {
            assert!(!matches!(part, "" | "." | ".."), "{path}");
        }
    }
}

impl Sink for Memory {
    fn directory(&mut self, path: &str) -> io::Result<()> {
        Self::check(path);
        self.parts.push(format!("{path}/"));
        Ok(())
    }

    fn file(&mut self, path: &str, executable: bool, content: &mut dyn Read) -> io::Result<()> {
        Self::check(path);
        let mut text = String::new();
        content.read_to_string(&mut text)?;
        let mark = if executable { "*" } else { "" };
        self.parts.push(format!("{path}{mark}={text}"));
        Ok(())
    }

    fn link(&mut self, path: &str, target: &str) -> io::Result<()> {
        Self::check(path);
        self.parts.push(format!("{path}->{target}"));
        Ok(())
    }
}

fn hello() -> (FormulaName, Version) {
    ("hello".parse().unwrap(), "1.0".parse().unwrap())
}

fn unpacked(compressed: &[u8], installed_size: u64) -> std::result::Result<Vec<String>, String> {
    let (name, version) = hello();
    let mut memory = Memory::default();
    unpack(compressed, &name, &version, installed_size, &mut memory)
        .map(|_| memory.parts)
        .map_err(|error| error.to_string())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An archive of one entry, whose name and link are written as they are.
fn archive(kind: EntryType, path: &str, target: &str, content: &str) -> Vec<u8> {
    let mut bytes = tar::Builder::new(Vec::new());
    append(&mut bytes, kind, path, target, content);
    bytes.into_inner().unwrap()
}

fn append(
    builder: &mut tar::Builder<Vec<u8>>,
    kind: EntryType,
    path: &str,
    target: &str,
    content: &str,
) {
    let mut header = header(kind, content.len() as u64, 0o644);
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    builder.append(&header, content.as_bytes()).unwrap();
}

#[test]
fn what_is_packed_is_unpacked() {
    let (name, version) = hello();
    let file = |path: &str, content: &str, executable| PackedFile {
        path: path.to_owned(),
        content: content.as_bytes().to_vec(),
        executable,
    };
    let files = [
        file("share/doc/README", "read", false),
        file("bin/hello", "run", true),
    ];
    let packed = pack(&name, &version, &files, Vec::new()).unwrap();
    assert_eq!(
        unpacked(&packed, 7).unwrap(),
        [
            "bin/",
            "bin/hello*=run",
            "share/",
            "share/doc/",
            "share/doc/README=read"
        ]
    );
    assert_eq!(
        pack(&name, &version, &files, Vec::new()).unwrap(),
        packed,
        "not reproducible"
    );
    assert!(
        unpacked(&packed, 6)
            .unwrap_err()
            .contains("larger than the index says")
    );
    let out = [file("../x", "", false)];
    assert!(pack(&name, &version, &out, Vec::new()).is_err());
}

#[test]
fn an_entry_never_leaves_the_keg() {
    for path in [
        "../x",
        "/etc/passwd",
        "hello/../x",
        "hello/1.0/../../x",
        "hello/2.0/x",
        "other/1.0/x",
        "x",
        "hello",
        "hello/1.0",
    ] {
        let bytes = gzip(&archive(EntryType::Regular, path, "", "x"));
        assert!(unpacked(&bytes, 100).is_err(), "{path} was taken");
    }
    let bytes = gzip(&archive(EntryType::Regular, "./hello/1.0/./bin/x", "", "x"));
    assert_eq!(unpacked(&bytes, 100).unwrap(), ["bin/", "bin/x=x"]);
}

#[test]
fn a_link_never_leads_out() {
    for target in [
        "/etc/passwd",
        "../../x",
        "../../../x",
        "..",
        "a/../../../x",
        "b/../c",
        "",
    ] {
        let bytes = gzip(&archive(EntryType::Symlink, "hello/1.0/x", target, ""));
        assert!(unpacked(&bytes, 100).is_err(), "{target} was taken");
    }
    let bytes = gzip(&archive(
        EntryType::Symlink,
        "hello/1.0/bin/x",
        "../lib/y",
        "",
    ));
    assert_eq!(unpacked(&bytes, 100).unwrap(), ["bin/", "bin/x->../lib/y"]);
}

#[test]
fn nothing_is_written_through_a_link() {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, EntryType::Symlink, "hello/1.0/a", "b", "");
    append(&mut builder, EntryType::Regular, "hello/1.0/a/x", "", "x");
    let error = unpacked(&gzip(&builder.into_inner().unwrap()), 100).unwrap_err();
    assert!(error.contains("below what is no directory"), "{error}");
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, EntryType::Symlink, "hello/1.0/a", "b", "");
    append(&mut builder, EntryType::Regular, "hello/1.0/a", "", "x");
    let error = unpacked(&gzip(&builder.into_inner().unwrap()), 100).unwrap_err();
    assert!(error.contains("twice"), "{error}");
}

#[test]
fn only_files_directories_and_links_are_there() {
    for kind in [
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
    ] {
        let bytes = gzip(&archive(kind, "hello/1.0/x", "hello/1.0/y", ""));
        assert!(unpacked(&bytes, 100).is_err(), "{kind:?} was taken");
    }
}

#[test]
fn a_bottle_that_is_cut_off_is_refused() {
    let whole = gzip(&archive(
        EntryType::Regular,
        "hello/1.0/x",
        "",
        &"x".repeat(2000),
    ));
    assert!(unpacked(&whole, 3000).is_ok());
    for length in 0..whole.len() {
        assert!(
            unpacked(&whole[..length], 3000).is_err(),
            "{length} bytes were taken"
        );
    }
}

#[test]
fn a_bottle_that_grows_without_end_has_one() {
    // A gigabyte of zeros in a megabyte: the size it says is what it may have.
    let mut header = header(EntryType::Regular, 1 << 30, 0o644);
    header.as_old_mut().name[..11].copy_from_slice(b"hello/1.0/x");
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(1 << 20, 0);
    let error = unpacked(&gzip(&bytes), 1 << 20).unwrap_err();
    assert!(error.contains("larger than the index says"), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_get_out(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let _ = unpacked(&bytes, 1000);
        let _ = unpacked(&gzip(&bytes), 1000);
    }

    /// One byte of a header changed; `Memory` fails for whatever is not plain.
    #[test]
    fn a_changed_header_never_gets_out(at in 0usize..512, byte in any::<u8>()) {
        let mut bytes = archive(EntryType::Regular, "hello/1.0/bin/x", "../y", "content");
        bytes[at] = byte;
        let mut header = Header::new_gnu();
        header.as_mut_bytes().copy_from_slice(&bytes[..512]);
        header.set_cksum();
        bytes[..512].copy_from_slice(header.as_bytes());
        let _ = unpacked(&gzip(&bytes), 1000);
    }

    #[test]
    fn any_path_stays_inside_or_is_refused(path in "(hello/1\\.0/)?[a/.]{0,12}", target in "[a/.]{0,12}") {
        let _ = unpacked(&gzip(&archive(EntryType::Regular, &path, "", "x")), 1000);
        let _ = unpacked(&gzip(&archive(EntryType::Symlink, &path, &target, "")), 1000);
    }
}
