//! A session's namespace over a temporary directory, and short words for what a guest does in it.
#![allow(dead_code)] // Each test program uses its part.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use berth_kernel::Result;
use berth_kernel::file::{File, FileKind, Flags, Stat};
use berth_kernel::vfs::{
    Access, Base, Directory, GuestPath, Mount, Namespace, NamespaceOptions, OpenHow, Quota,
    QuotaKind, Usage,
};
use tempfile::TempDir;

pub const READ: OpenHow = OpenHow::READ;
pub const WRITE: OpenHow = OpenHow {
    read: false,
    write: true,
    ..READ
};
pub const BOTH: OpenHow = OpenHow {
    write: true,
    ..READ
};
pub const CREATE: OpenHow = OpenHow {
    create: true,
    ..BOTH
};
pub const REWRITE: OpenHow = OpenHow {
    truncate: true,
    ..CREATE
};
pub const NEW: OpenHow = OpenHow {
    exclusive: true,
    ..CREATE
};
pub const DIRECTORY: OpenHow = OpenHow {
    directory: true,
    ..READ
};
pub const NO_FOLLOW: OpenHow = OpenHow {
    follow: false,
    ..READ
};
pub const APPEND: OpenHow = OpenHow {
    flags: Flags::APPEND,
    ..CREATE
};

pub const SCRATCH_BYTES: u64 = 1 << 20;
pub const SCRATCH_NAMES: u64 = 200;

/// A session: `/` is a read-only environment, `/tmp` and `/home/work` are scratch under one quota, and
/// folders are mounted at `/home/work/data`, `/home/work/fixed` (read-only), `/home/work/sub/dir` (nothing
/// is at `sub` on the host), `/workspace` and `/home/linuxbrew/.linuxbrew`.
pub struct Session {
    pub dir: TempDir,
    pub names: Arc<Namespace>,
    pub scratch: Arc<Quota>,
}

/// A handle that is good for nothing but to start from.
pub fn open_dir(path: &std::path::Path) -> Arc<OwnedFd> {
    let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
    Arc::new(rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap())
}

pub fn mount(at: &str, root: &std::path::Path, access: Access, quota: Option<Arc<Quota>>) -> Mount {
    Mount {
        path: at.parse::<GuestPath>().unwrap(),
        root: open_dir(root),
        access,
        source: at.to_owned(),
        // What is scratch has a quota here.
        fifos: quota.is_some(),
        quota,
    }
}

impl Session {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let host = |name: &str| {
            let path = dir.path().join(name);
            fs::create_dir_all(&path).unwrap();
            path
        };
        let root = host("root");
        for made in ["root/etc", "root/usr/bin", "root/home"] {
            host(made);
        }
        fs::write(root.join("etc/motd"), "welcome").unwrap();
        std::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();
        fs::write(root.join("usr/bin/ls"), "\0asm").unwrap();
        fs::write(host("fixed").join("f"), "fixed").unwrap();
        fs::write(host("data").join("f"), "data").unwrap();
        // What lies outside of every mount.
        fs::write(host("outside").join("secret"), "secret").unwrap();
        let scratch = Quota::new(
            QuotaKind::Scratch,
            Usage {
                bytes: SCRATCH_BYTES,
                names: SCRATCH_NAMES,
            },
            Usage::default(),
        );
        let mounts = vec![
            mount("/", &root, Access::ReadOnly, None),
            mount(
                "/tmp",
                &host("tmp"),
                Access::ReadWrite,
                Some(scratch.clone()),
            ),
            mount(
                "/home/work",
                &host("work"),
                Access::ReadWrite,
                Some(scratch.clone()),
            ),
            mount("/home/work/data", &host("data"), Access::ReadWrite, None),
            mount("/home/work/fixed", &host("fixed"), Access::ReadOnly, None),
            mount("/home/work/sub/dir", &host("dir"), Access::ReadWrite, None),
            mount("/workspace", &host("workspace"), Access::ReadWrite, None),
            mount(
                "/home/linuxbrew/.linuxbrew",
                &host("brew"),
                Access::ReadWrite,
                None,
            ),
        ];
        let names = Namespace::new(
            mounts,
            NamespaceOptions {
                devices: true,
                proc: true,
            },
        )
        .unwrap();
        Self {
            dir,
            names,
            scratch,
        }
    }

    /// A host path below the temporary directory.
    pub fn host(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub fn open(&self, path: &str, how: &OpenHow) -> Result<Arc<dyn File>> {
        self.open_from(HOME, path, how)
    }

    pub fn open_from(&self, base: Base<'_>, path: &str, how: &OpenHow) -> Result<Arc<dyn File>> {
        self.names.open(None, base, path.as_bytes(), how)
    }

    pub fn read(&self, path: &str) -> Result<String> {
        Ok(text(&*self.open(path, &READ)?))
    }

    pub fn read_from(&self, base: Base<'_>, path: &str) -> Result<String> {
        Ok(text(&*self.open_from(base, path, &READ)?))
    }

    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.open(path, &REWRITE)?;
        assert_eq!(file.try_write(None, text.as_bytes())?, text.len());
        Ok(())
    }

    pub fn stat(&self, path: &str) -> Result<Stat> {
        self.names.stat(None, HOME, path.as_bytes(), true)
    }

    pub fn lstat(&self, path: &str) -> Result<Stat> {
        self.names.stat(None, HOME, path.as_bytes(), false)
    }

    pub fn mkdir(&self, path: &str) -> Result<()> {
        self.names
            .create_directory(None, HOME, path.as_bytes(), 0o755)
    }

    pub fn rmdir(&self, path: &str) -> Result<()> {
        self.names.remove_directory(None, HOME, path.as_bytes())
    }

    pub fn unlink(&self, path: &str) -> Result<()> {
        self.names.unlink(None, HOME, path.as_bytes())
    }

    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.names
            .rename(None, HOME, from.as_bytes(), HOME, to.as_bytes())
    }

    pub fn link(&self, from: &str, to: &str) -> Result<()> {
        self.names
            .link(None, HOME, from.as_bytes(), false, HOME, to.as_bytes())
    }

    pub fn symlink(&self, target: &str, path: &str) -> Result<()> {
        self.names
            .symlink(None, target.as_bytes(), HOME, path.as_bytes())
    }

    pub fn read_link(&self, path: &str) -> Result<String> {
        Ok(String::from_utf8(self.names.read_link(None, HOME, path.as_bytes())?).unwrap())
    }

    pub fn canonical(&self, path: &str) -> Result<String> {
        Ok(String::from_utf8(self.names.canonical(None, HOME, path.as_bytes())?).unwrap())
    }

    pub fn list(&self, path: &str) -> Result<Vec<String>> {
        let directory = self.open(path, &DIRECTORY)?;
        Ok(list(directory.as_directory().unwrap()))
    }
}

/// Where the guest of these tests is.
pub const HOME: Base<'static> = Base::Path(b"/home/work");

/// The whole of a file.
pub fn text(file: &dyn File) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match file.try_read(None, &mut buffer).unwrap() {
            0 => return String::from_utf8(text).unwrap(),
            read => text.extend_from_slice(&buffer[..read]),
        }
    }
}

/// The names in a directory, `.` and `..` left out, sorted.
pub fn list(directory: &Directory) -> Vec<String> {
    let mut names: Vec<_> = entries(directory, usize::MAX)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.retain(|name| name != "." && name != "..");
    names.sort();
    names
}

/// Names and kinds in a directory, asked for `piece` at a time.
pub fn entries(directory: &Directory, piece: usize) -> Vec<(String, FileKind)> {
    let mut entries = Vec::new();
    let mut cookie = 0;
    loop {
        let mut room = piece;
        directory
            .read(cookie, &mut |entry| {
                if room == 0 {
                    return false;
                }
                room -= 1;
                cookie = entry.next_cookie;
                entries.push((String::from_utf8_lossy(entry.name).into_owned(), entry.kind));
                true
            })
            .unwrap();
        if room > 0 {
            return entries;
        }
    }
}
