//! The working directory of programs whose C library keeps none.

use berth_kernel::process::Process;
use berth_kernel::vfs::{Base, Namespace};

/// The working directory, if that is where a path below the preopened root starts. `creates`: its last
/// component may be missing.
///
/// A C library that does not know the process door begins every program in `/`: it strips the
/// leading `/` of an absolute path and hands a relative one over as it is, so `etc/passwd` may
/// mean `/etc/passwd` or `./etc/passwd`. What exists decides, the working directory first;
/// what exists in neither place is looked for where its directory exists.
pub fn kept(
    namespace: &Namespace,
    process: &Process,
    path: &[u8],
    creates: bool,
) -> Option<Vec<u8>> {
    let cwd = process.cwd();
    if cwd == b"/" || path.first() == Some(&b'/') {
        return None;
    }
    let there =
        |base: Base<'_>, path: &[u8]| namespace.stat(Some(process), base, path, false).is_ok();
    if there(Base::Path(&cwd), path) {
        return Some(cwd);
    }
    if there(Base::Root, path) {
        return None;
    }
    let Some(cut) = path.iter().rposition(|&byte| byte == b'/') else {
        return Some(cwd);
    };
    let parent = &path[..cut];
    if creates && !there(Base::Path(&cwd), parent) && there(Base::Root, parent) {
        return None;
    }
    Some(cwd)
}
