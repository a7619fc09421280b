//! A restricted shell: `bash -r`, `rbash`, `set -r`. It keeps whoever writes its commands to the programs that `PATH`
//! offers: no other directory, no program by its path, no file to write to. Nothing lifts it again.

use crate::shell::Shell;

/// The `shopt` switch that tells of it; it can only be read.
pub const RESTRICTED_SHELL: &str = "restricted_shell";
/// Variables nobody changes any more.
const KEPT: [&str; 5] = ["PATH", "SHELL", "ENV", "BASH_ENV", "HISTFILE"];

impl Shell {
    /// Whether the shell is restricted.
    pub fn is_restricted(&self) -> bool {
        self.shopt.get(RESTRICTED_SHELL)
    }

    /// Restricts the shell from here on.
    pub fn restrict(&mut self) {
        self.shopt.set(RESTRICTED_SHELL, true);
        for name in KEPT {
            self.variables.entry(name).attributes.readonly = true;
        }
    }

    /// Whether a command must not be run by this name; says so.
    pub fn refuses_command(&self, name: &str) -> bool {
        let refused = self.is_restricted() && name.contains('/');
        if refused {
            self.error(&format!(
                "{name}: restricted: cannot specify `/' in command names"
            ));
        }
        refused
    }

    /// Whether something is not for a restricted shell; says so.
    pub fn refuses(&self, what: &str) -> bool {
        let refused = self.is_restricted();
        if refused {
            self.error(&format!("{what}: restricted"));
        }
        refused
    }
}
