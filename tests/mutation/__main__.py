"""Try whether the tests notice each small fault in the modules that all numbers come from.

python -m tests.mutation                    # primitives, what they share, labeling, expressions
python -m tests.mutation primitives.tanh    # modules, or rows, functions and methods of them

Every mutant that no test notices must be explained in explained.toml, next to this file, as one
that changes no number and no refusal. Exits with 1 where one is not, or where an explanation is
of a mutant that is noticed, or not there any more. Needs the extra `mutation`.
"""

import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.trials import TESTS, survives_afresh, try_all

Key = tuple[str, str, str]


def explanations(module: str) -> set[Key]:
    """Read which mutants of a module may survive: place, line before, line after."""
    text = Path(__file__).with_name("explained.toml").read_text(encoding="utf-8")
    return {
        (place, was, now)
        for entry in tomllib.loads(text).get(module, [])
        for place, was, now in entry["mutants"]
    }


def run(module: str, places: list[str]) -> bool:
    """Try the mutants of a module, print what came of it; True where all is explained."""
    explained = explanations(module)
    stale = {key for key in explained if not places or key[0] in places}
    counts: Counter[str] = Counter()
    start = time.perf_counter()

    def tell(mutant: Mutant, survived: bool) -> None:  # noqa: FBT001
        key = (mutant.place, mutant.was, mutant.now)
        if survived and key in explained:
            counts["explained"] += 1
            stale.discard(key)
        elif survived and survives_afresh(mutant):
            counts["unexplained"] += 1
            print(_shown(mutant), flush=True)
        else:
            counts["noticed"] += 1

    if not try_all(module, mutants_of(module, places), tell):
        print(f"{module}: its tests fail without any mutant")
        return False
    for key in sorted(stale):
        print(f"explained, but noticed or not there: {key}")
    took = (time.perf_counter() - start) / 60
    found = ", ".join(f"{counts[k]} {k}" for k in ("noticed", "explained", "unexplained"))
    print(f"{module}: {counts.total()} mutants: {found}; {took:.1f} minutes", flush=True)
    return not counts["unexplained"] and not stale


def _shown(mutant: Mutant) -> str:
    return f"{mutant.module}.{mutant.place}\n  - {mutant.was}\n  + {mutant.now}"


def main() -> int:
    """Run what the command line names, or all."""
    chosen: dict[str, list[str]] = {}
    for name in sys.argv[1:] or TESTS:
        module = next((known for known in TESTS if f"{name}.".startswith(f"{known}.")), None)
        if module is None:
            print(f"no tests are named for {name!r}; modules: {', '.join(TESTS)}")
            return 2
        chosen.setdefault(module, []).extend([name[len(module) + 1 :]] if name != module else [])
    results = [run(module, places) for module, places in chosen.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
