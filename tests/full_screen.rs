//! Programs that own the screen, key by key: nano, vi, less, top, watch; and the line editor where it is hardest.

use berth_tests::{Session, Terminal, someone};

const ESCAPE: &str = "\x1b";
const BACKSPACE: &str = "\x7f";
const LEFT: &str = "\x1b[D";

fn control(letter: char) -> String {
    char::from(letter as u8 & 0x1f).to_string()
}

/// Starts a program at the prompt and waits until the screen shows what it begins with.
#[track_caller]
fn open(session: &Session<'_>, command: &str, shows: &str) -> Terminal {
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter(command);
    terminal.wait_for(shows);
    terminal
}

#[test]
fn vi_does_what_fingers_remember() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("printf 'one\\ntwo\\nthree\\n' > list");
    let mut terminal = open(&session, "vi list", "three");
    terminal.type_text("jdd");
    terminal.wait_screen("a line less", |screen| !screen.contains("two"));
    terminal.type_text("u");
    terminal.wait_for("two");
    terminal.type_text("ofour");
    terminal.wait_for("-- INSERT --");
    terminal.type_text(ESCAPE);
    terminal.wait_screen("commands again", |screen| !screen.contains("-- INSERT --"));
    terminal.type_text("/one\r");
    terminal.type_text("x");
    terminal.wait_screen("a letter less", |screen| screen.starts_with("ne\n"));
    terminal.type_text(":%s/e/E/g\r");
    terminal.wait_for("thrEE");
    terminal.type_text(":q\r");
    terminal.wait_for("No write since last change");
    terminal.type_text(":wq\r");
    terminal.wait_for_prompt();
    assert_eq!(session.say("cat list"), "nE\ntwo\nfour\nthrEE\n");
}

#[test]
fn less_moves_searches_and_follows_the_window() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("seq -f 'line %g of many' 500 > long");
    let mut terminal = open(&session, "less long", "line 1 of many");
    terminal.wait_for("line 49 of many");
    terminal.type_text(" ");
    terminal.wait_screen("the second page", |screen| {
        screen.starts_with("line 50 of many")
    });
    terminal.type_text("/line 123\r");
    terminal.wait_screen("the match on top", |screen| {
        screen.starts_with("line 123 of many")
    });
    // A smaller window is seen without a key.
    terminal.resize(80, 10);
    terminal.wait_screen("nine lines and the prompt", |screen| {
        screen.lines().count() == 10 && screen.contains("line 131 of many\n:")
    });
    terminal.type_text("G");
    terminal.wait_for("(END)");
    terminal.type_text("g");
    terminal.wait_screen("the first page", |screen| {
        screen.starts_with("line 1 of many")
    });
    terminal.type_text("q");
    terminal.wait_for_prompt();
}

#[test]
fn less_shows_what_a_slow_stream_has_brought() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say(
        "wait_for() { until [ -e $1 ]; do sleep 0.02; done; }; declare -f wait_for > functions",
    );
    let stream =
        ". ./functions; (echo first; echo second; wait_for go; echo third; wait_for end) | less";
    let mut terminal = open(&session, stream, "second\n~");
    terminal.wait_screen("the prompt below two lines", |screen| {
        screen.starts_with("first\nsecond\n~\n") && screen.ends_with(':')
    });
    session.say("touch go");
    terminal.wait_for_line("third");
    // Keys are heard while it waits for more.
    terminal.type_text("-N");
    terminal.wait_for("line numbers is on");
    terminal.wait_for("      3 third");
    terminal.type_text("q");
    session.say("touch end");
    assert_eq!(terminal.run("echo alive"), "alive");
}

#[test]
fn less_walks_along_one_long_line_and_back() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("printf '%s,' $(seq 100000 103000) > one; echo >> one; seq 3 >> one");
    let mut terminal = open(&session, "less one", "100000,");
    // Twenty rows of a hundred and twenty columns.
    terminal.type_text("20j");
    terminal.wait_screen("the row that begins in the middle", |screen| {
        screen.starts_with(",100343,")
    });
    terminal.type_text("20k");
    terminal.wait_screen("the beginning", |screen| screen.starts_with("100000,"));
    terminal.type_text("G");
    terminal.wait_screen("the end", |screen| screen.ends_with("\n1\n2\n3\n(END)"));
    terminal.type_text("3g");
    terminal.wait_screen("the end, which is less than a page away", |screen| {
        screen.ends_with("\n1\n2\n3\n(END)")
    });
    terminal.type_text("-S");
    terminal.wait_screen("each line in one row", |screen| {
        screen
            .lines()
            .filter(|line| line.starts_with("100000,"))
            .count()
            == 1
            && screen.contains("\n1\n2\n3\n~")
    });
    terminal.type_text("!echo from the shell\r");
    terminal.wait_for("100000,");
    terminal.type_text("q");
    assert_eq!(terminal.run("echo alive"), "alive");
}

#[test]
fn a_file_is_followed_as_it_grows() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("seq 3 > log");
    let mut terminal = open(&session, "tail -n 1 -f log", "3");
    session.say("echo fourth >> log");
    terminal.wait_for_line("fourth");
    session.say("echo anew > log");
    terminal.wait_for_line("anew");
    terminal.type_bytes(&[0x03]);
    assert_eq!(terminal.run("echo alive"), "alive");
}

#[test]
fn top_and_watch_show_and_end() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = open(&session, "top", "PID");
    terminal.wait_for("bash");
    terminal.type_text("q");
    terminal.wait_for_prompt();
    session.say("echo first > seen");
    terminal.enter("watch -n 0.1 cat seen");
    terminal.wait_for_line("first");
    session.say("echo second > seen");
    terminal.wait_for_line("second");
    terminal.type_bytes(&[0x03]);
    assert_eq!(terminal.run("echo alive"), "alive");
}

#[test]
fn letters_keep_their_widths_while_a_line_is_edited() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    // A syllable, a face, a letter with a mark of its own, a family joined by three joiners.
    for (typed, printed) in [
        (format!("echo 가😀나{BACKSPACE}{BACKSPACE}다"), "가다"),
        (format!("echo e\u{301}x{LEFT}{BACKSPACE}o"), "ox"),
        (format!("echo 가나{LEFT}{LEFT}a"), "a가나"),
        (format!("echo x👩\u{200d}👩\u{200d}👧{BACKSPACE}y"), "xy"),
    ] {
        terminal.run("clear");
        terminal.enter(&typed);
        terminal.wait_for_line(printed);
    }
}

#[test]
fn a_prompt_may_have_several_lines() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("PS1='upper\\nlower$'; clear");
    terminal.wait_screen("both lines", |screen| screen == "upper\nlower$");
    let word = "x".repeat(130);
    terminal.type_text(&format!("echo {word}"));
    terminal.type_text(&control('a'));
    terminal.type_text("true; ");
    terminal.wait_screen("both lines once", |screen| {
        screen.starts_with("upper\nlower$true; echo xxx") && screen.matches("upper").count() == 1
    });
    terminal.type_text("\r");
    terminal.wait_screen("its output", |screen| {
        screen
            .replace('\n', "")
            .contains(&format!("{word}{word}upper"))
    });
}

#[test]
fn names_with_blanks_variables_and_programmed_words_are_completed() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("mkdir 'my files'; echo inside > 'my files/the file.txt'");
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.type_text("cat my\t");
    terminal.wait_for("cat my\\ files/");
    terminal.type_text("th\t\r");
    terminal.wait_for_line("inside");
    terminal.enter("LONGVARIABLE=found; _words() { COMPREPLY=($(compgen -W 'alpha beta' -- \"$2\")); }; complete -F _words frobnicate; frobnicate() { echo \"got $1\"; }; clear");
    terminal.wait_for_prompt();
    terminal.type_text("echo $LONGVA\t\r");
    terminal.wait_for_line("found");
    terminal.type_text("frobnicate be\t\r");
    terminal.wait_for_line("got beta");
}

#[test]
fn no_key_is_lost_however_fast_they_come() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    let text: String = ('a'..='z').cycle().take(600).collect();
    terminal.type_text("echo ");
    // A frame a key, as a browser sends them.
    for letter in text.chars() {
        terminal.type_text(&letter.to_string());
    }
    terminal.type_text(" | md5sum\r");
    let sum = session.say(&format!("echo {text} | md5sum"));
    terminal.wait_for(sum.split(' ').next().unwrap_or(&sum));
}

#[test]
fn nano_writes_what_was_typed_and_asks_before_it_forgets() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = open(&session, "nano note.txt", "[ New File ]");
    terminal.type_text("first line\rsecond 한국어 line\r");
    terminal.wait_for("second 한국어 line");
    terminal.type_text(&control('o'));
    terminal.wait_for("File Name to Write: note.txt");
    terminal.type_text("\r");
    terminal.wait_for("[ Wrote");
    assert_eq!(
        session.say("cat note.txt"),
        "first line\nsecond 한국어 line\n"
    );

    terminal.type_text(&control('w'));
    terminal.wait_for("Search");
    terminal.type_text("first\r");
    terminal.type_text("X");
    terminal.wait_for("Xfirst line");
    terminal.type_text(&control('x'));
    terminal.wait_for("Save modified buffer?");
    terminal.type_text(&control('c'));
    terminal.wait_screen("the text again", |screen| !screen.contains("Save modified"));
    terminal.type_text(&control('x'));
    terminal.wait_for("Save modified buffer?");
    terminal.type_text("n");
    terminal.wait_for_prompt();
    assert_eq!(session.say("head -1 note.txt"), "first line\n");
    // The screen is the one from before.
    assert!(terminal.screen().contains("nano note.txt"), "{terminal:?}");
}

#[test]
fn less_is_stopped_and_comes_back() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("seq 500 > long");
    let mut terminal = open(&session, "less long", "49");
    terminal.type_text(&control('z'));
    terminal.wait_for("Stopped");
    terminal.wait_for_prompt();
    terminal.enter("fg");
    terminal.wait_screen("the first page", |screen| screen.starts_with("1\n2\n"));
    terminal.type_text("q");
    assert_eq!(terminal.run("echo alive"), "alive");
}
