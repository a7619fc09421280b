//! The editor as a person meets it: keys in, a line and a screen out.

use super::harness::*;
use crate::edit::keys::Key;
use crate::edit::layout::Size;
use crate::edit::session::Session;
use crate::edit::*;

#[test]
fn every_key_does_what_it_does_in_bash() {
    for (typed, text) in [
        ("echo", "echo"),
        ("ab\x01x", "xab"),
        ("ab\x1b[Hx", "xab"),
        ("ab\x01\x05x", "abx"),
        ("ab\x01\x1b[Fx", "abx"),
        ("ab\x02x", "axb"),
        ("ab\x1b[Dx", "axb"),
        ("ab\x01\x06x", "axb"),
        ("ab\x01\x1b[Cx", "axb"),
        ("ab\x7f", "a"),
        ("ab\x08", "a"),
        ("ab\x02\x04", "a"),
        ("ab\x02\x1b[3~", "a"),
        ("a b\x15c", "c"),
        ("one two\x17x", "one x"),
        ("one two  \x17x", "one x"),
        ("a/b\x1b\x7fx", "a/x"),
        ("one two\x1b[1;5Dx", "one xtwo"),
        ("one two\x1bbx", "one xtwo"),
        ("one two\x01\x1bfx", "onex two"),
        ("one two\x01\x1b[1;5Cx", "onex two"),
        ("one two\x01\x1bd", " two"),
        ("one two\x01\x1b[3;5~", " two"),
        ("one two\x02\x02\x0b", "one t"),
        // Cuts in a row are one, in the order of the line.
        ("one two\x17\x17x\x19", "xone two"),
        ("one two\x01\x1bd\x1bdx\x19", "xone two"),
        ("one two\x17x\x17\x19", "one x"),
        ("a\x15b\x15\x19\x1by", "a"),
        ("ab\x14", "ba"),
        ("ab\x1f", ""),
        ("ab \x15\x1f", "ab "),
        ("ab\x18\x15c\x18\x05", "c"),
        ("ab\x01\x1bu", "AB"),
        ("AB\x01\x1bl", "ab"),
        ("ab cd\x01\x1bc\x1bc", "Ab Cd"),
        ("a\x16\x03b", "a\u{3}b"),
        ("a\x16\tb", "a\tb"),
        ("a\x1ab", "ab"),
        ("a\x0cb", "ab"),
        ("a\x07b", "ab"),
        ("\x1b[A", "echo 'a b' two"),
        ("\x10\x10", "git push"),
        ("x\x10\x0e", "x"),
        ("x\x1b[A\x1b[Ay\x1b[B\x1b[Bz", "xz"),
        ("\x10\x10y\x0e\x10", "git pushy"),
        ("\x1b<", "echo one"),
        ("x\x1b<\x1b>", "x"),
        ("\x10\x10\x10\x10\x10", "echo one"),
        ("\x0ex", "x"),
        ("rm \x1b.", "rm two"),
        ("rm \x1b.\x1b.\x1b.", "rm one"),
        ("rm \x1b.\x1b.\x1b.\x1b.x", "rm onex"),
        ("e\u{301}\u{d55c}\x02\x02\x04", "\u{d55c}"),
        ("\u{1f468}\u{200d}\u{1f469}x\x02\x7f", "x"),
        ("\x1b[15~a\x1b[[Bb", "ab"),
    ] {
        for end in ["\r", "\n"] {
            assert_eq!(line_of(&format!("{typed}{end}")), line(text), "{typed:?}");
        }
    }
}

#[test]
fn undo_goes_back_step_by_step_to_the_empty_line() {
    assert_eq!(line_of("one\x17two\x01\x04\x1f\r"), line("two"));
    assert_eq!(line_of("one\x17two\x01\x04\x1f\x1f\x1f\r"), line("one"));
    assert_eq!(
        line_of("one\x17two\x01\x04\x1f\x1f\x1f\x1f\x1f\r"),
        line("")
    );
    // A line of the history is another line.
    assert_eq!(line_of("x\x10\x1f\r"), line("echo 'a b' two"));
}

#[test]
fn control_c_drops_the_line_and_shows_itself() {
    let (end, fake) = edit(vec![keys("some text\x01\x03typed ahead")]);
    assert_eq!(end, ReadLine::Interrupted);
    assert_eq!(fake.rows(), "$ some text^C");
    assert_eq!(fake.cursor(), (1, 0));
}

#[test]
fn control_d_ends_the_shell_only_on_an_empty_line() {
    assert_eq!(line_of("\x04"), ReadLine::EndOfFile);
    assert_eq!(line_of("a\x04\r"), line("a"));
    assert_eq!(line_of("a\x7f\x04"), ReadLine::EndOfFile);
}

#[test]
fn a_terminal_that_is_gone_is_a_hangup() {
    assert_eq!(line_of("abc"), ReadLine::Hangup);
    let wake = Wake {
        hangup: true,
        ..Wake::default()
    };
    assert_eq!(
        edit(vec![keys("abc"), Event::Signal(wake), keys("\r")]).0,
        ReadLine::Hangup
    );
}

#[test]
fn the_terminal_is_raw_only_while_a_line_is_edited() {
    for typed in ["x\r", "x\x03", "\x04", "x", "x\t\r"] {
        let (_, fake) = edit(vec![keys(typed)]);
        let world = fake.0.borrow();
        assert_eq!(world.modes.first(), Some(&Mode::Raw), "{typed:?}");
        assert_eq!(world.modes.last(), Some(&Mode::Restored), "{typed:?}");
        let output = String::from_utf8_lossy(&world.output).into_owned();
        assert!(output.starts_with("\x1b[?2004h"), "{output:?}");
        assert!(output.ends_with("\x1b[?2004l"), "{output:?}");
    }
}

#[test]
fn control_c_is_a_byte_only_where_it_is_to_be_inserted() {
    let (end, fake) = edit(vec![keys("a\x16\x03b\r")]);
    assert_eq!(end, line("a\u{3}b"));
    let modes = &fake.0.borrow().modes;
    assert_eq!(
        modes[..],
        [Mode::Raw, Mode::Literal, Mode::Raw, Mode::Restored]
    );
}

#[test]
fn a_signal_in_the_middle_of_a_paste_ends_the_paste() {
    let wake = Wake {
        interrupted: true,
        ..Wake::default()
    };
    let fake = Fake::new(
        80,
        24,
        vec![keys("\x1b[200~pasted"), Event::Signal(wake), keys("x\r")],
    );
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    assert_eq!(
        editor.read_line(&mut host(&fake), "$ "),
        ReadLine::Interrupted
    );
    assert_eq!(editor.read_line(&mut host(&fake), "$ "), line("x"));
}

#[test]
fn what_is_typed_behind_the_line_stays_in_the_terminal_for_the_program_it_starts() {
    let (end, fake) = edit(vec![keys("cat\rhello\r")]);
    assert_eq!(end, line("cat"));
    assert!(
        matches!(fake.0.borrow().events.front(), Some(Event::Bytes(rest)) if rest == b"hello\r")
    );
}

#[test]
fn lines_behind_a_paste_wait_for_the_next_line() {
    let fake = Fake::new(80, 24, vec![keys("\x1b[200~one\x1b[201~\rtwo\r")]);
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    let mut host = host(&fake);
    assert_eq!(editor.read_line(&mut host, "$ "), line("one"));
    assert_eq!(editor.read_line(&mut host, "$ "), line("two"));
    assert_eq!(editor.read_line(&mut host, "$ "), ReadLine::Hangup);
}

#[test]
fn a_paste_of_several_lines_is_one_line_until_return() {
    let (end, fake) = edit(vec![
        keys("\x1b[200~a\tb\r\nc\x1b[201~"),
        Event::Pause,
        keys("\r"),
    ]);
    assert_eq!(end, line("a\tb\nc"));
    assert_eq!(fake.rows(), "$ a     b\nc");
}

#[test]
fn a_large_paste_is_drawn_a_few_times_and_not_for_every_character() {
    for unit in ["0123456789", "\u{d55c}\u{ae00}"] {
        let text = unit.repeat(100 * 1024 / unit.len());
        for paste in [format!("\x1b[200~{text}\x1b[201~"), text.clone()] {
            let (end, fake) = edit(vec![keys(&format!("xy\x02{paste}\r"))]);
            assert_eq!(end, line(&format!("x{text}y")));
            assert!(fake.0.borrow().writes < 10, "{}", fake.0.borrow().writes);
        }
    }
}

#[test]
fn each_key_is_one_write() {
    let fake = Fake::new(20, 5, vec![]);
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    let mut host = host(&fake);
    let mut session = Session::new(&mut editor, &mut host, "$ ");
    for key in [
        Key::Up,
        Key::Home,
        Key::Control('K'),
        Key::Control('Y'),
        Key::Char('x'),
    ] {
        session.execute(key).unwrap();
        let before = fake.0.borrow().writes;
        session.refresh().unwrap();
        assert_eq!(fake.0.borrow().writes, before + 1);
    }
}

#[test]
fn typing_at_the_end_prints_only_what_was_typed() {
    let (_, fake) = edit(vec![
        keys("a"),
        Event::Pause,
        keys("b"),
        Event::Pause,
        keys("\r"),
    ]);
    assert_eq!(fake.0.borrow().output, b"\x1b[?2004h$ ab\r\n\x1b[?2004l");
}

#[test]
fn a_signal_can_stand_for_control_c() {
    let wake = Wake {
        interrupted: true,
        ..Wake::default()
    };
    let (end, fake) = edit(vec![keys("abc"), Event::Pause, Event::Signal(wake)]);
    assert_eq!(end, ReadLine::Interrupted);
    assert_eq!(fake.rows(), "$ abc^C");
}

#[test]
fn a_notice_appears_above_the_line_that_is_being_edited() {
    let wake = Wake {
        notice: "[1]+  Done   sleep 1\n".to_owned(),
        ..Wake::default()
    };
    let (end, fake) = edit(vec![
        keys("ab\x02"),
        Event::Pause,
        Event::Signal(wake),
        keys("x"),
        Event::Pause,
        keys("\r"),
    ]);
    assert_eq!(end, line("axb"));
    assert_eq!(fake.rows(), "[1]+  Done   sleep 1\n$ axb");
}

#[test]
fn the_line_follows_the_size_of_the_window() {
    let text = "0123456789abcdefghij";
    for columns in [10, 15, 40] {
        let fake = Fake::new(
            20,
            10,
            vec![
                keys(text),
                Event::Pause,
                Event::Resize(Size::new(columns, 10)),
                keys("\x02x"),
                Event::Pause,
            ],
        );
        assert_eq!(edit_on(&fake), ReadLine::Hangup);
        let whole = format!("$ {}xj", &text[..19]);
        let rows: Vec<&str> = whole
            .as_bytes()
            .chunks(usize::from(columns))
            .map(|row| std::str::from_utf8(row).unwrap())
            .collect();
        let screen = fake.0.borrow();
        let shown: Vec<String> = screen
            .screen
            .screen()
            .rows(0, columns)
            .filter(|row| !row.is_empty())
            .collect();
        assert_eq!(shown, rows, "{columns}");
    }
}

#[test]
fn control_l_draws_prompt_and_line_on_an_empty_screen() {
    let fake = Fake::new(
        40,
        10,
        vec![
            keys("one\r"),
            keys("tw\x02"),
            Event::Pause,
            keys("\x0c"),
            Event::Pause,
        ],
    );
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    let mut host = host(&fake);
    editor.read_line(&mut host, "above\n$ ");
    editor.read_line(&mut host, "above\n$ ");
    assert_eq!(fake.rows(), "above\n$ tw");
    assert_eq!(fake.cursor(), (1, 3));
}

#[test]
fn tab_completes_and_the_second_tab_lists() {
    assert_eq!(line_of("cat o\t\r"), line("cat other "));
    assert_eq!(line_of("cd so\t\r"), line("cd some-dir/"));
    assert_eq!(line_of("cat fi\t\r"), line("cat file"));
    assert_eq!(line_of("cat x\t\t\r"), line("cat x"));
    let (end, fake) = edit(vec![
        keys("cat fi\t\t"),
        Event::Pause,
        keys("\t1"),
        Event::Pause,
        keys("\r"),
    ]);
    assert_eq!(end, line("cat file1"));
    assert_eq!(fake.rows(), "$ cat file\nfile1  file2\n$ cat file1");
}

#[test]
fn a_long_listing_is_asked_about() {
    for (answer, listed) in [("n", false), ("y", true), ("x ", true)] {
        let fake = Fake::new(
            40,
            200,
            vec![keys("w\t\t"), Event::Pause, keys(answer), Event::Pause],
        );
        let mut host = host(&fake);
        host.words = (0..120).map(|number| format!("w{number}")).collect();
        Editor::new(Box::new(fake.clone()), SharedKeymap::default()).read_line(&mut host, "$ ");
        assert!(
            fake.rows()
                .contains("Display all 120 possibilities? (y or n)\n")
        );
        assert_eq!(fake.rows().contains("w119"), listed);
        assert!(fake.rows().ends_with("\n$ w"), "{}", fake.rows());
    }
}

#[test]
fn the_history_is_searched_while_a_text_is_typed() {
    for (typed, text) in [
        ("\x12echo\r", "echo 'a b' two"),
        ("\x12echo\x12\r", "echo one"),
        ("\x12echo\x12\x13\r", "echo 'a b' two"),
        ("\x12echo\x12\x7f\r", "echo 'a b' two"),
        ("\x12push\x01x\r", "xgit push"),
        ("x\x12push\x07\r", "x"),
        ("x\x12#\r", "x"),
        ("x\x12one#\r", "echo one"),
        ("\x12git\x1b[A\r", "echo one"),
        ("\x12one\x05\x12\x12\r", "echo one"),
        ("\x12git\x05 \x1b.\r", "git push two"),
    ] {
        assert_eq!(line_of(typed), line(text), "{typed:?}");
    }
    let (_, fake) = edit(vec![keys("\x12pus"), Event::Pause]);
    assert_eq!(fake.rows(), "(reverse-i-search)`pus': git push");
    assert_eq!(fake.cursor(), (0, 29));
    let (_, fake) = edit(vec![keys("\x12pux"), Event::Pause]);
    assert_eq!(fake.rows(), "(failed reverse-i-search)`pux': git push");
}

#[test]
fn escape_alone_ends_a_search_and_keeps_what_was_found() {
    let (end, fake) = edit(vec![
        keys("\x12push\x1b"),
        Event::Pause,
        keys("x"),
        Event::Pause,
        keys("\r"),
    ]);
    assert_eq!(end, line("git xpush"));
    assert_eq!(fake.rows(), "$ git xpush");
}

#[test]
fn prompts_with_colours_and_several_lines_leave_the_cursor_right() {
    let fake = Fake::new(20, 10, vec![keys("0123456789abcdef"), Event::Pause]);
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    editor.read_line(
        &mut host(&fake),
        "one\n\u{1}\x1b[32m\u{2}me\x1b[0m\u{1}\x1b]0;title\x07\u{2}$ ",
    );
    assert_eq!(fake.rows(), "one\nme$ 0123456789abcdef");
    assert_eq!(fake.cursor(), (2, 0));
}
