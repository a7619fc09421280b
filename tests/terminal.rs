//! The terminal: typed into, seen by several, resized, left and found again.

use berth_tests::{Person, Session, Terminal, someone, wait_until};
use serde_json::json;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;

#[test]
fn what_is_typed_is_shown_and_done() {
    let ann = someone();
    let session = ann.session_with(&json!({"name": "shown"}));
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    assert_eq!(terminal.cursor_line(), "work@shown:~$");
    terminal.type_text("echo hel");
    terminal.wait_for("$ echo hel");
    terminal.type_text("lo\r");
    terminal.wait_for_line("hello");
    assert_eq!(terminal.run("echo 한글 👩‍🔬"), "한글 👩‍🔬");
    assert_eq!(
        terminal.run("tty; test -t 0 && test -t 1 && echo terminal"),
        "/dev/tty\nterminal"
    );
}

#[test]
fn a_first_message_as_text_is_understood_too() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = Terminal::connect(&ann, &session.terminal_url("main"), 100, 30);
    terminal.send(Message::text(
        json!({"columns": 100, "rows": 30}).to_string(),
    ));
    assert_eq!(terminal.run("stty size"), "30 100");
}

#[test]
fn programs_know_the_windows_size() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    assert_eq!(terminal.run("stty size"), "50 120");
    terminal.resize(90, 33);
    wait_until("the size to arrive", || {
        (terminal.run("stty size") == "33 90").then_some(())
    });
}

#[test]
fn several_people_look_at_one_terminal() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut one = session.terminal();
    let mut two = session.terminal();
    one.wait_for_prompt();
    two.wait_for_prompt();
    one.enter("echo from \"o\"ne");
    one.wait_for_line("from one");
    two.wait_for_line("from one");
    two.enter("X=set-by-two");
    two.enter("echo from \"t\"wo");
    one.wait_for_line("from two");
    one.enter("echo $X");
    one.wait_for_line("set-by-two");
    two.wait_for_line("set-by-two");
    one.close();
    two.enter("echo still \"h\"ere");
    two.wait_for_line("still here");
}

#[test]
fn several_terminals_of_one_session_are_apart() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut main = session.terminal();
    let mut other = session.terminal_named("other");
    main.run("X=main; cd /tmp; echo shared > file");
    assert_eq!(
        other.run("echo \"<$X>\"; pwd; cat /tmp/file"),
        "<>\n/home/work\nshared"
    );
    assert!(!main.screen().contains("<>"), "{main:?}");
    let ttys = [main.run("echo $$"), other.run("echo $$")];
    assert_ne!(ttys[0], ttys[1], "two terminals have one shell");
}

#[test]
fn what_was_left_is_found_again() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("X=kept; cd /tmp");
    terminal.enter("echo seen \"b\"efore");
    terminal.wait_for_line("seen before");
    terminal.enter("for n in 1 2 3; do read line; echo got $line; done");
    terminal.type_text("first\r");
    terminal.wait_for_line("got first");
    terminal.close();

    let mut again = session.terminal();
    again.wait_for_line("seen before");
    again.wait_for_line("got first");
    again.type_text("second\rthird\r");
    again.wait_for_line("got third");
    assert_eq!(again.run("echo $X; pwd"), "kept\n/tmp");
}

#[test]
fn a_program_goes_on_while_nobody_looks() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("while [ ! -e data/go ]; do echo waiting; sleep 0.05; done; echo went > data/went; echo \"wen\"\"t on\"");
    terminal.wait_for_line("waiting");
    terminal.close();
    ann.put("data", "go", "").fine();
    wait_until("the program to go on", || {
        (ann.download("data", "went").status == 200).then_some(())
    });
    let mut again = session.terminal();
    again.wait_for_line("went on");
}

/// Whether a program of that name runs in the session.
fn runs(session: &Session, name: &str) -> Option<()> {
    (session.run(&format!("pgrep {name}")).exit_code == 0).then_some(())
}

#[test]
fn control_keys_reach_programs_as_signals() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    for (number, busy) in [
        "sleep 1000",
        "while :; do :; done",
        "cat",
        "cat /dev/zero > /dev/null",
        "yes > /dev/null | cat",
    ]
    .into_iter()
    .enumerate()
    {
        terminal.wait_for_prompt();
        terminal.enter(&format!("echo be\"\"gun {number}; {busy}"));
        terminal.wait_for_line(&format!("begun {number}"));
        // What stands behind the last bar is the last to begin; a loop is the shell's own.
        let last = busy.rsplit("| ").next().unwrap_or(busy);
        let program = last.split(' ').next().unwrap_or(last);
        if program != "while" {
            wait_until("the program to begin", || runs(&session, program));
        }
        terminal.type_bytes(&[0x03]);
        terminal.wait_for_prompt();
        assert_eq!(terminal.run("echo alive"), "alive", "after ^C of {busy}");
    }
    terminal.wait_for_prompt();
    terminal.enter("clear; cat > file");
    wait_until("the program to begin", || runs(&session, "cat"));
    terminal.type_text("line\r");
    terminal.type_bytes(&[0x04]);
    terminal.wait_for_prompt();
    assert_eq!(terminal.run("cat file"), "line", "^D ends the input");
    terminal.enter("sleep 1000");
    wait_until("the program to begin", || runs(&session, "sleep"));
    terminal.type_bytes(&[0x1c]);
    assert_eq!(terminal.run("echo alive"), "alive", "after ^\\");
}

#[test]
fn a_full_screen_program_gets_keys_as_they_are() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("stty raw -echo; echo re\"\"ady; head -c 4 | od -An -tx1; stty sane");
    terminal.wait_for("ready");
    terminal.type_bytes(&[0x03, 0x04, b'\r', 0x1a]);
    terminal.wait_for("03 04 0d 1a");
    assert_eq!(terminal.run("echo sane"), "sane");
}

#[test]
fn a_line_is_edited_before_it_is_given() {
    let (left, right, home, end) = ("\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F");
    let (erase, delete) = ("\x7f", "\x1b[3~");
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    let wipe_right = "\x0b";
    for (keys, printed) in [
        (format!("echo ab{erase}c"), "ac"),
        (format!("echo ac{left}b"), "abc"),
        (format!("echo ac{left}{left}x{right}b"), "xabc"),
        (format!("cho abc{home}e{end}d"), "abcd"),
        ("cho abc\x01e\x05d".to_owned(), "abcd"),
        (format!("echo abc{left}{delete}"), "ab"),
        ("wrong words\x15echo right".to_owned(), "right"),
        ("echo one two\x17three".to_owned(), "one three"),
        (
            format!("echo keep cut{left}{left}{left}{wipe_right}"),
            "keep",
        ),
        ("echo 한글\x7f국".to_owned(), "한국"),
        ("not this\x03echo this".to_owned(), "this"),
    ] {
        terminal.run("true");
        terminal.enter(&format!("clear{}", ""));
        terminal.wait_screen("an empty screen", |screen| {
            screen.lines().count() == 1 && screen.ends_with('$')
        });
        terminal.enter(&keys);
        terminal.wait_for_line(printed);
    }
}

#[test]
fn a_screen_is_cleared_and_the_line_stays() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.run("seq 20");
    terminal.type_text("echo half");
    terminal.wait_for("$ echo half");
    terminal.type_bytes(&[0x0c]);
    terminal.wait_screen("only the line", |screen| {
        screen.lines().count() == 1 && screen.ends_with("$ echo half")
    });
    terminal.enter(" and half");
    terminal.wait_for_line("half and half");
}

#[test]
fn earlier_lines_come_back() {
    let (up, down) = ("\x1b[A", "\x1b[B");
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    for word in ["first", "second", "third"] {
        terminal.enter(&format!("echo the {word}"));
        terminal.wait_for_line(&format!("the {word}"));
    }
    terminal.wait_for_prompt();
    terminal.type_text(&format!("{up}{up}{up}{down}"));
    terminal.wait_screen("the second line again", |screen| {
        screen.ends_with("$ echo the second")
    });
    terminal.enter(" one");
    terminal.wait_for_line("the second one");
}

#[test]
fn commands_and_paths_are_completed() {
    let ann = someone();
    ann.folder("training data");
    let session = ann.session(&["training data"]);
    ann.put("training data", "unmistakable.txt", "completed\n")
        .fine();
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.type_text("sha256s\t");
    terminal.wait_for("$ sha256sum");
    terminal.type_bytes(&[0x15]);
    terminal.type_text("cat trai\tunm\t\r");
    terminal.wait_for_line("completed");
    terminal.run("mkdir alpha-one alpha-two");
    terminal.type_text("cd al\t");
    terminal.wait_for("$ cd alpha-");
    terminal.type_text("\t\t");
    terminal.wait_screen("both names", |screen| {
        screen.contains("alpha-one") && screen.contains("alpha-two")
    });
    terminal.enter("two");
    assert_eq!(terminal.run("pwd"), "/home/work/alpha-two");
}

#[test]
fn output_is_held_back_while_paused() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.pause();
    // The same connection, so the server sees one after the other.
    terminal.enter("echo pau\"\"sed");
    let before = terminal.output.len();
    terminal.drain(usize::MAX);
    assert!(
        !terminal.screen().contains("\npaused"),
        "output came while paused:\n{terminal:?}"
    );
    assert_eq!(terminal.output.len(), before);
    terminal.resume();
    terminal.wait_for_line("paused");
}

#[test]
fn a_lot_of_output_comes_whole_and_in_order() {
    const LINES: usize = 100_000;
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    let before = terminal.output.len();
    terminal.enter(&format!("clear; seq {LINES}; echo e\"\"nd"));
    terminal.wait_for_line("end");
    let output = String::from_utf8_lossy(&terminal.output[before..]).into_owned();
    // The first number follows the sequences that clear the screen.
    let last_number = |line: &str| {
        let digits = line
            .trim_end()
            .rsplit(|letter: char| !letter.is_ascii_digit())
            .next();
        digits.and_then(|digits| digits.parse::<usize>().ok())
    };
    let numbers = output.lines().filter_map(last_number);
    assert!(numbers.eq(1..=LINES), "numbers are missing or out of order");
}

#[test]
fn a_lot_of_input_arrives_whole() {
    const LINES: usize = 2000;
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("stty -echo; echo re\"\"ady; cat > typed; stty echo");
    terminal.wait_for_line("ready");
    let text: String = (0..LINES)
        .map(|line| format!("line {line} of what was pasted\r"))
        .collect();
    for piece in text.as_bytes().chunks(5000) {
        terminal.type_bytes(piece);
    }
    terminal.type_bytes(&[0x04]);
    terminal.wait_for_prompt();
    assert_eq!(session.say("cat typed"), text.replace('\r', "\n"));
}

#[test]
fn a_program_is_stopped_and_goes_on_in_the_background_and_the_foreground() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("echo re\"\"ady; cat > typed");
    terminal.wait_for_line("ready");
    terminal.type_text("first\r");
    // The program has the line: it is in the file before the program is stopped. A ^Z that comes before the program
    // has begun is for the shell, which does not stop.
    wait_until("the program to write", || {
        (session.say("cat typed 2>/dev/null; true") == "first\n").then_some(())
    });
    terminal.type_bytes(&[0x1a]);
    terminal.wait_screen("the job, stopped", |screen| {
        screen.contains("Stopped") && screen.ends_with('$')
    });
    assert!(terminal.run("jobs").contains("Stopped"));
    terminal.enter("clear; fg");
    terminal.wait_for_line("cat > typed");
    terminal.type_text("second\r");
    terminal.type_bytes(&[0x04]);
    terminal.wait_for_prompt();
    assert_eq!(session.say("cat typed"), "first\nsecond\n");
    terminal.enter("clear; sleep 1000");
    wait_until("the program to begin", || runs(&session, "sleep"));
    terminal.type_bytes(&[0x1a]);
    terminal.wait_for("Stopped");
    terminal.wait_for_prompt();
    terminal.run("bg");
    assert!(terminal.run("jobs").contains("Running"));
    terminal.run("kill %1; wait");
    assert!(!terminal.run("jobs").contains("Running"));
}

#[test]
fn a_person_is_told_what_became_of_jobs() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    // When one waits for them, before what comes next.
    for (job, told, after) in [
        (
            "(exit 3) &",
            "[1]+  Exit 3                  ( exit 3 )",
            "first",
        ),
        (
            "sleep 60 & kill %1;",
            "[1]+  Terminated              sleep 60",
            "second",
        ),
    ] {
        terminal.enter(&format!("{job} wait; echo \"\"{after}"));
        terminal.wait_for_line(after);
        let screen = terminal.screen();
        let place = |line: &str| screen.lines().position(|shown| shown == line);
        assert!(
            place(told).is_some() && place(told) < place(after),
            "{screen}"
        );
        terminal.wait_for_prompt();
    }
}

#[test]
fn an_earlier_line_is_searched_for() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    for word in ["needle", "hay", "straw"] {
        terminal.enter(&format!("echo the {word}"));
        terminal.wait_for_line(&format!("the {word}"));
    }
    terminal.wait_for_prompt();
    terminal.type_bytes(&[0x12]);
    terminal.type_text("nee");
    terminal.wait_for("(reverse-i-search)`nee': echo the needle");
    terminal.type_text("\r");
    terminal.wait_screen("its output again", |screen| {
        screen.lines().filter(|line| *line == "the needle").count() == 2
    });
}

#[test]
fn hangul_is_typed_and_deleted_by_the_syllable() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    // An input method sends a syllable when it is complete.
    terminal.type_text("echo 안녕하세요");
    terminal.type_bytes(&[0x7f, 0x7f]);
    terminal.wait_screen("three syllables left", |screen| {
        screen.ends_with("$ echo 안녕하")
    });
    // Left over one syllable, and another in front of it.
    terminal.type_text("\x1b[D신\r");
    terminal.wait_for_line("안녕신하");
}

#[test]
fn a_line_follows_the_window_while_it_is_edited() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    let word = "x".repeat(100);
    terminal.type_text(&format!("echo {word}"));
    terminal.wait_for(&word[..20]);
    terminal.resize(40, 24);
    terminal.type_bytes(&[0x01]);
    terminal.type_text("true; ");
    terminal.type_bytes(&[0x05]);
    terminal.type_text("y\r");
    terminal.resize(120, 24);
    assert_eq!(terminal.run("echo $COLUMNS"), "120");
    terminal.wait_for(&format!("{word}y"));
}

#[test]
fn a_paste_of_a_megabyte_arrives_whole() {
    const LINES: usize = 16 * 1024;
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("stty -echo; echo re\"\"ady; cat > pasted; stty echo");
    terminal.wait_for_line("ready");
    let text: String = (0..LINES).map(|line| format!("{line:063}\r")).collect();
    assert_eq!(text.len(), 1 << 20);
    for piece in text.as_bytes().chunks(64 * 1024) {
        terminal.type_bytes(piece);
    }
    terminal.type_bytes(&[0x04]);
    terminal.wait_for_prompt();
    assert_eq!(
        session.say("wc -c < pasted; tail -n 1 pasted"),
        format!("{}\n{:063}\n", text.len(), LINES - 1)
    );
}

#[test]
fn a_paste_of_a_megabyte_at_the_prompt_is_one_command() {
    const LINES: usize = 16 * 1024;
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    let text: String = (0..LINES).map(|line| format!("{line:063}\r")).collect();
    let command = format!("\x1b[200~cat > pasted <<'END'\r{text}END\x1b[201~");
    for piece in command.as_bytes().chunks(64 * 1024) {
        terminal.type_bytes(piece);
    }
    terminal.wait_for_cursor_line("END");
    terminal.type_text("\r");
    terminal.wait_for_prompt();
    assert_eq!(
        session.say("wc -c < pasted; tail -n 1 pasted"),
        format!("{}\n{:063}\n", text.len(), LINES - 1)
    );
}

#[test]
fn leaving_the_shell_closes_the_terminal_and_not_the_session() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("exit");
    terminal.wait_for_close();
    assert_eq!(session.now()["status"], "RUNNING");
    let mut again = session.terminal();
    assert_eq!(again.run("echo a new one"), "a new one");
}

fn knock(person: &Person, url: &str, authorization: &str) -> u16 {
    let headers = [
        ("authorization", authorization.to_owned()),
        ("sec-websocket-protocol", "tty".to_owned()),
    ];
    Terminal::refusal(person, url, &headers)
}

#[test]
fn nobody_else_comes_in() {
    let (ann, bob) = (someone(), someone());
    let session = ann.session(&[]);
    let url = session.terminal_url("main");
    assert_eq!(knock(&ann, &url, "Bearer nonsense"), 401);
    assert_eq!(
        Terminal::refusal(&ann, &url, &[("sec-websocket-protocol", "tty".to_owned())]),
        401
    );
    assert_eq!(knock(&ann, &url, &bob.authorization()), 404);
    let nowhere = "/api/v1/sessions/0192e1a0-0000-7000-8000-000000000000/terminal?name=main";
    assert_eq!(knock(&ann, nowhere, &ann.authorization()), 404);
    let plain = ann.get(&url);
    assert!([400, 405, 426].contains(&plain.status), "{plain}");
}

#[test]
fn a_terminal_has_a_sensible_name() {
    let ann = someone();
    let session = ann.session(&[]);
    for name in ["", "a/b", "a\nb", "한글 ", &"x".repeat(300)] {
        let mut terminal = session.terminal_named(name);
        let reason = terminal.wait_for_close();
        let reason = reason.unwrap_or_else(|| panic!("{name:?} closes without a word"));
        assert!(reason.reason.contains("name"), "{name:?}: {reason}");
    }
}

#[test]
fn another_site_cannot_use_a_browsers_cookie() {
    let ann = someone();
    let session = ann.session(&[]);
    let url = session.terminal_url("main");
    let headers = [
        ("cookie", ann.browser()),
        ("origin", "https://evil.example".to_owned()),
        ("sec-websocket-protocol", "tty".to_owned()),
    ];
    assert_eq!(Terminal::refusal(&ann, &url, &headers), 403);
}

#[test]
fn a_revoked_token_closes_its_terminals() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    ann.revoke_own_token();
    terminal.wait_for_close();
    // Nothing more can be asked, not even to end the session.
    std::mem::forget(session);
}

/// After a viewer did something odd: the shell is the one it was.
#[track_caller]
fn still_fine(session: &Session<'_>, mark: &str) {
    let mut terminal = session.terminal();
    assert_eq!(terminal.run("echo $MARK"), mark, "the shell is gone");
}

#[test]
fn frames_that_make_no_sense_do_no_harm() {
    let ann = someone();
    let session = ann.session(&[]);
    session.terminal().run("MARK=kept");
    let odd: [&[u8]; 9] = [
        b"9what is this",
        b"",
        b"\xff\xfe",
        b"1",
        b"1not JSON",
        b"1{\"columns\": -1, \"rows\": 0}",
        b"1{\"columns\": 99999999999999999999, \"rows\": 1}",
        b"1{}",
        b"{\"columns\": 1}",
    ];
    for frame in odd {
        let mut terminal = session.terminal();
        terminal.wait_for_prompt();
        terminal.send(Message::binary(frame.to_vec()));
        terminal.enter("echo an\"\"swered");
        // It is ignored, or the server says why it hangs up.
        wait_until("an answer", || {
            terminal.drain(usize::MAX);
            (terminal.is_closed() || terminal.screen().contains("\nanswered")).then_some(())
        });
        if terminal.is_closed() {
            let reason = terminal
                .wait_for_close()
                .unwrap_or_else(|| panic!("{frame:?} closes without a word"));
            assert!(
                !matches!(reason.code, CloseCode::Normal | CloseCode::Error),
                "{frame:?}: {reason}"
            );
        }
        still_fine(&session, "kept");
    }
}

#[test]
fn a_first_message_that_makes_no_sense_is_told_so() {
    let ann = someone();
    let session = ann.session(&[]);
    session.terminal().run("MARK=kept");
    for hello in [
        "",
        "hello",
        "[]",
        "{\"columns\": \"x\", \"rows\": 1}",
        "0ls\r",
    ] {
        let mut terminal = Terminal::connect(&ann, &session.terminal_url("main"), 80, 24);
        terminal.send(Message::binary(hello.to_owned()));
        let reason = terminal
            .wait_for_close()
            .unwrap_or_else(|| panic!("{hello:?} closes without a word"));
        assert!(
            !matches!(reason.code, CloseCode::Normal | CloseCode::Error),
            "{hello:?}: {reason}"
        );
        still_fine(&session, "kept");
    }
}

#[test]
fn a_frame_of_ten_mebibytes_is_refused() {
    const LENGTH: usize = 10 << 20;
    let ann = someone();
    let session = ann.session(&[]);
    session.terminal().run("MARK=kept");

    // The announcement alone: binary, masked, a length of 64 bits.
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    let mut announcement = vec![0x82, 0xff];
    announcement.extend((LENGTH as u64).to_be_bytes());
    announcement.extend([0; 4]);
    terminal.send_raw(&announcement);
    let reason = terminal.wait_for_close().expect("a reason");
    assert_eq!(reason.code, CloseCode::Size, "{reason}");

    // And all of it.
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.type_bytes(&vec![b'x'; LENGTH]);
    terminal.wait_for_close();
    still_fine(&session, "kept");
}

#[test]
fn a_window_of_a_strange_size_does_no_harm() {
    let ann = someone();
    let session = ann.session(&[]);
    session.terminal().run("MARK=kept");
    for (columns, rows) in [(1_u16, 1_u16), (65_535, 65_535), (2, 500)] {
        let mut terminal = Terminal::connect(&ann, &session.terminal_url("main"), 120, 50);
        terminal.send(Message::binary(
            json!({"columns": columns, "rows": rows}).to_string(),
        ));
        terminal.type_text("\r");
        terminal.drain(1);
        terminal.close();
        still_fine(&session, "kept");
    }
}

#[test]
fn a_session_tells_its_terminals_and_one_of_them_can_be_closed() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut main = session.terminal();
    let mut second = session.terminal_named("second");
    main.wait_for_prompt();
    second.wait_for_prompt();
    assert_eq!(
        session.now()["in_use"]["terminals"],
        json!(["main", "second"])
    );
    assert_eq!(session.now()["in_use"]["processes"], 2);

    second.enter("sleep 1000");
    let address = format!("{}/terminals/second", session.url());
    someone().delete(&address).refused(&[404]);
    ann.delete(&address).must(204);
    let reason = second.wait_for_close().expect("a reason");
    assert_eq!(reason.code, CloseCode::Normal, "{reason}");
    wait_until("its programs to end", || {
        (session.now()["in_use"]["processes"] == 1).then_some(())
    });
    ann.delete(&address).refused(&[404]);
    assert_eq!(session.now()["in_use"]["terminals"], json!(["main"]));
    assert_eq!(main.run("echo still \"h\"ere"), "still here");
}
