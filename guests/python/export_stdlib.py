"""Takes the standard library out of the tool: the tool runs this while it initialises a component.

`/python` is its library, `/0` is this file's directory, and writable. Compiled files are of the unchecked
kind (PEP 552): the environment is read-only, so nothing can change behind their back.
"""

import importlib._bootstrap_external as external
import os
import sys

VERSION = "%d.%d" % sys.version_info[:2]
TAG = sys.implementation.cache_tag
SOURCE, TARGET, INSTALLED = "/python", "/0/out", f"/usr/lib/python{VERSION}"
# Nobody imports these in a session; they stay as sources.
NOT_COMPILED = ("idlelib", "tkinter", "turtledemo", "test", "lib2to3")
# The build tree's static library and makefile.
LEFT_OUT = ("__pycache__", f"config-{VERSION}-wasm32-wasi", f"config-{VERSION}")


def export(source, target, installed):
    os.makedirs(target, exist_ok=True)
    for name in sorted(os.listdir(source)):
        if name in LEFT_OUT:
            continue
        old, new, seen = f"{source}/{name}", f"{target}/{name}", f"{installed}/{name}"
        if os.path.isdir(old):
            export(old, new, seen)
            continue
        with open(old, "rb") as file:
            content = file.read()
        with open(new, "wb") as file:
            file.write(content)
        if name.endswith(".py") and not any(f"/{part}/" in seen for part in NOT_COMPILED):
            compile_file(content, name, target, seen)


def compile_file(content, name, target, seen):
    try:
        code = compile(content, seen, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError):
        return
    os.makedirs(f"{target}/__pycache__", exist_ok=True)
    with open(f"{target}/__pycache__/{name[:-3]}.{TAG}.pyc", "wb") as file:
        file.write(external._code_to_hash_pyc(code, bytes(8), False))


export(SOURCE, f"{TARGET}/python{VERSION}", INSTALLED)
# Ours, for what WASI builds leave out.
export("/0/modules", f"{TARGET}/python{VERSION}", INSTALLED)
if os.path.isdir("/0/packages"):
    packages = f"python{VERSION}/site-packages"
    export("/0/packages", f"{TARGET}/{packages}", f"/usr/lib/{packages}")


class WitWorld:
    pass


class Run:
    def run(self):
        pass
