//! The environment `base`: the shell, the core utilities, and the files a POSIX program expects below `/etc`.

use crate::error::{Error, Result};
use crate::guests::Guest;
use crate::image::{Image, Node};

/// Programs without which a session is of no use.
const REQUIRED: [&str; 2] = ["bash", "coreutils"];

/// Further names of single programs and scripts; a multi-call module lists its own.
const LINKS: &[(&str, &[&str])] = &[
    ("bash", &["sh", "rbash"]),
    (
        "zgrep",
        &[
            "zegrep", "zfgrep", "bzgrep", "bzegrep", "bzfgrep", "xzgrep", "xzegrep", "xzfgrep",
            "zstdgrep",
        ],
    ),
    (
        "zless",
        &["zmore", "bzless", "bzmore", "xzless", "xzmore", "zstdless"],
    ),
    ("zdiff", &["zcmp", "bzdiff", "bzcmp", "xzdiff", "xzcmp"]),
    ("reset", &["tset"]),
    ("sensible-editor", &["sensible-pager"]),
];

/// Programs that are text for the shell, of `base/` in this crate.
const SCRIPTS: [(&str, &str); 10] = [
    (
        "usr/lib/command-not-found",
        include_str!("../base/usr/lib/command-not-found"),
    ),
    ("usr/bin/man", include_str!("../base/usr/bin/man")),
    ("usr/bin/reset", include_str!("../base/usr/bin/reset")),
    (
        "usr/bin/run-parts",
        include_str!("../base/usr/bin/run-parts"),
    ),
    (
        "usr/bin/sensible-editor",
        include_str!("../base/usr/bin/sensible-editor"),
    ),
    ("usr/bin/sudo", include_str!("../base/usr/bin/sudo")),
    ("usr/bin/tempfile", include_str!("../base/usr/bin/tempfile")),
    ("usr/bin/zdiff", include_str!("../base/usr/bin/zdiff")),
    ("usr/bin/zgrep", include_str!("../base/usr/bin/zgrep")),
    ("usr/bin/zless", include_str!("../base/usr/bin/zless")),
];

/// Where old habits look for what is in `/usr`.
const MERGED: [(&str, &str); 4] = [
    ("bin", "usr/bin"),
    ("sbin", "usr/bin"),
    ("usr/sbin", "bin"),
    ("lib", "usr/lib"),
];

/// Directories that hold nothing yet. What a session adds to `/` (`home/work`, `tmp`, `dev`, `proc`) it mounts.
const DIRECTORIES: [&str; 11] = [
    "dev",
    "home",
    "opt",
    "proc",
    "root",
    "tmp",
    "usr/lib",
    "usr/local/bin",
    "usr/share",
    "var/lib",
    "var/tmp",
];

/// The files of `base/` in this crate.
const FILES: [(&str, &str); 10] = [
    ("etc/bash.bashrc", include_str!("../base/etc/bash.bashrc")),
    ("etc/group", include_str!("../base/etc/group")),
    ("etc/hosts", include_str!("../base/etc/hosts")),
    ("etc/os-release", include_str!("../base/etc/os-release")),
    ("etc/passwd", include_str!("../base/etc/passwd")),
    ("etc/profile", include_str!("../base/etc/profile")),
    ("etc/shells", include_str!("../base/etc/shells")),
    ("etc/skel/.bashrc", include_str!("../base/etc/skel/.bashrc")),
    (
        "etc/skel/.profile",
        include_str!("../base/etc/skel/.profile"),
    ),
    (
        "usr/lib/compressed.sh",
        include_str!("../base/usr/lib/compressed.sh"),
    ),
];

/// Descriptions of terminals, compiled from `berth.ti` beside them by `tic -x`: what programs with ncurses look for.
const TERMINALS: [(&str, &[u8]); 5] = [
    ("d/dumb", include_bytes!("../base/usr/share/terminfo/dumb")),
    (
        "s/screen-256color",
        include_bytes!("../base/usr/share/terminfo/screen-256color"),
    ),
    (
        "t/tmux-256color",
        include_bytes!("../base/usr/share/terminfo/tmux-256color"),
    ),
    (
        "x/xterm",
        include_bytes!("../base/usr/share/terminfo/xterm"),
    ),
    (
        "x/xterm-256color",
        include_bytes!("../base/usr/share/terminfo/xterm-256color"),
    ),
];

/// The root file system of `base` with these guests as its programs.
///
/// # Errors
/// [`Error::NoGuests`] when a required program is missing, [`Error::BrokenGuest`] when a module cannot be read.
pub(crate) fn image(guests: &[Guest]) -> Result<Image> {
    if let Some(missing) = REQUIRED
        .into_iter()
        .find(|name| guests.iter().all(|guest| guest.name != *name))
    {
        return Err(Error::NoGuests { missing });
    }
    let mut image = Image::default();
    for path in DIRECTORIES {
        image.put(path, Node::Directory);
    }
    for (path, target) in MERGED {
        image.put(path, Node::Link(target));
    }
    for (path, text) in FILES {
        image.put(path, Node::File(text));
    }
    for (name, description) in TERMINALS {
        image.put(
            format!("usr/share/terminfo/{name}"),
            Node::Data(description),
        );
    }
    for guest in guests {
        for name in guest.names()? {
            image.put(format!("usr/bin/{name}"), Node::Link(guest.name));
        }
    }
    for (path, text) in SCRIPTS {
        image.put(path, Node::Script(text));
    }
    for (target, names) in LINKS {
        for name in *names {
            image.put(format!("usr/bin/{name}"), Node::Link(target));
        }
    }
    // Last: a module is never hidden behind another module's name.
    for guest in guests {
        image.put(format!("usr/bin/{}", guest.name), Node::Program(*guest));
    }
    Ok(image)
}
