"""Read what strangers send, under watch: `python -m tests.hostile.watched` in an empty folder.

Everything is imported and used once; then memory and time are bounded, and Python's audit events
are looked at. What is printed, as JSON, is how much was read, what happened that may not, and what
came up besides the documented refusals.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import CodeType

import rojasgraph as rg
from tests.fuzzing.readers import READERS, SENT
from tests.hostile import strangers

_MEMORY = 1 << 30
_SECONDS = 60

_NEVER = (
    *("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.kill"),
    *("os.mkdir", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"),
    *("os.putenv", "shutil.", "socket.", "ctypes.dlopen", "urllib.", "ftplib.", "smtplib."),
    *("pickle.", "code.__new__", "mmap.", "pty.", "webbrowser.", "builtins.input", "os.chown"),
)
"""Events, or their beginnings, that nothing that is read may bring about."""

_INSTALLED = tuple(
    {*map(os.path.realpath, sysconfig.get_paths().values()), str(Path(rg.__file__).parent)}
)
_SENT = os.path.join(os.path.realpath(tempfile.gettempdir()), SENT)  # noqa: PTH118 - for startswith
events: list[str] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Keep what may not happen."""
    happened = event.startswith(_NEVER)
    happened |= event == "exec" and not _is_of_a_library(arguments[0])
    happened |= event == "open" and not _may_be_opened(*arguments)
    if happened:
        events.append(f"{event} {arguments!r:.200}")


def _is_of_a_library(code: object) -> bool:
    """Tell whether code is a module being imported, or a formula that sympy wrote as a function."""
    assert isinstance(code, CodeType)
    if code.co_name == "<module>" and code.co_filename.startswith("<lambdifygenerated"):
        inside = [c for c in code.co_consts if isinstance(c, CodeType)]
        names = {name for c in (code, *inside) for name in c.co_names}
        return not any("__" in name for name in names)
    return os.path.realpath(code.co_filename).startswith(_INSTALLED)


def _may_be_opened(path: object, _mode: object, flags: object) -> bool:
    """Tell whether a file is the one that is read, or a library's own, opened for reading."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True  # a descriptor that is open
    place = os.path.realpath(os.fsdecode(path))
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    return place.startswith(_SENT) or (not writes and place.startswith(_INSTALLED))


def _bound() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(spent.ru_utime + spent.ru_stime) + _SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def main() -> None:
    """Read everything, and print what happened."""
    sent = list(strangers.inputs())
    for reader in READERS.values():
        reader.ends_well(b"")
    for name, data in sent:
        if data in {file.read_bytes() for file in (strangers.CORPUS / name).iterdir()}:
            READERS[name].ends_well(data)  # what is imported late is imported now
    crashes = []
    _bound()
    sys.addaudithook(_watch)
    for name, data in sent:
        try:
            READERS[name].ends_well(data)
        except BaseException as error:  # noqa: BLE001 - it is told
            crashes.append(f"{name} {data[:80]!r}: {type(error).__name__}: {error!s:.200}")
    watched = list(events)
    sys.stdout.write(json.dumps({"tried": len(sent), "events": watched, "crashes": crashes}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
