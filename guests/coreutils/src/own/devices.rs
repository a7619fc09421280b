//! What uutils' wasm build leaves out and everybody uses: `cat` of a device. Everything else stays uutils' work.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{bytes, complain, reason};
use crate::programs::Program;

/// Whether `path` is a device: there, but neither file, directory nor link.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir() && !found.is_symlink())
}

/// The options in front of and between the operands, and the operands.
fn split(arguments: &[OsString]) -> (Vec<OsString>, Vec<OsString>) {
    let mut options = Vec::new();
    let mut operands = Vec::new();
    let mut only_operands = false;
    for argument in arguments {
        let text = bytes(argument);
        if !only_operands && text == b"--" {
            only_operands = true;
        } else if !only_operands && text.len() > 1 && text.starts_with(b"-") {
            options.push(argument.clone());
        } else {
            operands.push(argument.clone());
        }
    }
    (options, operands)
}

/// `cat`: devices are copied here, everything else by uutils. Lines are numbered anew behind a device.
pub fn cat(arguments: Vec<OsString>, uutils: Program) -> i32 {
    let (options, operands) = split(arguments.get(1..).unwrap_or_default());
    if !operands.iter().any(|operand| is_device(Path::new(operand))) {
        return uutils(arguments);
    }
    let mut code = 0;
    for operand in operands {
        if is_device(Path::new(&operand)) {
            let copied = File::open(&operand)
                .and_then(|mut device| io::copy(&mut device, &mut io::stdout()));
            if let Err(error) = copied {
                complain(
                    "cat",
                    format_args!("{}: {}", operand.to_string_lossy(), reason(&error)),
                );
                code = 1;
            }
            continue;
        }
        let mut rest = vec![OsString::from("cat")];
        rest.extend(options.iter().cloned());
        rest.extend([OsString::from("--"), operand]);
        code = code.max(uutils(rest));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_end_where_they_end() {
        let given: Vec<OsString> = ["-n", "a", "-", "--", "-b"].map(OsString::from).to_vec();
        let (options, operands) = split(&given);
        assert_eq!(
            (options, operands),
            (vec!["-n".into()], vec!["a".into(), "-".into(), "-b".into()])
        );
    }

    #[test]
    fn a_device_is_copied_and_a_file_is_left_to_uutils() {
        let refuse: Program = |arguments| i32::try_from(arguments.len()).unwrap_or(0);
        assert_eq!(
            cat(["cat", "/dev/null"].map(OsString::from).to_vec(), refuse),
            0
        );
        assert_eq!(cat(["cat", "/"].map(OsString::from).to_vec(), refuse), 2);
    }
}
