//! What `declare`, `export` and `readonly` do with functions: `-f` and `-F`.

use super::declare::{Argument, Request};
use crate::parse::ast::AssignmentValue;
use crate::shell::{Outcome, Shell};

/// `declare -f`, `-F`; `export -f` and `readonly -f` accept names.
pub fn functions(shell: &mut Shell, request: &Request, operands: Vec<Argument>) -> Outcome {
    let implied = match request.name.as_str() {
        "export" => "x",
        "readonly" => "r",
        _ => "",
    };
    let names_only = request.has('F');
    if let Some(letter) = request
        .on
        .chars()
        .find(|letter| "aAilucn".contains(*letter))
        && implied.is_empty()
        && !operands.is_empty()
    {
        shell.error(&format!("{}: -{letter}: invalid option", request.name));
        return Ok(1);
    }
    if operands.is_empty() {
        let wanted = |letter: &char| "xrt".contains(*letter);
        let wanted: String = request
            .on
            .chars()
            .filter(wanted)
            .chain(implied.chars())
            .collect();
        for name in shell.functions.keys().cloned().collect::<Vec<_>>() {
            let flags = shell.function_flags(&name);
            if !wanted.chars().all(|letter| flags.contains(letter)) {
                continue;
            }
            if !names_only {
                let text = shell.function_text(&name).unwrap_or_default();
                shell.print_line(&text);
            }
            if names_only || flags.len() > 1 {
                shell.print_line(&format!("declare -{flags} {name}"));
            }
        }
        return Ok(0);
    }
    let changes = |letters: &str| letters.contains(['x', 'r', 't']);
    if changes(implied) || changes(&request.on) || changes(&request.off) {
        return change_functions(shell, request, implied, operands);
    }
    let mut status = 0;
    for operand in operands {
        let Argument::Text(name) = operand else {
            shell.error(&format!(
                "{}: cannot use `-f' to make functions",
                request.name
            ));
            return Ok(1);
        };
        match shell.function_text(&name) {
            Some(_) if names_only && request.has('p') => {
                let flags = shell.function_flags(&name);
                shell.print_line(&format!("declare -{flags} {name}"));
            }
            Some(_) if names_only => {
                let place = match shell.functions.get(&name) {
                    Some(known) if shell.shopt.get("extdebug") => {
                        format!(" {} {}", known.line, known.source)
                    }
                    _ => String::new(),
                };
                shell.print_line(&format!("{name}{place}"));
            }
            Some(text) => shell.print_line(&text),
            None => {
                if request.has('p') {
                    shell.error(&format!("{}: {name}: not found", request.name));
                }
                status = 1;
            }
        }
    }
    Ok(status)
}

/// Gives functions attributes, or takes them.
fn change_functions(
    shell: &mut Shell,
    request: &Request,
    implied: &str,
    operands: Vec<Argument>,
) -> Outcome {
    let on = |letter: char| request.has(letter) || implied.contains(letter);
    let mut status = 0;
    for operand in operands {
        let name = match operand {
            Argument::Text(name) => name,
            // Functions may have such names.
            Argument::Assignment(assignment) => match &assignment.value {
                AssignmentValue::Scalar(value) if !implied.is_empty() => {
                    format!("{}={}", assignment.name, value.text)
                }
                _ => {
                    shell.error(&format!(
                        "{}: cannot use `-f' to make functions",
                        request.name
                    ));
                    return Ok(1);
                }
            },
        };
        if !shell.functions.contains_key(&name) {
            if !implied.is_empty() {
                shell.error(&format!("{}: {name}: not a function", request.name));
            }
            status = 1;
            continue;
        }
        if request.off.contains('r')
            && let Err(failed) =
                shell.check_function_writable(&format!("{}: ", request.name), &name)
        {
            status = failed;
            continue;
        }
        if request.off.contains('x') || (on('x') && request.has('n')) {
            shell.exported_functions.remove(&name);
        } else if on('x') {
            if name.contains(['=', '/']) {
                shell.error(&format!("{}: {name}: cannot export", request.name));
                status = 1;
                continue;
            }
            shell.exported_functions.insert(name.clone());
        }
        if let Some(known) = shell.functions.get_mut(&name) {
            known.readonly |= on('r');
            known.traced = on('t') || (known.traced && !request.off.contains('t'));
        }
    }
    Ok(status)
}

impl Shell {
    /// The letters `declare -F` shows for a function.
    fn function_flags(&self, name: &str) -> String {
        let known = self.functions.get(name);
        let flags = [
            ('f', true),
            ('r', known.is_some_and(|known| known.readonly)),
            ('t', known.is_some_and(|known| known.traced)),
            ('x', self.exported_functions.contains(name)),
        ];
        flags
            .into_iter()
            .filter(|(_, on)| *on)
            .map(|(letter, _)| letter)
            .collect()
    }

    /// Complains, behind `prefix`, about changing a readonly function; the error is the status.
    pub(crate) fn check_function_writable(&self, prefix: &str, name: &str) -> Result<(), i32> {
        match self.functions.get(name) {
            Some(known) if known.readonly => {
                self.error(&format!("{prefix}{name}: readonly function"));
                Err(1)
            }
            _ => Ok(()),
        }
    }
}
