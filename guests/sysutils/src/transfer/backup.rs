//! `-b`: what would be overwritten is kept under another name.

use std::fs;
use std::io;

use berth_multicall::{os_string, text};

/// How a kept file is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// `name~`.
    Simple,
    /// `name.~1~`, `name.~2~` …
    Numbered,
    /// Numbered where a numbered one is there already.
    Existing,
}

/// What to keep, and how.
pub struct Backup {
    names: Names,
    suffix: String,
}

impl Backup {
    /// From `--backup=CONTROL` and `--suffix=SUFFIX`, or the environment where they say nothing; `None` for no backups.
    ///
    /// # Errors
    /// The control that is none.
    pub fn new(control: Option<&str>, suffix: Option<String>) -> Result<Option<Self>, String> {
        let variable = std::env::var("VERSION_CONTROL").ok();
        let names = match control.or(variable.as_deref()).unwrap_or("existing") {
            "none" | "off" => return Ok(None),
            "numbered" | "t" => Names::Numbered,
            "existing" | "nil" | "" => Names::Existing,
            "simple" | "never" => Names::Simple,
            other => return Err(format!("invalid argument '{other}' for 'backup type'")),
        };
        let suffix = suffix
            .or_else(|| std::env::var("SIMPLE_BACKUP_SUFFIX").ok())
            .filter(|suffix| !suffix.is_empty() && !suffix.contains('/'))
            .unwrap_or_else(|| "~".to_owned());
        Ok(Some(Self { names, suffix }))
    }

    /// Moves a file out of the way; its new name.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn keep(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        let highest = match self.names {
            Names::Simple => None,
            Names::Numbered => Some(highest_number(path)),
            Names::Existing => Some(highest_number(path)).filter(|number| *number > 0),
        };
        let suffix = match highest {
            Some(number) => format!(".~{}~", number + 1),
            None => self.suffix.clone(),
        };
        let kept = [path, suffix.as_bytes()].concat();
        fs::rename(os_string(path), os_string(&kept[..]))?;
        Ok(kept)
    }
}

/// The highest number of a backup that is there; 0 if there is none.
fn highest_number(path: &[u8]) -> u64 {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    let (directory, base) = match slash {
        Some(slash) => (&path[..=slash], &path[slash + 1..]),
        None => (&b"."[..], path),
    };
    let Ok(entries) = fs::read_dir(os_string(directory)) else {
        return 0;
    };
    let base = text(base);
    let number = |name: String| {
        let rest = name.strip_prefix(&base)?.strip_prefix(".~")?;
        rest.strip_suffix('~')?.parse().ok()
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(number).max().unwrap_or(0)
}
