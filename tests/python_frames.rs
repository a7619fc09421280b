//! Frames: a person sees those of their own program and of the library, as with CPython, and none of ours.

use berth_tests::{Session, someone};
use serde_json::json;

fn in_both(test: impl Fn(&Session<'_>)) {
    for environment in ["python-3.14", "python-3.12"] {
        let ann = someone();
        test(&ann.session_with(&json!({"environment": environment})));
    }
}

#[test]
fn tracebacks_are_of_the_program() {
    in_both(|session| {
        for (program, expected) in [
            (
                "open('missing')",
                "Traceback (most recent call last):\n  File \"/tmp/p.py\", line 1, in <module>\n    open('missing')\n",
            ),
            (
                "import traceback\ntry: open('missing')\nexcept OSError: traceback.print_exc()",
                "Traceback (most recent call last):\n  File \"/tmp/p.py\", line 2, in <module>\n    try: open('missing')\n",
            ),
            (
                "import logging\ntry: open('missing')\nexcept OSError: logging.exception('x')",
                "ERROR:root:x\nTraceback (most recent call last):\n  File \"/tmp/p.py\", line 2, in <module>\n    try: open('missing')\n",
            ),
            (
                "import traceback\nprint(len(traceback.extract_stack()))\ntraceback.print_stack()",
                "  File \"/tmp/p.py\", line 3, in <module>\n    traceback.print_stack()\n",
            ),
        ] {
            let output = session.exec(&json!({
                "argv": ["bash", "-c", "printf %s \"$1\" > /tmp/p.py; python3 /tmp/p.py", "", program],
                "timeout_seconds": 60,
            }));
            let told: String = output
                .err()
                .lines()
                .filter(|line| !line.trim().chars().all(|letter| "~^".contains(letter)))
                .map(|line| format!("{line}\n"))
                .collect();
            assert!(told.starts_with(expected), "{program}: {output}");
            assert!(!told.contains("berth"), "{program}: {output}");
        }
    });
}

#[test]
fn a_debugger_stays_in_the_program() {
    in_both(|session| {
        let program = "x = 1\nbreakpoint()\nx = open('p.py')\nx.close()\n";
        let output = session.exec(&json!({
            "argv": ["bash", "-c", "printf %s \"$1\" > p.py; printf 'w\\nu\\nn\\ns\\nn\\nn\\nc\\n' | python3 p.py", "", program],
            "timeout_seconds": 60,
        }));
        let told = output.out();
        assert!(told.contains("/home/work/p.py(3)<module>()"), "{output}");
        assert!(told.contains("Oldest frame"), "{output}");
        assert!(!told.contains("berth"), "{output}");
        assert!(!output.err().contains("Traceback"), "{output}");
    });
}

#[test]
fn trace_and_profile_count_what_is_the_programs() {
    in_both(|session| {
        session.say("printf 'import json\\nopen(\"p.txt\", \"w\").close()\\nprint(json.dumps(1))\\n' > p.py");
        let counted = session.run("python3 -m trace --count -C counts p.py");
        assert_eq!(
            (counted.exit_code, counted.out()),
            (0, "1\n".into()),
            "{counted}"
        );
        assert!(
            session
                .say("cat counts/p.cover")
                .contains("    1: import json\n"),
            "{}",
            session.say("ls counts; cat counts/p.cover")
        );
        let profiled = session.say("python3 -m cProfile p.py");
        assert!(profiled.contains("function calls"), "{profiled}");
    });
}
