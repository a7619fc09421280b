//! Encodings and their names.

use encoding_rs::{Encoding, UTF_8};

/// How text is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Charset {
    Standard(&'static Encoding),
    Ascii,
    Latin1,
    /// Two bytes a unit; with a mark at the beginning when the order is not named.
    Utf16 {
        big: bool,
        marked: bool,
    },
    /// Four bytes a character.
    Utf32 {
        big: bool,
        marked: bool,
    },
}

impl Charset {
    /// The encoding that somebody calls so.
    pub fn named(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(|letter| !matches!(letter, '-' | '_' | ' '))
            .collect::<String>()
            .to_ascii_lowercase();
        Some(match plain.as_str() {
            "" | "char" => Self::Standard(UTF_8),
            "utf8" => Self::Standard(UTF_8),
            "ascii" | "usascii" | "ansix3.41968" | "iso646us" | "c" | "posix" => Self::Ascii,
            "latin1" | "iso88591" | "l1" | "8859_1" | "cp819" => Self::Latin1,
            "utf16" | "ucs2" | "unicode" => Self::Utf16 {
                big: false,
                marked: true,
            },
            "utf16le" | "ucs2le" | "unicodelittle" => Self::Utf16 {
                big: false,
                marked: false,
            },
            "utf16be" | "ucs2be" | "unicodebig" => Self::Utf16 {
                big: true,
                marked: false,
            },
            "utf32" | "ucs4internal" => Self::Utf32 {
                big: false,
                marked: true,
            },
            "utf32le" | "ucs4le" => Self::Utf32 {
                big: false,
                marked: false,
            },
            "utf32be" | "ucs4be" | "ucs4" => Self::Utf32 {
                big: true,
                marked: false,
            },
            // Names that are common and not the standard's.
            "cp949" | "uhc" | "ms949" => Self::Standard(encoding_rs::EUC_KR),
            "cp932" | "sjis" => Self::Standard(encoding_rs::SHIFT_JIS),
            "cp936" => Self::Standard(encoding_rs::GBK),
            "cp950" => Self::Standard(encoding_rs::BIG5),
            "cp1252" => Self::Standard(encoding_rs::WINDOWS_1252),
            "cp1251" => Self::Standard(encoding_rs::WINDOWS_1251),
            "cp1250" => Self::Standard(encoding_rs::WINDOWS_1250),
            "latin2" | "iso88592" => Self::Standard(encoding_rs::ISO_8859_2),
            "latin9" | "iso885915" => Self::Standard(encoding_rs::ISO_8859_15),
            _ => {
                let found = Encoding::for_label(name.as_bytes())
                    .or_else(|| Encoding::for_label(name.replace('_', "-").as_bytes()));
                Self::Standard(found.filter(|found| *found != encoding_rs::REPLACEMENT)?)
            }
        })
    }
}

/// What `iconv --list` prints.
pub fn list() -> String {
    const OTHERS: &str = "ASCII// US-ASCII//\nISO-8859-1// LATIN1//\nUTF-8//\nUTF-16// UTF-16LE// UTF-16BE//\nUTF-32// UTF-32LE// UTF-32BE//\n";
    const STANDARD: [&Encoding; 33] = [
        encoding_rs::BIG5,
        encoding_rs::EUC_JP,
        encoding_rs::EUC_KR,
        encoding_rs::GB18030,
        encoding_rs::GBK,
        encoding_rs::IBM866,
        encoding_rs::ISO_2022_JP,
        encoding_rs::ISO_8859_2,
        encoding_rs::ISO_8859_3,
        encoding_rs::ISO_8859_4,
        encoding_rs::ISO_8859_5,
        encoding_rs::ISO_8859_6,
        encoding_rs::ISO_8859_7,
        encoding_rs::ISO_8859_8,
        encoding_rs::ISO_8859_10,
        encoding_rs::ISO_8859_13,
        encoding_rs::ISO_8859_14,
        encoding_rs::ISO_8859_15,
        encoding_rs::ISO_8859_16,
        encoding_rs::KOI8_R,
        encoding_rs::KOI8_U,
        encoding_rs::MACINTOSH,
        encoding_rs::SHIFT_JIS,
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1252,
        encoding_rs::WINDOWS_1253,
        encoding_rs::WINDOWS_1254,
        encoding_rs::WINDOWS_1255,
        encoding_rs::WINDOWS_1256,
        encoding_rs::WINDOWS_1257,
        encoding_rs::WINDOWS_1258,
        encoding_rs::WINDOWS_874,
    ];
    STANDARD.iter().fold(OTHERS.to_owned(), |list, encoding| {
        list + &encoding.name().to_ascii_uppercase() + "//\n"
    })
}
