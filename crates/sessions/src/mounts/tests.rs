//! What may be mounted where.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use proptest::prelude::*;

use super::subpath::OpenSubpathError;
use super::*;

fn folder(name: &str) -> KnownFolder {
    KnownFolder {
        id: FolderId::new(),
        name: name.to_owned(),
        permission: Permission::WriteDelete,
    }
}

fn read_only(name: &str) -> KnownFolder {
    KnownFolder {
        permission: Permission::ReadOnly,
        ..folder(name)
    }
}

fn request(folder: &KnownFolder, path: &str) -> (MountRequest, KnownFolder) {
    let path = (!path.is_empty()).then(|| path.to_owned());
    (
        MountRequest {
            folder: folder.name.clone(),
            path,
            ..MountRequest::default()
        },
        folder.clone(),
    )
}

fn part(folder: &KnownFolder, path: &str, subpath: &str) -> (MountRequest, KnownFolder) {
    let (request, folder) = request(folder, path);
    (
        MountRequest {
            subpath: Some(subpath.to_owned()),
            ..request
        },
        folder,
    )
}

/// The paths of a plan, or the fields and sentences of its refusal.
fn told(
    asked: &[(MountRequest, KnownFolder)],
    dot_folders: &[KnownFolder],
) -> Result<Vec<String>, Vec<String>> {
    match plan(asked, dot_folders) {
        Ok(table) => Ok(table.iter().map(|mount| mount.path.to_string()).collect()),
        Err(errors) => Err(errors.iter().map(MountError::to_string).collect()),
    }
}

fn paths(expected: &[&str]) -> Result<Vec<String>, Vec<String>> {
    Ok(expected.iter().map(|path| (*path).to_owned()).collect())
}

fn refusal(expected: &[&str]) -> Result<Vec<String>, Vec<String>> {
    Err(expected
        .iter()
        .map(|sentence| (*sentence).to_owned())
        .collect())
}

/// The table that the browser's rules are tested with, too.
#[test]
fn the_shared_cases_hold() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        path: String,
        result: Option<String>,
        reason: Option<String>,
    }
    // As seen from the package, where cargo starts tests.
    let cases = fs::read_to_string("../../tests/mount-cases.json").unwrap();
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    assert!(cases.len() > 80, "the table was cut");
    for Case {
        name,
        path,
        result,
        reason,
    } in cases
    {
        let got = destination(&name, Some(&path));
        let got_reason = got.as_ref().err().map(|fault| match fault {
            PlaceFault::Control { .. } => "control",
            PlaceFault::Parent => "parent",
            PlaceFault::LongName { .. } | PlaceFault::LongPath => "long",
            PlaceFault::Root => "root",
            PlaceFault::Home => "home",
            PlaceFault::System { .. } => "system",
            PlaceFault::Reserved { .. } => "reserved",
        });
        assert_eq!(got_reason, reason.as_deref(), "{name} at {path:?}");
        assert_eq!(
            got.ok().map(|path| path.to_string()),
            result,
            "{name} at {path:?}"
        );
    }
}

#[test]
fn what_no_terminal_could_show_is_no_place() {
    let at = |path: &str| destination("data", Some(path));
    assert_eq!(at("a\nb"), Err(PlaceFault::Control { code: 10 }));
    assert_eq!(at("a\u{85}"), Err(PlaceFault::Control { code: 0x85 }));
    assert_eq!(
        at(&"🎉".repeat(64)),
        Err(PlaceFault::LongName {
            name: "🎉".repeat(64)
        })
    );
    assert_eq!(at(&"a/".repeat(2100)), Err(PlaceFault::LongPath));
}

#[test]
fn folders_appear_under_their_names_and_dot_folders_unasked() {
    let (data, brew, local) = (folder("data"), folder(".linuxbrew"), folder(".local"));
    let dots = [local.clone(), brew];
    let table = plan(&[request(&data, "")], &dots).unwrap();
    let seen: Vec<_> = table
        .iter()
        .map(|mount| (mount.path.to_string(), mount.automount))
        .collect();
    assert_eq!(
        seen,
        [
            ("/home/work/data".to_owned(), false),
            ("/home/work/.local".to_owned(), true),
            ("/home/linuxbrew/.linuxbrew".to_owned(), true),
        ]
    );
    assert_eq!(
        told(&[request(&local, "")], &dots[..1]),
        paths(&["/home/work/.local"]),
        "asked for: once"
    );
    assert_eq!(
        told(&[request(&local, "/home/work/./.local/")], &dots[..1]),
        paths(&["/home/work/.local"])
    );
    assert_eq!(told(&[], &[]), paths(&[]));
}

#[test]
fn a_dot_folder_stays_where_it_is_and_whole() {
    let (local, brew) = (folder(".local"), folder(".linuxbrew"));
    assert_eq!(
        told(&[request(&local, "/workspace")], &[]),
        refusal(&[
            "mounts[0].path: leave out the path: .local is always at /home/work/.local, \
                   because its name begins with a dot"
        ])
    );
    assert!(told(&[request(&brew, "/home/work/.linuxbrew")], &[]).is_err());
    assert_eq!(
        told(&[part(&local, "", "bin")], &[]),
        refusal(&[
            "mounts[0].subpath: leave out the subpath: .local is always mounted whole, \
                   because its name begins with a dot"
        ])
    );
}

#[test]
fn two_folders_never_share_a_place() {
    let (a, b, local) = (folder("a"), folder("b"), folder(".local"));
    assert_eq!(
        told(
            &[request(&a, "/workspace"), request(&b, "/workspace//")],
            &[]
        ),
        refusal(&["mounts[1].path: choose another path: a is at /workspace already"])
    );
    assert_eq!(
        told(
            &[request(&a, "/workspace/x"), request(&b, "/workspace")],
            &[]
        ),
        refusal(&[
            "mounts[1].path: choose another path: /workspace and /workspace/x (the folder a) \
                   lie one inside the other"
        ])
    );
    assert_eq!(
        told(&[request(&a, ""), request(&b, "a/sub")], &[])
            .unwrap_err()
            .len(),
        1
    );
    assert_eq!(
        told(&[request(&a, "/w"), request(&b, "/ww")], &[]),
        paths(&["/w", "/ww"])
    );
    assert_eq!(
        told(&[request(&a, ".local/share")], std::slice::from_ref(&local)),
        refusal(&[
            "mounts[0].path: choose another path: /home/work/.local/share and /home/work/.local \
                   (the folder .local) lie one inside the other"
        ])
    );
    assert!(told(&[request(&a, "/home/work/.local")], &[local]).is_err());
}

#[test]
fn no_folder_takes_the_name_of_another() {
    let (a, b) = (folder("a"), folder("b"));
    let expected = "choose another path: /home/work/b has the name of b, which is mounted too";
    for (asked, field) in [
        (
            [request(&a, "b"), request(&b, "/workspace")],
            "mounts[0].path",
        ),
        (
            [request(&b, "/workspace"), request(&a, "/home/work/b")],
            "mounts[1].path",
        ),
    ] {
        assert_eq!(
            told(&asked, &[]),
            refusal(&[&format!("{field}: {expected}")])
        );
    }
    assert_eq!(
        told(&[request(&a, "b")], &[]),
        paths(&["/home/work/b"]),
        "b is not mounted"
    );
}

#[test]
fn a_folder_comes_twice_only_in_parts_that_are_apart() {
    let data = folder("data");
    let twice =
        refusal(&["mounts[1].path: mount data once, or parts of it that do not hold each other"]);
    assert_eq!(
        told(&[request(&data, "/a"), request(&data, "/b")], &[]),
        twice
    );
    assert_eq!(
        told(&[part(&data, "/a", "x"), part(&data, "/b", "x/y")], &[]),
        twice
    );
    assert_eq!(
        told(&[part(&data, "/a", "x"), part(&data, "/b", ".//x/")], &[]),
        twice
    );
    assert_eq!(
        told(&[part(&data, "/a", "x"), request(&data, "/b")], &[]),
        twice
    );
    assert_eq!(
        told(&[part(&data, "/a", "x"), part(&data, "/b", "xy")], &[]),
        paths(&["/a", "/b"])
    );
}

#[test]
fn nobody_gets_more_than_the_folder_allows() {
    let ask = |folder: &KnownFolder, permission| {
        let (request, folder) = request(folder, "");
        plan(
            &[(
                MountRequest {
                    permission,
                    ..request
                },
                folder,
            )],
            &[],
        )
    };
    let got = |folder: &KnownFolder, permission| ask(folder, permission).unwrap()[0].permission;
    let (open, closed) = (folder("open"), read_only("closed"));
    assert_eq!(got(&open, None), Permission::WriteDelete);
    assert_eq!(got(&open, Some(Permission::ReadOnly)), Permission::ReadOnly);
    assert_eq!(got(&closed, None), Permission::ReadOnly);
    assert_eq!(
        got(&closed, Some(Permission::ReadOnly)),
        Permission::ReadOnly
    );
    let error = ask(&closed, Some(Permission::ReadWrite)).unwrap_err();
    assert_eq!(
        error[0].to_string(),
        "mounts[0].permission: ask for \"ro\" or nothing: sessions may not do more with the folder closed"
    );
}

#[test]
fn every_refusal_is_told_at_once() {
    let (a, b) = (folder("a"), folder("b"));
    let asked = [
        request(&a, "/etc/x"),
        request(&b, "../x"),
        part(&folder("c"), "", "/abs"),
    ];
    let fields: Vec<_> = plan(&asked, &[])
        .unwrap_err()
        .into_iter()
        .map(|error| error.field)
        .collect();
    assert_eq!(
        fields,
        ["mounts[0].path", "mounts[1].path", "mounts[2].subpath"]
    );
    let many: Vec<_> = (0..=MOUNTS_REQUESTED_MAX)
        .map(|n| request(&folder(&format!("f{n}")), ""))
        .collect();
    assert_eq!(plan(&many, &[]).unwrap_err()[0].fault, MountFault::TooMany);
}

#[test]
fn a_subpath_is_a_directory_inside_the_folder() {
    for (text, expected) in [
        ("", Ok("")),
        (".", Ok("")),
        ("a//b/./c/", Ok("a/b/c")),
        ("/a", Err(SubpathFault::Absolute)),
        ("..", Err(SubpathFault::Parent)),
        ("a/../../b", Err(SubpathFault::Parent)),
        ("a\0", Err(SubpathFault::Nul)),
        (&"a".repeat(256), Err(SubpathFault::Long)),
    ] {
        assert_eq!(
            Subpath::new(text).as_ref().map(Subpath::as_str),
            expected.as_ref().copied(),
            "{text:?}"
        );
    }
    let place = tempfile::tempdir().unwrap();
    let inside = place.path().join("folder");
    fs::create_dir_all(inside.join("data/deep")).unwrap();
    fs::write(inside.join("file"), "x").unwrap();
    symlink("/etc", inside.join("out")).unwrap();
    symlink("data", inside.join("in")).unwrap();
    let root = Arc::new(OwnedFd::from(fs::File::open(&inside).unwrap()));
    let open = |text: &str| Subpath::new(text).unwrap().open(&root);
    assert!(open("data/deep").is_ok());
    assert!(Arc::ptr_eq(&open("").unwrap(), &root));
    for (text, expected) in [
        (
            "no",
            SubpathFault::Missing {
                subpath: "no".into(),
            },
        ),
        (
            "file",
            SubpathFault::Missing {
                subpath: "file".into(),
            },
        ),
        (
            "out",
            SubpathFault::Link {
                subpath: "out".into(),
            },
        ),
        (
            "out/ssl",
            SubpathFault::Link {
                subpath: "out/ssl".into(),
            },
        ),
        (
            "in/deep",
            SubpathFault::Link {
                subpath: "in/deep".into(),
            },
        ),
    ] {
        match open(text) {
            // A link in last place is opened as itself by `O_PATH`, and is then no directory.
            Err(OpenSubpathError::Fault(SubpathFault::Missing { .. })) if text == "out" => {}
            Err(OpenSubpathError::Fault(fault)) => assert_eq!(fault, expected),
            other => panic!("{text}: {other:?}"),
        }
    }
}

/// Paths that come near to every rule.
fn any_path() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "",
            ".",
            "..",
            "home",
            "work",
            "etc",
            "usr",
            "tmp",
            "linuxbrew",
            ".linuxbrew",
            ".ssh",
            ".bashrc",
            "a",
            "b",
            "data",
            ".local",
            "workspace",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
        any::<String>(),
    ];
    (any::<bool>(), proptest::collection::vec(name, 0..6)).prop_map(|(absolute, names)| {
        format!("{}{}", if absolute { "/" } else { "" }, names.join("/"))
    })
}

proptest! {
    #[test]
    fn no_place_touches_the_system(path in any_path(), brew in any::<bool>()) {
        let name = if brew { ".linuxbrew" } else { "data" };
        if let Ok(place) = destination(name, Some(&path)) {
            let text = place.to_string();
            for system in SYSTEM {
                let system: GuestPath = format!("/{system}").parse().unwrap();
                prop_assert!(!place.starts_with(&system), "{text} is in {system}");
                prop_assert!(!system.starts_with(&place), "{text} is above {system}");
            }
            let home: GuestPath = HOME.parse().unwrap();
            prop_assert!(!home.starts_with(&place), "{text} is the home or above it");
            let below_home = place.starts_with(&"/home".parse().unwrap());
            prop_assert!(!below_home || place.starts_with(&home) || text == "/home/linuxbrew/.linuxbrew");
            prop_assert_eq!(destination(name, Some(&text)), Ok(place), "resolving again changes nothing");
        }
    }

    #[test]
    fn a_table_is_never_nested(
        asked in proptest::collection::vec((0usize..4, any_path(), "(a|a/b|b)?"), 0..5),
        dots in any::<bool>(),
    ) {
        let folders = ["data", "a", "b", ".local"].map(folder);
        let asked: Vec<_> = asked.iter().map(|(which, path, subpath)| part(&folders[*which], path, subpath)).collect();
        let dots = if dots { vec![folders[3].clone(), folder(".linuxbrew")] } else { Vec::new() };
        if let Ok(table) = plan(&asked, &dots) {
            for (index, mount) in table.iter().enumerate() {
                for other in &table[index + 1..] {
                    prop_assert!(!mount.path.starts_with(&other.path) && !other.path.starts_with(&mount.path));
                }
            }
        }
    }
}

const SYSTEM: [&str; 20] = [
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];
