//! What uutils' wasm build leaves out and everybody uses: `cat` of a device, `mv` to another mount.
//!
//! Both hand over to uutils wherever it can do the work.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{bytes, complain, reason};
use crate::programs::Program;

/// `EXDEV` as preview1 numbers it: source and target are on different mounts.
const CROSS_DEVICE: i32 = 75;

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

/// `mv`: a rename that another mount refuses becomes a copy and a removal. With options other than `-f`, and for every
/// other failure, uutils has the word.
pub fn mv(arguments: Vec<OsString>, uutils: Program, copy: Program, remove: Program) -> i32 {
    let (options, mut operands) = split(arguments.get(1..).unwrap_or_default());
    let plain = options.iter().all(|option| option == "-f");
    let Some(target) = operands.pop().filter(|_| plain && !operands.is_empty()) else {
        return uutils(arguments);
    };
    let mut code = 0;
    for source in operands {
        let place = final_place(Path::new(&source), Path::new(&target));
        code = code.max(match place.map(|place| fs::rename(&source, place)) {
            Some(Ok(())) => 0,
            Some(Err(error)) if error.raw_os_error() == Some(CROSS_DEVICE) => {
                let done = copy(words(["cp", "-R", "-P", "-f", "--"], [&source, &target]));
                if done == 0 {
                    remove(words(["rm", "-rf", "--"], [&source]))
                } else {
                    done
                }
            }
            _ => uutils(words(["mv", "-f", "--"], [&source, &target])),
        });
    }
    code
}

/// Where `source` comes to lie: in a directory under its own name, else exactly there.
fn final_place(source: &Path, target: &Path) -> Option<PathBuf> {
    if !target.is_dir() {
        return Some(target.to_owned());
    }
    source.file_name().map(|name| target.join(name))
}

fn words<const N: usize, const M: usize>(first: [&str; N], then: [&OsString; M]) -> Vec<OsString> {
    first
        .into_iter()
        .map(OsString::from)
        .chain(then.into_iter().cloned())
        .collect()
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

    #[test]
    fn a_move_into_a_directory_keeps_the_name() {
        let directory = std::env::temp_dir();
        assert_eq!(
            final_place(Path::new("a/b"), &directory),
            Some(directory.join("b"))
        );
        assert_eq!(
            final_place(Path::new("a/b"), Path::new("no/such")),
            Some(PathBuf::from("no/such"))
        );
    }
}
