"""Count what the tests try that hold a promise; print the lists of docs/promises.md.

    CI=true python -m tests.promises            prints the lists
    CI=true python -m tests.promises --write    puts them into the page

A promise is the sentence of the mark `promise` on a test. Each run of a test counts as one input
or fault tried; Hypothesis's examples are counted one by one, and a test that goes through inputs
itself says how many: `record_property("tried", n)`.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "promises.md"
START, END = "<!-- lists: python -m tests.promises --write -->\n", "<!-- end of lists -->\n"
KINDS = ("nothing lost", "nothing wrong in silence", "nobody let in", "within bounds")

PROMISE = re.compile(
    r"^- (?P<sentence>.+) \*[\d,]+ tried\*\n(?P<tests>(?:  - .+\n)+)", re.MULTILINE
)
FILE = re.compile(r"  - `(?P<file>[^`]+)`: (?P<names>.+)")
EXAMPLES = re.compile(r"(\d+) passing")

Held = dict[tuple[str, str], dict[str, int]]  # by kind and sentence: how often each test tried


def promised(item: pytest.Item) -> Iterator[tuple[tuple[str, str], str]]:
    """Give the promises that a test holds, each with the test's name."""
    name = item.nodeid.partition("[")[0]
    for mark in item.iter_markers("promise"):
        kind, sentence = mark.args
        if kind not in KINDS:
            raise pytest.UsageError(f"{name}: a promise is one of {', '.join(KINDS)}, not {kind!r}")
        yield (kind, sentence), name


def tried(item: pytest.Item) -> int:
    """Tell how many inputs a test has tried once it has run."""
    said = [n for name, n in item.user_properties if name == "tried"]
    examples = EXAMPLES.findall(getattr(item, "hypothesis_statistics", ""))
    return sum(map(int, said or examples)) or 1


class Counter:
    """The plugin that counts while the tests run."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.held: Held = defaultdict(lambda: defaultdict(int))

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Count what a test has tried."""
        for promise, name in promised(item):
            self.held[promise][name] += tried(item)


def lists(held: Held) -> str:
    """Write a list for each kind of promise, and in it, by file, the tests that hold each."""
    lines = []
    for kind in KINDS:
        ours = {sentence: tests for (of, sentence), tests in sorted(held.items()) if of == kind}
        total = sum(sum(tests.values()) for tests in ours.values())
        lines += [f"## {kind.capitalize()}", ""]
        lines += [f"{len(ours)} promises, {total:,} inputs and faults tried.", ""]
        for sentence, tests in ours.items():
            lines.append(f"- {sentence} *{sum(tests.values()):,} tried*")
            split = [name.split("::", 1) for name in sorted(tests)]
            for file, group in groupby(split, key=itemgetter(0)):
                lines.append(f"  - `{file}`: " + ", ".join(f"`{name}`" for _, name in group))
        lines.append("")
    return "\n".join(lines)


def listed(page: str) -> set[tuple[str, str]]:
    """Read the page: each promise with each test that holds it."""
    return {
        (promise["sentence"], f"{file['file']}::{name}")
        for promise in PROMISE.finditer(page)
        for file in FILE.finditer(promise["tests"])
        for name in re.findall(r"`([^`]+)`", file["names"])
    }


def collected(items: Iterable[pytest.Item]) -> set[tuple[str, str]]:
    """Give each promise with each test that holds it, as `listed` does."""
    return {(sentence, name) for item in items for (_, sentence), name in promised(item)}


def main() -> int:
    """Run the tests that hold promises; print the lists, or put them into the page."""
    counter = Counter()
    code = pytest.main(["-n", "0", "-q", "-m", "promise"], plugins=[counter])
    if code:
        return int(code)
    if sys.argv[1:] == ["--write"]:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
        after = rest.partition(END)[2]
        PAGE.write_text(before + START + lists(counter.held) + END + after, encoding="utf-8")
    else:
        print(lists(counter.held))  # noqa: T201 - that is the command's work
    return 0


if __name__ == "__main__":
    sys.exit(main())
