"""The mutants of a module: its source with one small fault in it.

Most are those of cosmic-ray: another operator or comparison, a number off by one, a condition
negated, a loop that does not run. Two kinds are our own: a result off by one part in 2³⁰, which
only a test that looks at nine digits sees, and a statement left out.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "rojasgraph"

_ARITHMETIC = {"Add", "Sub", "Mul", "Div", "FloorDiv", "Mod", "Pow"}
_BITS = {"BitOr", "BitAnd", "BitXor"}

_OFF = "* (2**30 + 1) / 2**30"
"""About 1e-9, and exact in every number system."""

_ROWS = {"_row", "_exact_row"}
"""What declares a row in the module of primitives."""

_OFF_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.Continue, ast.Break, ast.Expr)


@dataclass(frozen=True)
class Mutant:
    """A module with one fault."""

    module: str
    place: str  # the row, the function or the method
    was: str  # the first line that differs
    now: str
    source: str = field(repr=False)


def unmutated(module: str) -> Mutant:
    """Give a module as it is, in the form of a mutant: the tests must pass with it."""
    file = (PACKAGE / module.replace(".", "/")).with_suffix(".py")
    return Mutant(module, "", "", "", file.read_text(encoding="utf-8"))


def mutants_of(module: str, places: Collection[str] = ()) -> Iterator[Mutant]:
    """Give all mutants that Python reads and that differ in more than annotations and promises.

    Args:
        module: its name in the package.
        places: rows, functions, methods; all where none is named.
    """
    source = unmutated(module).source
    lines = source.splitlines(keepends=True)
    for node in ast.parse(source).body:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(d.lineno for d in decorators)]) - 1
        before, after = "".join(lines[:first]), "".join(lines[node.end_lineno :])
        statement = "".join(lines[first : node.end_lineno])
        if places and not any(name in places for _, _, name in _places(statement)):
            continue
        for text in _different(statement):
            where, was, now = _difference(statement, text)
            if not places or where in places:
                yield Mutant(module, where, was, now, before + text + after)


def _different(statement: str) -> Iterator[str]:
    """Give a statement with each fault once, if Python reads it and the fault means something."""
    seen = {_meaning(statement)}
    for text in (*_by_cosmic_ray(statement), *_off_results(statement), *_left_out(statement)):
        try:
            meaning = _meaning(text)
        except SyntaxError:
            continue
        if meaning not in seen:
            seen.add(meaning)
            yield text


def _meaning(source: str) -> str:
    """Write down a module's syntax tree, without annotations and without what rows promise.

    A promise is no number that anybody computes with; the tests hold the rows to it.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Call):
            node.keywords = [word for word in node.keywords if word.arg != "accuracy"]
    return ast.dump(tree)


def _by_cosmic_ray(statement: str) -> Iterator[str]:
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    for name in plugins.operator_names():
        if not _says_something(name.rpartition("/")[2]):
            continue
        operator, occurrence = plugins.get_operator(name)(), 0
        while (text := mutate_code(statement, operator, occurrence)) is not None:
            yield text
            occurrence += 1


def _says_something(operator: str) -> bool:
    """Leave out shifts and bits of floats, which are errors, and what draws random numbers."""
    kind, *names = operator.split("_")
    if kind == "ReplaceBinaryOperator":
        return set(names) <= _ARITHMETIC or set(names) <= _BITS
    return not kind.startswith("Variable")


def _off_results(statement: str) -> Iterator[str]:
    """Put each result of arithmetic, and each of a row's results, off by one part in 2³⁰."""
    tree = ast.parse(statement)
    results = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp)]
    results = [n for n in results if isinstance(n.op, _OFF_OPERATORS)]
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) in _ROWS:
            function, partials = call.args[1].body, call.args[2].body
            results += [function, *(partials.elts if isinstance(partials, ast.Tuple) else ())]
    for node in results:
        if ast.unparse(node) != "xp.zero":  # which stays 0
            yield _replaced(
                statement, node, f"(({ast.get_source_segment(statement, node)}) {_OFF})"
            )


def _left_out(statement: str) -> Iterator[str]:
    """Leave out each simple statement of a function that is no docstring."""
    for scope in ast.walk(ast.parse(statement)):
        if isinstance(scope, ast.FunctionDef):
            for node in ast.walk(scope):
                documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                if isinstance(node, _STATEMENTS) and not documents:
                    yield _replaced(statement, node, "pass")


def _replaced(text: str, node: ast.AST, by: str) -> str:
    lines = text.splitlines(keepends=True)
    first, last = lines[node.lineno - 1].encode(), lines[node.end_lineno - 1].encode()
    head, tail = first[: node.col_offset].decode(), last[node.end_col_offset :].decode()
    return "".join([*lines[: node.lineno - 1], head, by, tail, *lines[node.end_lineno :]])


def _difference(statement: str, text: str) -> tuple[str, str, str]:
    """Find the place of a fault, and the line where it shows, before and after."""
    pairs = zip(statement.splitlines(), text.splitlines(), strict=False)
    number, was, now = next((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b)
    return _place(statement, number), was.strip(), now.strip()


def _place(statement: str, line: int) -> str:
    """Name the row, function or method that a line of a statement belongs to."""
    return next((name for first, last, name in _places(statement) if first <= line <= last), "")


def _places(statement: str) -> list[tuple[int, int, str]]:
    """List the first line, the last line and the name of what a statement declares, inner first."""
    (node,) = ast.parse(statement).body
    inner = [n for n in getattr(node, "body", ()) if isinstance(node, ast.ClassDef)]
    return [
        *((n.lineno, n.end_lineno, f"{node.name}.{n.name}") for n in inner if hasattr(n, "name")),
        (1, node.end_lineno, getattr(node, "name", "") or _targets(node)),
    ]


def _targets(node: ast.stmt) -> str:
    """Name what an assignment assigns to."""
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return ", ".join(ast.unparse(target) for target in targets if target is not None)
