//! The functions of `bc -l`, each to as many digits as `scale` says.

use super::number::Number;

/// Digits that are calculated beyond those that are asked for.
const GUARD_DIGITS: u32 = 10;

/// A function of the library by its name; `None` if it has none of that name with so many arguments.
pub fn call(name: &str, arguments: &[Number], scale: u32) -> Option<Number> {
    // Digits behind those that are shown: a result that is nearly a round number becomes one.
    let exact = scale + GUARD_DIGITS / 2;
    let value = match (name, arguments) {
        ("s", [x]) => Some(sine(x, exact)),
        ("c", [x]) => {
            let precision = exact + GUARD_DIGITS;
            let right_angle = pi(precision + x.length()).times(&half(), precision + x.length());
            Some(sine(&x.plus(&right_angle), exact))
        }
        ("a", [x]) => Some(arctangent(x, exact)),
        ("l", [x]) => Some(logarithm(x, exact)),
        ("e", [x]) => Some(exponential(x, exact)),
        ("j", [n, x]) => Some(bessel(n, x, exact)),
        _ => None,
    }?;
    let nudge = Number::from(if value.is_negative() { -1 } else { 1 });
    let last = Number::from(10).power(-i64::from(exact), exact)?;
    Some(value.plus(&nudge.times(&last, exact)).with_scale(scale))
}

fn half() -> Number {
    Number::parse("0.5", 10)
}

/// Whether nothing of a term is left.
fn is_spent(term: &Number) -> bool {
    term.is_zero()
}

/// A quotient by a number that is not zero.
fn quotient(dividend: &Number, divisor: &Number, scale: u32) -> Number {
    dividend.divided(divisor, scale).unwrap_or_default()
}

fn exponential(x: &Number, scale: u32) -> Number {
    if x.is_negative() {
        // The smaller the result, the more digits of its reciprocal are nothing.
        let inverse = exponential(&x.negated(), scale + GUARD_DIGITS);
        return quotient(&1.into(), &inverse, scale);
    }
    // e^x has x / ln 10 digits in front of the point.
    let whole = x.to_i64().unwrap_or(0).clamp(0, 1 << 20) as u32;
    let mut precision = scale + GUARD_DIGITS + whole / 2;
    let mut reduced = x.with_scale(x.scale().max(precision));
    let mut halvings = 0;
    while reduced.compare(&half()).is_gt() {
        halvings += 1;
        precision += 1;
        reduced = reduced
            .with_scale(precision)
            .times(&half(), precision)
            .with_scale(precision);
    }
    let mut term = Number::from(1).with_scale(precision);
    let mut sum = term.clone();
    for n in 1.. {
        term = quotient(
            &term.times(&reduced, precision).with_scale(precision),
            &n.into(),
            precision,
        );
        if is_spent(&term) {
            break;
        }
        sum = sum.plus(&term);
    }
    for _ in 0..halvings {
        sum = sum.times(&sum, precision).with_scale(precision);
    }
    sum.with_scale(scale)
}

fn logarithm(x: &Number, scale: u32) -> Number {
    if x.is_zero() || x.is_negative() {
        // As GNU's: as far down as `scale` digits go.
        let digits = scale - GUARD_DIGITS / 2;
        let lowest = Number::from(10)
            .power(i64::from(digits), 0)
            .unwrap_or_default();
        return Number::from(1).minus(&lowest).with_scale(scale);
    }
    let mut precision = scale + GUARD_DIGITS + x.length().ilog2();
    let (near, one) = (Number::parse("0.05", 10), Number::from(1));
    let mut root = x.with_scale(precision.max(x.scale()));
    let mut doublings: i64 = 1;
    loop {
        let distance = root.minus(&one);
        let distance = if distance.is_negative() {
            distance.negated()
        } else {
            distance
        };
        if distance.compare(&near).is_lt() {
            break;
        }
        precision += 1;
        root = root
            .with_scale(precision)
            .root(precision)
            .unwrap_or_default();
        doublings *= 2;
    }
    // ln x = 2 artanh((x - 1) / (x + 1)).
    let ratio = quotient(&root.minus(&one), &root.plus(&one), precision);
    let square = ratio.times(&ratio, precision).with_scale(precision);
    let mut power = ratio.clone();
    let mut sum = ratio;
    for n in (3..).step_by(2) {
        power = power.times(&square, precision).with_scale(precision);
        let term = quotient(&power, &n.into(), precision);
        if is_spent(&term) {
            break;
        }
        sum = sum.plus(&term);
    }
    sum.times(&(2 * doublings).into(), precision)
        .with_scale(scale)
}

fn arctangent(x: &Number, precision: u32) -> Number {
    if x.is_negative() {
        return arctangent(&x.negated(), precision).negated();
    }
    let one = Number::from(1);
    let near = Number::parse("0.1", 10);
    let mut precision = precision + GUARD_DIGITS;
    let wanted = precision;
    let mut reduced = x.with_scale(precision.max(x.scale()));
    let mut doublings: i64 = 1;
    while reduced.compare(&near).is_gt() {
        precision += 1;
        let square = reduced.times(&reduced, precision).with_scale(precision);
        let root = square.plus(&one).root(precision).unwrap_or_default();
        reduced = quotient(&reduced, &root.plus(&one), precision);
        doublings *= 2;
    }
    let square = reduced.times(&reduced, precision).with_scale(precision);
    let mut power = reduced.clone();
    let mut sum = reduced;
    for n in (3..).step_by(2) {
        power = power
            .times(&square, precision)
            .with_scale(precision)
            .negated();
        let term = quotient(&power, &n.into(), precision);
        if is_spent(&term) {
            break;
        }
        sum = sum.plus(&term);
    }
    sum.times(&doublings.into(), precision).with_scale(wanted)
}

fn pi(precision: u32) -> Number {
    arctangent(&1.into(), precision)
        .times(&4.into(), precision)
        .with_scale(precision)
}

fn sine(x: &Number, scale: u32) -> Number {
    let precision = scale + GUARD_DIGITS + x.length().saturating_sub(x.scale());
    let half_turn = pi(precision);
    let turns = quotient(&x.with_scale(x.scale().max(precision)), &half_turn, 1);
    let nudge = Number::parse(if x.is_negative() { "-0.5" } else { "0.5" }, 10);
    let turns = turns.plus(&nudge).with_scale(0);
    let reduced = x
        .minus(&half_turn.times(&turns, precision))
        .with_scale(precision);
    let square = reduced
        .times(&reduced, precision)
        .with_scale(precision)
        .negated();
    let mut term = reduced.clone();
    let mut sum = reduced;
    for n in (3_i64..).step_by(2) {
        let product = term.times(&square, precision).with_scale(precision);
        term = quotient(&product, &(n * (n - 1)).into(), precision);
        if is_spent(&term) {
            break;
        }
        sum = sum.plus(&term);
    }
    let is_odd = turns.to_i64().unwrap_or(0) % 2 != 0;
    let value = if is_odd { sum.negated() } else { sum };
    value.with_scale(scale)
}

fn bessel(order: &Number, x: &Number, scale: u32) -> Number {
    let mut order = order.to_i64().unwrap_or(0);
    // J of a negative whole order is that of the positive one, with a sign for the odd.
    let flips = order < 0 && order % 2 != 0;
    order = order.abs();
    let whole = x.to_i64().unwrap_or(0).unsigned_abs().min(1 << 16) as u32;
    let precision = scale + GUARD_DIGITS + whole + order.min(1 << 16) as u32;
    let halved = x
        .with_scale(precision)
        .times(&half(), precision)
        .with_scale(precision);
    let square = halved
        .times(&halved, precision)
        .with_scale(precision)
        .negated();
    let mut term = Number::from(1).with_scale(precision);
    for n in 1..=order {
        term = quotient(
            &term.times(&halved, precision).with_scale(precision),
            &n.into(),
            precision,
        );
    }
    let mut sum = term.clone();
    for k in 1_i64.. {
        let product = term.times(&square, precision).with_scale(precision);
        term = quotient(&product, &(k * (k + order)).into(), precision);
        if is_spent(&term) {
            break;
        }
        sum = sum.plus(&term);
    }
    let value = if flips { sum.negated() } else { sum };
    value.with_scale(scale)
}
