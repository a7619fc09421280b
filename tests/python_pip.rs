//! Two sessions whose pips work in one folder at once.

use berth_tests::{Session, someone};
use serde_json::json;

/// Wheels with so many modules that two installations meet: two releases of `greet`, and two packages that need it.
const WHEELS: &str = r#"
import zipfile
def wheel(name, version, needs=""):
    with zipfile.ZipFile(f"{name}-{version}-py3-none-any.whl", "w") as made:
        made.writestr(f"{name}/__init__.py", f"VERSION = '{version}'\n")
        for number in range(120):
            # A release has modules that the other one has not.
            made.writestr(f"{name}/part{number}_{version[0]}.py", f"VERSION = '{version}'\n" * 50)
            made.writestr(f"{name}/both{number}.py", f"VERSION = '{version}'\n" * 50)
        info = f"{name}-{version}.dist-info"
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")
wheel("greet", "1.0")
wheel("greet", "2.0")
wheel("alpha", "1.0", "Requires-Dist: greet\n")
wheel("beta", "1.0", "Requires-Dist: greet<2\n")
"#;

/// What is installed, and whether it is whole: the files are those of the record, all of one release, and no others.
const LOOK: &str = r#"
import importlib.metadata as metadata, os, sys
site = [place for place in sys.path if ".local" in place][0]
for name in sys.argv[1:]:
    found = [entry for entry in os.listdir(site) if entry.startswith(name + "-")]
    version = metadata.version(name)
    assert found == [f"{name}-{version}.dist-info"], found
    told = {str(file) for file in metadata.files(name) if str(file).startswith(name + "/")}
    there = {f"{name}/{file}" for file in os.listdir(f"{site}/{name}") if file.endswith(".py")}
    assert told == there, sorted(told ^ there)[:4]
    for file in there:
        assert f"VERSION = '{version}'" in open(f"{site}/{file}").read(), file
    print(name, version)
left = [entry for entry in os.listdir(site) if entry.startswith("~") or entry.startswith(".pip-turn")]
assert not left, left
"#;

fn install(session: &Session<'_>, what: &str) -> String {
    session.say(&format!(
        "pip install --no-index --find-links wheels {what} 2>&1"
    ))
}

fn look(session: &Session<'_>, names: &[&str]) -> String {
    let argv = [&["python3", "-c", LOOK], names].concat();
    let output = session.exec(&json!({"argv": argv}));
    assert_eq!(output.exit_code, 0, "{output}");
    output.out()
}

#[test]
fn two_sessions_install_into_one_folder_at_once() {
    let ann = someone();
    ann.folder(".local");
    ann.folder("wheels");
    let [one, two] = [(); 2].map(|()| ann.session(&["wheels"]));
    let made = one.exec(
        &json!({"argv": ["python3", "-c", format!("import os; os.chdir('wheels')\n{WHEELS}")]}),
    );
    assert_eq!(made.exit_code, 0, "{made}");
    // Each writes what the other writes, where there is something and where there was nothing.
    for round in 0..3 {
        if round < 2 {
            one.say("rm -rf .local/lib .local/bin");
        }
        std::thread::scope(|scope| {
            let first = scope.spawn(|| install(&one, "greet==1.0"));
            let second = scope.spawn(|| install(&two, "greet==2.0"));
            first.join().unwrap();
            second.join().unwrap();
        });
        let found = look(&one, &["greet"]);
        assert!(matches!(&*found, "greet 1.0\n" | "greet 2.0\n"), "{found}");
        assert_eq!(look(&two, &["greet"]), found);
    }
    one.say("pip uninstall -y greet");
    // Different packages, which need the same one.
    std::thread::scope(|scope| {
        let first = scope.spawn(|| install(&one, "alpha"));
        let second = scope.spawn(|| install(&two, "beta"));
        first.join().unwrap();
        second.join().unwrap();
    });
    let found = look(&two, &["alpha", "beta", "greet"]);
    assert!(found.starts_with("alpha 1.0\nbeta 1.0\n"), "{found}");
    // One removes while the other installs.
    std::thread::scope(|scope| {
        scope.spawn(|| install(&one, "greet==2.0"));
        scope.spawn(|| two.say("pip uninstall -y alpha"));
    });
    assert_eq!(look(&one, &["greet", "beta"]), "greet 2.0\nbeta 1.0\n");
}

#[test]
fn what_has_native_code_is_refused_with_the_reason() {
    let ann = someone();
    let session = ann.session(&[]);
    let wheels = format!(
        "{WHEELS}\nopen('beta-2.0-cp314-cp314-manylinux_2_28_x86_64.whl', 'w').close()\n\
         open('gamma-2.0-cp314-cp314-win_amd64.whl', 'w').close()"
    );
    let made = session.exec(&json!({"argv": ["python3", "-c", wheels]}));
    assert_eq!(made.exit_code, 0, "{made}");
    for (wanted, why) in [
        (
            "'beta>1'",
            "note: beta has parts in C, C++ or Rust: its wheels are for machines (manylinux_2_28_x86_64 and others).\n\
             A session runs WebAssembly, and has no compiler for such parts: it takes packages that are all Python.\n\
             The last release that is all Python is 1.0: pip install 'beta==1.0'\n",
        ),
        (
            "gamma",
            "note: gamma has parts in C, C++ or Rust: its wheels are for machines (win_amd64 and others).\n\
             A session runs WebAssembly, and has no compiler for such parts: it takes packages that are all Python.\n\
             Look for a package that does the same in Python.\n",
        ),
    ] {
        let refused = session.run(&format!("pip install --no-index --find-links . {wanted}"));
        assert_eq!(refused.exit_code, 1, "{refused}");
        assert!(refused.err().ends_with(why), "{refused}");
    }
    let unknown = session.run("pip install --no-index --find-links . nosuch");
    assert!(!unknown.err().contains("note:"), "{unknown}");
}
