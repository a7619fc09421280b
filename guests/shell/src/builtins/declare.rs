//! `declare`, `typeset`, `local`, `export`, `readonly`

use std::collections::BTreeMap;

use super::USAGE_STATUS;
use crate::escapes::{quote_always, quote_double};
use crate::parameters::{Refused, is_reference_target};
use crate::parse::ast::{Assignment, AssignmentValue, SimpleCommand};
use crate::parse::{self};
use crate::shell::{Outcome, Shell, Unwind};
use crate::text::is_name;
use crate::variables::{Associative, CONVERTED_BUCKETS, Value, Variable};

/// What the options of a call ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// Letters given with `-`.
    pub on: String,
    /// Letters given with `+`.
    pub off: String,
    /// The name of the builtin.
    pub name: String,
}

impl Request {
    pub fn has(&self, letter: char) -> bool {
        self.on.contains(letter)
    }

    /// Whether name references are made; an array cannot be one.
    fn refers(&self) -> bool {
        self.has('n')
            && !matches!(self.name.as_str(), "export" | "readonly")
            && !self.has('a')
            && !self.has('A')
    }
}

/// One argument: a name, or an assignment.
pub(super) enum Argument {
    /// As it came out of expansion.
    Text(String),
    /// As it was written.
    Assignment(Assignment),
}

/// Runs a declaring builtin whose arguments were read as assignments.
pub fn run(shell: &mut Shell, name: &str, simple: &SimpleCommand, words: &[String]) -> Outcome {
    // Words and fields correspond except where an unquoted expansion gave several or none.
    let mut arguments = Vec::new();
    let mut fields = words.iter().skip(1);
    for word in simple.words.iter().skip(1) {
        if let Some(assignment) = &word.assignment {
            let text = fields.next().map_or("", String::as_str);
            arguments.push(Argument::Assignment(expanded_assignment(assignment, text)));
            continue;
        }
        let mut expanded = Vec::new();
        if word.plain {
            expanded.extend(fields.next().cloned());
        } else {
            // Expanded once already; the number of fields is what that gave.
            let assignments_after = simple
                .words
                .iter()
                .rev()
                .take_while(|other| !std::ptr::eq(*other, word))
                .count();
            while fields.len() > assignments_after {
                expanded.extend(fields.next().cloned());
            }
        }
        arguments.extend(expanded.into_iter().map(Argument::Text));
    }
    declare(shell, name, arguments)
}

/// An assignment with its expansions done: `text` is what they gave, and they are not to be done again. The elements of
/// an array are still to be expanded.
fn expanded_assignment(assignment: &Assignment, text: &str) -> Assignment {
    let mut expanded = assignment.clone();
    let rest = text.get(assignment.name.len()..).unwrap_or_default();
    let operator = if assignment.append { "+=" } else { "=" };
    let (subscript, value) = match &assignment.subscript {
        Some(_) => {
            let (subscript, value) = rest
                .split_once(&format!("]{operator}"))
                .unwrap_or((rest, ""));
            (subscript.strip_prefix('['), value)
        }
        None => (None, rest.strip_prefix(operator).unwrap_or_default()),
    };
    if let Some(subscript) = subscript {
        expanded.subscript = Some(parse::ast::Word::quoted(subscript));
    }
    if matches!(assignment.value, AssignmentValue::Scalar(_)) {
        expanded.value = AssignmentValue::Scalar(parse::ast::Word::quoted(value));
    }
    expanded
}

/// Runs a declaring builtin with arguments that are plain strings (`builtin declare`, `command export`).
pub fn run_words(shell: &mut Shell, words: &[String]) -> Outcome {
    let name = words.first().cloned().unwrap_or_default();
    let arguments = words.iter().skip(1).cloned().map(Argument::Text).collect();
    declare(shell, &name, arguments)
}

fn declare(shell: &mut Shell, name: &str, arguments: Vec<Argument>) -> Outcome {
    let mut request = Request {
        name: name.to_owned(),
        ..Request::default()
    };
    let known = match name {
        "export" | "readonly" => "aAfnp",
        _ => "aAcfFgiIlnprtux",
    };
    let mut operands = Vec::new();
    let mut options = true;
    for argument in arguments {
        match &argument {
            Argument::Text(text) if options && text == "--" => options = false,
            Argument::Text(text) if options && text.len() > 1 && text.starts_with(['-', '+']) => {
                let on = text.starts_with('-');
                for letter in text.chars().skip(1) {
                    if !known.contains(letter) {
                        let sign = if on { '-' } else { '+' };
                        shell.usage(
                            &[name.to_owned()],
                            &format!("{sign}{letter}: invalid option"),
                        );
                        return Ok(USAGE_STATUS);
                    }
                    if on {
                        &mut request.on
                    } else {
                        &mut request.off
                    }
                    .push(letter);
                }
            }
            _ => {
                options = false;
                operands.push(argument);
            }
        }
    }
    if name == "local" && !shell.in_function() {
        shell.error("local: can only be used in a function");
        return Ok(1);
    }
    if request.has('f') || request.has('F') {
        return super::functions::functions(shell, &request, operands);
    }
    if operands.is_empty() {
        return list(shell, &request);
    }
    if request.has('p') && !matches!(name, "export" | "readonly") {
        return show(shell, &request, operands);
    }
    let mut status = 0;
    for operand in operands {
        if name == "local" && matches!(&operand, Argument::Text(text) if text == "-") {
            let options = shell.options;
            if let Some(frame) = shell
                .frames
                .iter_mut()
                .rev()
                .find(|frame| frame.is_function)
            {
                frame.options.get_or_insert(options);
            }
            continue;
        }
        match one(shell, &request, operand) {
            Ok(true) => {}
            Ok(false) if matches!(name, "export" | "readonly") && shell.posix() => {
                return Err(shell.assignment_failed());
            }
            Ok(false) => status = 1,
            Err(Unwind::Discard(_)) => return Err(Unwind::Discard(1)),
            Err(other) => return Err(other),
        }
    }
    Ok(status)
}

/// Declares one name; false when that failed.
fn one(shell: &mut Shell, request: &Request, operand: Argument) -> Result<bool, Unwind> {
    let given = match &operand {
        Argument::Text(name) => shell
            .declared_with
            .iter()
            .rev()
            .find(|temporary| temporary.name == *name)
            .map(|temporary| format!("{name}={}", temporary.value)),
        Argument::Assignment(_) => None,
    };
    let mut exported = given.is_some();
    let assignment = match operand {
        Argument::Assignment(assignment) => Ok(assignment),
        Argument::Text(text) => match from_text(given.as_deref().unwrap_or(&text)) {
            Ok(mut assignment) => {
                if let Some(subscript) = &mut assignment.subscript {
                    let text = shell.named_subscript(&assignment.name, &subscript.text)?;
                    *subscript = parse::ast::Word::quoted(&text);
                }
                Ok(assignment)
            }
            name => name,
        },
    };
    let (name, assignment) = match assignment {
        Ok(assignment) => (assignment.name.clone(), Some(assignment)),
        Err(name) => (name, None),
    };
    // `x=1 declare -r x=2`: as if the value before had come first.
    exported |= request.has('r')
        && shell
            .declared_with
            .iter()
            .any(|temporary| temporary.name == name);
    let bare = name.split('[').next().unwrap_or_default();
    if !is_name(bare) {
        shell.error(&format!(
            "{}: `{name}': not a valid identifier",
            request.name
        ));
        return Ok(false);
    }
    // `declare x[3]` declares an array, whatever the subscript.
    let subscripted = match &assignment {
        Some(assignment) => assignment.subscript.is_some(),
        None => name.len() > bare.len(),
    };
    if subscripted && matches!(request.name.as_str(), "export" | "readonly") {
        let shown = match &assignment {
            Some(assignment) => assignment.shown_name(),
            None => name,
        };
        shell.error(&format!(
            "{}: `{shown}': not a valid identifier",
            request.name
        ));
        return Ok(false);
    }
    let indexed = assignment.is_none() && subscripted && !request.has('A');
    let name = if assignment.is_some() {
        name
    } else {
        bare.to_owned()
    };
    let local = match request.name.as_str() {
        "local" => true,
        "declare" | "typeset" => shell.in_function() && !request.has('g'),
        _ => false,
    };
    // Inside a function the value is found in the outer scope, before the new name hides it.
    let prepared = match &assignment {
        Some(assignment) => Some(prepare(shell, request, assignment)?),
        None => None,
    };
    let hidden = request.has('g').then(|| shell.variables.hide_locals(&name));
    let declaration = Declaration {
        name: name.clone(),
        assignment,
        prepared,
        indexed,
        local,
        exported,
    };
    let result = declare_one(shell, request, declaration);
    if let Some(hidden) = hidden {
        shell.variables.show_locals(&name, hidden);
    }
    result
}

/// A name to be declared, and what is assigned to it.
struct Declaration {
    name: String,
    assignment: Option<Assignment>,
    prepared: Option<Prepared>,
    /// Declared with a subscript, so it is an array.
    indexed: bool,
    /// In the innermost scope.
    local: bool,
    /// Its value stood before the command.
    exported: bool,
}

/// Declares a name whose value is known.
fn declare_one(
    shell: &mut Shell,
    request: &Request,
    declaration: Declaration,
) -> Result<bool, Unwind> {
    let Declaration {
        name,
        assignment,
        prepared,
        indexed,
        local,
        exported,
    } = declaration;
    let from_string = matches!(prepared, Some(Prepared::Array(_)))
        && assignment
            .as_ref()
            .is_some_and(|assignment| matches!(assignment.value, AssignmentValue::Scalar(_)));
    let readonly = shell
        .variables
        .get(&name)
        .is_some_and(|variable| variable.attributes.readonly);
    // One of the whole shell cannot be hidden; one of another function can.
    let refused = if local && !shell.variables.is_local(&name) {
        shell.variables.is_global(&name)
    } else {
        prepared.is_some() || request.off.contains('r')
    };
    let list = assignment
        .as_ref()
        .is_some_and(|assignment| matches!(assignment.value, AssignmentValue::Array(_)));
    // A list is assigned before the rest is looked at, and outside of functions its failure is that of an assignment.
    let lasting = matches!(request.name.as_str(), "export" | "readonly");
    let list_failed = |shell: &mut Shell, message: &str| {
        if list {
            // The function's name goes before it until a builtin has run in it.
            let function = shell
                .frames
                .last()
                .filter(|_| shell.just_called && !lasting);
            let prefix = function.map_or(String::new(), |frame| format!("{}: ", frame.function));
            shell.error(&format!("{prefix}{name}: {message}"));
        }
        match list && (lasting || !shell.in_function()) {
            true => Err(Unwind::Discard(1)),
            false => Ok(()),
        }
    };
    if readonly && refused {
        list_failed(shell, "readonly variable")?;
        let prefix = match request.name.as_str() {
            "export" | "readonly" if !from_string => String::new(),
            other => format!("{other}: "),
        };
        shell.error(&format!("{prefix}{name}: readonly variable"));
        return Ok(false);
    }
    if local {
        let inherits = shell.shopt.get("localvar_inherit") || request.has('I');
        let outer_exported = shell
            .variables
            .get(&name)
            .is_some_and(|outer| outer.attributes.exported);
        // What was assigned before the call is the argument of a local variable.
        let inherited = shell
            .variables
            .get(&name)
            .filter(|outer| inherits || outer.attributes.temporary)
            .cloned();
        let known = shell.variables.is_local(&name);
        let variable = shell.variables.declare_local(&name);
        if let Some(inherited) = inherited.filter(|_| !known) {
            *variable = inherited;
        }
        variable.attributes.of_call |= variable.attributes.temporary;
        variable.attributes.temporary = false;
        // What programs get by that name is the local one then.
        let array = request.has('a') || request.has('A');
        variable.attributes.exported |= outer_exported && !known && !array;
    }
    if request.refers() {
        return refer(shell, request, &name, prepared);
    }
    let target = if request.off.contains('n') {
        name.clone()
    } else {
        let target = shell.variables.resolve(&name);
        // What stands for an element has the attributes of its array.
        match crate::parameters::split_subscript(&target) {
            Some(_) if matches!(request.name.as_str(), "export" | "readonly") => return Ok(true),
            Some((array, _)) if prepared.is_none() => array.to_owned(),
            _ => target,
        }
    };
    if target.is_empty() {
        shell.error(&format!("warning: {name}: circular name reference"));
        return Ok(false);
    }
    {
        let variable = shell.variables.entry(&target);
        make_kind(variable, request);
        if indexed && matches!(variable.value, Value::Unset) {
            variable.value = Value::Indexed(BTreeMap::new());
            variable.attributes.empty = true;
        }
        if let Some(message) = conflict(variable, request) {
            list_failed(shell, message)?;
            shell.error(&format!("{}: {name}: {message}", request.name));
            return Ok(false);
        }
        set_attributes(variable, request);
    }
    if let (Some(assignment), Some(prepared)) = (assignment, prepared)
        && !store(shell, &target, &assignment, prepared)?
    {
        return Ok(false);
    }
    let variable = shell.variables.entry(&target);
    let given = variable.attributes.temporary || variable.attributes.of_call;
    if given && (lasting || request.has('x') || request.has('r')) {
        variable.attributes.outlives = true;
    }
    variable.attributes.exported |= exported;
    if request.name == "export" {
        variable.attributes.exported = !request.has('n');
    }
    if (request.name == "readonly" && !request.has('n')) || request.has('r') {
        variable.attributes.readonly = true;
    }
    Ok(true)
}

/// `declare -n`: the name stands for another one.
fn refer(
    shell: &mut Shell,
    request: &Request,
    name: &str,
    prepared: Option<Prepared>,
) -> Result<bool, Unwind> {
    let known = shell.variables.get(name);
    if known.is_some_and(Variable::is_array) || matches!(prepared, Some(Prepared::Array(_))) {
        shell.error(&format!(
            "{}: {name}: reference variable cannot be an array",
            request.name
        ));
        return Ok(false);
    }
    let target = match &prepared {
        Some(Prepared::Scalar(target)) => Some(target.clone()),
        _ => known.and_then(Variable::text).map(str::to_owned),
    };
    if let Some(target) = target.filter(|target| !target.is_empty()) {
        if target == name && prepared.is_some() {
            if !shell.in_function() {
                shell.error(&format!(
                    "{}: {name}: nameref variable self references not allowed",
                    request.name
                ));
                return Ok(false);
            }
            shell.error(&format!("warning: {name}: circular name reference"));
        }
        if !is_reference_target(&target) {
            shell.error(&format!(
                "{}: `{target}': invalid variable name for name reference",
                request.name
            ));
            return Ok(false);
        }
    }
    let variable = shell.variables.entry(name);
    if let Some(Prepared::Scalar(target)) = prepared {
        variable.value = Value::Scalar(target);
    }
    set_attributes(variable, request);
    variable.attributes.readonly |= request.has('r');
    Ok(true)
}

/// An argument that came out of an expansion: an assignment, or as error the name it is.
fn from_text(text: &str) -> Result<Assignment, String> {
    let Some(equals) = text.find('=') else {
        return Err(text.to_owned());
    };
    let (head, value) = (
        text.get(..equals).unwrap_or_default(),
        text.get(equals + 1..).unwrap_or_default(),
    );
    let (head, append) = match head.strip_suffix('+') {
        Some(head) => (head, true),
        None => (head, false),
    };
    let (name, subscript) = match crate::parameters::split_subscript(head) {
        Some((name, subscript)) => (name, Some(parse::ast::Word::quoted(subscript))),
        None => (head, None),
    };
    if !is_name(name) {
        return Err(text.to_owned());
    }
    let value = AssignmentValue::Scalar(parse::ast::Word::quoted(value));
    Ok(Assignment {
        name: name.to_owned(),
        subscript,
        append,
        value,
    })
}

/// The right side of an assignment, expanded.
enum Prepared {
    Scalar(String),
    Array(Vec<(Option<String>, bool, String)>),
}

fn prepare(
    shell: &mut Shell,
    request: &Request,
    assignment: &Assignment,
) -> Result<Prepared, Unwind> {
    if assignment.subscript.is_some() && matches!(assignment.value, AssignmentValue::Array(_)) {
        shell.error(&format!(
            "{}: cannot assign list to array member",
            assignment.shown_name()
        ));
        return Err(Unwind::Discard(1));
    }
    let keyed = request.has('A') || shell.is_associative(&assignment.name);
    Ok(match &assignment.value {
        AssignmentValue::Scalar(word) => {
            let value = shell.expand_value(word)?;
            let known = shell.variables.get(&assignment.name);
            let array = request.has('a')
                || request.has('A')
                || (known.is_some_and(Variable::is_array)
                    && !matches!(request.name.as_str(), "export" | "readonly"));
            // A list may come as the text of one: `declare -a x="$list"`.
            let looks = value.starts_with('(') && value.ends_with(')');
            let replaces = request.has('a') || request.has('A');
            let list = array && looks && (assignment.subscript.is_none() || replaces);
            let unknown = known.is_none_or(|variable| !variable.is_array());
            if looks && assignment.subscript.is_some() && !list && unknown {
                let shown = assignment.shown_name();
                shell.error(&format!(
                    "warning: {shown}={value}: quoted compound array assignment deprecated"
                ));
            }
            match parse::array_literal(&value, &mut shell.plain_host()) {
                Ok(elements) if list => Prepared::Array(shell.expand_elements(&elements, keyed)?),
                _ => Prepared::Scalar(value),
            }
        }
        AssignmentValue::Array(elements) => {
            Prepared::Array(shell.expand_elements(elements, keyed)?)
        }
    })
}

fn store(
    shell: &mut Shell,
    name: &str,
    assignment: &Assignment,
    prepared: Prepared,
) -> Result<bool, Unwind> {
    let result = match prepared {
        Prepared::Scalar(value) => match &assignment.subscript {
            Some(subscript) => {
                let key = shell.subscript(name, subscript)?;
                shell.assign_element(name, key, &value, assignment.append)
            }
            None => shell.assign(name, &value, assignment.append),
        },
        Prepared::Array(elements) => shell.assign_array(name, elements, assignment.append),
    };
    match result {
        Ok(()) => Ok(true),
        Err(Refused::Told) => Ok(false),
        Err(Refused::Unwind(unwind)) => Err(unwind),
    }
}

/// `-a` and `-A`
fn make_kind(variable: &mut Variable, request: &Request) {
    if request.has('A') {
        match &mut variable.value {
            Value::Unset => {
                variable.value = Value::Associative(Associative::default());
                variable.attributes.empty = true;
            }
            Value::Scalar(text) => {
                let mut elements = Associative::with_buckets(CONVERTED_BUCKETS);
                elements.insert("0".to_owned(), std::mem::take(text));
                variable.value = Value::Associative(elements);
            }
            _ => {}
        }
    } else if request.has('a') {
        match variable.value {
            Value::Unset => {
                variable.value = Value::Indexed(BTreeMap::new());
                variable.attributes.empty = true;
            }
            Value::Scalar(_) => crate::parameters::make_indexed(variable),
            _ => {}
        }
    }
}

/// `declare +a` of an array.
const NOT_DESTROYED: &str = "cannot destroy array variables in this way";

fn conflict(variable: &Variable, request: &Request) -> Option<&'static str> {
    match variable.value {
        Value::Indexed(_) if request.off.contains('a') => Some(NOT_DESTROYED),
        Value::Associative(_) if request.off.contains('A') => Some(NOT_DESTROYED),
        Value::Indexed(_) if request.has('A') => {
            Some("cannot convert indexed to associative array")
        }
        Value::Associative(_) if request.has('a') => {
            Some("cannot convert associative to indexed array")
        }
        _ => None,
    }
}

fn set_attributes(variable: &mut Variable, request: &Request) {
    let attributes = &mut variable.attributes;
    for (letters, on) in [(&request.on, true), (&request.off, false)] {
        for letter in letters.chars() {
            match letter {
                'x' => attributes.exported = on,
                'i' => attributes.integer = on,
                't' => attributes.trace = on,
                'n' if !on || request.refers() => attributes.reference = on,
                'l' => {
                    attributes.lower = on;
                    attributes.upper &= !on;
                    attributes.capital &= !on;
                }
                'u' => {
                    attributes.upper = on;
                    attributes.lower &= !on;
                    attributes.capital &= !on;
                }
                'c' => {
                    attributes.capital = on;
                    attributes.upper &= !on;
                    attributes.lower &= !on;
                }
                _ => {}
            }
        }
    }
}

/// All variables with the attributes asked for.
fn list(shell: &mut Shell, request: &Request) -> Outcome {
    let implied = match request.name.as_str() {
        "export" => "x",
        "readonly" => "r",
        _ => "",
    };
    let given = request.on.chars();
    let wanted: Vec<char> = given
        .filter(|letter| "aAcilnrtux".contains(*letter))
        .chain(implied.chars())
        .collect();
    let local_only = request.name == "local";
    let names: Vec<String> = if local_only {
        shell.variables.local_names()
    } else {
        shell.variable_names()
    };
    for name in names {
        let computed = shell.computed(&name);
        let Some(variable) = shell.variables.get(&name).or(computed.as_ref()) else {
            continue;
        };
        let flags = variable.flags();
        if !wanted.iter().all(|letter| flags.contains(*letter)) {
            continue;
        }
        let full = local_only || request.has('p') || !wanted.is_empty();
        // Nobody has looked at it, and then it is empty in bash.
        let unseen = name == "DIRSTACK" && shell.directory_stack.is_empty();
        let line = if full && unseen {
            format!("declare -a {name}=()")
        } else if full && !implied.is_empty() && shell.posix() {
            posix_text(&request.name, &name, variable)
        } else if full {
            declaration_text(&name, variable)
        } else {
            match plain_text(&name, variable) {
                Some(line) => line,
                None => continue,
            }
        };
        shell.print_line(&line);
    }
    if !local_only && !request.has('p') && wanted.is_empty() {
        for name in shell.functions.keys().cloned().collect::<Vec<_>>() {
            let text = shell.function_text(&name).unwrap_or_default();
            shell.print_line(&text);
        }
    }
    Ok(0)
}

/// `declare -p name`
fn show(shell: &mut Shell, request: &Request, operands: Vec<Argument>) -> Outcome {
    let mut status = 0;
    for operand in operands {
        let name = match operand {
            Argument::Text(text) => text,
            Argument::Assignment(assignment) => {
                // A name is asked for, and this is none.
                format!("{}=", assignment.name)
            }
        };
        let computed = shell.computed(&name);
        let line = shell
            .variables
            .get(&name)
            .or(computed.as_ref())
            .map(|variable| declaration_text(&name, variable));
        match line {
            Some(line) => shell.print_line(&line),
            None if name == "PIPESTATUS" => {
                let values: Vec<String> = shell
                    .pipe_status
                    .iter()
                    .enumerate()
                    .map(|(index, status)| format!("[{index}]=\"{status}\""))
                    .collect();
                shell.print_line(&format!("declare -a {name}=({})", values.join(" ")));
            }
            None => {
                shell.error(&format!("{}: {name}: not found", request.name));
                status = 1;
            }
        }
    }
    Ok(status)
}

/// A variable as `declare -p` shows it.
pub fn declaration_text(name: &str, variable: &Variable) -> String {
    let flags = variable.flags();
    let flags = if flags.is_empty() {
        "-".to_owned()
    } else {
        flags
    };
    match value_text(variable) {
        Some(value) => format!("declare -{flags} {name}={value}"),
        None => format!("declare -{flags} {name}"),
    }
}

/// The same as POSIX has it for `export -p` and `readonly -p`: by the name of the command, and of the attributes
/// only what it takes to be an array.
fn posix_text(command: &str, name: &str, variable: &Variable) -> String {
    let kind = match &variable.value {
        Value::Indexed(_) => " -a",
        Value::Associative(_) => " -A",
        _ => "",
    };
    match value_text(variable) {
        Some(value) => format!("{command}{kind} {name}={value}"),
        None => format!("{command}{kind} {name}"),
    }
}

fn value_text(variable: &Variable) -> Option<String> {
    match &variable.value {
        Value::Unset => None,
        _ if variable.attributes.empty => None,
        Value::Scalar(text) => Some(quote_double(text)),
        Value::Indexed(elements) => {
            let elements: Vec<String> = elements
                .iter()
                .map(|(index, value)| format!("[{index}]={}", quote_double(value)))
                .collect();
            Some(format!("({})", elements.join(" ")))
        }
        Value::Associative(elements) => {
            let mut text = String::from("(");
            for (key, value) in elements.iter() {
                text.push_str(&format!("[{}]={} ", quote_key(key), quote_double(value)));
            }
            text.push(')');
            Some(text)
        }
    }
}

/// A key as bash writes it: in double quotes when it has to be.
pub fn quote_key(key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|character| character.is_alphanumeric() || "_-./:@%+,=".contains(character))
        && key != "@";
    if plain {
        key.to_owned()
    } else {
        quote_double(key)
    }
}

/// A variable as `set` shows it; `None` for one without value.
pub fn plain_text(name: &str, variable: &Variable) -> Option<String> {
    let value = match &variable.value {
        Value::Scalar(text) => set_quote(text),
        _ => value_text(variable)?,
    };
    Some(format!("{name}={value}"))
}

/// Quotes as `set` does: only what needs it.
pub fn set_quote(text: &str) -> String {
    let plain = text
        .chars()
        .all(|character| character.is_alphanumeric() || "_-./:@%+,=^~#".contains(character));
    if text.is_empty() {
        String::new()
    } else if plain && !text.starts_with(['~', '#']) {
        text.to_owned()
    } else {
        quote_always(text)
    }
}
