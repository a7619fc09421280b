//! `locale`: the settings of the environment. A session knows the locales C and C.UTF-8.

use std::ffi::OsString;

use berth_multicall::takes::{Takes, read};
use berth_multicall::{complain, print, text};

const LOCALE: Takes = Takes {
    name: "locale",
    help: "\
Usage: locale [-a | -m]
       locale [-k] NAME...
Print the locale's settings, the locales that there are (-a) or the character maps (-m).
",
    letters: "amckv",
    long: &[
        ("all-locales", 'a'),
        ("charmaps", 'm'),
        ("keyword-name", 'k'),
        ("category-name", 'c'),
    ],
    code: 1,
    command: false,
};

/// `locale`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    const CATEGORIES: [&str; 12] = [
        "LC_CTYPE",
        "LC_NUMERIC",
        "LC_TIME",
        "LC_COLLATE",
        "LC_MONETARY",
        "LC_MESSAGES",
        "LC_PAPER",
        "LC_NAME",
        "LC_ADDRESS",
        "LC_TELEPHONE",
        "LC_MEASUREMENT",
        "LC_IDENTIFICATION",
    ];
    let given = match read(&LOCALE, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.has('a') {
        return print("locale", b"C\nC.utf8\nPOSIX\n");
    }
    if given.has('m') {
        return print("locale", b"ANSI_X3.4-1968\nUTF-8\n");
    }
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let first = |names: &[&str]| {
        let values = names.iter().map(|name| variable(name));
        let mut set = values.filter(|value| !value.is_empty());
        set.next().unwrap_or_else(|| "POSIX".to_owned())
    };
    let mut shown = String::new();
    if given.operands.is_empty() {
        shown += &format!(
            "LANG={}\nLANGUAGE={}\n",
            variable("LANG"),
            variable("LANGUAGE")
        );
        let all = variable("LC_ALL");
        for category in CATEGORIES {
            let own = variable(category);
            shown += &if all.is_empty() && !own.is_empty() {
                format!("{category}={own}\n")
            } else {
                format!("{category}=\"{}\"\n", first(&["LC_ALL", category, "LANG"]))
            };
        }
        shown += &format!("LC_ALL={all}\n");
        return print("locale", shown.as_bytes());
    }
    let mut code = 0;
    for name in &given.operands {
        let name = text(name);
        let value = match name.as_str() {
            "charmap" if berth_pattern::locale_is_bytes() => "ANSI_X3.4-1968",
            "charmap" => "UTF-8",
            "decimal_point" => ".",
            "thousands_sep" => "",
            "yesexpr" => "^[yY]",
            "noexpr" => "^[nN]",
            "day" => "Sunday;Monday;Tuesday;Wednesday;Thursday;Friday;Saturday",
            "abday" => "Sun;Mon;Tue;Wed;Thu;Fri;Sat",
            "mon" => {
                "January;February;March;April;May;June;July;August;September;October;November;December"
            }
            "abmon" => "Jan;Feb;Mar;Apr;May;Jun;Jul;Aug;Sep;Oct;Nov;Dec",
            "d_t_fmt" => "%a %b %e %H:%M:%S %Y",
            "d_fmt" => "%m/%d/%y",
            "t_fmt" => "%H:%M:%S",
            _ => {
                complain("locale", format_args!("unknown name \"{name}\""));
                code = 1;
                continue;
            }
        };
        shown += &if given.has('k') {
            format!("{name}=\"{value}\"\n")
        } else {
            format!("{value}\n")
        };
    }
    print("locale", shown.as_bytes()).max(code)
}
