"""The groups of the session, from /etc/group."""

import collections
import operator

struct_group = collections.namedtuple("struct_group", "gr_name gr_passwd gr_gid gr_mem", module="grp")


def getgrall():
    """Every group."""
    groups = []
    with open("/etc/group", encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split(":")
            if len(fields) == 4:
                name, password, number, members = fields
                groups.append(struct_group(name, password, int(number), [m for m in members.split(",") if m]))
    return groups


def getgrgid(id, /):
    """The group of that number."""
    id = operator.index(id)
    if not -1 <= id < 1 << 32:
        raise OverflowError("gid is less than minimum" if id < 0 else "gid is greater than maximum")
    for group in getgrall():
        if group.gr_gid == id:
            return group
    raise KeyError(f"getgrgid(): gid not found: {id}")


def getgrnam(name, /):
    """The group of that name."""
    if not isinstance(name, str):
        raise TypeError(f"getgrnam() argument must be str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("embedded null character")
    for group in getgrall():
        if group.gr_name == name:
            return group
    raise KeyError(f"getgrnam(): name not found: {name!r}")
