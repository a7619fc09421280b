//! The catalogue and its entries.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, open};

use crate::base;
use crate::error::Result;
use crate::guests::{EMBEDDED, Guest, PYTHONS, Python};
use crate::image::Image;
use crate::materialise::{Store, Tree};
use crate::python;

/// Where an environment's programs are.
const PROGRAM_DIRECTORY: &str = "usr/bin";

/// All environments of this server. The default is none at all.
#[derive(Debug, Default)]
pub struct Environments {
    all: Vec<Arc<Environment>>,
}

/// What a session can start from.
#[derive(Debug)]
pub struct Environment {
    /// The name requests use.
    pub name: &'static str,
    /// The name people read.
    pub title: &'static str,
    /// The names in `/usr/bin`, sorted.
    pub programs: Vec<String>,
    /// Whether it is taken when a request names none. Exactly one environment is.
    pub default: bool,
    /// Host paths of the WebAssembly modules.
    modules: Vec<PathBuf>,
    tree: Tree,
}

impl Environments {
    /// Opens the catalogue: writes what this binary carries below `data_dir/environments`, unless it is there
    /// already, and removes what older binaries left and nobody uses.
    ///
    /// The first start with new content writes some ten megabytes and waits for the disk; later ones only look.
    ///
    /// # Errors
    /// [`Error::NoGuests`](crate::Error::NoGuests) when the binary was built without them,
    /// [`Error::Io`](crate::Error::Io) when the data directory cannot be used.
    pub fn open(data_dir: &Path) -> Result<Self> {
        Self::with(data_dir, EMBEDDED, PYTHONS)
    }

    /// [`Self::open`] with other guests than the embedded ones, such as a test's own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_guests(data_dir: &Path, guests: &[Guest]) -> Result<Self> {
        Self::with(data_dir, guests, &[])
    }

    /// [`Self::open`] with other guests and interpreters.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with(data_dir: &Path, guests: &[Guest], pythons: &[Python]) -> Result<Self> {
        let base = base::image(guests)?;
        let store = Store::open(data_dir)?;
        let mut all = Vec::new();
        // The newest interpreter comes first, and is what people get who do not choose.
        for python in pythons {
            let mut image = base::image(guests)?;
            python::add(&mut image, python);
            let (name, title) = (python.environment, python.title);
            all.push(Environment::materialise(
                &store, name, title, guests, &image,
            )?);
        }
        all.push(Environment::materialise(
            &store, "base", "Base", guests, &base,
        )?);
        store.remove_unused()?;
        all[0].default = true;
        Ok(Self {
            all: all.into_iter().map(Arc::new).collect(),
        })
    }

    /// The environment of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Environment>> {
        self.iter().find(|environment| environment.name == name)
    }

    /// The environment for requests that name none.
    pub fn default_environment(&self) -> Option<&Arc<Environment>> {
        self.iter().find(|environment| environment.default)
    }

    /// All environments, in the order people should see them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Environment>> {
        self.all.iter()
    }
}

impl Environment {
    fn materialise(
        store: &Store,
        name: &'static str,
        title: &'static str,
        guests: &[Guest],
        image: &Image,
    ) -> Result<Self> {
        let tree = store.materialise(name, image)?;
        Ok(Self {
            name,
            title,
            programs: image
                .names_in(PROGRAM_DIRECTORY)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            default: false,
            modules: guests
                .iter()
                .map(|guest| tree.path.join(PROGRAM_DIRECTORY).join(guest.name))
                .collect(),
            tree,
        })
    }

    /// A handle to the root directory, for the kernel to mount read-only at `/`. One handle serves any number of
    /// sessions; it is good for resolving paths below it and for nothing else (`O_PATH`).
    ///
    /// # Errors
    /// What `open` says when somebody removed the directory, or when there are no descriptors left.
    pub fn root(&self) -> io::Result<Arc<OwnedFd>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Arc::new(open(&self.tree.path, flags, Mode::empty())?))
    }

    /// Host paths of the programs' WebAssembly modules, each once: what a server compiles ahead at its start. An
    /// interpreter is not among them: it takes ten seconds, and is compiled when somebody first starts it.
    pub fn program_paths(&self) -> &[PathBuf] {
        &self.modules
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::names::tests::module_with_names;
    use rustix::fs::openat;
    use std::fs::{self, File};
    use std::os::unix::fs::PermissionsExt;

    fn guest(name: &'static str, names: &str) -> Guest {
        let wasm = module_with_names(names.as_bytes()).leak();
        Guest {
            name,
            digest: [names.len() as u8; 32],
            wasm,
        }
    }

    fn guests() -> [Guest; 2] {
        [guest("bash", ""), guest("coreutils", "ls\n[\n")]
    }

    fn trees(data: &Path) -> Vec<String> {
        let entries = fs::read_dir(data.join("environments")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }

    #[test]
    fn a_session_finds_its_programs_by_name() {
        let data = tempfile::tempdir().unwrap();
        let environments = Environments::with_guests(data.path(), &guests()).unwrap();
        let base = environments.get("base").unwrap();
        for name in ["[", "bash", "coreutils", "ls", "sh", "zgrep", "xzgrep"] {
            assert!(base.programs.iter().any(|known| known == name), "{name}");
        }
        assert!(base.programs.is_sorted());
        for path in [
            "usr/bin/ls",
            "bin/[",
            "sbin/coreutils",
            "usr/sbin/bash",
            "bin/sh",
        ] {
            let content = fs::read(base.tree.path.join(path)).unwrap();
            assert!(content.starts_with(b"\0asm"), "{path} is no program");
        }
        assert_eq!(
            fs::read_link(base.tree.path.join("usr/bin/ls")).unwrap(),
            Path::new("coreutils")
        );
    }

    #[test]
    fn the_files_of_etc_are_there_and_readable() {
        let data = tempfile::tempdir().unwrap();
        let environments = Environments::with_guests(data.path(), &guests()).unwrap();
        let root = &environments.default_environment().unwrap().tree.path;
        let passwd = fs::read_to_string(root.join("etc/passwd")).unwrap();
        assert!(
            passwd.contains("work:x:1000:1000:work:/home/work:/usr/bin/bash\n"),
            "{passwd}"
        );
        assert!(
            fs::read_to_string(root.join("etc/os-release"))
                .unwrap()
                .starts_with("NAME=\"Berth\"\n")
        );
        let mode =
            |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(
            (mode("etc/profile"), mode("usr/bin/bash"), mode("var/tmp")),
            (0o644, 0o755, 0o755)
        );
    }

    #[test]
    fn the_root_handle_reaches_the_files_below_it() {
        let data = tempfile::tempdir().unwrap();
        let environments = Environments::with_guests(data.path(), &guests()).unwrap();
        let root = environments.get("base").unwrap().root().unwrap();
        openat(&root, "etc/passwd", OFlags::RDONLY, Mode::empty()).unwrap();
    }

    #[test]
    fn every_module_is_named_once_for_compilation() {
        let data = tempfile::tempdir().unwrap();
        let environments = Environments::with_guests(data.path(), &guests()).unwrap();
        let base = environments.get("base").unwrap();
        let names: Vec<_> = base
            .program_paths()
            .iter()
            .map(|path| path.file_name().unwrap())
            .collect();
        assert_eq!(names, ["bash", "coreutils"]);
        assert!(base.program_paths().iter().all(|path| path.is_file()));
    }

    #[test]
    fn a_second_start_finds_what_the_first_wrote() {
        let data = tempfile::tempdir().unwrap();
        let first = Environments::with_guests(data.path(), &guests()).unwrap();
        let marker = first.all[0].tree.path.join("marker");
        File::create(&marker).unwrap();
        drop(first);
        Environments::with_guests(data.path(), &guests()).unwrap();
        assert!(marker.exists(), "the tree was written again");
    }

    #[test]
    fn a_new_binary_removes_the_old_tree_but_not_one_in_use() {
        let data = tempfile::tempdir().unwrap();
        let old = Environments::with_guests(data.path(), &guests()).unwrap();
        let new_guests = [guest("bash", ""), guest("coreutils", "ls\n[\nmkdir\n")];
        let new = Environments::with_guests(data.path(), &new_guests).unwrap();
        assert_eq!(
            trees(data.path()).len(),
            2,
            "a running server lost its root file system"
        );
        assert!(old.all[0].program_paths().iter().all(|path| path.is_file()));
        drop((old, new));
        Environments::with_guests(data.path(), &new_guests).unwrap();
        assert_eq!(trees(data.path()).len(), 1, "the old tree stays for ever");
    }

    #[test]
    fn what_a_crash_left_half_written_is_written_anew() {
        let data = tempfile::tempdir().unwrap();
        let whole = Environments::with_guests(data.path(), &guests())
            .unwrap()
            .all[0]
            .tree
            .path
            .clone();
        let unfinished = whole.with_added_extension("unfinished");
        fs::rename(&whole, &unfinished).unwrap();
        fs::remove_dir_all(unfinished.join("usr")).unwrap();
        let environments = Environments::with_guests(data.path(), &guests()).unwrap();
        assert!(environments.all[0].tree.path.join("usr/bin/bash").is_file());
        assert_eq!(
            trees(data.path()).len(),
            1,
            "the half-written tree is still there"
        );
    }

    #[test]
    fn a_binary_without_guests_says_how_to_build_one_with_them() {
        let data = tempfile::tempdir().unwrap();
        let error = Environments::with_guests(data.path(), &[]).unwrap_err();
        assert!(matches!(error, Error::NoGuests { missing: "bash" }));
        assert!(
            error.to_string().ends_with("run cargo xtask build"),
            "{error}"
        );
    }

    #[test]
    fn this_build_either_has_its_programs_or_says_that_it_has_none() {
        let data = tempfile::tempdir().unwrap();
        match Environments::open(data.path()) {
            Ok(environments) => {
                let base = environments.get("base").unwrap();
                for name in ["bash", "cat", "env", "ls", "sh"] {
                    assert!(
                        base.programs.iter().any(|program| program == name),
                        "{name} is missing"
                    );
                }
            }
            Err(error) => assert!(matches!(error, Error::NoGuests { .. }), "{error}"),
        }
    }

    #[test]
    fn an_unusable_data_directory_is_named_in_the_error() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("file");
        File::create(&file).unwrap();
        let error = Environments::with_guests(&file, &guests()).unwrap_err();
        assert!(error.to_string().contains("file/environments"), "{error}");
    }
}
