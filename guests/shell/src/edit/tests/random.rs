//! Whatever is typed, the editor holds and the screen is right.

use proptest::prelude::*;

use super::harness::*;
use crate::edit::layout::Size;
use crate::edit::session::Session;
use crate::edit::*;

proptest! {
    #[test]
    fn no_bytes_at_all_break_the_editor(
        bytes in prop::collection::vec(prop_oneof![4 => any::<u8>(), 2 => 0u8..32, 1 => Just(27u8)], 0..300),
        columns in 1u16..40,
        rows in 1u16..6,
    ) {
        let fake = Fake::new(columns, rows, vec![Event::Bytes(bytes)]);
        let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
        let mut host = host(&fake);
        while editor.read_line(&mut host, "$ ") != ReadLine::Hangup {}
        prop_assert!(fake.0.borrow().modes.last() == Some(&Mode::Restored));
    }
}

/// What happens in the rendering test.
#[derive(Clone, Debug)]
enum Happening {
    Typed(&'static str),
    Resized(u16),
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let typed = prop::sample::select(vec![
        "a",
        "b c",
        "word ",
        "\u{d55c}",
        "\u{ae00}\u{c790}",
        "\u{1112}\u{1161}\u{11ab}",
        "e\u{301}",
        "\u{301}",
        "\u{1f600}",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{1f1f0}\u{1f1f7}",
        "\u{1f1f0}",
        "\u{2764}\u{fe0f}",
        "\u{1f44d}\u{1f3fd}",
        "\u{200d}",
        "\u{200b}",
        "\u{915}\u{94d}\u{937}",
        "\u{ff}",
        "\u{fffd}",
        "\x16\x01",
        "\x16\t",
        "\x16\n",
        "\u{9b}",
        "\x1b[200~x\ny\x1b[201~",
        "0123456789",
        "\x01",
        "\x05",
        "\x02",
        "\x02\x02\x02",
        "\x06",
        "\x7f",
        "\x7f\x7f",
        "\x04",
        "\x15",
        "\x0b",
        "\x17",
        "\x19",
        "\x1bb",
        "\x1bf",
        "\x14",
        "\x10",
        "\x0e",
        "\x1f",
        "\x0c",
        "\t",
        "\x12o",
        "\x07",
        "\x1bu",
    ]);
    prop_oneof![20 => typed.prop_map(Happening::Typed), 1 => (10u16..80).prop_map(Happening::Resized)]
}

proptest! {
    #[test]
    fn the_screen_shows_prompt_and_line_with_the_cursor_where_it_belongs(
        happenings in prop::collection::vec(any_happening(), 1..60),
        columns in 10u16..80,
        rows in prop_oneof![Just(100u16), 1u16..8],
        prompt in prop::sample::select(vec![
            "$ ", "", "\x1b[32mme\x1b[0m:\u{d55c}$ ", "a rather long prompt that wraps> ",
        ]),
    ) {
        let fake = Fake::new(columns, rows, vec![]);
        let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
        let mut host = host(&fake);
        let mut session = Session::new(&mut editor, &mut host, prompt);
        session.refresh().unwrap();
        for happening in happenings {
            fake.0.borrow_mut().events.push_back(match happening {
                Happening::Typed(text) => Event::Bytes(text.into()),
                Happening::Resized(columns) => Event::Resize(Size::new(columns, rows)),
            });
            // Keys are done when the terminal has no more of them.
            while let Ok(key) = session.next_key() {
                let _ = session.execute(key);
            }
            session.refresh().unwrap();
            let (text, cursor) = (session.buffer.text(), session.buffer.cursor());
            let mut boundary = unicode_segmentation::GraphemeCursor::new(cursor, text.len(), true);
            prop_assert!(boundary.is_boundary(text, 0).unwrap());
            session.screen().assert_shown_on(fake.0.borrow().screen.screen());
        }
    }
}
