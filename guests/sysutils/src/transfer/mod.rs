//! `cp` and `mv`: files to another place.

mod backup;
mod copier;
pub mod cp;
pub mod mv;

use std::io::{self, Write};

use berth_guest::FileType;
use berth_multicall::{complain, joined, quoted, reason};

/// Two files are one when both numbers are equal: the file system's and the file's own.
type Identity = (u64, u64);

/// Sources, the destination, and whether that is a directory to put them into.
type Operands = (Vec<Vec<u8>>, Vec<u8>, bool);

/// What stands for the destination on the command line.
#[derive(Default)]
struct Target {
    /// `-t`.
    directory: Option<Vec<u8>>,
    /// `-T`: the destination is never a directory to put things into.
    plain: bool,
}

impl Target {
    /// Splits operands into sources and where each of them goes; complains and gives the exit code where it cannot.
    fn resolve(&self, program: &str, mut operands: Vec<Vec<u8>>) -> Result<Operands, i32> {
        let usage = |what: String| berth_multicall::usage_error_text(program, &what, 1);
        if let Some(directory) = &self.directory {
            if operands.is_empty() {
                return Err(usage("missing file operand".to_owned()));
            }
            return match berth_guest::status(directory, true) {
                Ok(found) if found.file_type == FileType::Directory => {
                    Ok((operands, directory.clone(), true))
                }
                Ok(_) => Err(refused(program, "target directory", directory, None)),
                Err(error) => Err(refused(
                    program,
                    "target directory",
                    directory,
                    Some(&error),
                )),
            };
        }
        let Some(target) = operands.pop() else {
            return Err(usage("missing file operand".to_owned()));
        };
        if operands.is_empty() {
            return Err(usage(format!(
                "missing destination file operand after {}",
                quoted(&target)
            )));
        }
        if self.plain {
            if operands.len() > 1 {
                return Err(usage(format!("extra operand {}", quoted(&operands[1]))));
            }
            return Ok((operands, target, false));
        }
        let found = berth_guest::status(&target, true);
        let is_directory = matches!(&found, Ok(found) if found.file_type == FileType::Directory);
        if operands.len() > 1 && !is_directory {
            return Err(refused(program, "target", &target, found.err().as_ref()));
        }
        Ok((operands, target, is_directory))
    }
}

fn refused(program: &str, what: &str, name: &[u8], error: Option<&io::Error>) -> i32 {
    let why = error.map_or("Not a directory".to_owned(), reason);
    complain(program, format_args!("{what} {}: {why}", quoted(name)));
    1
}

/// A path without the slashes at its end.
fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/');
    &path[..end.map_or(path.len().min(1), |end| end + 1)]
}

/// Where a source goes in a directory: below its last component.
fn inside(directory: &[u8], source: &[u8]) -> Vec<u8> {
    let source = without_slashes(source);
    let base = source.rsplit(|byte| *byte == b'/').next();
    match base.unwrap_or(source) {
        // `cp -r .. x` fills `x` itself.
        b"." | b".." | b"" => directory.to_vec(),
        base => joined(directory, base),
    }
}

/// Asks on standard error; true for a yes.
fn confirmed(question: &str) -> bool {
    let _ = write!(io::stderr(), "{question}");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && answer.trim_start().starts_with(['y', 'Y'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_goes_below_its_last_component() {
        assert_eq!(inside(b"d", b"a/b/"), b"d/b");
        assert_eq!(inside(b"d/", b"a"), b"d/a");
        assert_eq!(inside(b"d", b".."), b"d");
        assert_eq!(inside(b"d", b"/"), b"d");
        assert_eq!(without_slashes(b"///"), b"/");
    }
}
