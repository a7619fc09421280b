//! Sees to it that the server is rebuilt when the web part was.

use std::path::Path;

fn main() {
    // An absent directory would be "changed" at every build, and a later one would not be noticed: make it, empty.
    // Where that is not possible (sources that cannot be written) the server just says that there is no web part.
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    let _ = std::fs::create_dir_all(&dist);
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
}
