//! Permission bits in letters, and names of owners.

use std::fs;

use berth_guest::FileType;

/// The letter of a file's type, as `ls -l` shows it.
pub fn type_letter(file_type: FileType) -> char {
    match file_type {
        FileType::Regular => '-',
        FileType::Directory => 'd',
        FileType::Link => 'l',
        FileType::CharacterDevice => 'c',
        FileType::BlockDevice => 'b',
        FileType::Fifo => 'p',
        FileType::Socket => 's',
    }
}

/// Type and permission bits as `ls -l` shows them.
pub fn letters(file_type: FileType, mode: u32) -> String {
    let mut text = String::from(type_letter(file_type));
    for (shift, special, set, unset) in [
        (6, 0o4000, 's', 'S'),
        (3, 0o2000, 's', 'S'),
        (0, 0o1000, 't', 'T'),
    ] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => set,
            (true, false) => unset,
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// A mode as `chmod(1)` reads it: octal, or clauses such as `u+x,go-w`. `before` is what it changes, `directory`
/// decides about `X`, and `umask` about clauses without a user. `None` if it is no mode.
pub fn parse(text: &str, before: u32, directory: bool, umask: u32) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) {
        return u32::from_str_radix(text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777);
    }
    let mut mode = before;
    for clause in text.split(',') {
        let who_end = clause.find(|letter| !matches!(letter, 'u' | 'g' | 'o' | 'a'))?;
        let (who, mut actions) = clause.split_at(who_end);
        let mut mask = 0;
        for letter in who.chars() {
            mask |= match letter {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                _ => 0o7777,
            };
        }
        let everybody = who.is_empty();
        if everybody {
            mask = 0o7777;
        }
        while let Some(operator) = actions.chars().next() {
            if !matches!(operator, '+' | '-' | '=') {
                return None;
            }
            actions = &actions[1..];
            let end = actions.find(['+', '-', '=']).unwrap_or(actions.len());
            let (permissions, rest) = actions.split_at(end);
            actions = rest;
            let mut bits = 0;
            for letter in permissions.chars() {
                bits |= match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if directory || mode & 0o111 != 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => (mode >> 6 & 7) * 0o111,
                    'g' => (mode >> 3 & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => return None,
                };
            }
            let changed = if everybody {
                bits & mask & !umask
            } else {
                bits & mask
            };
            mode = match operator {
                '+' => mode | changed,
                '-' => mode & !changed,
                // Special bits of a directory stay unless they are named.
                _ => mode & !(mask & if directory { 0o1777 } else { 0o7777 }) | changed,
            };
        }
    }
    Some(mode)
}

/// The name of a number in `/etc/passwd` or `/etc/group`; the number itself if it has none.
pub fn name_of(file: &str, id: u32) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let named = lines.find(|fields| fields.len() > 2 && fields[2].parse() == Ok(id));
    named.map_or_else(|| id.to_string(), |fields| fields[0].to_owned())
}

/// The number of a name in `/etc/passwd` or `/etc/group`, or written as one.
pub fn id_of(file: &str, name: &str) -> Option<u32> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.len() > 2 && fields[0] == name)
        .and_then(|fields| fields[2].parse().ok())
        .or_else(|| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_chmod_reads_them() {
        let cases = [
            ("755", 0, false, 0o755),
            ("+x", 0o644, false, 0o755),
            ("u+x", 0o644, false, 0o744),
            ("go-r", 0o644, false, 0o600),
            ("a=r", 0o777, false, 0o444),
            ("u=rwx,go=rx", 0, false, 0o755),
            ("+X", 0o644, false, 0o644),
            ("+X", 0o644, true, 0o755),
            ("g=u", 0o640, false, 0o660),
            ("u+x-w", 0o644, false, 0o544),
            ("+w", 0o444, false, 0o644),
        ];
        for (text, before, directory, after) in cases {
            assert_eq!(parse(text, before, directory, 0o022), Some(after), "{text}");
        }
        assert_eq!(parse("u+q", 0, false, 0), None);
        assert_eq!(parse("rwx", 0, false, 0), None);
        assert_eq!(letters(FileType::Directory, 0o1755), "drwxr-xr-t");
    }
}
