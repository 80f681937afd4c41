"""What all tests share: how hypothesis searches, and what needs the system's own programs."""

import gc
import os
import shutil
import signal
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, Phase, settings

from rojasgraph.table import TABLE
from tests.effort import is_brief
from tests.promises import collected

HELD = pytest.StashKey()  # the files of the tests collected, and the promises that they hold

collect_ignore = [] if find_spec("torch") else ["benchmarks/learning.py"]  # no test needs torch

_ALWAYS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # machines are shared
settings.register_profile("desk", **_ALWAYS)
settings.register_profile("ci", derandomize=True, database=None, **_ALWAYS)
settings.register_profile("brief", settings.get_profile("ci"), max_examples=20)
settings.register_profile(  # for tests.mutation, which only asks whether a test fails
    "mutants", settings.get_profile("brief"), phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

os.environ.setdefault(  # JAX's tests compile many small networks: compiling fast is what counts
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false "
    "--xla_cpu_parallel_codegen_split_count=1",
)


@pytest.hookimpl(tryfirst=True)  # before -k and -m take some out
def pytest_collection_modifyitems(config, items):
    """Note who holds promises; skip what lacks a `dot`, and what another run has seen."""
    config.stash[HELD] = {item.nodeid.partition("::")[0] for item in items}, collected(items)
    reasons = {} if shutil.which("dot") else {"exe": "no `dot` program on the PATH"}
    if is_brief():
        reasons["once"] = "it finds the same on every Python"
    for item in items:
        for mark in reasons.keys() & item.keywords.keys():
            item.add_marker(pytest.mark.skip(reason=reasons[mark]))


def pytest_collection_finish():
    """Spare each garbage collection the many tests that were collected."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Keep what is compiled for this machine out of the user's folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def hears_ctrl_c():
    """Let Ctrl-C be heard, which a shell has its programs in the background ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def fake_dot(monkeypatch, tmp_path):
    """Give a function that puts a shell script in the place of Graphviz, in a folder of its own."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def put(script):
        path = folder / "dot"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("ROJASGRAPH_DOT", str(path))
        return path

    return put


@pytest.fixture(autouse=True)
def table_as_it_was():
    """Take the primitives that a test has declared out of the table again."""
    rows = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(rows)
