//! Symbolic links, FIFOs and devices in folders: nothing leads out, nothing hangs.

use std::io::Cursor;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use berth_tests::{Person, Server, someone};
use rustix::fs::{CWD, FileType, Mode, RenameFlags, mknodat, renameat_with};
use serde_json::json;
use zip::ZipArchive;

const SECRET: &str = "a secret of the host";

/// Somebody with a folder `data`, and where the host keeps it.
fn with_data() -> (Person, PathBuf) {
    let ann = someone();
    let id = ann.folder("data");
    let directory = Server::shared().folder_directory(&id);
    (ann, directory)
}

/// A directory of the host with a file `secret` in it, in no folder.
fn outside(name: &str) -> PathBuf {
    let directory = Server::shared().outside().join(name);
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("secret"), SECRET).unwrap();
    directory
}

#[test]
fn links_put_there_from_outside_lead_nowhere_over_http() {
    let (ann, directory) = with_data();
    let outside = outside("http");
    let other = ann.folder("other");
    ann.put("other", "secret", SECRET).fine();
    let secret = outside.join("secret");
    symlink(&secret, directory.join("absolute")).unwrap();
    symlink(&outside, directory.join("directory")).unwrap();
    symlink("../../../../outside/http/secret", directory.join("up")).unwrap();
    symlink(format!("../{other}/secret"), directory.join("neighbour")).unwrap();
    symlink(format!("../{other}"), directory.join("neighbours")).unwrap();
    symlink("/etc/passwd", directory.join("passwd")).unwrap();
    symlink("loop", directory.join("loop")).unwrap();
    symlink("pong", directory.join("ping")).unwrap();
    symlink("ping", directory.join("pong")).unwrap();
    symlink("/proc/self/root/etc/passwd", directory.join("proc")).unwrap();
    symlink("nowhere", directory.join("broken")).unwrap();

    for path in [
        "absolute",
        "directory/secret",
        "up",
        "neighbour",
        "neighbours/secret",
        "passwd",
        "loop",
        "ping",
        "loop/x",
        "proc",
        "broken",
    ] {
        let answer = ann.download("data", path);
        answer.refused(&[400, 404, 409]);
        assert!(
            !answer.text().contains(SECRET),
            "{path} leads out: {answer}"
        );
        let head = ann.send("HEAD", &Person::content("data", path), &[], None);
        assert!(head.status >= 400, "{head}");
    }
    for path in ["directory", "neighbours", "loop"] {
        ann.get(&format!("/api/v1/folders/data/files?path={path}"))
            .refused(&[400, 404, 409]);
        ann.get(&format!("/api/v1/folders/data/content/{path}?archive=zip"))
            .refused(&[400, 404, 409]);
    }
    // What is written through a link lands inside or nowhere.
    for path in [
        "absolute",
        "directory/new",
        "up",
        "neighbours/new",
        "loop",
        "directory/secret",
    ] {
        let answer = ann.put("data", path, "overwritten");
        assert!(answer.status < 500, "{answer}");
    }
    ann.post(
        "/api/v1/folders/data/directories",
        &json!({"path": "directory/sub"}),
    )
    .refused(&[400, 404, 409]);
    ann.delete(&format!(
        "{}?recursive=true",
        Person::content("data", "directory")
    ))
    .fine();
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), SECRET);
    assert_eq!(
        std::fs::read_dir(&outside).unwrap().count(),
        1,
        "something was made outside"
    );
    assert_eq!(ann.names("other", ""), ["secret"]);
    assert_eq!(ann.download("other", "secret").text(), SECRET);
}

#[test]
fn links_are_listed_and_archived_as_links() {
    let (ann, directory) = with_data();
    let outside = outside("archive");
    symlink(&outside, directory.join("out")).unwrap();
    symlink("loop", directory.join("loop")).unwrap();
    ann.put("data", "file", "inside").fine();
    symlink("file", directory.join("inside")).unwrap();
    for item in ann.files("data", "") {
        let expected = if item["name"] == "file" {
            "file"
        } else {
            "link"
        };
        assert_eq!(item["kind"], expected, "{item}");
    }
    let answer = ann
        .get("/api/v1/folders/data/content/?archive=zip")
        .must(200);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!text.contains(SECRET), "the archive holds what is outside");
    ZipArchive::new(Cursor::new(answer.body)).unwrap();
    assert_eq!(
        ann.download("data", "inside").must(200).text(),
        "inside",
        "a link inside is good"
    );
    ann.delete(&Person::content("data", "inside")).must(204);
    assert_eq!(
        ann.download("data", "file").must(200).text(),
        "inside",
        "the file went with its link"
    );
}

#[test]
fn links_put_there_from_outside_lead_nowhere_in_a_session() {
    let (ann, directory) = with_data();
    let outside = outside("session");
    symlink(outside.join("secret"), directory.join("absolute")).unwrap();
    symlink(&outside, directory.join("directory")).unwrap();
    symlink("../../../../outside/session/secret", directory.join("up")).unwrap();
    symlink("loop", directory.join("loop")).unwrap();
    symlink("/etc/passwd", directory.join("passwd")).unwrap();
    symlink("/proc/1/root", directory.join("root")).unwrap();
    let session = ann.session(&["data"]);
    for path in [
        "absolute",
        "directory/secret",
        "up",
        "loop",
        "loop/x",
        "root/etc/os-release",
    ] {
        let output = session.run(&format!("cat data/{path}"));
        assert!(
            output.exit_code != 0 && output.stdout.is_empty(),
            "{path}: {output}"
        );
    }
    assert!(
        session
            .run("cat data/loop")
            .err()
            .to_lowercase()
            .contains("symbolic link")
    );
    // An absolute link means the session's own file.
    let own = session.say("cat data/passwd");
    assert_eq!(own, session.say("cat /etc/passwd"));
    assert!(
        own.contains("/home/work") && !own.contains("daemon"),
        "{own}"
    );
    for command in [
        "echo x > data/absolute",
        "echo x > data/directory/new",
        "mkdir data/directory/new",
        "rm -rf data/directory/",
        "mv data/directory/secret .",
        "chmod 777 data/absolute",
        "touch data/up",
        "cp data/absolute copy",
        "ln data/absolute hard",
    ] {
        session.run(command);
    }
    assert_eq!(
        std::fs::read_to_string(outside.join("secret")).unwrap(),
        SECRET
    );
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    assert!(
        !session
            .say("cat copy hard 2>/dev/null; true")
            .contains(SECRET)
    );
    session.say("rm -rf data/*");
    assert_eq!(
        std::fs::read_to_string(outside.join("secret")).unwrap(),
        SECRET
    );
}

#[test]
fn links_made_in_a_session_lead_nowhere_outside() {
    let (ann, _) = with_data();
    let session = ann.session(&["data"]);
    let server = Server::shared();
    let database = server.data().join("berth.db");
    session.say(&format!(
        "cd data; ln -s /etc/passwd passwd; ln -s ../../../../etc/passwd up; ln -s {} database; \
         ln -s / root; ln -s self self; ln -s ../direct direct; echo x > ../direct",
        database.display()
    ));
    for path in [
        "passwd",
        "up",
        "database",
        "root/etc/passwd",
        "self",
        "direct",
    ] {
        ann.download("data", path).refused(&[400, 404, 409]);
    }
    assert_eq!(session.say("cat data/direct"), "x\n");
    assert_eq!(
        session.say("cat data/root/etc/os-release | head -1"),
        "NAME=\"Berth\"\n"
    );
    assert_ne!(session.run("cat data/database").exit_code, 0);
    assert_eq!(session.say("cd data/root && pwd -P"), "/\n");
    session.end();
    // The link pointed at scratch, which is another one now.
    let next = ann.session(&["data"]);
    assert_ne!(next.run("cat data/direct").exit_code, 0);
}

#[test]
fn forty_links_are_followed_and_not_one_more() {
    let (ann, _) = with_data();
    let session = ann.session(&["data"]);
    session.say("cd data; echo end > l0; for n in $(seq 1 41); do ln -s l$(expr $n - 1) l$n; done");
    assert_eq!(session.say("cat data/l40"), "end\n");
    let output = session.run("cat data/l41");
    assert!(
        output.exit_code != 0 && output.err().to_lowercase().contains("symbolic link"),
        "{output}"
    );
}

/// Swaps what is at two paths, again and again, while `look` looks.
fn while_swapping(one: &std::path::Path, two: &std::path::Path, look: impl FnOnce()) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                renameat_with(CWD, one, CWD, two, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let stop = StopOnDrop(&over);
        look();
        drop(stop);
    });
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_directory_swapped_for_a_link_while_it_is_opened_never_leads_out() {
    const LOOKS: usize = 400;
    let (ann, directory) = with_data();
    let outside = outside("swap");
    ann.put("data", "swap/secret", "inside").fine();
    symlink(&outside, directory.join("link")).unwrap();
    let session = ann.session(&["data"]);
    while_swapping(&directory.join("swap"), &directory.join("link"), || {
        let mut seen = 0;
        for look in 0..LOOKS {
            let answer = ann.download("data", "swap/secret");
            assert!(
                !answer.text().contains(SECRET),
                "look {look} over HTTP leads out"
            );
            seen += usize::from(answer.status == 200);
            if look % 40 == 0 {
                ann.put("data", "swap/made", "by a person");
                ann.post(
                    "/api/v1/folders/data/directories",
                    &json!({"path": "swap/sub"}),
                );
                let list = ann.get("/api/v1/folders/data/files?path=swap");
                assert!(list.status < 500, "{list}");
            }
        }
        assert!(seen > 0, "the file inside was never found");
        let loop_text = format!(
            "for n in $(seq {LOOKS}); do cat data/swap/secret 2>/dev/null; echo; \
             echo x 2>/dev/null > data/swap/made; done"
        );
        let output = session.run(&loop_text);
        assert!(!output.out().contains(SECRET), "a session looks out");
        assert!(
            output.out().contains("inside"),
            "the file inside was never found: {output}"
        );
    });
    let names: Vec<_> = std::fs::read_dir(&outside)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["secret"], "something was made outside");
    assert_eq!(
        std::fs::read_to_string(outside.join("secret")).unwrap(),
        SECRET
    );
}

#[test]
fn a_file_swapped_for_a_link_while_it_is_opened_never_leads_out() {
    const LOOKS: usize = 300;
    let (ann, directory) = with_data();
    let outside = outside("swap-file");
    ann.put("data", "file", "inside").fine();
    symlink(outside.join("secret"), directory.join("link")).unwrap();
    let session = ann.session(&["data"]);
    while_swapping(&directory.join("file"), &directory.join("link"), || {
        for _ in 0..LOOKS {
            let answer = ann.download("data", "file");
            assert!(!answer.text().contains(SECRET), "HTTP leads out");
        }
        let output = session.run(&format!(
            "for n in $(seq {LOOKS}); do cat data/file 2>/dev/null; done; chmod 600 data/file"
        ));
        assert!(!output.out().contains(SECRET), "a session looks out");
    });
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(outside.join("secret"))
            .unwrap()
            .permissions(),
    );
    assert_ne!(mode & 0o777, 0o600, "a mode changed outside");
}

#[test]
fn a_mounted_directory_that_is_moved_away_stays_the_one_it_was() {
    let (ann, directory) = with_data();
    let outside = outside("moved");
    ann.put("data", "sub/file", "inside").fine();
    let session =
        ann.session_with(&json!({"mounts": [{"folder": "data", "path": "/w", "subpath": "sub"}]}));
    std::fs::rename(directory.join("sub"), directory.join("elsewhere")).unwrap();
    symlink(&outside, directory.join("sub")).unwrap();
    assert_eq!(session.say("cat /w/file; ls /w"), "insidefile\n");
}

#[test]
fn fifos_devices_and_sockets_are_refused_and_nothing_waits_for_them() {
    let (ann, directory) = with_data();
    let make = |name: &str, kind: FileType, device: u64| {
        mknodat(
            CWD,
            directory.join(name),
            kind,
            Mode::from_raw_mode(0o666),
            device,
        )
    };
    make("fifo", FileType::Fifo, 0).unwrap();
    let mut special = vec!["fifo", "socket"];
    // /dev/zero; only root may make it.
    if make(
        "device",
        FileType::CharacterDevice,
        rustix::fs::makedev(1, 5),
    )
    .is_ok()
    {
        special.push("device");
    }
    // The path of a socket is short.
    let short = tempfile::tempdir().unwrap();
    let _listener = UnixListener::bind(short.path().join("s")).unwrap();
    if std::fs::rename(short.path().join("s"), directory.join("socket")).is_err() {
        special.retain(|name| *name != "socket");
    }
    ann.put("data", "file", "a file").fine();
    let session = ann.session(&["data"]);
    for name in &special {
        ann.download("data", name).refused(&[400, 403, 404, 409]);
        let answer = ann.put("data", name, "x");
        assert!(answer.status < 500, "{answer}");
    }
    let answer = ann.get("/api/v1/folders/data/files?path=/").must(200);
    assert!(answer.text().contains("\"file\""));
    let archive = ann
        .get("/api/v1/folders/data/content/?archive=zip")
        .must(200);
    assert!(
        ZipArchive::new(Cursor::new(archive.body))
            .unwrap()
            .by_name("file")
            .is_ok()
    );

    mknodat(
        CWD,
        directory.join("fifo2"),
        FileType::Fifo,
        Mode::from_raw_mode(0o666),
        0,
    )
    .unwrap();
    for name in ["fifo2"].iter().chain(&special) {
        for command in [
            format!("cat data/{name}"),
            format!("echo x > data/{name}"),
            format!("data/{name}"),
        ] {
            let wish = json!({"command": format!("[ -e data/{name} ] && [ ! -f data/{name} ] || exit 1; {command}"), "timeout_seconds": 20});
            let output = session.exec(&wish);
            assert!(
                output.exit_code != 0 && output.stdout.is_empty(),
                "{command}: {output}"
            );
            assert!(
                (1..124).contains(&output.exit_code) || [126, 127].contains(&output.exit_code),
                "{command} hung: {output}"
            );
        }
    }
    assert!(session.say("ls data").contains("file"));
    session.say("rm -rf data/*");
}
