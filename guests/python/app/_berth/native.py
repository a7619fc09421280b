"""What pip is asked for and a session cannot have: packages with code for a processor.

pip says of them that there is no such version, or fails in the middle of a build. Here it is noted which wheels it passes by
and takes, and when it has failed, it is said why, and what can be done.
"""

import functools
import re
import sys

# Of every project that pip looked at: versions that have wheels for machines, with these machines, and versions that have a
# wheel for every machine.
foreign, pure = {}, {}
# What only builds with a compiler, or is one's driver. A build would fail, some only after minutes.
COMPILERS = {"cmake", "maturin", "meson", "meson-python", "ninja", "scikit-build", "scikit-build-core", "setuptools-rust"}
# What pip failed of, if that is known.
failure = None


def change_finder(module):
    evaluate = module.LinkEvaluator.evaluate_link

    @functools.wraps(evaluate)
    def wrapper(self, link):
        result = evaluate(self, link)
        if link.filename.endswith(".whl"):
            version, platform = link.filename.split("-")[1], link.filename[: -len(".whl")].rpartition("-")[2]
            if result[0] is module.LinkType.candidate:
                pure.setdefault(self._canonical_name, set()).add(version)
            elif result[0] is module.LinkType.platform_mismatch and platform != "any":
                machines = foreign.setdefault(self._canonical_name, {}).setdefault(version, [])
                machines.append(platform.partition(".")[0])
        return result

    module.LinkEvaluator.evaluate_link = wrapper


def change_requirement(module):
    load = module.InstallRequirement.load_pyproject_toml

    @functools.wraps(load)
    def wrapper(self):
        load(self)
        for requirement in self.pyproject_requires or ():
            tool = re.match(r"[\w.-]*", requirement)[0].lower().replace("_", "-")
            if tool in COMPILERS:
                raise module.InstallationError(f"{self.name} is built from its sources with {tool}, which wants a compiler")

    module.InstallRequirement.load_pyproject_toml = wrapper


def newest(versions):
    from pip._vendor.packaging.version import InvalidVersion, Version

    def key(text):
        try:
            return Version(text)
        except InvalidVersion:
            return Version("0")

    return max(versions, key=key)


def lacking(name):
    """Whether the newest release of a project is for machines only."""
    versions = foreign.get(name, {})
    return bool(versions) and newest([*versions, *pure.get(name, ())]) not in pure.get(name, ())


def advice(name, asked):
    """Why there is no such package in a session, and what can be done, in lines; `asked` is what the person asked for."""
    machines = foreign[name][newest(foreign[name])]
    machine = next((machine for machine in machines if "linux" in machine), machines[0])
    yield f"note: {name} has parts in C, C++ or Rust: its wheels are for machines ({machine} and others)."
    yield "A session runs WebAssembly, and has no compiler for such parts: it takes packages that are all Python."
    if not any(word.lower().replace("_", "-").startswith(name) for word in asked):
        yield "What needs it may have an extra that can be left out, or an older release that does without it."
    elif name in pure:
        version = newest(pure[name])
        yield f"The last release that is all Python is {version}: pip install '{name}=={version}'"
    else:
        yield "Look for a package that does the same in Python."


def told(run):
    """`run` of a command of pip; what it fails of is kept."""

    @functools.wraps(run)
    def wrapper(self, options, arguments):
        global failure
        try:
            return run(self, options, arguments)
        except Exception as error:
            failure = f"{error} {getattr(error, 'context', '')} {getattr(error, 'reference', '')}"
            raise

    return wrapper


def explained(main):
    """`main` of a command of pip; after a failure comes the reason."""

    @functools.wraps(main)
    def wrapper(self, arguments):
        code = main(self, arguments)
        if code:
            names = [name for name in foreign if lacking(name)]
            for name in [name for name in names if failure and name in failure.lower().replace("_", "-")] or names[-1:]:
                print("", *advice(name, arguments), sep="\n", file=sys.stderr)
        return code

    return wrapper


def explain(command):
    command.run = told(command.run)
    command.main = explained(command.main)
