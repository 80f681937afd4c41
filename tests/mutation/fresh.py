"""Run all tests of a module on a mutant, read from the input, that is imported in its place."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

import pytest

from tests.mutation.trials import OPTIONS, TESTS, limit


class _Finder(MetaPathFinder):
    """Finds the mutant where its module is looked for."""

    def __init__(self, name: str, source: bytes) -> None:
        self.name, self.source = name, source

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        spec.loader = _Loader(fullname, spec.origin)
        spec.loader.source = self.source
        return spec


class _Loader(SourceFileLoader):
    """Compiles the mutant in place of the file."""

    source: bytes

    def get_code(self, fullname):
        return compile(self.source, self.path, "exec", dont_inherit=True)


if __name__ == "__main__":
    sys.meta_path.insert(0, _Finder(f"rojasgraph.{sys.argv[1]}", sys.stdin.buffer.read()))
    limit(10)
    sys.exit(pytest.main([*OPTIONS, *TESTS[sys.argv[1]].all]))
