"""Search for bytes that bring a reader down: `python -m tests.fuzzing formula --seconds 60`.

libFuzzer changes the inputs of the corpus and keeps what reaches new branches of the package; it
runs through Google's atheris. A crash is written to a file whose name is printed, with the input
that made it; once mended, it belongs into the corpus.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz one reader; exits with 0 where no crash was found."""
    options = _options()
    import atheris

    with atheris.instrument_imports(include=["rojasgraph"], enable_loader_override=False):
        from tests.fuzzing import readers
    reader = readers.READERS[options.reader]
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        words.write_text("".join(map(_entry, reader.tokens)), encoding="ascii")
        settings = [
            *(
                f"-max_total_time={options.seconds}",
                f"-runs={options.runs}",
                f"-seed={options.seed}",
            ),
            *(f"-timeout={reader.seconds}", f"-rss_limit_mb={readers.MEGABYTES}", "-max_len=8192"),
            *(f"-dict={words}", f"-artifact_prefix={options.crashes}/", "-print_final_stats=1"),
        ]
        found = Path(folder, "found")  # the corpus in the repository stays as it is
        found.mkdir()
        inputs = [str(options.keep or found), str(readers.CORPUS / options.reader)]
        atheris.Setup([sys.argv[0], *settings, *inputs], reader.ends_well)
        atheris.Fuzz()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument(
        "reader", help="formula, json, graphml, dot, onnx, checkpoint, csv, derivation"
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long (60)")
    parser.add_argument("--runs", type=int, default=-1, help="at most so many inputs (no limit)")
    parser.add_argument("--seed", type=int, default=0, help="of the random changes (0: the time)")
    parser.add_argument("--crashes", default=".", help="the folder for crashes (this one)")
    parser.add_argument("--keep", type=Path, help="a folder that keeps what reached new branches")
    return parser.parse_args()


def _entry(word: str) -> str:
    """Write a word as libFuzzer's dictionaries want it."""
    return '"' + "".join(rf"\x{byte:02x}" for byte in word.encode()) + '"\n'


if __name__ == "__main__":
    main()
