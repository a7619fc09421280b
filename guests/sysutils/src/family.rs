//! Processes as a family: `pstree`; and where each works: `pwdx`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use berth_multicall::{bytes, complain, print, text, usage_error_text};

use crate::processes::{self, Process};
use berth_multicall::takes::{Takes, read};

const PSTREE: Takes = Takes {
    name: "pstree",
    help: "\
Usage: pstree [-a] [-c] [-p] [-A] [-U] [PID]
Show processes as a tree.

  -a, --arguments    show command lines
  -c, --compact-not  show equal branches one by one
  -p, --show-pids    show numbers, which implies -c
  -A, --ascii        plain characters
",
    letters: "acpAUlnhugsTtZ",
    long: &[
        ("arguments", 'a'),
        ("compact-not", 'c'),
        ("show-pids", 'p'),
        ("ascii", 'A'),
        ("unicode", 'U'),
        ("long", 'l'),
        ("numeric-sort", 'n'),
        ("highlight-all", 'h'),
    ],
    code: 1,
    command: false,
};

/// How branches are drawn.
struct Lines {
    only: &'static str,
    first: &'static str,
    middle: &'static str,
    last: &'static str,
    passing: &'static str,
    none: &'static str,
}

const ASCII: Lines = Lines {
    only: "---",
    first: "-+-",
    middle: " |-",
    last: " `-",
    passing: " | ",
    none: "   ",
};
const UNICODE: Lines = Lines {
    only: "───",
    first: "─┬─",
    middle: " ├─",
    last: " └─",
    passing: " │ ",
    none: "   ",
};

struct Tree {
    children: BTreeMap<i32, Vec<Process>>,
    lines: &'static Lines,
    pids: bool,
    arguments: bool,
    compact: bool,
}

/// `pstree`.
pub fn pstree(arguments: Vec<OsString>) -> i32 {
    let given = match read(&PSTREE, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let all = processes::all();
    let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
    for process in &all {
        children
            .entry(process.parent)
            .or_default()
            .push(process.clone());
    }
    let ascii = given.has('A') || (!given.has('U') && berth_pattern::locale_is_bytes());
    let tree = Tree {
        children,
        lines: if ascii { &ASCII } else { &UNICODE },
        pids: given.has('p'),
        arguments: given.has('a'),
        compact: !given.has('c') && !given.has('p'),
    };
    let roots: Vec<&Process> = match given.operands.first().map(|word| text(word)) {
        None => {
            let known = |pid: i32| all.iter().any(|process| process.pid == pid);
            all.iter()
                .filter(|process| !known(process.parent))
                .collect()
        }
        Some(word) => match word.parse::<i32>() {
            Ok(pid) => all.iter().filter(|process| process.pid == pid).collect(),
            // Everything in a session belongs to its user.
            Err(_) if word == std::env::var("USER").unwrap_or_default() => {
                all.iter().filter(|process| process.parent == 0).collect()
            }
            Err(_) => {
                complain("pstree", format_args!("No such user name: {word}"));
                return 1;
            }
        },
    };
    let mut shown = String::new();
    for root in roots {
        if tree.arguments {
            tree.below(root, "", &mut shown);
        } else {
            for line in tree.beside(root) {
                shown += line.trim_end();
                shown.push('\n');
            }
        }
    }
    print("pstree", shown.as_bytes())
}

impl Tree {
    fn label(&self, process: &Process) -> String {
        let name = if self.arguments {
            process.command()
        } else {
            process.name.clone()
        };
        match self.pids {
            true if self.arguments => {
                let (first, rest) = name.split_once(' ').unwrap_or((&name, ""));
                format!("{first},{} {rest}", process.pid)
                    .trim_end()
                    .to_owned()
            }
            true => format!("{name}({})", process.pid),
            false => name,
        }
    }

    fn children(&self, process: &Process) -> &[Process] {
        self.children.get(&process.pid).map_or(&[], Vec::as_slice)
    }

    /// A process with its children beside it, as lines.
    fn beside(&self, process: &Process) -> Vec<String> {
        let mut branches: Vec<(usize, Vec<String>)> = Vec::new();
        for child in self.children(process) {
            let lines = self.beside(child);
            match branches.iter_mut().find(|(_, known)| *known == lines) {
                Some((count, _)) if self.compact => *count += 1,
                _ => branches.push((1, lines)),
            }
        }
        branches.sort_by(|a, b| a.1.cmp(&b.1));
        let label = self.label(process);
        if branches.is_empty() {
            return vec![label];
        }
        let margin = " ".repeat(label.chars().count());
        let several = branches.len() > 1;
        let last = branches.len() - 1;
        let mut all = Vec::new();
        for (index, (count, lines)) in branches.into_iter().enumerate() {
            let times = match count {
                1 => String::new(),
                count => format!("{count}*["),
            };
            let end = if count > 1 { "]" } else { "" };
            for (row, line) in lines.into_iter().enumerate() {
                let start = match (index, row) {
                    (0, 0) if several => format!("{label}{}", self.lines.first),
                    (0, 0) => format!("{label}{}", self.lines.only),
                    (_, 0) if index == last => format!("{margin}{}", self.lines.last),
                    (_, 0) => format!("{margin}{}", self.lines.middle),
                    _ if index == last => format!("{margin}{}", self.lines.none),
                    _ => format!("{margin}{}", self.lines.passing),
                };
                all.push(match row {
                    0 => format!("{start}{times}{line}{end}"),
                    _ => format!("{start}{}{line}", " ".repeat(times.len())),
                });
            }
        }
        all
    }

    /// A process with its children below it.
    fn below(&self, process: &Process, margin: &str, shown: &mut String) {
        shown.push_str(&self.label(process));
        shown.push('\n');
        let children = self.children(process);
        for (index, child) in children.iter().enumerate() {
            let last = index + 1 == children.len();
            let (branch, passing) = if last {
                (self.lines.last, self.lines.none)
            } else {
                (self.lines.middle, self.lines.passing)
            };
            // A cell further in than beside each other.
            shown.push_str(&format!("{margin} {branch}"));
            self.below(child, &format!("{margin} {passing}"), shown);
        }
    }
}

const PWDX: Takes = Takes {
    name: "pwdx",
    help: "Usage: pwdx PID...\nPrint the working directory of processes.\n",
    letters: "",
    long: &[],
    code: 1,
    command: false,
};

/// `pwdx`.
pub fn pwdx(arguments: Vec<OsString>) -> i32 {
    let given = match read(&PWDX, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("pwdx", "a process is missing", 1);
    }
    let mut shown = String::new();
    let mut code = 0;
    for word in &given.operands {
        let pid = text(word);
        let pid = pid.strip_prefix("/proc/").unwrap_or(&pid);
        if pid.parse::<u32>().is_err() {
            complain("pwdx", format_args!("invalid process id: {pid}"));
            return 1;
        }
        match fs::read_link(format!("/proc/{pid}/cwd")) {
            Ok(path) => shown += &format!("{pid}: {}\n", text(bytes(path.as_os_str()))),
            Err(_) => {
                eprintln!("{pid}: No such process");
                code = 1;
            }
        }
    }
    print("pwdx", shown.as_bytes()).max(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(pids: bool, arguments: bool) -> (Tree, Process) {
        let process = |pid, parent, name: &str| Process {
            pid,
            parent,
            name: name.to_owned(),
            arguments: vec![name.as_bytes().to_vec(), b"-x".to_vec()],
            ..Process::default()
        };
        let root = process(1, 0, "bash");
        let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
        for child in [
            process(2, 1, "sleep"),
            process(3, 1, "sleep"),
            process(4, 1, "python3"),
            process(5, 4, "ls"),
        ] {
            children.entry(child.parent).or_default().push(child);
        }
        let tree = Tree {
            children,
            lines: &ASCII,
            pids,
            arguments,
            compact: !pids,
        };
        (tree, root)
    }

    #[test]
    fn equal_branches_are_counted() {
        let (tree, root) = tree(false, false);
        assert_eq!(
            tree.beside(&root),
            ["bash-+-python3---ls", "     `-2*[sleep]"]
        );
    }

    #[test]
    fn numbers_and_command_lines_are_shown() {
        let (numbered, root) = tree(true, false);
        assert_eq!(
            numbered.beside(&root),
            [
                "bash(1)-+-python3(4)---ls(5)",
                "        |-sleep(2)",
                "        `-sleep(3)"
            ]
        );
        let (tree, root) = tree(false, true);
        let mut shown = String::new();
        tree.below(&root, "", &mut shown);
        assert_eq!(
            shown,
            "bash -x\n  |-sleep -x\n  |-sleep -x\n  `-python3 -x\n      `-ls -x\n"
        );
    }
}
