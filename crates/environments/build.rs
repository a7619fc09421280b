//! Embeds the guests: the interpreters in `python-<version>/`, and every `*.wasm` in `$BERTH_GUESTS_DIR`, or in `<target directory>/guests` where
//! `cargo xtask guests` leaves them.
//!
//! They are embedded as they are: pages of the binary that nobody touches cost no memory, and a compressed
//! copy would have to be unpacked at the first start. The digest is made here because hashing ten megabytes at
//! every start would cost more than the start.
//!
//! Without guests the crate still compiles, so that everything else can be built and tested alone;
//! `Environments::open` then says what is missing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BERTH_GUESTS_DIR");
    let out = PathBuf::from(
        env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?,
    );
    let directory = match env::var_os("BERTH_GUESTS_DIR") {
        Some(given) => PathBuf::from(given),
        None => target_directory(&out)?.join("guests"),
    };
    // Watched even when there is nothing yet: a missing directory would make cargo run this every time.
    fs::create_dir_all(&directory)?;
    println!("cargo::rerun-if-changed={}", directory.display());

    let modules = modules(&directory)?;
    if modules.is_empty() {
        println!(
            "cargo::warning=no guests in {}: this build can start no session (run `cargo xtask guests`)",
            directory.display()
        );
    }
    let mut source = String::from("pub(crate) const EMBEDDED: &[Guest] = &[\n");
    for (name, path) in &modules {
        let digest = Sha256::digest(fs::read(path)?);
        writeln!(
            source,
            "    Guest {{ name: {name:?}, digest: {:?}, wasm: include_bytes!({path:?}) }},",
            digest.as_slice()
        )
        .map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    source.push_str("pub(crate) const PYTHONS: &[Python] = &[\n");
    for (version, directory) in pythons(&directory)? {
        let (program, library) = (directory.join("python.wasm"), directory.join("lib.tar.gz"));
        let (digest, packed) = (
            Sha256::digest(fs::read(&program)?),
            Sha256::digest(fs::read(&library)?),
        );
        writeln!(
            source,
            "    Python {{ version: {version:?}, name: \"python{version}\", environment: \"python-{version}\", title: \"Python {version}\", program: Guest {{ name: \"python{version}\", digest: {:?}, wasm: include_bytes!({program:?}) }}, library: Archive {{ digest: {:?}, bytes: include_bytes!({library:?}) }} }},",
            digest.as_slice(),
            packed.as_slice()
        )
        .map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    fs::write(out.join("embedded.rs"), source)
}

/// The directory cargo builds into: the ancestor of `OUT_DIR` that carries cargo's cache mark.
fn target_directory(out: &Path) -> io::Result<PathBuf> {
    out.ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .or_else(|| out.ancestors().nth(4)) // <target>/<profile>/build/<package>/out
        .map(Path::to_path_buf)
        .ok_or_else(|| io::Error::other("OUT_DIR is not inside a target directory"))
}

/// The interpreters: the directories `python-<version>`, newest first.
fn pythons(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(version) = name.and_then(|name| name.strip_prefix("python-")) else {
            continue;
        };
        println!("cargo::rerun-if-changed={}", path.display());
        if path.join("python.wasm").is_file() && path.join("lib.tar.gz").is_file() {
            found.push((version.to_owned(), path.canonicalize()?));
        }
    }
    found.sort_by_key(|(version, _)| {
        let mut numbers = version
            .split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0));
        std::cmp::Reverse([numbers.next(), numbers.next()])
    });
    Ok(found)
}

/// The modules of a directory, by name, sorted so that the same guests always give the same binary.
fn modules(directory: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            found.push((name.to_owned(), path.canonicalize()?));
        }
    }
    found.sort();
    Ok(found)
}
