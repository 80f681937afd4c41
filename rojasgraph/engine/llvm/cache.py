"""Compile LLVM code once per machine: machine code is kept in a folder of the user's.

A file begins with a checksum of the rest; what does not match is compiled anew, and a folder that
cannot be read or written is no error. Its name tells what the code was made of: our source, the
rows, the processor, the version of llvmlite. The folder keeps to a size: what was not used for
longest goes first.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, MutableMapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import llvmlite  # type: ignore[import-untyped, unused-ignore]
import llvmlite.binding as llvm  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.builtin import Method, builtin_name, python_address
from rojasgraph.engine.llvm.functions import c_address, vector_address
from rojasgraph.errors import CompilationFailure

if not hasattr(llvm, "create_pass_builder"):
    raise ImportError(f"llvmlite {llvmlite.__version__} is too old: it takes 0.44 or later")

_DIGEST = hashlib.sha256().digest_size

_MOST_BYTES = 64 << 20
"""How large the folder may become: about a thousand kernels."""

_DRAFT, _FORGOTTEN = ".tmp", 3600.0
"""What the name of a file ends in that is being written, and after how many seconds it no longer
is: a process that was killed left it."""


class Source(NamedTuple):
    """Code in LLVM's language, and the functions of elsewhere that it calls."""

    text: str
    needed: frozenset[str]


class Kernel:
    """A compiled function that takes the address of a context.

    Attributes:
        run: the function; it lets other threads of Python run meanwhile.
    """

    def __init__(self, machine_code: bytes, name: str) -> None:
        """Load machine code, all of whose foreign functions are linked.

        Raises:
            RuntimeError: LLVM cannot load it.
        """
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(machine_code))
        self._engine.finalize_object()
        address = self._engine.get_function_address(name)
        if not address:
            message = f"the machine code has no function {name!r}"
            raise RuntimeError(message)
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
        self.run: Callable[[Any], None] = kind(address)
        self._name = name

    def brief(self, context: int, *kept: Any) -> Callable[[], None]:  # noqa: ANN401
        """Give what runs the function on a context, for what is over in some microseconds.

        It is called faster than `run`, and lets no other thread of Python run meanwhile.

        Args:
            context: its address.
            kept: what must live as long.
        """
        address = self._engine.get_function_address(builtin_name(self._name))
        return Method("step", address).bound(context, self, *kept)


# --- the machine --------------------------------------------------------------------------------


def target_machine() -> Any:  # noqa: ANN401 - llvmlite carries no types
    """Describe the processor that this runs on, anew for each owner."""
    _initialize()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, jit=True
    )


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def _features() -> str:
    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # LLVM cannot tell those of this system: code does without
        return ""


def has(feature: str) -> bool:
    """Tell whether the processor has a feature of LLVM's list."""
    return f"+{feature}" in _features().split(",")


# --- the folder ---------------------------------------------------------------------------------


def folder() -> Path | None:
    """Give the folder of compiled code: below XDG_CACHE_HOME, or where the system keeps caches.

    None where the user has no home, as in a container that runs under a bare number.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not root.is_absolute():
        try:
            home = Path.home()
        except RuntimeError:
            return None
        if sys.platform == "win32":
            root = Path(os.environ.get("LOCALAPPDATA", str(home)))
        else:
            root = home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return root / "rojasgraph" if root.is_absolute() else None


@cache
def _own_source() -> bytes:
    """Read what writes the code; nothing where it is not there to be read, as in an archive."""
    try:
        return b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    except OSError:
        return b""


@cache
def _fingerprint() -> bytes:
    """Sum up our own source, the processor and the versions."""
    digest = hashlib.sha256(_own_source())
    machine = target_machine()
    parts = (llvmlite.__version__, llvm.llvm_version_info, machine.triple,
             llvm.get_host_cpu_name(), _features())  # fmt: skip
    digest.update(repr(parts).encode())
    return digest.digest()


def _read(path: Path) -> tuple[frozenset[str], bytes] | None:
    """Read what a file holds: foreign functions, machine code; None where it is not whole."""
    try:
        if os.name == "posix" and path.stat().st_uid != os.getuid():
            return None  # code of somebody else is not run
        content = path.read_bytes()
    except OSError:
        return None
    rest = content[_DIGEST:]
    if hashlib.sha256(rest).digest() != content[:_DIGEST]:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # it was used now
    names, _, machine_code = rest.partition(b"\n")
    return frozenset(names.decode().split()), machine_code


def _write(path: Path, needed: Iterable[str], machine_code: bytes) -> None:
    """Write a file in one piece; do without where that cannot be."""
    rest = " ".join(sorted(needed)).encode() + b"\n" + machine_code
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(_DRAFT, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(rest).digest() + rest)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
        _prune(path.parent)


def _prune(kept: Path) -> None:
    """Remove what was not used for longest until the folder has its size, and forgotten drafts."""
    for draft in kept.glob(f"*{_DRAFT}"):
        if time.time() - draft.stat().st_mtime > _FORGOTTEN:
            draft.unlink(missing_ok=True)
    files = [(path.stat(), path) for path in kept.glob("*.o")]
    size = sum(status.st_size for status, _ in files)
    for status, path in sorted(files, key=lambda each: each[0].st_mtime_ns):
        if size <= _MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= status.st_size


# --- compiling ----------------------------------------------------------------------------------

_loaded: dict[bytes, Kernel] = {}
_in_use: WeakValueDictionary[bytes, Kernel] = WeakValueDictionary()
_lock = threading.Lock()

if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that nobody gives back
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


def kernel(
    name: str, description: str, write: Callable[[], Source], *, shared: bool = True
) -> Kernel:
    """Give a compiled function: from this process, from the folder, or compiled now.

    Args:
        name: of the function.
        description: tells its code from all other code of this version of ours.
        write: writes the code.
        shared: whether other networks will need it, so that the process keeps it to its end.

    Raises:
        CompilationFailure: LLVM cannot compile the code.
    """
    loaded: MutableMapping[bytes, Kernel] = _loaded if shared else _in_use
    with _lock:
        try:
            key = hashlib.sha256(_fingerprint() + f"{name}\n{description}".encode()).digest()
            found = loaded.get(key)
            if found is None:
                kept = folder() if _own_source() else None  # or another version's might be run
                path = None if kept is None else kept / f"{key.hex()}.o"
                found = loaded[key] = _found(path, name, write)
        except RuntimeError as error:
            message = (
                f"llvmlite {llvmlite.__version__} cannot compile for this machine "
                f"({llvm.get_host_cpu_name()}): {error}; choose engine='numpy'"
            )
            raise CompilationFailure(message) from error
        return found


def _found(path: Path | None, name: str, write: Callable[[], Source]) -> Kernel:
    kept = None if path is None else _read(path)
    if kept is not None and _linked(kept[0]):
        with contextlib.suppress(RuntimeError):
            return Kernel(kept[1], name)
    source = write()
    if not _linked(source.needed):
        message = f"the C library lacks one of {sorted(source.needed)}"
        raise RuntimeError(message)
    machine_code = _compiled(source.text)
    if path is not None:
        _write(path, source.needed, machine_code)
    return Kernel(machine_code, name)


def _linked(names: Iterable[str]) -> bool:
    """Tell LLVM where functions of elsewhere are; False where one is missing."""
    for name in names:
        address = _address(name)
        if address is None:
            return False
        llvm.add_symbol(name, address)
    return True


def _address(name: str) -> int | None:
    if name.startswith("_ZGV"):
        return vector_address(name)
    return python_address(name) if name.startswith("Py") else c_address(name)


def _compiled(text: str) -> bytes:
    """Compile a module to machine code.

    Raises:
        RuntimeError: LLVM does not take it.
    """
    machine = target_machine()
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return bytes(machine.emit_object(module))
