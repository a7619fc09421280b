//! binaryen's programs, from npm: they make one module of several, and a module better.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::{self, npm};
use crate::workspace::Workspace;

/// The release.
pub const RELEASE: &str = "132.0.0";
/// What LLVM uses for WASI; binaryen would write imports in a way that engines do not know yet if it might.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// The programs, installed.
#[derive(Debug)]
pub struct Binaryen {
    programs: PathBuf,
}

impl Binaryen {
    /// Installs them if they are not there, in a directory kept apart from this machine's.
    ///
    /// # Errors
    /// When npm cannot.
    pub fn install(workspace: &Workspace) -> Result<Self> {
        let directory = workspace
            .guests_target()
            .join(format!("binaryen-{RELEASE}"));
        if !directory.join("ready").is_file() {
            let mut install = npm(workspace, &["install", "--silent", "--no-save", "--prefix"]);
            install.arg(&directory).arg(format!("binaryen@{RELEASE}"));
            step::run(&format!("binaryen: install {RELEASE}"), &mut install)?;
            fs::write(directory.join("ready"), "")?;
        }
        let programs = directory.join("node_modules/.bin");
        Ok(Self { programs })
    }

    /// One of them, with [`FEATURES`].
    pub fn program(&self, name: &str) -> Command {
        let mut program = Command::new(self.programs.join(name));
        program.args(FEATURES);
        program
    }
}
