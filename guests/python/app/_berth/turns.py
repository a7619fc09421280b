"""One pip at a time changes a directory, whichever session it runs in.

The turn is a file in the directory, made by whoever has it and touched while work goes on. A session may end in the
middle of pip, so a turn that nobody touched for a while is over.
"""

import contextlib
import os
import secrets
import sys
import time

NAME = ".pip-turn"
# A turn that was not touched for so long is over, in seconds.
PATIENCE = 60
# How often it is touched at most, and looked for.
FRESH, GLANCE = 2, 0.2


class Turn:
    """The turn of this process in a directory."""

    def __init__(self, directory):
        self.path = os.path.join(directory, NAME)
        self.owner = secrets.token_hex(8)
        self.beats, self.last = 0, 0.0

    def take(self):
        """Waits for it."""
        seen, since, told = None, time.monotonic(), False
        while not self.create():
            now = self.read()
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since >= PATIENCE:
                # Renamed before it is removed: of two who take it over, one gets this file.
                with contextlib.suppress(OSError):
                    os.rename(self.path, f"{self.path}-{self.owner}")
                    os.remove(f"{self.path}-{self.owner}")
                continue
            if not told:
                told = True
                print("Another pip works in this directory: waiting for it to finish", file=sys.stderr, flush=True)
            time.sleep(GLANCE)

    def create(self):
        try:
            with open(self.path, "x") as file:
                file.write(self.owner)
        except FileExistsError:
            return False
        self.last = time.monotonic()
        return True

    def read(self):
        try:
            with open(self.path) as file:
                return file.read()
        except OSError:
            return None

    def beat(self):
        """Tells those who wait that this process goes on."""
        if time.monotonic() - self.last < FRESH:
            return
        self.beats, self.last = self.beats + 1, time.monotonic()
        with contextlib.suppress(OSError):
            if (self.read() or "").startswith(self.owner):
                with open(self.path, "w") as file:
                    file.write(f"{self.owner} {self.beats}")

    def leave(self):
        with contextlib.suppress(OSError):
            if (self.read() or "").startswith(self.owner):
                os.remove(self.path)


current = None


@contextlib.contextmanager
def turn(directory):
    """The turn in a directory, if it can be written to; what cannot is pip's to tell."""
    global current
    taken = Turn(directory)
    try:
        os.makedirs(directory, exist_ok=True)
        taken.take()
    except OSError:
        taken = None
    before, current = current, taken
    try:
        yield
    finally:
        current = before
        if taken is not None:
            taken.leave()


def beat():
    """Something has been done."""
    if current is not None:
        current.beat()
