"""Trials of mutants: the tests of a module, run while a mutant stands in the module's place.

The fast tests are imported and collected once. For each mutant a child of that process takes the
mutant's functions over in place and runs them, which takes a fraction of a second. What survives
there is imported from the start by a process of its own (`fresh`) and meets all tests.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant, unmutated

OPTIONS = ["-x", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-o"]
OPTIONS += ["addopts=--import-mode=importlib", "--hypothesis-profile=mutants"]

_CPU_SECONDS, _SECONDS, _BYTES = 20, 900, 3 << 30
"""What a trial may take; a mutant that takes more, as in an endless loop, is noticed by that."""


@dataclass(frozen=True)
class Suite:
    """What is run against the mutants of a module: first the fast tests, then all."""

    first: tuple[str, ...]
    all: tuple[str, ...]


TESTS = {
    "primitives": Suite(
        ("tests/test_primitives.py", "tests/test_primitive.py", "-k", "not overflows"),
        (
            *("tests/test_primitives.py", "tests/test_primitive.py", "tests/test_numbers.py"),
            "tests/test_nasty_numbers.py",
        ),
    ),
    "numbers.namespace": Suite(
        (
            *("tests/test_primitives.py", "tests/test_nasty_numbers.py"),
            *("-k", "not overflows and not rows_keep"),
        ),
        (
            *("tests/test_primitives.py", "tests/test_numbers.py", "tests/test_own_numbers.py"),
            *("tests/test_nasty_numbers.py", "tests/faults/test_copies.py"),
        ),
    ),
    "labeling": Suite(
        ("tests/test_labeling.py", "-k", "not long_chain and not EditedNetwork"),
        ("tests/test_labeling.py", "tests/test_networkx.py", "tests/test_reference.py"),
    ),
    "expressions": Suite(
        ("tests/test_expressions.py", "-k", "not deep and not ladders and not process"),
        ("tests/test_expressions.py", "tests/test_networkx.py"),
    ),
}


def try_all(module: str, mutants: Iterable[Mutant], tell: Callable[[Mutant, bool], None]) -> bool:
    """Try mutants with the fast tests; False if these fail without any mutant.

    Args:
        module: whose tests to take.
        mutants: of this module.
        tell: is called with each mutant and whether it survived.
    """
    with tempfile.TemporaryDirectory() as folder:
        trials = _Trials(unmutated(module), mutants, tell)
        options = [*OPTIONS, f"--basetemp={folder}/tests", "-p", "no:terminal"]
        pytest.main([*options, *TESTS[module].first], plugins=[trials])
    return trials.sound


def survives_afresh(mutant: Mutant) -> bool:
    """Tell whether all tests pass in a new process that imports a mutant."""
    command = [sys.executable, "-m", "tests.mutation.fresh", mutant.module]
    done = subprocess.run(command, input=mutant.source.encode(), capture_output=True, check=False)
    return done.returncode == 0


class _Trials:
    """A plugin of pytest that runs the collected tests once for each mutant."""

    def __init__(
        self, unmutated: Mutant, mutants: Iterable[Mutant], tell: Callable[[Mutant, bool], None]
    ) -> None:
        self.unmutated, self.mutants, self.tell, self.sound = unmutated, mutants, tell, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.sound = _child_passes(session, session.items, self.unmutated)
        for mutant in self.mutants if self.sound else ():
            self.tell(mutant, _child_passes(session, _fitting(session.items, mutant), mutant))
        return True


def _fitting(items: list[Any], mutant: Mutant) -> list[Any]:
    """Choose the tests of the row that a mutant is of; for any other mutant, all."""
    of_row = [item for item in items if mutant.place in _names(item)]
    return of_row if of_row and mutant.module == "primitives" else items


def _names(item: Any) -> set[str]:
    """Give the names among a test's parameters, rows by their names."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    named = [getattr(value, "name", value) for value in parameters]
    return {name for name in named if isinstance(name, str)}


def _child_passes(session: pytest.Session, items: list[Any], mutant: Mutant) -> bool:
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        limit(1 if mutant.place else 10)
        _take_over(mutant)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                os._exit(1)
        os._exit(0)
    finally:  # whatever a mutant raises, also past pytest
        os._exit(1)


def limit(times: int) -> None:
    """Bound what this process may take, and silence it."""
    resource.setrlimit(resource.RLIMIT_CPU, (times * _CPU_SECONDS,) * 2)
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    signal.alarm(times * _SECONDS)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def _take_over(mutant: Mutant) -> None:
    """Put what a mutant declares in the place of what its module declared."""
    from rojasgraph.table import TABLE

    module = sys.modules[f"rojasgraph.{mutant.module}"]
    rows = dict(TABLE)
    TABLE.clear()  # a row can be declared once only
    declared = {"__name__": module.__name__}
    exec(compile(mutant.source, str(module.__file__), "exec", dont_inherit=True), declared)  # noqa: S102
    for name, row in TABLE.items():
        vars(rows[name]).update(vars(row))
    TABLE.update(rows)
    for name, value in declared.items():
        if name.startswith("__") or name in TABLE:
            continue
        if isinstance(value, type) and value.__module__ == module.__name__:
            for method, function in vars(value).items():
                _put(vars(module)[name], method, function)
        else:
            _put(module, name, value)


def _put(owner: Any, name: str, value: object) -> None:
    """Give a function that is there a new body, a mapping new entries, a module a new constant."""
    old = vars(owner).get(name)
    if isinstance(old, FunctionType) and isinstance(value, FunctionType):
        old.__code__, old.__defaults__ = value.__code__, value.__defaults__
        old.__kwdefaults__ = value.__kwdefaults__
    elif isinstance(old, dict) and old is not value:
        old.clear()
        old.update(value)
    elif not isinstance(owner, type):
        setattr(owner, name, value)
