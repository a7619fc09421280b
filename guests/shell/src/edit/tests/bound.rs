//! Keys that a person has bound.

use super::harness::*;
use crate::edit::keymap::Binding;
use crate::edit::keymap::{Context, parse_command};
use crate::edit::*;

/// What comes of keys after some lines of `.inputrc`, and the editor's terminal.
fn typed_with(bindings: &[&str], events: Vec<Event>) -> (ReadLine, Fake) {
    let fake = Fake::new(80, 24, events);
    let keymap = SharedKeymap::default();
    for line in bindings {
        let mut keymap = keymap.borrow_mut();
        match line.strip_prefix("-x ") {
            Some(command) => {
                let (sequence, command) = parse_command(command).unwrap();
                keymap.bind(sequence, Binding::Command(command));
            }
            None => keymap.read_line(line, &Context::default()).unwrap(),
        }
    }
    let mut editor = Editor::new(Box::new(fake.clone()), keymap);
    (editor.read_line(&mut host(&fake), "$ "), fake)
}

fn typed(bindings: &[&str], keystrokes: &str) -> ReadLine {
    typed_with(bindings, vec![keys(keystrokes)]).0
}

#[test]
fn a_macro_types_its_text_with_the_keys_in_it() {
    let bound = [r#""\C-x": "ls -l\C-a# ""#, r#""\e[15~": "date\r""#];
    assert_eq!(typed(&bound, "\x18\r"), line("# ls -l"));
    assert_eq!(typed(&bound, "a\x1b[15~"), line("adate"));
}

#[test]
fn a_macro_that_types_itself_ends() {
    assert_eq!(
        typed(&[r#""a": "ba""#], "a\r").clone(),
        line(&"b".repeat(1000))
    );
}

#[test]
fn functions_go_where_they_are_bound() {
    assert_eq!(
        typed(&["\"\\C-o\": beginning-of-line"], "bc\x0fa\r"),
        line("abc")
    );
    assert_eq!(
        typed(&["\"\\C-b\": kill-whole-line"], "bc\x02a\r"),
        line("a")
    );
    assert_eq!(
        typed(&["Control-b: end-of-line"], "bc\x1b[D\x02a\r"),
        line("bca")
    );
    assert_eq!(typed(&["\"\\C-b\": nosuch"], "bc\x02a\r"), line("bca"));
}

#[test]
fn the_history_is_searched_for_what_begins_like_the_line() {
    let bound = [
        "\"\\e[A\": history-search-backward",
        "\"\\e[B\": history-search-forward",
    ];
    assert_eq!(typed(&bound, "ec\x1b[A\r"), line("echo 'a b' two"));
    assert_eq!(typed(&bound, "ec\x1b[A\x1b[A\r"), line("echo one"));
    assert_eq!(
        typed(&bound, "ec\x1b[A\x1b[A\x1b[B\r"),
        line("echo 'a b' two")
    );
    // Other keys that begin like a bound one are what they were.
    assert_eq!(typed(&bound, "ab\x1b[Dx\r"), line("axb"));
}

#[test]
fn of_two_sequences_the_longer_one_counts_when_it_comes_in_time() {
    let bound = [r#""\C-x": "short""#, r#""\C-xl": "long""#];
    assert_eq!(typed(&bound, "\x18l\r"), line("long"));
    assert_eq!(typed(&bound, "\x18x\r"), line("shortx"));
    let (late, _) = typed_with(&bound, vec![keys("\x18"), Event::Pause, keys("l\r")]);
    assert_eq!(late, line("shortl"));
}

#[test]
fn a_command_sees_and_changes_the_line() {
    let bound = ["-x \"\\C-t\":upper"];
    let (end, fake) = typed_with(&bound, vec![keys("ab\x14"), Event::Pause, keys("c\r")]);
    assert_eq!(end, line("ABc"));
    assert_eq!(fake.rows(), "[upper]\n$ ABc");
}

#[test]
fn pasted_text_is_not_bound() {
    assert_eq!(
        typed(&[r#""a": "b""#], "\x1b[200~a\x1b[201~a\r"),
        line("ab")
    );
}

#[test]
fn a_silent_bell_does_not_ring() {
    let (_, fake) = typed_with(&["set bell-style none"], vec![keys("\x07\r")]);
    assert!(!fake.0.borrow().output.contains(&7));
    let (_, fake) = typed_with(&[], vec![keys("\x07\r")]);
    assert!(fake.0.borrow().output.contains(&7));
}
