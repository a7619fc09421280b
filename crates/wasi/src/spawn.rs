//! Starting a program: from a path to a running process (`execve(2)`, `posix_spawn(3)`).

use std::os::fd::OwnedFd;
use std::sync::Arc;

use berth_kernel::descriptor::{Descriptors, PREOPEN};
use berth_kernel::file::{File, Stat};
use berth_kernel::limits as kernel_limits;
use berth_kernel::machine::{Group, Machine, NewProcess};
use berth_kernel::process::{Image, Process};
use berth_kernel::tty::Tty;
use berth_kernel::vfs::Base;
use berth_kernel::{Errno, Result};

use crate::limits;
use crate::program::{Program, ProgramError};
use crate::run::{self, Born, Successor};
use crate::runtime::Shared;

/// Who may start a file, as permission bits: everybody in a session is the same user.
const EXECUTE_BITS: u32 = 0o111;

/// A program about to start.
pub struct Spawn {
    /// Guest path of the program, relative to the starter's directory (`cwd`, if the host starts it); `PATH` is not
    /// searched.
    pub path: Vec<u8>,
    /// Arguments, the program's name first.
    pub argv: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environ: Vec<Vec<u8>>,
    /// Working directory; empty for the starter's (the root, if the host starts it).
    pub cwd: Vec<u8>,
    /// The child's descriptors, by number. 3 is taken by the preopened root.
    pub descriptors: Vec<(u32, Arc<dyn File>)>,
    /// A terminal of which the process becomes the session leader.
    pub tty: Option<Arc<Tty>>,
    /// Process group.
    pub group: Group,
    /// Make its group the terminal's foreground group before it runs.
    pub foreground: bool,
}

/// Starts a program. `parent` is `None` when the host starts it.
///
/// `ENOENT`, `EACCES` (not a regular file, or text without an execute bit), `ENOEXEC` (neither a module nor a `#!` line; for a
/// broken module the reason is said on its standard error), `ELOOP` (`#!` too deep), `E2BIG`,
/// `EAGAIN` (process limit), `EINVAL` (descriptor 3 named).
pub async fn spawn(
    shared: &Arc<Shared>,
    machine: &Arc<Machine>,
    parent: Option<&Arc<Process>>,
    spawn: Spawn,
) -> Result<Arc<Process>> {
    let Spawn {
        path,
        argv,
        environ,
        cwd,
        descriptors,
        tty,
        group,
        foreground,
    } = spawn;
    let namespace = machine.namespace();
    let asking = parent.map(|parent| &**parent);
    let parent_cwd = parent.map_or_else(|| b"/".to_vec(), |parent| parent.cwd());
    let cwd = if cwd.is_empty() {
        parent_cwd.clone()
    } else {
        let cwd = namespace.canonical(asking, Base::Path(&parent_cwd), &cwd)?;
        let stat = namespace.stat(asking, Base::Root, &cwd, true)?;
        if stat.kind != berth_kernel::file::FileKind::Directory {
            return Err(Errno::NotDirectory);
        }
        cwd
    };

    let from = if parent.is_some() { &parent_cwd } else { &cwd };
    let (program, image) = prepare(
        shared,
        machine,
        asking,
        from,
        path,
        argv,
        environ,
        &descriptors,
    )
    .await?;
    let table = table(machine, descriptors)?;
    let slot = Arc::clone(&shared.slots)
        .try_acquire_owned()
        .map_err(|_| Errno::Again)?;
    let process = machine.start(
        parent,
        NewProcess {
            image,
            cwd,
            descriptors: table,
            group,
            lead_tty: tty,
            foreground,
            keep_caught: false,
        },
    )?;
    run::start(
        shared,
        program,
        Born::new(Arc::clone(&process), Arc::clone(machine), slot),
    );
    Ok(process)
}

/// Makes everything ready for a process to become another program (`execve(2)`), and changes nothing about it yet: the
/// errors are those of [`spawn`].
pub async fn exec(
    shared: &Shared,
    machine: &Machine,
    process: &Process,
    path: Vec<u8>,
    argv: Vec<Vec<u8>>,
    environ: Vec<Vec<u8>>,
    descriptors: Vec<(u32, Arc<dyn File>)>,
) -> Result<Successor> {
    let (program, image) = prepare(
        shared,
        machine,
        Some(process),
        &process.cwd(),
        path,
        argv,
        environ,
        &descriptors,
    )
    .await?;
    Ok(Successor {
        program,
        image,
        descriptors: table(machine, descriptors)?,
    })
}

/// Finds and loads what a path stands for, through `#!` lines, which change the arguments. `from` is where a relative
/// path begins.
#[allow(
    clippy::too_many_arguments,
    reason = "those of execve(2), and who asks"
)]
async fn prepare(
    shared: &Shared,
    machine: &Machine,
    asking: Option<&Process>,
    from: &[u8],
    mut path: Vec<u8>,
    mut argv: Vec<Vec<u8>>,
    environ: Vec<Vec<u8>>,
    descriptors: &[(u32, Arc<dyn File>)],
) -> Result<(Arc<Program>, Arc<Image>)> {
    check_size(&argv, &environ)?;
    let namespace = machine.namespace();
    let mut depth = 0;
    let loaded = loop {
        let (file, stat) = namespace.host_file(asking, Base::Path(from), &path)?;
        // A module is never text by mistake, and one that came through the browser has no execute bit yet.
        let executable = stat.mode & EXECUTE_BITS != 0;
        match interpreter(&file)? {
            Some(_) if !executable => return Err(Errno::Access),
            Some(Interpreter { program, argument }) => {
                depth += 1;
                if depth > kernel_limits::INTERPRETER_DEPTH_MAX {
                    return Err(Errno::Loop);
                }
                // `#!program argument` turns `script a b` into `program argument script a b`.
                let mut through = vec![program.clone()];
                through.extend(argument);
                through.push(path);
                through.extend(argv.drain(..).skip(1));
                argv = through;
                path = program;
            }
            None => match load(shared, file, &stat, &path, descriptors).await {
                Err(ProgramError::NotWasm) if !executable => return Err(Errno::Access),
                loaded => break loaded,
            },
        }
    };
    let program = match loaded {
        Ok(program) => program,
        Err(error) => {
            tell(&path, descriptors, &error);
            return Err(error.errno());
        }
    };
    let image = Image {
        path,
        argv,
        environ,
    };
    Ok((program, Arc::new(image)))
}

/// A table of these descriptors and the preopened root.
fn table(machine: &Machine, descriptors: Vec<(u32, Arc<dyn File>)>) -> Result<Descriptors> {
    let mut table = Descriptors::new(machine.limits().descriptors_max);
    for (fd, file) in descriptors {
        if fd == PREOPEN {
            return Err(Errno::Invalid);
        }
        table.replace(fd, file)?;
    }
    table.replace(PREOPEN, machine.root()?)?;
    Ok(table)
}

/// Loads a program. Whoever waits long at a terminal is told what for: a large one that nobody has started
/// before takes some seconds to compile.
async fn load(
    shared: &Shared,
    file: OwnedFd,
    stat: &Stat,
    path: &[u8],
    descriptors: &[(u32, Arc<dyn File>)],
) -> std::result::Result<Arc<Program>, ProgramError> {
    let mut loading = std::pin::pin!(shared.programs.load(file, stat));
    if let Ok(loaded) = tokio::time::timeout(limits::COMPILATION_SILENCE, loading.as_mut()).await {
        return loaded;
    }
    if let Some((_, stderr)) = descriptors.iter().find(|(fd, _)| *fd == 2)
        && stderr.as_tty().is_some()
    {
        let name = String::from_utf8_lossy(path);
        let line = format!("{name}: compiling for this server, which is done once\n");
        let _ = stderr.try_write(None, line.as_bytes());
    }
    loading.await
}

fn check_size(argv: &[Vec<u8>], environ: &[Vec<u8>]) -> Result<()> {
    let bytes: usize = argv
        .iter()
        .chain(environ)
        .map(|string| string.len() + 1)
        .sum();
    if bytes > kernel_limits::ARGUMENTS_MAX_BYTES {
        Err(Errno::TooBig)
    } else {
        Ok(())
    }
}

/// A broken module is a file that somebody meant to run: the reason belongs before their eyes. Text
/// is not: a shell runs it as a script.
fn tell(path: &[u8], descriptors: &[(u32, Arc<dyn File>)], error: &ProgramError) {
    if matches!(error, ProgramError::NotWasm) {
        return;
    }
    if let Some((_, stderr)) = descriptors.iter().find(|(fd, _)| *fd == 2) {
        let line = format!("{}: {error}\n", String::from_utf8_lossy(path));
        let _ = stderr.try_write(None, line.as_bytes());
    }
}

/// What a `#!` line names (`execve(2)`).
#[derive(Debug, PartialEq, Eq)]
struct Interpreter {
    /// Guest path of the program that runs the script.
    program: Vec<u8>,
    /// All that stands behind it, as one argument.
    argument: Option<Vec<u8>>,
}

/// The interpreter of a file, if it begins with a `#!` line.
fn interpreter(file: &OwnedFd) -> Result<Option<Interpreter>> {
    let mut line = [0; kernel_limits::INTERPRETER_LINE_BYTES];
    let length = rustix::io::pread(file, &mut line, 0)?;
    parse_interpreter(&line[..length])
}

fn parse_interpreter(start: &[u8]) -> Result<Option<Interpreter>> {
    let Some(rest) = start.strip_prefix(b"#!") else {
        return Ok(None);
    };
    let end = rest.iter().position(|&byte| byte == b'\n');
    let line = match end {
        Some(end) => &rest[..end],
        // A file that ends in its first line is complete; one that goes on has too long a line.
        None if start.len() < kernel_limits::INTERPRETER_LINE_BYTES => rest,
        None => return Err(Errno::NoExec),
    };
    let line = line.trim_ascii();
    let (program, argument) = match line.iter().position(|byte| matches!(byte, b' ' | b'\t')) {
        Some(gap) => (&line[..gap], line[gap..].trim_ascii()),
        None => (line, &b""[..]),
    };
    if program.is_empty() {
        return Err(Errno::NoExec);
    }
    Ok(Some(Interpreter {
        program: program.to_vec(),
        argument: (!argument.is_empty()).then(|| argument.to_vec()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Option<Interpreter>> {
        parse_interpreter(text.as_bytes())
    }

    #[test]
    fn an_interpreter_line_is_a_program_and_at_most_one_argument() {
        let some = |program: &str, argument: Option<&str>| {
            Ok(Some(Interpreter {
                program: program.into(),
                argument: argument.map(Into::into),
            }))
        };
        assert_eq!(line("#!/bin/sh\necho"), some("/bin/sh", None));
        assert_eq!(
            line("#! /usr/bin/env  bash -x \n"),
            some("/usr/bin/env", Some("bash -x"))
        );
        assert_eq!(line("#!/bin/sh"), some("/bin/sh", None));
        assert_eq!(line("echo"), Ok(None));
        assert_eq!(line("#!\n"), Err(Errno::NoExec));
        assert_eq!(
            line(&format!("#!/{}", "a".repeat(400))[..kernel_limits::INTERPRETER_LINE_BYTES]),
            Err(Errno::NoExec)
        );
    }
}
