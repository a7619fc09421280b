//! `coproc`: a child behind two pipes, whose ends an array names.

use std::rc::Rc;

use berth_guest::Pid;

use crate::descriptors::AUTOMATIC_MIN;
use crate::parameters::Refused;
use crate::parse::ast::Command;
use crate::parse::print;
use crate::shell::{Outcome, Shell, Unwind};
use crate::text::is_name;

/// Highest number an end of a pipe gets; high, as in bash, where scripts do not use numbers of their own.
const NUMBER_MAX: i32 = 63;
/// What stands for an end that is closed.
const CLOSED: i32 = -1;

/// The last coprocess.
#[derive(Clone, Debug)]
pub struct Coprocess {
    /// The array that names its ends.
    name: String,
    pid: Pid,
    /// To read from it and to write to it, or [`CLOSED`].
    ends: [i32; 2],
}

impl Shell {
    /// `coproc`: a child with a pipe to either side, their numbers in an array.
    pub(super) fn run_coprocess(&mut self, name: &str, body: &Command) -> Outcome {
        if !is_name(name) {
            self.error(&format!("`{name}': not a valid identifier"));
            return Ok(1);
        }
        self.forget_ended_coprocess();
        let (their_input, our_output) =
            berth_guest::pipe().map_err(|error| self.no_process(&error))?;
        let (our_input, their_output) =
            berth_guest::pipe().map_err(|error| self.no_process(&error))?;
        let mut ours = Some((our_input, our_output));
        let job_control = self.job_control();
        let group = if job_control {
            berth_guest::Group::New
        } else {
            berth_guest::Group::Inherit
        };
        let (their_input, their_output) = (Rc::new(their_input), Rc::new(their_output));
        let pid = berth_guest::fork(group, false, || {
            ours = None;
            self.become_child();
            self.descriptors.set(0, their_input);
            self.descriptors.set(1, their_output);
            self.run_as_child(|shell| shell.run_command(body))
        })
        .map_err(|error| self.no_process(&error))?;
        let Some((input, output)) = ours else {
            return Ok(1);
        };
        let mut free = (AUTOMATIC_MIN..=NUMBER_MAX)
            .rev()
            .filter(|number| self.descriptors.get(*number).is_none());
        // Bash takes four and gives the two in the middle back.
        let (first, last) = (free.next(), free.nth(2));
        let mut ends = [CLOSED; 2];
        for ((end, number), kept) in [input, output]
            .into_iter()
            .zip([first, last])
            .zip(&mut ends)
        {
            *kept = number.unwrap_or_else(|| self.descriptors.unused());
            self.descriptors.set(*kept, Rc::new(end));
        }
        self.coprocess = Some(Coprocess {
            name: name.to_owned(),
            pid,
            ends,
        });
        self.show_coprocess()
            .map_err(|refused| refused.or(Unwind::Discard(1)))?;
        self.assign(&format!("{name}_PID"), &pid.to_string(), false)
            .map_err(|refused| refused.or(Unwind::Discard(1)))?;
        self.jobs.last_background = Some(pid);
        let process = crate::jobs::Process {
            pid,
            state: crate::jobs::State::Running,
        };
        let text = format!("coproc {name} {}", print::command(body));
        self.jobs
            .add(job_control.then_some(pid), vec![process], text);
        Ok(0)
    }

    /// Writes the numbers of the ends into the coprocess's array.
    fn show_coprocess(&mut self) -> Result<(), Refused> {
        let Some(Coprocess { name, ends, .. }) = self.coprocess.clone() else {
            return Ok(());
        };
        let ends = ends.map(|number| (None, false, number.to_string()));
        self.assign_array(&name, ends.into(), false)
    }

    /// An end of the coprocess has another number now, or is closed.
    pub(crate) fn coprocess_end_closed(&mut self, number: i32) {
        let Some(coprocess) = &mut self.coprocess else {
            return;
        };
        if let Some(end) = coprocess.ends.iter_mut().find(|end| **end == number) {
            *end = CLOSED;
            // A readonly array keeps what it says.
            let _ = self.show_coprocess();
        }
    }

    /// Once somebody has waited for the coprocess, its pipes and variables go.
    pub(crate) fn forget_ended_coprocess(&mut self) {
        let ended = |coprocess: &mut Coprocess| {
            let pid = coprocess.pid;
            self.jobs.ended_status(pid).is_some() || !self.jobs.knows(pid)
        };
        let Some(coprocess) = self.coprocess.take_if(ended) else {
            return;
        };
        for number in coprocess.ends {
            if number != CLOSED {
                self.descriptors.close(number);
            }
        }
        self.variables.unset(&coprocess.name);
        self.variables.unset(&format!("{}_PID", coprocess.name));
    }
}
