//! `wasi:cli`: arguments, environment, standard streams, terminals, exit.

use berth_kernel::process::ExitStatus;
use wasmtime::Result;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::stream::{Closed, FileInput, FileOutput, Position};
use crate::guest::{Ended, Guest};

/// Bytes as the interface's strings have them: what is no UTF-8 is shown as such.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl environment::Host for Guest {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>> {
        let image = self.process.image();
        let variables = image.environ.iter();
        Ok(variables
            .filter_map(|variable| {
                let equals = variable.iter().position(|&byte| byte == b'=')?;
                Some((text(&variable[..equals]), text(&variable[equals + 1..])))
            })
            .collect())
    }

    fn get_arguments(&mut self) -> Result<Vec<String>> {
        Ok(self.process.image().argv.iter().map(|a| text(a)).collect())
    }

    fn initial_cwd(&mut self) -> Result<Option<String>> {
        self.preview2().knows_cwd = true;
        Ok(Some(text(&self.process.cwd())))
    }
}

impl exit::Host for Guest {
    fn exit(&mut self, status: std::result::Result<(), ()>) -> Result<()> {
        self.exit_with_code(status.is_err().into())
    }

    fn exit_with_code(&mut self, code: u8) -> Result<()> {
        Err(wasmtime::Error::new(Ended(ExitStatus::Code(code))))
    }
}

impl Guest {
    fn standard_output(&mut self, fd: u32) -> Result<Resource<DynOutputStream>> {
        let stream: DynOutputStream = match self.process.file(fd) {
            Ok(file) => Box::new(FileOutput::new(self, file, Position::Shared)),
            Err(_) => Box::new(Closed),
        };
        Ok(self.table().push(stream)?)
    }

    fn terminal<T: 'static>(&self, fd: u32) -> Option<Resource<T>> {
        let file = self.process.file(fd).ok()?;
        file.as_tty().map(|_| Resource::new_own(fd))
    }
}

impl stdin::Host for Guest {
    fn get_stdin(&mut self) -> Result<Resource<DynInputStream>> {
        let stream: DynInputStream = match self.process.file(0) {
            Ok(file) => Box::new(FileInput::new(self, file, Position::Shared)),
            Err(_) => Box::new(Closed),
        };
        Ok(self.table().push(stream)?)
    }
}

impl stdout::Host for Guest {
    fn get_stdout(&mut self) -> Result<Resource<DynOutputStream>> {
        self.standard_output(1)
    }
}

impl stderr::Host for Guest {
    fn get_stderr(&mut self) -> Result<Resource<DynOutputStream>> {
        self.standard_output(2)
    }
}

type In = terminal_input::TerminalInput;
type Out = terminal_output::TerminalOutput;

impl terminal_input::Host for Guest {}

impl terminal_input::HostTerminalInput for Guest {
    fn drop(&mut self, _terminal: Resource<In>) -> Result<()> {
        Ok(())
    }
}

impl terminal_output::Host for Guest {}

impl terminal_output::HostTerminalOutput for Guest {
    fn drop(&mut self, _terminal: Resource<Out>) -> Result<()> {
        Ok(())
    }
}

impl terminal_stdin::Host for Guest {
    fn get_terminal_stdin(&mut self) -> Result<Option<Resource<In>>> {
        Ok(self.terminal(0))
    }
}

impl terminal_stdout::Host for Guest {
    fn get_terminal_stdout(&mut self) -> Result<Option<Resource<Out>>> {
        Ok(self.terminal(1))
    }
}

impl terminal_stderr::Host for Guest {
    fn get_terminal_stderr(&mut self) -> Result<Option<Resource<Out>>> {
        Ok(self.terminal(2))
    }
}
