//! `awk`: POSIX's language, with what gawk's users expect of it.

mod arrays;
mod builtins;
mod format;
mod lexer;
mod machine;
mod parser;
mod streams;
mod syntax;
mod value;

use std::ffi::OsString;
use std::rc::Rc;

use berth_multicall::{bytes, complain, print_help, read_all, reason, usage_error};
use lexopt::Arg::{Long, Short, Value};

use self::machine::Machine;

/// Bad command line, program or input.
const EXIT_TROUBLE: i32 = 2;

const HELP: &str = "\
Usage: awk [-F fs] [-v var=value]... [--] 'program' [file | var=value]...
       awk [-F fs] [-v var=value]... -f progfile [file | var=value]...
Run a program over the records and fields of files.

  -F, --field-separator=FS  what separates fields
  -v, --assign=VAR=VALUE    assign before the program begins
  -f, --file=PROGFILE       read the program from a file
  -e, --source=PROGRAM      a piece of the program
      --help                display this help and exit
      --version             output version information and exit
";

/// `awk`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match read(arguments) {
        Ok(Ok(request)) => run(&request),
        Ok(Err(code)) => code,
        Err(error) => usage_error("awk", &error, EXIT_TROUBLE),
    }
}

struct Request {
    separator: Option<Vec<u8>>,
    assignments: Vec<Vec<u8>>,
    source: Vec<u8>,
    operands: Vec<Vec<u8>>,
}

fn read(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        separator: None,
        assignments: Vec::new(),
        source: Vec::new(),
        operands: Vec::new(),
    };
    let mut given = false;
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('F') | Long("field-separator") => {
                request.separator = Some(bytes(&parser.value()?).to_vec())
            }
            Short('v') | Long("assign") => {
                request.assignments.push(bytes(&parser.value()?).to_vec())
            }
            Short('f') | Long("file") => {
                given = true;
                let name = parser.value()?;
                match read_all(bytes(&name)) {
                    Ok(source) => {
                        request.source.extend(source);
                        request.source.push(b'\n');
                    }
                    Err(error) => {
                        complain(
                            "awk",
                            format_args!("cannot open {} ({})", name.display(), reason(&error)),
                        );
                        return Ok(Err(EXIT_TROUBLE));
                    }
                }
            }
            Short('e') | Long("source") => {
                given = true;
                request.source.extend(bytes(&parser.value()?));
                request.source.push(b'\n');
            }
            Long("help") => return Ok(Err(print_help("awk", HELP))),
            Long("version") | Short('W' | 'V') => {
                return Ok(Err(print_help(
                    "awk",
                    concat!("awk (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Long("posix" | "traditional" | "re-interval") => {}
            Value(operand) => {
                // What follows belongs to the program, options too.
                if !given {
                    request.source = bytes(&operand).to_vec();
                } else {
                    request.operands.push(bytes(&operand).to_vec());
                }
                let rest = parser.raw_args()?;
                request
                    .operands
                    .extend(rest.map(|operand| bytes(&operand).to_vec()));
                given = true;
            }
            other => return Err(other.unexpected()),
        }
    }
    if !given {
        eprint!("{HELP}");
        return Ok(Err(EXIT_TROUBLE));
    }
    // `--` between the program's options and its operands.
    Ok(Ok(request))
}

fn run(request: &Request) -> i32 {
    let program = match parser::parse(&request.source) {
        Ok(program) => program,
        Err(error) => {
            complain("awk", format_args!("{error}"));
            return EXIT_TROUBLE;
        }
    };
    let operands = request
        .operands
        .iter()
        .map(|operand| Rc::from(&operand[..]))
        .collect();
    let mut machine = Machine::new(&program, operands);
    if let Some(separator) = &request.separator {
        // `-Ft` means a tab, as ever.
        let separator: &[u8] = if separator == b"t" { b"\\t" } else { separator };
        machine.assign_text("FS", separator);
    }
    for assignment in &request.assignments {
        match machine::assignment(assignment) {
            Some((name, value)) => machine.assign_text(&name, value),
            None => {
                complain(
                    "awk",
                    format_args!(
                        "improper assignment: -v {}",
                        berth_multicall::text(assignment)
                    ),
                );
                return EXIT_TROUBLE;
            }
        }
    }
    let ran = machine.run();
    let closed = machine.streams.close_all();
    if let Err(error) = ran {
        complain("awk", format_args!("{error}"));
        return EXIT_TROUBLE;
    }
    if let Err(error) = closed {
        complain("awk", format_args!("write failure ({})", reason(&error)));
        return EXIT_TROUBLE;
    }
    if machine.exit_code == 0 && machine.trouble {
        return EXIT_TROUBLE;
    }
    machine.exit_code
}
