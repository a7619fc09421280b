//! Sees to it that the server is rebuilt when the web part was.

/// As seen from the package, where cargo starts build scripts. An absolute path would be that of the checkout that
/// this script was compiled in, and a cache of build output may serve several.
const DIST: &str = "../../web/dist";

fn main() {
    // An absent directory would be "changed" at every build, and a later one would not be noticed: make it, empty.
    // Where that is not possible (sources that cannot be written) the server just says that there is no web part.
    let _ = std::fs::create_dir_all(DIST);
    println!("cargo:rerun-if-changed={DIST}");
    println!("cargo:rerun-if-changed=build.rs");
}
