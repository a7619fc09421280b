"""Local time where `TZ` says it (tzset(3)): WASI's C library knows only UTC.

`time` and `datetime` ask this module for what they would ask the C library. The classes of `datetime` are C's and cannot be
changed: a program that is started with a `TZ` that is not UTC has subclasses of them in their places, and all others have
C's own. `time.tzset` in the middle of a program changes `time`, and `datetime` if the program was started with a `TZ`.
"""

import datetime as module
import io
import logging
import os
import re
import struct
import sys
import time
import types
import zoneinfo

from .place import STDLIB

UTC = module.timezone.utc
Date, DateTime = module.date, module.datetime
DIRECTORIES = "/usr/share/zoneinfo", f"{STDLIB}/site-packages/tzdata/zoneinfo"
# Other names for what is local time anyway.
UNIVERSAL = "", "UTC", "UTC0", "GMT", "GMT0", "Z", "Zulu", "Etc/UTC", "Etc/GMT", "UCT", "Universal"
NAME = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
OFFSET = r"[+-]?\d{1,3}(?::\d\d){0,2}"
# POSIX 8.3: a name and an offset, both again for summer time, and when that is.
POSIX = re.compile(rf"{NAME}{OFFSET}(?P<summer>{NAME}(?:{OFFSET})?(?P<rule>,[^,\s]+,[^,\s]+)?)?")
# When a summer time is whose rule is not given, as in the GNU C library.
USUAL_RULE = ",M3.2.0,M11.1.0"

# The zone; None is UTC.
zone = None

_localtime, _strftime, _mktime, _asctime = time.localtime, time.strftime, time.mktime, time.asctime


def zone_of(text):
    """The zone that a value of `TZ` means; None is UTC, which is also what nobody can make out."""
    text = text.removeprefix(":")
    if text in UNIVERSAL:
        return None
    if ".." not in text:
        for directory in ("",) if text.startswith("/") else DIRECTORIES:
            try:
                with open(os.path.join(directory, text), "rb") as file:
                    return zoneinfo.ZoneInfo.from_file(file, key=text)
            except (OSError, ValueError):
                pass
    posix = POSIX.fullmatch(text)
    if posix is None:
        return None
    if posix["summer"] and not posix["rule"]:
        text += USUAL_RULE
    try:
        return zoneinfo.ZoneInfo.from_file(io.BytesIO(_file_of(text)), key=text)
    except ValueError:
        return None


def _file_of(rule):
    """A file of a zone that has had this rule for ever (RFC 9636): no transitions, a type, the rule in the footer."""
    block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb4s", 0, 0, 0, b"LMT\0")
    return block * 2 + f"\n{rule}\n".encode()


def tzset():
    """Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ']."""
    global zone
    zone = zone_of(os.environ.get("TZ", ""))
    if zone is None:
        time.timezone, time.altzone, time.daylight, time.tzname = 0, 0, 0, ("UTC", "UTC")
        return
    year = time.gmtime().tm_year
    halves = [DateTime(year, month, 1, tzinfo=zone) for month in (1, 7)]
    winter = min(halves, key=lambda half: (bool(half.dst()), half.utcoffset()))
    summer = max(halves, key=lambda half: (bool(half.dst()), half.utcoffset()))
    time.timezone, time.altzone = (-int(half.utcoffset().total_seconds()) for half in (winter, summer))
    time.daylight = int(winter.utcoffset() != summer.utcoffset())
    time.tzname = winter.tzname(), summer.tzname()


def localtime(seconds=None, /):
    if zone is None:
        return _localtime(seconds)
    seconds = time.time() if seconds is None else seconds
    # A struct_time has no fractions, and rounds down.
    there = DateTime.fromtimestamp(seconds // 1, zone)
    fields = there.timetuple()
    return time.struct_time((*fields[:8], int(bool(there.dst())), there.tzname(), int(there.utcoffset().total_seconds())))


def mktime(fields, /):
    if zone is None or not isinstance(fields, tuple) or len(fields) != 9:
        return _mktime(fields)
    year, month, day, hour, minute, second, _weekday, _yearday, summer = fields
    # Fields may be more than there are of them: the 32nd of January is the 1st of February.
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    try:
        local = DateTime(year, month, 1) + module.timedelta(day - 1, second, 0, 0, minute, hour)
    except (OverflowError, ValueError):
        raise OverflowError("mktime argument out of range") from None
    local = local.replace(tzinfo=zone)
    # An hour that comes twice: which one is meant.
    if summer == 0 and local.dst():
        local = local.replace(fold=1)
    return (local - DateTime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def strftime(format, fields=None, /):
    fields = localtime() if fields is None else fields
    if zone is not None and isinstance(format, str) and ("%Z" in format or "%z" in format):
        name, offset = getattr(fields, "tm_zone", None), getattr(fields, "tm_gmtoff", None)
        if name is None:
            summer = len(fields) > 8 and fields[8] > 0
            name, offset = time.tzname[summer], -(time.altzone if summer else time.timezone)
        hours, minutes = divmod(abs(offset) // 60, 60)
        said = {"%Z": name, "%z": f"{'-' if offset < 0 else '+'}{hours:02}{minutes:02}"}
        format = re.sub("%.", lambda found: said.get(found[0], found[0]), format, flags=re.DOTALL)
    return _strftime(format, fields)


def asctime(fields=None, /):
    return _asctime(localtime() if fields is None else fields)


def ctime(seconds=None, /):
    return _asctime(localtime(seconds))


def _named(value):
    """A date or time as it is shown: C shows the name of a subclass without the module's."""
    return lambda self: f"datetime.{value.__repr__(self)}"


class date(Date):
    __slots__ = ()
    __doc__ = Date.__doc__
    __repr__ = _named(Date)

    @classmethod
    def today(cls):
        return cls.fromtimestamp(time.time())

    @classmethod
    def fromtimestamp(cls, timestamp, /):
        there = DateTime.fromtimestamp(timestamp, zone or UTC)
        return cls(there.year, there.month, there.day)


class datetime(DateTime, date):
    __slots__ = ()
    __doc__ = DateTime.__doc__
    __repr__ = _named(DateTime)

    @classmethod
    def now(cls, tz=None):
        return super().now(zone or UTC).replace(tzinfo=None) if tz is None else super().now(tz)

    @classmethod
    def today(cls):
        return cls.fromtimestamp(time.time())

    @classmethod
    def fromtimestamp(cls, timestamp, tz=None):
        if tz is not None:
            return super().fromtimestamp(timestamp, tz)
        return super().fromtimestamp(timestamp, zone or UTC).replace(tzinfo=None)

    def date(self):
        return date(self.year, self.month, self.day)

    def timestamp(self):
        return super().timestamp() if self.utcoffset() is not None else self.replace(tzinfo=zone or UTC).timestamp()

    def astimezone(self, tz=None):
        known = self if self.utcoffset() is not None else self.replace(tzinfo=zone or UTC)
        if tz is not None:
            return DateTime.astimezone(known, tz)
        there = DateTime.astimezone(known, zone or UTC)
        fixed = module.timezone(there.utcoffset(), there.tzname())
        return there.replace(tzinfo=fixed, fold=0)


def _replace(before, after):
    """Puts `after` in the place of `before` wherever a module has it."""
    for holder in list(sys.modules.values()):
        if isinstance(holder, types.ModuleType) and holder is not sys.modules[__name__]:
            names = vars(holder)
            names.update([(name, after) for name, value in names.items() if value is before])


def take_over():
    """Puts the subclasses in the places of C's classes, also where they were imported when the component was made."""
    for kind, ours in ((Date, date), (DateTime, datetime)):
        ours.__module__ = "datetime"
        ours.min, ours.max = (ours(*limit.timetuple()[: 3 if kind is Date else 6]) for limit in (kind.min, kind.max))
        _replace(kind, ours)
    datetime.max = datetime.max.replace(microsecond=DateTime.max.microsecond)


def start():
    """At the start of a process."""
    if "PYTHONTZPATH" in os.environ:
        # The library looks when it is imported, which was when the component was made.
        zoneinfo.reset_tzpath()
    if os.environ.get("TZ", "") not in UNIVERSAL:
        tzset()
        if zone is not None:
            take_over()


def prepare():
    """At build time."""
    for function in (tzset, localtime, mktime, strftime, asctime, ctime):
        name = function.__name__
        before = getattr(time, name, function)
        function.__doc__, function.__module__ = before.__doc__, "time"
        # What is built in does not become a method when a class has it as an attribute.
        setattr(time, name, staticmethod(function))
        _replace(before, getattr(time, name))
    logging.Formatter.converter = time.localtime
