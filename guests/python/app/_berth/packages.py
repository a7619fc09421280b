"""What is changed in packages of others when they are imported.

* pip asks the server for what it is about to download, if the index named its SHA-256: somebody may have had it.
  What it downloads it offers. The server takes digests itself, and pip checks what it gets in either case.
* When pip cannot install what has native code, it says so (`native`).
* What installs or removes waits for its turn in the directory, whichever session it runs in (`turns`).
* rich (also the one within pip) draws its bars from a thread of its own; here, where there are none, they are drawn
  when they change.
* Servers of development that look for changed files do so without a thread (`reloaders`).
* What has a pool of threads does the work itself (`threads`), pools of processes need no threads for it (`crews`),
  and `multiprocessing` starts its processes without a helper beside them (`spawned`).
* Debuggers do not stop in our frames (`frames`); `venv` finds a pip (`ensure`).

The names are of modules; what is not as expected there is left as it is.
"""

import functools
import importlib.machinery
import mimetypes
import os
import shutil
import site
import sys
import time

from . import crews, door, ensure, frames, native, reloaders, spawned, threads, turns


def fetched(digest, path):
    """Whether the server had what has this digest, and it is at `path` now."""
    try:
        kept = door.open_number(door.call(door.downloads.find, bytes.fromhex(digest)), os.O_RDONLY)
        with open(kept, "rb") as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 18)
    except (OSError, ValueError):
        return False
    return True


def offered(path):
    """Offers a file to all; whether it is taken does not matter."""
    try:
        with open(path, "rb") as file:
            door.call(door.downloads.keep, door.number(file.fileno()))
    except OSError:
        pass


def change_downloads(module):
    download = module.Downloader.__call__

    @functools.wraps(download)
    def wrapper(self, link, location):
        digest = (getattr(link, "_hashes", None) or {}).get("sha256")
        if not digest:
            return download(self, link, location)
        path = os.path.join(location, os.path.basename(link.filename))
        turns.beat()
        if fetched(digest, path):
            size = module.format_size(os.path.getsize(path))
            module.logger.info("Using cached %s (%s)", link.filename, size)
            return path, mimetypes.guess_type(link.filename)[0] or ""
        path, kind = download(self, link, location)
        offered(path)
        return path, kind

    module.Downloader.__call__ = wrapper


def see_user_site():
    """A directory of the user's packages that was made while we waited is on the path, too: pip replaces what is there."""
    place = site.getusersitepackages()
    if site.ENABLE_USER_SITE and place not in sys.path and os.path.isdir(place):
        site.addsitedir(place)


def in_turn(command, place):
    """`command` of pip, in its turn at the directory that `place` finds from the options."""

    @functools.wraps(command)
    def wrapper(self, options, arguments):
        directory = place(options)
        if directory is None:
            return command(self, options, arguments)
        with turns.turn(directory):
            see_user_site()
            return command(self, options, arguments)

    return wrapper


def place_of(options):
    """Where pip is about to write: as far as this can be told before it decides."""
    if getattr(options, "dry_run", False):
        return None
    target = getattr(options, "target_dir", None) or getattr(options, "prefix_path", None)
    if target:
        return os.path.abspath(target)
    if sys.prefix != sys.base_prefix:
        return sys.prefix
    return site.getuserbase()


def change_command(name):
    def change(module):
        command = getattr(module, name)
        command.run = in_turn(command.run, place_of)
        native.explain(command)

    return change


def change_download_command(module):
    native.explain(module.DownloadCommand)


def change_wheel(module):
    save = module.ZipBackedFile.save

    @functools.wraps(save)
    def wrapper(self):
        turns.beat()
        return save(self)

    module.ZipBackedFile.save = wrapper


class Refresher:
    """In the place of a thread that draws: whoever changes what is shown asks it whether it is time."""

    def __init__(self, live, refresh_per_second):
        self.live, self.period, self.next = live, 1 / refresh_per_second, 0.0

    def start(self):
        pass

    def stop(self):
        pass

    def join(self, timeout=None):
        pass

    def changed(self):
        turns.beat()
        now = time.monotonic()
        if now >= self.next:
            self.next = now + self.period
            self.live.refresh()


def drawn(change, live_of):
    """`change`, and what it changed is drawn if it is time."""

    @functools.wraps(change)
    def wrapper(self, *arguments, **keywords):
        answer = change(self, *arguments, **keywords)
        refresher = getattr(live_of(self), "_refresh_thread", None)
        if isinstance(refresher, Refresher):
            refresher.changed()
        return answer

    return wrapper


def change_live(module):
    module._RefreshThread = Refresher
    module.Live.update = drawn(module.Live.update, lambda live: live)


def change_progress(module):
    for name in ("update", "advance"):
        setattr(module.Progress, name, drawn(getattr(module.Progress, name), lambda progress: progress.live))


def change_pools(module):
    crews.change_pool(module)
    threads.change_pool(module)


CHANGES = {
    "anyio._backends._asyncio": threads.change_anyio,
    "asyncio.base_events": threads.change_loop,
    "asyncio.unix_events": threads.change_watcher,
    "bdb": frames.change_bdb,
    "concurrent.futures.process": crews.change_processes,
    "concurrent.futures.thread": threads.change_executor,
    "django.utils.autoreload": reloaders.change_django,
    "ensurepip": ensure.change_ensurepip,
    "multiprocessing.pool": change_pools,
    "multiprocessing.popen_spawn_posix": spawned.change_spawn,
    "pip._internal.commands.download": change_download_command,
    "pip._internal.commands.install": change_command("InstallCommand"),
    "pip._internal.commands.uninstall": change_command("UninstallCommand"),
    "pip._internal.index.package_finder": native.change_finder,
    "pip._internal.network.download": change_downloads,
    "pip._internal.operations.install.wheel": change_wheel,
    "pip._internal.req.req_install": native.change_requirement,
    "pip._vendor.rich.live": change_live,
    "pip._vendor.rich.progress": change_progress,
    "rich.live": change_live,
    "rich.progress": change_progress,
    "werkzeug._reloader": reloaders.change_werkzeug,
    "werkzeug.serving": reloaders.change_werkzeug_server,
}


class Finder:
    """Finds the modules that are changed, and changes them once they have run."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        change = CHANGES.get(name)
        spec = change and importlib.machinery.PathFinder.find_spec(name, path, target)
        if not spec or not hasattr(spec.loader, "exec_module"):
            return None
        execute = spec.loader.exec_module

        def execute_and_change(module):
            execute(module)
            try:
                change(module)
            except AttributeError:
                # Another release, which has no such thing.
                pass

        spec.loader.exec_module = execute_and_change
        return spec


def prepare():
    """At build time."""
    sys.meta_path.insert(0, Finder)
    for name in CHANGES.keys() & sys.modules.keys():
        CHANGES[name](sys.modules[name])
