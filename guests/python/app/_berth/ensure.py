"""`ensurepip`, which `venv` puts pip into an environment with: the one that every session has, for there is no wheel of it."""

import csv
import glob
import os
import shutil
import sys
import sysconfig

from .place import STDLIB, VERSION

SOURCE = f"{STDLIB}/site-packages"
SCRIPT = """\
#!{python}
import sys
from pip._internal.cli.main import main

if __name__ == "__main__":
    sys.argv[0] = sys.argv[0].removesuffix(".exe")
    sys.exit(main())
"""


def names_of_scripts(altinstall, default_pip):
    names = [f"pip{VERSION}"]
    if not altinstall:
        names.append("pip3")
    if default_pip:
        names.append("pip")
    return names


def install(target, scripts, names):
    """Puts pip into a directory of packages and its commands into another, all of it in the record that pip keeps."""
    (info,) = glob.glob(f"{SOURCE}/pip-*.dist-info")
    for source in (f"{SOURCE}/pip", info):
        shutil.copytree(source, os.path.join(target, os.path.basename(source)), dirs_exist_ok=True)
    os.makedirs(scripts, exist_ok=True)
    with open(os.path.join(target, os.path.basename(info), "RECORD"), "a", newline="", encoding="utf-8") as record:
        rows = csv.writer(record, lineterminator="\n")
        for name in names:
            path = os.path.join(scripts, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(SCRIPT.format(python=sys.executable))
            os.chmod(path, 0o755)
            rows.writerow((os.path.relpath(path, target), "", ""))


def change_ensurepip(module):
    def bootstrap(*, root=None, upgrade=False, user=False, altinstall=False, default_pip=False, verbosity=0):
        if altinstall and default_pip:
            raise ValueError("Cannot use altinstall and default_pip together")
        sys.audit("ensurepip.bootstrap", root)
        scheme = sysconfig.get_preferred_scheme("user") if user else sysconfig.get_default_scheme()
        # 3.12 remembers the prefix that it had when the component was made.
        paths = sysconfig.get_paths(scheme, vars=None if user else {"base": sys.prefix, "platbase": sys.prefix})
        target, scripts = (
            os.path.join(root, path.lstrip("/")) if root else path for path in (paths["purelib"], paths["scripts"])
        )
        if target == SOURCE:
            print(f"Requirement already satisfied: pip in {SOURCE}")
        else:
            install(target, scripts, names_of_scripts(altinstall, default_pip))
        return 0

    module._bootstrap = bootstrap
