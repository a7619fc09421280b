//! Which names are arrays.
//!
//! awk does not say so: a name is an array because it is used as one, or because it is handed to a function that uses
//! it as one. Function after function is looked at until nothing new is learnt; then every bare name that is handed
//! over as an array is marked.

use super::syntax::*;

/// Finds all arrays and marks where they are handed over.
pub fn settle(program: &mut Program) {
    let mut known = Known {
        parameters: program
            .functions
            .iter()
            .map(|function| function.arrays.clone())
            .collect(),
        globals: vec![false; program.globals.len()],
        changed: true,
        function: None,
        mark: false,
    };
    known.globals[ENVIRON] = true;
    known.globals[ARGV] = true;
    while known.changed {
        known.changed = false;
        known.whole(program);
    }
    known.mark = true;
    known.whole(program);
    for (function, arrays) in program.functions.iter_mut().zip(known.parameters) {
        function.arrays = arrays;
    }
}

struct Known {
    parameters: Vec<Vec<bool>>,
    globals: Vec<bool>,
    changed: bool,
    /// The function that is looked at.
    function: Option<usize>,
    /// Rewrites what is handed over as an array.
    mark: bool,
}

impl Known {
    fn whole(&mut self, program: &mut Program) {
        self.function = None;
        for block in program.begin.iter_mut().chain(&mut program.end) {
            self.statements(block);
        }
        for rule in &mut program.rules {
            match &mut rule.condition {
                Condition::Always => {}
                Condition::When(condition) => self.expression(condition),
                Condition::Between(from, to, _) => {
                    self.expression(from);
                    self.expression(to);
                }
            }
            if let Some(action) = &mut rule.action {
                self.statements(action);
            }
        }
        for index in 0..program.functions.len() {
            self.function = Some(index);
            let mut body = std::mem::take(&mut program.functions[index].body);
            self.statements(&mut body);
            program.functions[index].body = body;
        }
    }

    fn is_array(&self, variable: Variable) -> bool {
        match (variable, self.function) {
            (Variable::Global(index), _) => self.globals[index],
            (Variable::Local(index), Some(function)) => self.parameters[function][index],
            (Variable::Local(_), None) => false,
        }
    }

    fn array(&mut self, variable: Variable) {
        if self.is_array(variable) {
            return;
        }
        self.changed = true;
        match (variable, self.function) {
            (Variable::Global(index), _) => self.globals[index] = true,
            (Variable::Local(index), Some(function)) => self.parameters[function][index] = true,
            (Variable::Local(_), None) => {}
        }
    }

    fn statements(&mut self, statements: &mut [Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        match statement {
            Statement::Expression(expression)
            | Statement::Exit(Some(expression))
            | Statement::Return(Some(expression)) => self.expression(expression),
            Statement::Print(arguments, redirect) | Statement::Printf(arguments, redirect) => {
                self.expressions(arguments);
                match redirect {
                    Some(Redirect::Create(to) | Redirect::Append(to) | Redirect::Pipe(to)) => {
                        self.expression(to)
                    }
                    None => {}
                }
            }
            Statement::If(condition, yes, no) => {
                self.expression(condition);
                self.statements(yes);
                self.statements(no);
            }
            Statement::While(condition, body) | Statement::Do(body, condition) => {
                self.expression(condition);
                self.statements(body);
            }
            Statement::For(start, condition, step, body) => {
                for statement in [start, step].into_iter().flatten() {
                    self.statement(statement);
                }
                if let Some(condition) = condition {
                    self.expression(condition);
                }
                self.statements(body);
            }
            Statement::ForIn(_, array, body) => {
                self.array(*array);
                self.statements(body);
            }
            Statement::Block(body) => self.statements(body),
            Statement::Delete(array, subscripts) => {
                self.array(*array);
                if let Some(subscripts) = subscripts {
                    self.expressions(subscripts);
                }
            }
            _ => {}
        }
    }

    fn expressions(&mut self, expressions: &mut [Expression]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn place(&mut self, place: &mut Place) {
        match place {
            Place::Variable(_) => {}
            Place::Field(inner) => self.expression(inner),
            Place::Element(array, subscripts) => {
                self.array(*array);
                self.expressions(subscripts);
            }
        }
    }

    fn expression(&mut self, expression: &mut Expression) {
        match expression {
            Expression::Get(place) => self.place(place),
            Expression::Number(_)
            | Expression::String(_)
            | Expression::Regex(_)
            | Expression::Array(_) => {}
            Expression::Assign(place, value) | Expression::Update(place, _, value) => {
                self.place(place);
                self.expression(value);
            }
            Expression::Step(place, ..) => self.place(place),
            Expression::Conditional(condition, yes, no) => {
                self.expression(condition);
                self.expression(yes);
                self.expression(no);
            }
            Expression::And(one, other)
            | Expression::Or(one, other)
            | Expression::Arithmetic(_, one, other)
            | Expression::Compare(_, one, other)
            | Expression::Concatenate(one, other)
            | Expression::Match(_, one, other) => {
                self.expression(one);
                self.expression(other);
            }
            Expression::Not(one)
            | Expression::Negative(one)
            | Expression::Positive(one)
            | Expression::Grouped(one) => self.expression(one),
            Expression::In(subscripts, array) => {
                self.array(*array);
                self.expressions(subscripts);
            }
            Expression::List(list) => self.expressions(list),
            Expression::Call(function, arguments) => {
                let function = *function;
                for (index, argument) in arguments.iter_mut().enumerate() {
                    if let Expression::Get(Place::Variable(variable)) = *argument {
                        let wanted = self.parameters[function]
                            .get(index)
                            .copied()
                            .unwrap_or(false);
                        if wanted {
                            self.array(variable);
                        } else if self.is_array(variable)
                            && let Some(parameter) = self.parameters[function].get_mut(index)
                        {
                            *parameter = true;
                            self.changed = true;
                        }
                        if self.mark && self.is_array(variable) {
                            *argument = Expression::Array(variable);
                        }
                        continue;
                    }
                    self.expression(argument);
                }
            }
            Expression::Builtin(builtin, arguments) => {
                let wanted = match builtin {
                    Builtin::Split => Some(1),
                    Builtin::Match => Some(2),
                    _ => None,
                };
                for (index, argument) in arguments.iter_mut().enumerate() {
                    if let Expression::Get(Place::Variable(variable)) = *argument {
                        if wanted == Some(index) {
                            self.array(variable);
                        }
                        let takes = wanted == Some(index) || *builtin == Builtin::Length;
                        if self.mark && takes && self.is_array(variable) {
                            *argument = Expression::Array(variable);
                        }
                        continue;
                    }
                    self.expression(argument);
                }
            }
            Expression::Getline(source, place) => {
                if let Some(place) = place {
                    self.place(place);
                }
                match source {
                    Source::Input => {}
                    Source::File(from) | Source::Command(from) => self.expression(from),
                }
            }
        }
    }
}
