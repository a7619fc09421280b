//! What terminals send, and which keys that is.

use std::collections::VecDeque;

use crate::edit::keys::{Decoder, ESCAPE, Key, STRING_MAX_BYTES};

fn decode(bytes: &[u8]) -> Vec<Key> {
    let mut decoder = Decoder::default();
    let mut keys = VecDeque::new();
    bytes.iter().for_each(|byte| decoder.feed(*byte, &mut keys));
    keys.into()
}

#[test]
fn every_way_a_terminal_sends_a_key_is_that_key() {
    let table: [(&[&str], Key); 24] = [
        (&["\x1b[A", "\x1bOA", "\x1b[1;2A"], Key::Up),
        (&["\x1b[B", "\x1bOB"], Key::Down),
        (&["\x1b[C", "\x1bOC", "\x1b[1;2C"], Key::Right),
        (&["\x1b[D", "\x1bOD"], Key::Left),
        (
            &[
                "\x1b[1;5C",
                "\x1b[1;3C",
                "\x1b\x1b[C",
                "\x1b\x1bOC",
                "\x1bOc",
            ],
            Key::WordRight,
        ),
        (
            &["\x1b[1;5D", "\x1b[1;3D", "\x1b\x1b[D", "\x1bOd"],
            Key::WordLeft,
        ),
        (
            &["\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~", "\x1b[1;5H"],
            Key::Home,
        ),
        (
            &["\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~", "\x1b[1;2F"],
            Key::End,
        ),
        (&["\x1b[2~"], Key::Insert),
        (&["\x1b[3~", "\x1b[3;2~"], Key::Delete),
        (&["\x1b[3;5~", "\x1b[3;3~", "\x1b[3^"], Key::WordDelete),
        (&["\x1b[5~"], Key::PageUp),
        (&["\x1b[6~"], Key::PageDown),
        (
            &["\r", "\n", "\x1bOM", "\x1b[13u", "\x1b[27;5;13~"],
            Key::Enter,
        ),
        (&["\t", "\x1b[9u", "\x1b[105;5u"], Key::Tab),
        (&["\x7f", "\x08", "\x1b[127u"], Key::Backspace),
        (&["\x1b\x7f", "\x1b\x08", "\x1b[127;3u"], Key::AltBackspace),
        (&["\x01", "\x1b[97;5u", "\x1b[27;5;97~"], Key::Control('A')),
        (&["\x1f", "\x1b\x1f"], Key::Control('_')),
        (&["\x00"], Key::Control('@')),
        (&["\x1bf", "\x1b[102;3u"], Key::Alt('f')),
        (&["\u{d55c}"], Key::Char('\u{d55c}')),
        (&["\x1b\u{e9}"], Key::Alt('\u{e9}')),
        (&["A", "\x1b[65u", "\x1b[97;2u"], Key::Char('A')),
    ];
    for (spellings, key) in table {
        for spelling in spellings {
            assert_eq!(decode(spelling.as_bytes()), [key], "{spelling:?}");
        }
    }
}

#[test]
fn what_nobody_knows_is_swallowed_whole() {
    let strange = [
        "\x1b[15~",
        "\x1b[[A",
        "\x1b[I",
        "\x1b[<0;10;20M",
        "\x1b[M !!",
        "\x1bOP",
        "\x1b[?1;2c",
        "\x1b[12;40R",
        "\x1b]11;rgb:0000/0000/0000\x1b\\",
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1bP>|xterm(380)\x1b\\",
        "\x1b[201~",
        "\x1b[99999999999999999999~",
        "\x1b[1111111111;1111111111;1111111111;1111111111~",
    ];
    for sequence in strange {
        let keys = decode(format!("{sequence}x").as_bytes());
        assert_eq!(keys, [Key::Char('x')], "{sequence:?}");
    }
}

#[test]
fn a_sequence_that_never_ends_does_not_take_what_comes_after_it() {
    assert_eq!(decode(b"\x1b[12\x03"), [Key::Control('C')]);
    assert_eq!(decode(b"\x1b]0;title\x03"), [Key::Control('C')]);
    assert_eq!(decode(b"\x1b]x"), [Key::Alt(']'), Key::Char('x')]);
    assert_eq!(decode(b"\x1b\x03"), [Key::Control('C')]);
    let long = [b"\x1b]0;".as_slice(), &vec![b'a'; STRING_MAX_BYTES + 3]].concat();
    assert_eq!(decode(&long).last(), Some(&Key::Char('a')));
}

#[test]
fn a_key_that_is_not_complete_waits() {
    for (first, second, key) in [
        ("\x1b", "[A", Key::Up),
        ("\x1b[1;", "5D", Key::WordLeft),
        ("\x1bO", "H", Key::Home),
        ("\x1b", "b", Key::Alt('b')),
    ] {
        let mut decoder = Decoder::default();
        let mut keys = VecDeque::new();
        first.bytes().for_each(|byte| decoder.feed(byte, &mut keys));
        assert!(keys.is_empty(), "{first:?}");
        second
            .bytes()
            .for_each(|byte| decoder.feed(byte, &mut keys));
        assert_eq!(keys, [key]);
    }
}

#[test]
fn a_lone_escape_can_be_taken_for_the_key() {
    let mut decoder = Decoder::default();
    let mut keys = VecDeque::new();
    decoder.feed(ESCAPE, &mut keys);
    assert!(decoder.give_up_escape());
    assert!(!decoder.give_up_escape());
    decoder.feed(b'[', &mut keys);
    assert_eq!(keys, [Key::Char('[')]);
}

#[test]
fn pasted_text_is_literal_up_to_its_end() {
    let text: String = decode("\x1b[200~a\t\x03\x1b[A\r\n\r\u{d55c}\0\x1b[201~".as_bytes())
        .into_iter()
        .map(|key| match key {
            Key::Literal(character) => character,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(text, "a\t\u{3}\u{1b}[A\n\n\u{d55c}");
    assert_eq!(
        decode(b"\x1b[200~\x1b\x1b[20\x1b[201~\x01").last(),
        Some(&Key::Control('A'))
    );
}

#[test]
fn control_v_makes_the_next_character_literal() {
    assert_eq!(
        decode(b"\x16\x03a"),
        [Key::Literal('\u{3}'), Key::Char('a')]
    );
    assert_eq!(
        decode("\x16\u{d55c}".as_bytes()),
        [Key::Literal('\u{d55c}')]
    );
    assert_eq!(decode(b"\x16\t"), [Key::Literal('\t')]);
}

#[test]
fn bytes_that_are_no_text_become_the_shells_characters_for_them() {
    let stray = |byte: u8| Key::Char(char::from_u32(0x10_FF00 + u32::from(byte)).unwrap());
    assert_eq!(decode(b"\xffa"), [stray(0xff), Key::Char('a')]);
    assert_eq!(
        decode(b"\xe2\x82a"),
        [stray(0xe2), stray(0x82), Key::Char('a')]
    );
    assert_eq!(decode(b"\xc3\x01"), [stray(0xc3), Key::Control('A')]);
    assert_eq!(decode(b"\xed\xa0\x80").len(), 3);
    // A character of the range that stands for stray bytes is itself none.
    assert_eq!(decode("\u{10ffee}".as_bytes()).len(), 4);
}
