//! The commands, and the table that knows them all.

mod add;
pub mod complete;
mod graph;
mod meta;
mod show;
mod tend;
mod test;

use crate::command::{Command, Completes, Run};

use Completes::{Installed, Nothing, Offered};

/// Other names of commands.
pub const ALIASES: &[(&str, &str)] = &[
    ("ls", "list"),
    ("homepage", "home"),
    ("dr", "doctor"),
    ("up", "update"),
    ("ln", "link"),
    ("instal", "install"),
    ("uninstal", "uninstall"),
    ("rm", "uninstall"),
    ("remove", "uninstall"),
    ("abv", "info"),
    ("-S", "search"),
];

const fn command(
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    options: &'static [&'static str],
    completes: Completes,
    run: Run,
) -> Command {
    Command {
        name,
        usage,
        summary,
        options,
        completes,
        run,
    }
}

/// All commands, by name.
pub const COMMANDS: &[Command] = &[
    command(
        "autoremove",
        "[-n]",
        "Uninstall formulae that were only needed by others and no longer are.",
        &["-n", "--dry-run"],
        Nothing,
        add::autoremove,
    ),
    command(
        "cache",
        "",
        "Print the directory of downloads (`brew --cache`).",
        &[],
        Nothing,
        meta::cache,
    ),
    command(
        "cat",
        "FORMULA...",
        "Print a formula.",
        &[],
        Offered,
        show::cat,
    ),
    command(
        "cellar",
        "[FORMULA...]",
        "Print the Cellar, or a formula's place in it (`brew --cellar`).",
        &[],
        Offered,
        meta::cellar,
    ),
    command(
        "cleanup",
        "[-n]",
        "Remove old versions, broken links and downloads.",
        &["-n", "--dry-run", "-s", "--prune="],
        Nothing,
        tend::cleanup,
    ),
    command(
        "commands",
        "[--quiet]",
        "List the commands.",
        &["--quiet", "-q"],
        Nothing,
        meta::commands,
    ),
    command(
        "config",
        "",
        "Show where everything is.",
        &[],
        Nothing,
        meta::config,
    ),
    command(
        "deps",
        "[--tree] [--installed] FORMULA...",
        "Show what a formula needs.",
        &["--tree", "--installed", "-n"],
        Offered,
        graph::deps,
    ),
    command(
        "desc",
        "FORMULA...",
        "Show what a formula is, in one line.",
        &[],
        Offered,
        show::desc,
    ),
    command(
        "doctor",
        "",
        "Look for what is wrong with the prefix. Ends with 1 when there is something.",
        &[],
        Nothing,
        tend::doctor,
    ),
    command(
        "fetch",
        "[--force] FORMULA...",
        "Download bottles and check them, without installing.",
        &["--force", "-f"],
        Offered,
        add::fetch,
    ),
    command(
        "formulae",
        "",
        "List everything that can be installed.",
        &[],
        Nothing,
        show::formulae,
    ),
    command(
        "help",
        "[COMMAND]",
        "Show how brew, or a command, is used.",
        &[],
        Nothing,
        meta::help,
    ),
    command(
        "home",
        "FORMULA...",
        "Print the address of a formula's homepage.",
        &[],
        Offered,
        show::home,
    ),
    command(
        "info",
        "[FORMULA...]",
        "Show what is known about a formula.",
        &[],
        Offered,
        show::info,
    ),
    command(
        "install",
        "FORMULA...",
        "Install formulae, and what they need.",
        &["--force", "-f", "--overwrite", "-n", "--dry-run"],
        Offered,
        add::install,
    ),
    command(
        "leaves",
        "",
        "List installed formulae that no installed formula needs.",
        &[],
        Nothing,
        graph::leaves,
    ),
    command(
        "link",
        "[--overwrite] [-n] FORMULA...",
        "Link an installed formula's programs into the prefix.",
        &["--overwrite", "--force", "-f", "-n", "--dry-run"],
        Installed,
        tend::link,
    ),
    command(
        "list",
        "[--versions] [FORMULA...]",
        "List what is installed, or the files of a formula.",
        &["--versions", "-1", "-l", "--pinned"],
        Installed,
        show::list,
    ),
    command(
        "missing",
        "",
        "List what installed formulae need and is not installed.",
        &[],
        Nothing,
        graph::missing,
    ),
    command(
        "outdated",
        "",
        "List installed formulae of which there is a newer version.",
        &[],
        Nothing,
        graph::outdated,
    ),
    command(
        "pin",
        "FORMULA...",
        "Keep a formula from being upgraded.",
        &[],
        Installed,
        tend::pin,
    ),
    command(
        "prefix",
        "[FORMULA...]",
        "Print the prefix, or a formula's place (`brew --prefix`).",
        &["--installed"],
        Offered,
        meta::prefix,
    ),
    command(
        "reinstall",
        "FORMULA...",
        "Uninstall formulae and install them again.",
        &["--force", "-f"],
        Installed,
        add::reinstall,
    ),
    command(
        "repository",
        "",
        "Print where taps are kept (`brew --repository`).",
        &[],
        Nothing,
        meta::repository,
    ),
    command(
        "search",
        "[TEXT]",
        "Look for formulae by name and description.",
        &["--desc"],
        Nothing,
        show::search,
    ),
    command(
        "shellenv",
        "[SHELL]",
        "Print the variables that a shell needs.",
        &[],
        Nothing,
        meta::shellenv,
    ),
    command(
        "tap",
        "[USER/REPOSITORY ADDRESS [--key=KEY]]",
        "List the taps, or add one: a directory, or an address.",
        &["--key="],
        Nothing,
        tend::tap,
    ),
    command(
        "test",
        "FORMULA...",
        "Run the test of an installed formula.",
        &[],
        Installed,
        test::test,
    ),
    command(
        "uninstall",
        "[--ignore-dependencies] FORMULA...",
        "Remove a formula.",
        &["--force", "-f", "--ignore-dependencies"],
        Installed,
        add::uninstall,
    ),
    command(
        "unlink",
        "[-n] FORMULA...",
        "Remove a formula's links from the prefix.",
        &["-n", "--dry-run"],
        Installed,
        tend::unlink,
    ),
    command(
        "unpin",
        "FORMULA...",
        "Let a formula be upgraded again.",
        &[],
        Installed,
        tend::unpin,
    ),
    command(
        "untap",
        "USER/REPOSITORY...",
        "Remove a tap.",
        &["--force", "-f"],
        Nothing,
        tend::untap,
    ),
    command(
        "update",
        "",
        "Look what the taps offer now.",
        &[],
        Nothing,
        tend::update,
    ),
    command(
        "upgrade",
        "[-n] [FORMULA...]",
        "Install the newest version of what is installed.",
        &["-n", "--dry-run"],
        Installed,
        add::upgrade,
    ),
    command(
        "uses",
        "[--installed] FORMULA...",
        "Show which formulae need a formula.",
        &["--installed"],
        Offered,
        graph::uses,
    ),
    command(
        "version",
        "",
        "Print the version (`brew --version`).",
        &[],
        Nothing,
        meta::version,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_there_once_and_every_alias_leads_to_one() {
        assert!(COMMANDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for (alias, name) in ALIASES {
            assert!(
                COMMANDS.iter().any(|command| command.name == *name),
                "{alias}"
            );
            assert!(
                COMMANDS.iter().all(|command| command.name != *alias),
                "{alias}"
            );
        }
    }
}
