//! `brew`: what is installed in one session is there in the next, and whatever goes wrong leaves nothing behind.

use std::thread;

use berth_tap::{Digest, FormulaName, Index};
use berth_tests::taps::{Shelf, ballast, formula, program};
use berth_tests::{
    Output, Person, SITE, SITE_NETWORK, Server, Session, Site, built_taps, programs, someone,
};
use serde_json::json;

const PREFIX: &str = "/home/linuxbrew/.linuxbrew";

/// Somebody with a folder for brew and one with this tap, which is added.
fn brewer(shelf: &Shelf) -> Person {
    let ann = someone();
    ann.folder(".linuxbrew");
    ann.folder("shelf");
    shelf.put(&ann, "shelf");
    ann.session(&["shelf"]).say("brew tap me/shelf ~/shelf");
    ann
}

/// A tap with one program that says this.
fn shelf(name: &str, version: &str, text: &str) -> Shelf {
    Shelf::new("me/shelf").with(
        formula(name, version, &[]),
        &[program(name, programs::hello(text, 0))],
    )
}

#[track_caller]
fn refused(output: &Output, part: &str) {
    assert_eq!(output.exit_code, 1, "{output}");
    assert!(output.err().contains("Error: "), "{output}");
    assert!(output.err().contains(part), "no {part:?} in {output}");
}

/// What a failed install must not leave.
#[track_caller]
fn nothing_is_left(session: &Session<'_>) {
    let left = session.say(&format!(
        "cd {PREFIX}; ls -A Cellar opt bin var/homebrew/locks var/homebrew/linked 2> /dev/null | grep -v ':$' | grep . || true"
    ));
    assert_eq!(left, "", "something is left");
    assert_eq!(session.say("brew list"), "");
}

#[test]
fn what_is_installed_in_one_session_runs_in_the_next_of_another_environment() {
    let ann = brewer(&shelf("greet", "1.0", "hello from the shelf\n"));
    let first = ann.session(&["shelf"]);
    let installed = first.say("brew install greet");
    assert!(installed.contains("==> Pouring greet--1.0"), "{installed}");
    assert!(
        installed.contains(&format!("{PREFIX}/Cellar/greet/1.0: 2 files")),
        "{installed}"
    );
    assert_eq!(first.say("greet"), "hello from the shelf\n");
    first.end();
    let base = ann.session_with(&json!({"environment": "base"}));
    assert_eq!(
        base.say("greet; brew list --versions"),
        "hello from the shelf\ngreet 1.0\n"
    );
    assert_eq!(
        base.say("readlink -f $(which greet)").trim(),
        format!("{PREFIX}/Cellar/greet/1.0/bin/greet")
    );
    let receipt = ann
        .download(".linuxbrew", "Cellar/greet/1.0/INSTALL_RECEIPT.json")
        .json();
    assert_eq!(receipt["source"]["tap"], "me/shelf");
    assert_eq!(receipt["installed_on_request"], true);
}

#[test]
fn a_program_is_compiled_once_for_all_sessions() {
    let wasm = programs::hello(&format!("compiled once {}\n", std::process::id()), 0);
    let compiled = Digest::of(&wasm);
    let shelf = Shelf::new("me/shelf").with(formula("once", "1", &[]), &[program("once", wasm)]);
    let (ann, bob) = (brewer(&shelf), brewer(&shelf));
    let store = Server::shared().data().join("programs");
    let kept = || {
        let entries = std::fs::read_dir(&store)
            .unwrap()
            .map(|entry| entry.unwrap());
        let ours: Vec<_> = entries
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .starts_with(compiled.as_str())
            })
            .map(|entry| entry.metadata().unwrap().modified().unwrap())
            .collect();
        ours
    };
    let first = ann.session(&["shelf"]);
    first.say("brew install once && once");
    let once = kept();
    assert_eq!(
        once.len(),
        1,
        "{} is not kept in {}",
        compiled,
        store.display()
    );
    for person in [&ann, &bob] {
        let session = person.session(&["shelf"]);
        session.say("brew install once 2> /dev/null; once");
        assert_eq!(kept(), once, "it was compiled again");
    }
}

#[test]
fn without_a_folder_it_goes_with_the_session_and_says_so() {
    let ann = someone();
    ann.folder("shelf");
    shelf("greet", "1.0", "here\n").put(&ann, "shelf");
    let session = ann.session(&["shelf"]);
    session.say("brew tap me/shelf ~/shelf");
    let output = session.run("brew install greet && greet");
    assert_eq!(output.exit_code, 0, "{output}");
    assert!(output.out().ends_with("here\n"), "{output}");
    assert!(
        output.err().contains("Make a folder of that name"),
        "{output}"
    );
    session.end();
    assert_eq!(ann.session(&[]).run("greet").exit_code, 127);
}

#[test]
fn an_upgrade_swings_every_link_and_removes_what_was() {
    let with_two = formula("greet", "1.0", &[]);
    let old = Shelf::new("me/shelf").with(
        with_two,
        &[
            program("greet", programs::hello("old\n", 0)),
            program("gone", programs::hello("gone\n", 0)),
        ],
    );
    let ann = brewer(&old);
    let session = ann.session(&["shelf"]);
    session.say("brew install greet");
    assert_eq!(session.say("greet; gone; brew outdated"), "old\ngone\n");
    shelf("greet", "1.10", "new\n").put(&ann, "shelf");
    assert_eq!(session.say("brew outdated"), "greet\n");
    session.say("brew pin greet");
    assert!(session.run("brew upgrade").err().contains("it is pinned"));
    assert_eq!(session.say("greet; brew unpin greet"), "old\n");
    let upgraded = session.say("brew upgrade");
    assert!(upgraded.contains("greet 1.0 -> 1.10"), "{upgraded}");
    assert_eq!(
        session.say(&format!("greet; ls {PREFIX}/Cellar/greet {PREFIX}/bin")),
        format!("new\n{PREFIX}/Cellar/greet:\n1.10\n\n{PREFIX}/bin:\ngreet\n")
    );
    assert_eq!(session.run("gone").exit_code, 127);
    assert_eq!(
        session.say("brew outdated; brew doctor 2>&1 | grep -v signed || true"),
        ""
    );
}

#[test]
fn what_is_needed_comes_along_and_is_not_removed_by_accident() {
    let shelf = Shelf::new("me/shelf")
        .with(
            formula("tool", "1", &["part"]),
            &[program("tool", programs::hello("tool\n", 0))],
        )
        .with(
            formula("part", "1", &[]),
            &[program("part", programs::hello("part\n", 0))],
        );
    let ann = brewer(&shelf);
    let session = ann.session(&["shelf"]);
    let installed = session.say("brew install tool");
    assert!(
        installed.contains("Installing dependencies for tool: part"),
        "{installed}"
    );
    assert_eq!(
        session.say("tool; part; brew leaves; brew deps tool; brew uses --installed part"),
        "tool\npart\ntool\npart\ntool\n"
    );
    refused(&session.run("brew uninstall part"), "required by tool");
    session.say("brew uninstall tool && brew autoremove");
    nothing_is_left(&session);
}

#[test]
fn formulae_that_need_each_other_are_named() {
    let shelf = Shelf::new("me/shelf")
        .with(
            formula("a", "1", &["b"]),
            &[program("a", programs::hello("a\n", 0))],
        )
        .with(
            formula("b", "1", &["c"]),
            &[program("b", programs::hello("b\n", 0))],
        )
        .with(
            formula("c", "1", &["a"]),
            &[program("c", programs::hello("c\n", 0))],
        );
    let ann = brewer(&shelf);
    let session = ann.session(&["shelf"]);
    refused(&session.run("brew install a"), "a -> b -> c -> a");
    refused(&session.run("brew deps --tree a"), "a -> b -> c -> a");
    nothing_is_left(&session);
}

#[test]
fn a_bottle_that_is_not_what_the_index_says_is_not_unpacked() {
    let ann = brewer(&shelf("greet", "1.0", "x\n").corrupted());
    let session = ann.session(&["shelf"]);
    refused(&session.run("brew install greet"), "different checksum");
    refused(&session.run("brew fetch greet"), "different checksum");
    nothing_is_left(&session);
}

#[test]
fn a_bottle_that_holds_what_it_must_not_is_refused_whole() {
    let plain = berth_tap::pack(
        &"other".parse::<FormulaName>().unwrap(),
        &"1.0".parse().unwrap(),
        &[program("greet", programs::hello("x\n", 0))],
        Vec::new(),
    )
    .unwrap();
    for (bytes, part) in [
        (plain, "is not in the keg"),
        (b"no archive at all".to_vec(), "bottle is broken"),
        (Vec::new(), "bottle is broken"),
    ] {
        let shelf = Shelf::new("me/shelf").with_bottle(formula("greet", "1.0", &[]), bytes, 10_000);
        let ann = brewer(&shelf);
        let session = ann.session(&["shelf"]);
        refused(&session.run("brew install greet"), part);
        nothing_is_left(&session);
    }
    let lacking = Shelf::new("me/shelf").with(
        formula("greet", "1.0", &[]),
        &[program("other", programs::hello("x\n", 0))],
    );
    let ann = brewer(&lacking);
    let session = ann.session(&["shelf"]);
    refused(&session.run("brew install greet"), "has no program greet");
    nothing_is_left(&session);
}

#[test]
fn a_name_never_leaves_its_place() {
    let ann = brewer(&shelf("greet", "1.0", "x\n"));
    let session = ann.session(&["shelf"]);
    for name in [
        "../x",
        "../../etc/passwd",
        "a/../b",
        "/etc/passwd",
        "..",
        ".",
    ] {
        refused(
            &session.run(&format!("brew install {name}")),
            "No available formula",
        );
        let output = session.run(&format!(
            "brew uninstall {name}; brew --cellar {name}; brew unlink {name}"
        ));
        assert_eq!(output.exit_code, 1, "{name}: {output}");
    }
    nothing_is_left(&session);
    // An index with such a name is no index.
    let index = shelf("greet", "1.0", "x\n").index();
    for (from, to) in [
        ("\"greet\"", "\"../greet\""),
        ("version = \"1.0\"", "version = \"../1\""),
    ] {
        ann.put("shelf", "index.toml", index.replace(from, to))
            .fine();
        let output = session.run("brew install greet");
        refused(&output, "No available formula");
        assert!(output.err().contains("is left out"), "{output}");
    }
    refused(
        &session.run("brew tap ../x ~/shelf"),
        "cannot be the name of a tap",
    );
}

#[test]
fn a_folder_that_is_full_stays_as_it_was() {
    let shelf = Shelf::new("me/shelf")
        .with(
            formula("small", "1", &[]),
            &[program("small", programs::hello("small\n", 0))],
        )
        .with(
            formula("large", "1", &[]),
            &[
                program("large", programs::hello("large\n", 0)),
                ballast(3 << 20),
            ],
        );
    let ann = someone();
    ann.folder_with(&json!({"name": ".linuxbrew", "quota_bytes": 1 << 20}));
    ann.folder("shelf");
    shelf.put(&ann, "shelf");
    let session = ann.session(&["shelf"]);
    session.say("brew tap me/shelf ~/shelf && brew install small");
    refused(
        &session.run("brew install large"),
        "no room for large: it takes 3MB",
    );
    assert_eq!(session.say("small; brew list"), "small\nsmall\n");
    // A bottle that says less of itself than it holds is refused, too.
    let sly = Shelf::new("me/shelf").with_bottle(
        formula("large", "1", &[]),
        berth_tap::pack(
            &"large".parse().unwrap(),
            &"1".parse().unwrap(),
            &[program("large", programs::hello("x", 0)), ballast(3 << 20)],
            Vec::new(),
        )
        .unwrap(),
        1000,
    );
    sly.put(&ann, "shelf");
    refused(
        &session.run("brew install large"),
        "larger than the index says",
    );
    assert_eq!(
        session.say(&format!("ls -A {PREFIX}/Cellar; brew list")),
        "small\nsmall\n"
    );
}

#[test]
fn two_sessions_install_at_once() {
    let shelf = Shelf::new("me/shelf")
        .with(
            formula("one", "1", &[]),
            &[
                program("one", programs::hello("one\n", 0)),
                ballast(2 << 20),
            ],
        )
        .with(
            formula("two", "1", &[]),
            &[
                program("two", programs::hello("two\n", 0)),
                ballast(2 << 20),
            ],
        );
    let ann = brewer(&shelf);
    let sessions: Vec<_> = (0..3).map(|_| ann.session(&["shelf"])).collect();
    let orders = ["one two", "two one", "one two"];
    thread::scope(|scope| {
        for (session, order) in sessions.iter().zip(orders) {
            scope.spawn(move || session.say(&format!("brew install {order} 2>&1")));
        }
    });
    for session in &sessions {
        assert_eq!(session.say("one; two; brew list"), "one\ntwo\none\ntwo\n");
    }
    assert_eq!(
        sessions[0].say(&format!(
            "ls -A {PREFIX}/Cellar {PREFIX}/var/homebrew/locks | grep -v ':$' | grep ."
        )),
        "one\ntwo\n"
    );
}

/// Killed at whatever moment, the old version is in use or the new one; the next brew finds its way.
#[test]
fn an_install_that_is_cut_off_leaves_the_old_state_or_the_new() {
    let at = |version: &str| {
        let text = format!("{version}\n");
        Shelf::new("me/shelf").with(
            formula("greet", version, &[]),
            &[
                program("greet", programs::hello(&text, 0)),
                ballast(4 << 20),
            ],
        )
    };
    let ann = brewer(&at("1"));
    let session = ann.session(&["shelf"]);
    session.say("brew install greet");
    let mut current = "1\n".to_owned();
    for (round, delay) in ["0.005", "0.01", "0.02", "0.04", "0.06", "0.1"]
        .into_iter()
        .enumerate()
    {
        let next = format!("{}", round + 2);
        at(&next).put(&ann, "shelf");
        let state = session.say(&format!(
            "brew upgrade greet > /dev/null 2>&1 & sleep {delay}; kill -9 $!; wait; greet"
        ));
        assert!(
            state == current || state == format!("{next}\n"),
            "neither old nor new: {state:?}"
        );
        // What the host was doing for a program that is killed, it still brings to its end.
        let listed = session.say("brew list --versions");
        let (old, new) = (format!("greet {current}"), format!("greet {next}\n"));
        assert!(
            listed == old || listed == new,
            "neither old nor new: {listed:?}"
        );
        session.say("brew upgrade > /dev/null 2>&1");
        current = format!("{next}\n");
        assert_eq!(session.say("greet"), current);
        assert_eq!(
            session.say(&format!(
                "ls -A {PREFIX}/Cellar {PREFIX}/Cellar/greet | grep -v ':$' | grep ."
            )),
            format!("greet\n{next}\n")
        );
    }
}

#[test]
fn what_a_brew_left_that_is_no_more_is_cleared_away() {
    let ann = brewer(&shelf("greet", "1.0", "x\n"));
    let session = ann.session(&["shelf"]);
    session.say(&format!(
        "cd {PREFIX} && mkdir -p Cellar/.incoming-1/bin Cellar/half/1.0/bin bin opt var/homebrew/locks \
         && echo x > Cellar/.incoming-1/bin/x && echo x > Cellar/half/1.0/bin/half \
         && ln -s ../opt/half/bin/half bin/half && ln -s ../Cellar/half/1.0 opt/half \
         && echo mine > bin/mine && echo 'other-session 7 gone' > var/homebrew/locks/brew.lock"
    ));
    assert_eq!(session.say("brew list"), "");
    let output = session.run("brew install greet");
    assert_eq!(output.exit_code, 0, "{output}");
    assert!(
        output.err().contains("waiting for it to finish"),
        "{output}"
    );
    assert_eq!(
        session.say(&format!(
            "ls -A {PREFIX}/Cellar {PREFIX}/opt | grep -v ':$' | grep ."
        )),
        "greet\ngreet\n"
    );
    assert_eq!(
        session.say(&format!("ls {PREFIX}/bin")),
        "greet\nmine\n",
        "it removed what is not its own"
    );
}

#[test]
fn a_file_in_the_way_is_not_replaced_unasked() {
    let ann = brewer(&shelf("greet", "1.0", "poured\n"));
    let session = ann.session(&["shelf"]);
    session.say(&format!("mkdir -p {PREFIX}/bin && echo 'echo mine' > {PREFIX}/bin/greet && chmod +x {PREFIX}/bin/greet"));
    refused(
        &session.run("brew install greet"),
        "Target /home/linuxbrew/.linuxbrew/bin/greet already exists",
    );
    assert_eq!(session.say("greet; brew list"), "mine\ngreet\n");
    session.say("brew link --overwrite greet");
    assert_eq!(session.say("greet"), "poured\n");
    session.say("brew unlink greet");
    assert_eq!(session.run("greet").exit_code, 127);
}

#[test]
fn a_folder_that_may_only_be_read_is_told() {
    let ann = brewer(&shelf("greet", "1.0", "x\n"));
    let session = ann.session_with(&json!({"mounts": [
        {"folder": "shelf"}, {"folder": ".linuxbrew", "permission": "ro"}
    ]}));
    let output = session.run("brew install greet");
    refused(&output, "mounted read-only");
}

#[test]
fn words_complete_by_what_there_is() {
    let ann = brewer(&shelf("greet", "1.0", "x\n"));
    let session = ann.session(&["shelf"]);
    let complete = |line: &str, word: &str| {
        session.say(&format!(
            "COMP_LINE='{line}' COMP_POINT={} brew __complete brew '{word}' x",
            line.len()
        ))
    };
    assert_eq!(complete("brew inst", "inst"), "install\n");
    assert_eq!(complete("brew install gre", "gre"), "greet\n");
    assert_eq!(complete("brew uninstall gre", "gre"), "");
    session.say("brew install greet");
    assert_eq!(complete("brew uninstall gre", "gre"), "greet\n");
    let mut terminal = session.terminal();
    assert!(terminal.run("complete -p brew").contains("brew __complete"));
}

#[test]
fn words_and_codes_are_those_people_know() {
    let ann = brewer(&shelf("greet", "1.0", "x\n"));
    let session = ann.session(&["shelf"]);
    refused(
        &session.run("brew install greeet"),
        "No available formula with the name \"greeet\". Did you mean greet?",
    );
    refused(
        &session.run("brew install eet"),
        "No available formula with the name \"eet\". Did you mean greet?",
    );
    refused(
        &session.run("brew install sed"),
        "The session has that program without brew: /usr/bin/sed",
    );
    refused(
        &session.run("brew frobnicate"),
        "Unknown command: brew frobnicate",
    );
    refused(
        &session.run("brew install --frobnicate"),
        "invalid option: --frobnicate",
    );
    refused(
        &session.run("brew uninstall greet"),
        &format!("No such keg: {PREFIX}/Cellar/greet"),
    );
    refused(
        &session.run("brew search nothing-like-it"),
        "No formulae found",
    );
    assert_eq!(
        session.say("brew --prefix; brew --cellar; brew --prefix greet"),
        format!("{PREFIX}\n{PREFIX}/Cellar\n{PREFIX}/opt/greet\n")
    );
    session.say("brew install greet");
    let again = session.run("brew install greet");
    assert_eq!(again.exit_code, 0);
    assert!(
        again
            .err()
            .contains("greet 1.0 is already installed and up-to-date."),
        "{again}"
    );
    assert!(session.say("brew --version").starts_with("Homebrew "));
    assert_eq!(
        session.say("eval \"$(brew shellenv)\"; echo $HOMEBREW_PREFIX"),
        format!("{PREFIX}\n")
    );
    session.say("brew test greet");
    assert_eq!(
        session.say("brew info greet | head -1; brew list greet | head -1"),
        format!(
            "==> greet: stable 1.0 (bottled)\n{PREFIX}/Cellar/greet/1.0/INSTALL_RECEIPT.json\n"
        )
    );
    assert_eq!(session.say("brew update"), "Already up-to-date.\n");
}

/// The core tap, as far as it is built here: CI builds what takes seconds.
fn core() -> Index {
    let taps = built_taps().expect("no taps are built: run `cargo xtask bottles --quick`");
    let index = std::fs::read_to_string(taps.join("berth/core/index.toml")).unwrap();
    Index::parse(&index).unwrap()
}

#[test]
fn every_formula_of_the_core_tap_installs_and_passes_its_test() {
    let names: Vec<String> = core()
        .formulae
        .iter()
        .map(|formula| formula.name.to_string())
        .collect();
    assert!(names.iter().any(|name| name == "hello"), "{names:?}");
    let ann = someone();
    ann.folder(".linuxbrew");
    for name in &names {
        let session = ann.session_with(&json!({"resources": {"memory_bytes": 2_u64 << 30}}));
        let output = session.exec(&json!({"command": format!("brew install {name} && brew test {name}"), "timeout_seconds": 170}));
        assert_eq!(output.exit_code, 0, "{name}: {output}");
    }
    assert_eq!(ann.session(&[]).say("brew list"), names.join("\n") + "\n");
}

#[test]
fn the_first_program_one_installs_greets() {
    let ann = someone();
    ann.folder(".linuxbrew");
    let session = ann.session(&[]);
    session.say("brew install hello");
    assert_eq!(session.say("hello"), "Hello, world!\n");
    assert_eq!(
        session.say("brew tap; brew doctor"),
        "berth/core\nYour system is ready to brew.\n"
    );
}

#[test]
fn the_servers_tap_is_signed_and_another_key_is_not_believed() {
    let taps = built_taps().expect("no taps are built: run `cargo xtask bottles --quick`");
    let ann = someone();
    ann.folder("copy");
    for file in ["index.toml", "index.toml.minisig", "tap.pub"] {
        let content = std::fs::read(taps.join("berth/core").join(file)).unwrap();
        ann.put("copy", file, content).fine();
    }
    let session = ann.session(&["copy"]);
    refused(
        &session.run("brew tap berth/core ~/copy"),
        "the server's own tap",
    );
    refused(
        &session.run("brew tap me/copy ~/copy"),
        "is the tap berth/core",
    );
    let index = String::from_utf8(ann.download("copy", "index.toml").body.clone()).unwrap();
    ann.put(
        "copy",
        "index.toml",
        index.replacen("berth/core", "me/copy", 1),
    )
    .fine();
    refused(
        &session.run("brew tap me/copy ~/copy"),
        "signature is wrong",
    );
    let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    refused(
        &session.run(&format!("brew tap me/copy ~/copy --key={other}")),
        "signature is wrong",
    );
    refused(
        &session.run("brew tap me/copy ~/copy --key=nonsense"),
        "no minisign public key",
    );
    assert_eq!(session.say("brew tap"), "berth/core\n");
}

#[test]
fn a_tap_elsewhere_is_kept_as_it_was_until_an_update_asks() {
    let site = Site::start();
    shelf("greet", "1.0", "one\n").publish(&site, "/tap");
    let server = Server::start_with(&["--egress-allow", SITE_NETWORK], &site.proxy_environ());
    let ann = server.person();
    ann.folder(".linuxbrew");
    let session = ann.session(&[]);
    refused(
        &session.run(&format!("brew tap me/shelf http://{SITE}/nothing")),
        "is not there",
    );
    session.say(&format!("brew tap me/shelf http://{SITE}/tap/"));
    let installed = session.run("brew install greet");
    assert_eq!(installed.exit_code, 0, "{installed}");
    assert!(
        installed.err().contains("==> Downloading http://")
            || installed.out().contains("==> Downloading http://"),
        "{installed}"
    );
    assert_eq!(session.say("greet"), "one\n");

    shelf("greet", "2.0", "two\n").publish(&site, "/tap");
    assert_eq!(session.say("brew outdated"), "");
    let updated = session.say("brew update");
    assert!(updated.contains("Updated 1 tap (me/shelf)."), "{updated}");
    session.say("brew upgrade");
    assert_eq!(session.say("greet"), "two\n");

    // What is no index any more is told, and the tap is as it was known.
    site.put("/tap/index.toml", 200, "", "nonsense");
    let updated = session.run("brew update");
    assert!(
        updated.err().contains("as it was known before"),
        "{updated}"
    );
    assert_eq!(session.say("brew list --versions"), "greet 2.0\n");
    session.end();

    let without = ann.session_with(&json!({"resources": {"egress": "off"}}));
    assert_eq!(without.say("greet"), "two\n");
    let updated = without.run("brew update");
    assert!(
        updated.err().contains("as it was known before"),
        "{updated}"
    );
}

#[test]
fn the_servers_taps_are_served_to_others() {
    let ann = someone();
    let index = ann
        .send_unknown("GET", "/taps/berth/core/index.toml")
        .must(200);
    let index = Index::parse(&index.text()).unwrap();
    let bottle = index.formula("hello").unwrap().bottle.clone().unwrap();
    let path = format!(
        "/taps/berth/core/{}",
        berth_tap::bottle_path(&bottle.sha256)
    );
    let answer = ann.send_unknown("GET", &path).must(200);
    assert_eq!(Digest::of(&answer.body), bottle.sha256);
    assert_eq!(answer.header("content-length"), bottle.size.to_string());
    assert!(answer.header("cache-control").contains("immutable"));
    for path in [
        "/taps/berth/core/tap.toml",
        "/taps/berth/core/bottles/../index.toml",
        "/taps/berth/..%2fcore/index.toml",
        "/taps/../taps/berth/nothing/index.toml",
        "/taps/berth/core/..%2f..%2f..%2ftap.key",
    ] {
        let answer = ann.send_unknown("GET", path);
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn the_script_sets_brew_up_as_people_know_it() {
    let ann = someone();
    let install = "/bin/bash -c \"$(curl -fsSL http://berth.internal/install.sh)\"";
    let without = json!({"resources": {"egress": "off"}});
    let said = ann.session_with(&without).say(install);
    assert!(said.contains("- Make a folder named .linuxbrew"), "{said}");

    ann.folder(".linuxbrew");
    let session = ann.session_with(&without);
    let said = session.say(install);
    assert!(
        said.contains("==> Installation successful!") && said.contains("==> Next steps:"),
        "{said}"
    );
    assert!(!said.contains("- Make a folder"), "{said}");
    let again = session.say(install);
    assert!(!again.contains("new directories"), "{again}");
    assert_eq!(
        session.say("ls -d /home/linuxbrew/.linuxbrew/Cellar"),
        "/home/linuxbrew/.linuxbrew/Cellar\n"
    );
}

#[test]
fn the_servers_address_inside_a_session_is_for_taps_and_nothing_else() {
    let ann = someone();
    ann.folder(".linuxbrew");
    let session = ann.session_with(&json!({"resources": {"egress": "off"}}));
    let index = session.say("curl -fsS http://BERTH.internal./taps/berth/core/index.toml");
    assert!(index.contains("name = \"hello\""), "{index}");
    let status = "curl -s -o /dev/null -w '%{http_code}\\n'";
    for path in [
        "",
        "api/v1/server",
        "api/v1/folders",
        "openapi.json",
        "healthz",
        "metrics",
        "taps/berth/core/tap.toml",
        "taps/../install.sh/x",
    ] {
        let said = session.run(&format!("{status} http://berth.internal/{path}"));
        assert_eq!(said.out(), "404\n", "{path}: {said}");
    }
    for address in [
        "http://berth.internal:8080/install.sh",
        "https://berth.internal/",
    ] {
        let said = session.run(&format!("curl -fsS {address}"));
        assert_ne!(said.exit_code, 0, "{address}: {said}");
    }
    // Bottles come whole.
    let fetched = session.say(
        "bottle=$(ls /usr/share/berth/taps/berth/core/bottles | head -1) && \
         curl -fsS http://berth.internal/taps/berth/core/bottles/$bottle | cmp - /usr/share/berth/taps/berth/core/bottles/$bottle && echo same",
    );
    assert_eq!(fetched, "same\n");
}
