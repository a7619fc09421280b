//! What a terminal shows: the model that a viewer who comes later is shown.

use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};

use berth_kernel::tty::Winsize;
use vt100::Parser;

use crate::limits::{COLUMNS_MAX, ROWS_MAX, SCROLLBACK_ROWS, WINDOW_MIN};

/// Size of a viewer's window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

impl Default for WindowSize {
    fn default() -> Self {
        Self {
            rows: 24,
            columns: 80,
        }
    }
}

impl WindowSize {
    /// The nearest size a terminal can have.
    pub(crate) fn clamped(self) -> Self {
        Self {
            rows: self.rows.clamp(WINDOW_MIN, ROWS_MAX),
            columns: self.columns.clamp(WINDOW_MIN, COLUMNS_MAX),
        }
    }

    pub(crate) fn winsize(self) -> Winsize {
        Winsize {
            rows: self.rows,
            columns: self.columns,
        }
    }
}

/// A terminal emulator that nobody sees.
///
/// The emulator is a library fed with whatever programs print, so a panic in it is a matter of time
/// (its shrinking of wide characters has a history). One costs the picture, nothing else: the model
/// starts over, viewers have long got the bytes themselves.
pub(super) struct Screen {
    parser: Parser,
    /// Whether anything was shown yet.
    touched: bool,
}

impl Screen {
    pub fn new(size: WindowSize) -> Self {
        Self {
            parser: parser(size),
            touched: false,
        }
    }

    /// Shows output.
    pub fn show(&mut self, bytes: &[u8]) {
        self.touched = true;
        self.guarded(|parser| parser.process(bytes));
    }

    /// The window has another size.
    pub fn resize(&mut self, size: WindowSize) {
        let size = size.clamped();
        self.guarded(|parser| parser.set_size(at_least_one(size.rows), at_least_one(size.columns)));
    }

    fn size(&self) -> WindowSize {
        let (rows, columns) = self.parser.screen().size();
        WindowSize {
            rows: rows.get(),
            columns: columns.get(),
        }
    }

    /// What turns a terminal of this size into this one: lines that scrolled away, the screen, the
    /// cursor, the modes. Empty if nothing was shown yet.
    pub fn snapshot(&mut self) -> Vec<u8> {
        if !self.touched {
            return Vec::new();
        }
        self.guarded(redraw).unwrap_or_default().into_bytes()
    }

    fn guarded<T>(&mut self, work: impl FnOnce(&mut Parser) -> T) -> Option<T> {
        let size = self.size();
        match catch_unwind(AssertUnwindSafe(|| work(&mut self.parser))) {
            Ok(value) => Some(value),
            Err(_) => {
                tracing::warn!("the screen model failed and starts over");
                self.parser = parser(size);
                None
            }
        }
    }
}

fn parser(size: WindowSize) -> Parser {
    let size = size.clamped();
    Parser::new(
        at_least_one(size.rows),
        at_least_one(size.columns),
        SCROLLBACK_ROWS,
    )
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

fn redraw(parser: &mut Parser) -> String {
    // A full reset first, so that a viewer who comes back sees nothing twice.
    let mut out = String::from("\x1bc");
    let screen = parser.screen_mut();
    let (rows, columns) = screen.size();
    if screen.alternate_screen() {
        // What is under a full-screen program cannot be seen by the model either; the program's
        // screen is what counts.
        out.push_str("\x1b[?1049h");
    } else {
        let mut above = screen.scrollback_len();
        let lines_above = above > 0;
        // From the top, a screenful at a time; the view is `above` lines up, its first row is next.
        while above > 0 {
            screen.set_scrollback(above);
            let here = above.min(usize::from(rows.get()));
            for (row, text) in screen
                .rows_formatted(0, columns.get())
                .take(here)
                .enumerate()
            {
                out.push_str(&text);
                out.push_str("\x1b[m");
                // A line that goes on in the next row is one line again. The last row above the screen
                // is ended in any case: what follows moves it out of sight.
                let goes_on = u16::try_from(row).is_ok_and(|row| screen.row_wrapped(row));
                if !goes_on || row + 1 == above {
                    out.push_str("\r\n");
                }
            }
            above -= here;
        }
        screen.set_scrollback(0);
        if lines_above {
            // Moves all of them above the screen: from wherever the cursor is, this many lines are
            // the way to the bottom and, from there, the way of the last of them out of sight.
            for _ in 1..rows.get() {
                out.push_str("\r\n");
            }
        }
    }
    out.push_str(&screen.state_formatted());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: WindowSize = WindowSize {
        rows: 6,
        columns: 20,
    };

    fn after(output: &str) -> Screen {
        let mut screen = Screen::new(SIZE);
        screen.show(output.as_bytes());
        screen
    }

    /// Everything a person could see, scrolled-away lines included.
    fn seen(screen: &mut Screen) -> Vec<String> {
        let columns = screen.size().columns;
        let model = screen.parser.screen_mut();
        let mut lines = Vec::new();
        for above in (1..=model.scrollback_len()).rev() {
            model.set_scrollback(above);
            lines.extend(model.rows(0, columns).next());
        }
        model.set_scrollback(0);
        lines.extend(model.rows(0, columns));
        lines
    }

    fn assert_redraws(output: &str) {
        let mut original = after(output);
        let snapshot = original.snapshot();
        let mut again = Screen::new(SIZE);
        again.show(b"what was there before\r\n");
        again.show(&snapshot);
        assert_eq!(
            seen(&mut again),
            seen(&mut original),
            "{output:?} by {:?}",
            String::from_utf8_lossy(&snapshot)
        );
        let (again, original) = (again.parser.screen(), original.parser.screen());
        assert_eq!(again.cursor_position(), original.cursor_position());
        assert_eq!(again.state_formatted(), original.state_formatted());
    }

    #[test]
    fn a_snapshot_redraws_what_is_to_be_seen() {
        assert!(Screen::new(SIZE).snapshot().is_empty(), "nothing was shown");
        let many: String = (0..30).map(|n| format!("line {n}\r\n")).collect();
        let long = format!("{}\r\nshort\r\n", "0123456789".repeat(13));
        for output in [
            "$ ",
            "one\r\ntwo\r\n$ ls",
            "\x1b[31mred\x1b[1mbold\x1b[m plain\r\n",
            &many,
            &format!("{many}$ "),
            &format!("{many}{many}\x1b[2;3H"),
            &long,
            &format!("{many}{long}{many}"),
            "한글 폴더\r\n😀\r\n",
            "\x1b[?2004h\x1b[?1h$ ",
            "\x1b[?25lhidden cursor",
            &format!("{many}\x1b[2J\x1b[H"),
            &"\r\n".repeat(7),
        ] {
            assert_redraws(output);
        }
    }

    #[test]
    fn a_full_screen_program_is_redrawn_as_one() {
        let mut screen = after("shell\r\n\x1b[?1049h\x1b[H\x1b[2Jeditor\x1b[3;1Htext");
        let snapshot = screen.snapshot();
        let mut again = Screen::new(SIZE);
        again.show(&snapshot);
        assert!(again.parser.screen().alternate_screen());
        assert_eq!(
            again.parser.screen().contents(),
            screen.parser.screen().contents()
        );
    }

    #[test]
    fn sizes_that_are_none_become_the_nearest() {
        let size = WindowSize {
            rows: 0,
            columns: u16::MAX,
        };
        assert_eq!(
            Screen::new(size).size(),
            WindowSize {
                rows: WINDOW_MIN,
                columns: COLUMNS_MAX
            }
        );
        let mut screen = after("text");
        screen.resize(WindowSize {
            rows: 60_000,
            columns: 1,
        });
        assert_eq!(
            screen.size(),
            WindowSize {
                rows: ROWS_MAX,
                columns: WINDOW_MIN
            }
        );
    }

    #[test]
    fn what_scrolled_away_is_bounded() {
        let mut screen = after("");
        for n in 0..3 * SCROLLBACK_ROWS {
            screen.show(format!("line {n}\r\n").as_bytes());
        }
        assert_eq!(
            seen(&mut screen).len(),
            SCROLLBACK_ROWS + usize::from(SIZE.rows)
        );
        assert!(screen.snapshot().len() < 64 << 10);
    }

    fn any_output() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            "\\PC{0,30}".prop_map(String::into_bytes),
            "\x1b\\[[0-9;?]{0,8}[A-Za-z@`]".prop_map(String::into_bytes),
            "(\x1b[c78DEHM=>]|\r|\n|\t|\x08|[가-힣]{1,20}|a{1,60})".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|all| all.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_output_and_no_size_breaks_a_terminal(
            steps in proptest::collection::vec((any_output(), 0u16..40, 0u16..60), 1..6),
        ) {
            let mut screen = Screen::new(SIZE);
            for (output, rows, columns) in steps {
                screen.show(&output);
                screen.snapshot();
                screen.resize(WindowSize { rows, columns });
                screen.snapshot();
            }
        }
    }
}
