"""ONNX: models become networks and networks models, with the same numbers."""

from __future__ import annotations

import runpy
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rojasgraph as rg
from rojasgraph.interchange.onnx_operators import OPERATORS
from rojasgraph.table import TABLE, sample_points
from tests.strategies import networks

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

from tests.effort import tries  # noqa: E402

FLOAT = TensorProto.FLOAT
NAMED = "What an ONNX model says that cannot be read is refused, and the message names its place."


def model(nodes, inputs, outputs, stored=(), opset=20):
    """Make a model: nodes as (op, inputs, output, attributes), tensors as (name, shape)."""
    made = [
        helper.make_node(op, taken, [given], name=f"{op}-{i}", **options)
        for i, (op, taken, given, options) in enumerate(nodes)
    ]
    described = [
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in tensors]
        for tensors in (inputs, outputs)
    ]
    kept = [
        numpy_helper.from_array(np.asarray(array), name) for name, array in dict(stored).items()
    ]
    graph = helper.make_graph(made, "test", *described, kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def by_place(name, array):
    """Name the scalars of an array as `from_onnx` does."""
    array = np.asarray(array)
    return {((name, *p) if p else name): float(x) for p, x in np.ndenumerate(array)}


def mlp(rng):
    """Make a model of two dense layers and a softmax, as PyTorch and Keras export them."""
    stored = {
        "W": rng.normal(size=(3, 4)).astype(np.float32),
        "b": rng.normal(size=4).astype(np.float32),
        "V": rng.normal(size=(2, 4)).astype(np.float32),
    }
    nodes = [
        ("MatMul", ["x", "W"], "m", {}),
        ("Add", ["m", "b"], "n", {}),
        ("Tanh", ["n"], "h", {}),
        ("Gemm", ["h", "V"], "z", {"transB": 1}),
        ("Softmax", ["z"], "y", {"axis": 1}),
    ]
    return model(nodes, [("x", ["batch", 3])], [("y", ["batch", 2])], stored), stored


def test_a_layered_model_and_its_gradients():
    """Values are those of ONNX, gradients its slopes by every input and every stored number."""
    rng = np.random.default_rng(0)
    made, stored = mlp(rng)
    net = rg.from_onnx(made)
    assert net.inputs == [("x", 0, i) for i in range(3)]
    assert net.outputs == [("y", 0, 0), ("y", 0, 1)]
    assert set(net.parameters) == {name for n, a in stored.items() for name in by_place(n, a)}
    ops = [op for _, op in net.nodes(data="op")]
    assert (ops.count("mul"), ops.count("tanh"), ops.count("parameter")) == (0, 4, 24)
    assert net.edges[("x", 0, 1), ("m", 0, 2), 0] == {"slot": 0, "parameter": ("W", 1, 2)}
    x = rng.normal(size=(1, 3))
    values = net.feed_forward(by_place("x", x))

    def first(numbers, fed):
        """Compute the first output in float64."""
        doubles = onnx.ModelProto()
        doubles.CopyFrom(made)
        del doubles.graph.initializer[:]
        evaluator = ReferenceEvaluator(doubles)
        return evaluator.run(None, {"x": fed, **numbers})[0]

    doubles = {name: array.astype(np.float64) for name, array in stored.items()}
    assert list(values.values()) == pytest.approx(first(doubles, x).ravel().tolist(), rel=1e-12)
    gradient = net.backpropagate(("y", 0, 0))
    for name, array in [("x", x), *doubles.items()]:
        for place in np.ndindex(*array.shape):
            slopes = []
            for h in (1e-5, -1e-5):
                moved = array.copy()
                moved[place] += h
                changed = doubles | ({} if name == "x" else {name: moved})
                slopes.append(first(changed, moved if name == "x" else x)[0, 0] / 2e-5)
            assert gradient[name, *place] == pytest.approx(slopes[0] - slopes[1], abs=1e-8)


def test_batches_and_shapes(tmp_path):
    """An open axis has length 1, or what shapes says; each scalar may be fed a batch."""
    made, _ = mlp(np.random.default_rng(1))
    onnx.save(made, tmp_path / "mlp.onnx")
    one, two = rg.from_onnx(tmp_path / "mlp.onnx"), rg.from_onnx(made, shapes={"x": (2, 3)})
    assert len(two.inputs) == 6
    x = np.random.default_rng(2).normal(size=(2, 3))
    batch = one.feed_forward({("x", 0, i): x[:, i] for i in range(3)})
    rows = two.feed_forward(by_place("x", x))
    for i in range(2):
        assert batch["y", 0, i] == pytest.approx([rows["y", 0, i], rows["y", 1, i]])
    with pytest.raises(rg.ArgumentError, match=r"\[None, 3\]"):
        rg.from_onnx(made, shapes={"x": (2, 4)})
    with pytest.raises(rg.ArgumentError, match="no inputs"):
        rg.from_onnx(made, shapes={"z": (2, 4)})


X = [("x", [2])]
HOSTILE = {
    "unknown operator": ([("Hardmax", ["x"], "y", {})], X, {}, r"'Hardmax-0' \(Hardmax\).*Gemm"),
    "loop": ([("NonZero", ["x"], "y", {})], X, {}, "NonZero"),
    "a billion inputs": ([("Neg", ["x"], "y", {})], [("x", [10**9])], {}, "1000000 scalars"),
    "a product of lengths": (
        [("Neg", ["x"], "y", {})],
        [("x", [2**31, 2**31, 2**31])],
        {},
        "1000000 scalars",
    ),
    "broadcast": (
        [("Add", ["x", "z"], "y", {})],
        [("x", [1, 9999]), ("z", [9999, 1])],
        {},
        r"'Add-0' \(Add\).*scalars",
    ),
    "outer product": (
        [("MatMul", ["x", "z"], "y", {})],
        [("x", [9999, 1]), ("z", [1, 9999])],
        {},
        "scalars",
    ),
    "doubled again and again": (
        [("Concat", [f"t{i}"] * 2, f"t{i + 1}", {"axis": 0}) for i in range(60)],
        [("t0", [2])],
        {},
        "scalars",
    ),
    "a constant that grows": (
        [("Expand", ["one", "large"], "c", {}), ("Add", ["x", "c"], "y", {})],
        X,
        {"large": np.array([10**5, 10**5]), "one": np.array([1])},
        "scalars",
    ),
    "shapes that do not fit": (
        [("Add", ["x", "z"], "y", {})],
        [("x", [2]), ("z", [3])],
        {},
        r"'Add-0' \(Add\).*do not fit",
    ),
    "matrices that do not fit": (
        [("MatMul", ["x", "z"], "y", {})],
        [("x", [2, 3]), ("z", [2, 3])],
        {},
        "no product",
    ),
    "a shape that depends on a value": (
        [("Reshape", ["x", "x"], "y", {})],
        X,
        {},
        r"Reshape-0.*must be a constant|no valid ONNX",
    ),
    "an axis that is not there": (
        [("ReduceSum", ["x", "axes"], "y", {})],
        X,
        {"axes": np.array([7])},
        "no axis 7",
    ),
}
HOSTILE |= {
    "a range without end": (
        [("Range", ["zero", "end", "one"], "r", {}), ("Neg", ["x"], "y", {})],
        X,
        {"zero": np.array(0), "end": np.array(10**11), "one": np.array(1)},
        r"'Range-0' \(Range\).*scalars",
    ),
    "a range of no steps": (
        [("Range", ["zero", "end", "zero"], "r", {}), ("Neg", ["x"], "y", {})],
        X,
        {"zero": np.array(0), "end": np.array(9)},
        r"'Range-0' \(Range\).*has no end",
    ),
    "a range to infinity": (
        [
            *(("Constant", [], n, {"value_float": v}) for n, v in [("low", 0.0), ("high", np.inf)]),
            ("Range", ["low", "high", "high"], "r", {}),
            ("Neg", ["x"], "y", {}),
        ],
        X,
        {},
        r"'Range-2' \(Range\).*has no end",
    ),
    "a tensor of text": (
        [("Add", ["x", "c"], "y", {})],
        X,
        {"c": np.array(["a", "b"], dtype=object)},
        "tensor 'c': .*no numbers",
    ),
    "an axis of negative length": ([("Neg", ["x"], "y", {})], [("x", [-2])], {}, r"'x'.*\[-2\]"),
    "more axes than numpy has": ([("Neg", ["x"], "y", {})], [("x", [1] * 80)], {}, "80 axes"),
    "division by an attribute": ([("Celu", ["x"], "y", {"alpha": 0.0})], X, {}, "'Celu-0'.*zero"),
    "slices of different lengths": (
        [("Slice", ["x", "s", "e"], "y", {})],
        X,
        {"s": np.array([0]), "e": np.array([1, 2])},
        r"'Slice-0' \(Slice\): its starts, ends, axes and steps are 1, 2, 1, 1",
    ),
    "a kept axis that is not there": (
        [("Reshape", ["x", "s"], "y", {})],
        X,
        {"s": np.array([0, 0])},
        r"'Reshape-0' \(Reshape\): its shape \[0, 0\] keeps axis 1",
    ),
}


@pytest.mark.promise("nothing wrong in silence", NAMED)
@pytest.mark.parametrize(("nodes", "inputs", "stored", "named"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_supported_is_named(nodes, inputs, stored, named):
    """An operator, a shape or a size that does not go is refused with its node, before it grows."""
    made = model(nodes, inputs, [(nodes[-1][2], ["n"])], stored)
    with pytest.raises(rg.GraphError, match=named):
        rg.from_onnx(made)


def test_files_that_are_no_models(tmp_path):
    """Bytes that are no model, truncated models, and data in other files are refused."""
    file = tmp_path / "net.onnx"
    made, _ = mlp(np.random.default_rng(0))
    whole = made.SerializeToString()
    for text in (b"", b"nothing", whole[:-7], whole[:40]):
        file.write_bytes(text)
        with pytest.raises(rg.GraphError):
            rg.from_onnx(file)
    with pytest.raises(FileNotFoundError):
        rg.from_onnx(tmp_path / "nothing.onnx")
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")
    file.write_bytes(made.SerializeToString())
    with pytest.raises(rg.GraphError, match=r"another file|external|secret|location"):
        rg.from_onnx(file)


@pytest.mark.promise("nothing wrong in silence", NAMED)
@tries(100)
@given(st.data())
def test_damaged_models_are_read_or_refused(data):
    """Whatever bytes of a model are changed, it is a network or a refusal, nothing else."""
    made, _ = mlp(np.random.default_rng(0))
    whole = bytearray(made.SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = Path(folder, "net.onnx")
        file.write_bytes(whole)
        try:
            net = rg.from_onnx(file, most=10**4)
            net.feed_forward(dict.fromkeys(net.inputs, 0.5))
        except (rg.GraphError, rg.LabelError):
            return


def test_an_operator_of_another_domain():
    """An operator of somebody's own domain is not taken for ours of the same name."""
    made = model([("Tanh", ["x"], "y", {"domain": "own"})], X, [("y", [2])])
    made.opset_import.append(helper.make_opsetid("own", 1))
    with pytest.raises(rg.UnknownPrimitive, match=r"own\.Tanh"):
        rg.from_onnx(made)


# --- to ONNX --------------------------------------------------------------------------------------


def computed(made, fed):
    """Run a model by ONNX's own reference, in float64."""
    taken = {i.name for i in made.graph.input}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return ReferenceEvaluator(made).run(None, {n: x for n, x in fed.items() if n in taken})


@tries(40)
@given(st.booleans().flatmap(lambda a: st.tuples(st.just(a), networks(analytic=a))))
def test_to_onnx_and_back(drawn):
    """Any network gives the same numbers as a model; read back, the same gradients off kinks."""
    analytic, (net, fed) = drawn
    fed = {name: float(x) for name, x in fed.items()}
    values = net.feed_forward(fed)
    made = rg.to_onnx(net, dtype="float64")
    inputs = {i.name: np.array([x]) for i, x in zip(made.graph.input, fed.values(), strict=True)}
    got = [np.ravel(x).item() for x in computed(made, inputs)]
    assert got == pytest.approx([values[name] for name in net.outputs], rel=1e-11, abs=1e-11)
    if not analytic:
        return  # operators at kinks are not all read, and ONNX has no convention there
    back = rg.from_onnx(made)
    again = back.feed_forward(dict(zip(back.inputs, fed.values(), strict=True)))
    assert list(again.values()) == pytest.approx(got, rel=1e-11, abs=1e-11)
    gradient, expected = back.backpropagate(back.outputs), net.backpropagate(net.outputs)
    slopes = [gradient[name] for name in back.inputs]
    assert slopes == pytest.approx([expected[name] for name in net.inputs], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_primitive_to_onnx(row):
    """Each row of the table becomes operators that give its value."""
    arguments = dict.fromkeys(row.arguments, 3)
    points = list(sample_points(row, arguments))
    inputs = [rg.inputs(f"x{i}") for i in range(len(points[0]))]
    net = rg.Network.from_expressions(row(*inputs, **arguments).named("y"))
    made = rg.to_onnx(net, dtype="float64")
    fed = {f"x{i}": np.array([p[i] for p in points]) for i in range(len(inputs))}
    (got,) = computed(made, fed)
    rel = 1e-5 if row.name in {"erf", "gelu"} else 1e-12  # the reference has erf in float32
    assert got == pytest.approx(net.feed_forward(fed)["y"], rel=rel, abs=rel / 10)


def test_models_are_written(tmp_path):
    """The file holds the model; a batch runs through it at once."""
    net = rg.layered([2, 3, 1], rng=3)
    rg.to_onnx(net, tmp_path / "net.onnx", dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 5))
    (got,) = computed(onnx.load(tmp_path / "net.onnx"), {"x1": x[0], "x2": x[1]})
    assert got == pytest.approx(net.feed_forward(x1=x[0], x2=x[1])["y1"])
    with pytest.raises(FileNotFoundError):
        rg.to_onnx(net, tmp_path / "nowhere" / "net.onnx")
    with pytest.raises(rg.ArgumentError, match="float16"):
        rg.to_onnx(net, dtype="float16")


def test_onnxruntime_gives_the_same_numbers():
    """A runtime of its own, onnxruntime, runs the model in float32."""
    runtime = pytest.importorskip("onnxruntime")
    for net in (
        rg.layered([3, 4, 2], ["tanh", "gelu"], rng=1),
        rg.randomly_wired("ws", 20, inputs=3, outputs=2),
    ):
        made = rg.to_onnx(net)
        session = runtime.InferenceSession(
            made.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        x = np.random.default_rng(0).normal(size=(3, 7))
        fed = {f"x{i + 1}": x[i] for i in range(3)}
        got = session.run(None, {n: a.astype(np.float32) for n, a in fed.items()})
        expected = net.feed_forward(fed)
        for name, array in zip(net.outputs, got, strict=True):
            assert array == pytest.approx(expected[name], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_primitive_in_onnxruntime(row):
    """Each row of the table runs there, to the precision of float32."""
    runtime = pytest.importorskip("onnxruntime")
    arguments = dict.fromkeys(row.arguments, 3)
    points = np.array(list(sample_points(row, arguments)))
    names = [f"x{i}" for i in range(points.shape[1])]
    net = rg.Network.from_expressions(row(*map(rg.inputs, names), **arguments).named("y"))
    session = runtime.InferenceSession(rg.to_onnx(net).SerializeToString())
    fed = dict(zip(names, points.T, strict=True))
    (got,) = session.run(None, {name: x.astype(np.float32) for name, x in fed.items()})
    assert got == pytest.approx(net.feed_forward(fed)["y"], rel=2e-5, abs=2e-6)


def test_sources_may_be_outputs():
    """An input, a parameter and a constant are outputs like any other node."""
    runtime = pytest.importorskip("onnxruntime")
    net = rg.Network()
    for name in (net.add_input("x"), net.add_parameter("w", 2.0), net.add_constant("c", 3.0)):
        net.nodes[name]["output"] = True
    made = rg.to_onnx(net, dtype="float64")
    assert [np.ravel(a).item() for a in computed(made, {"x": np.array([1.0])})] == [1, 2, 3]
    session = runtime.InferenceSession(made.SerializeToString())
    assert [np.ravel(a).item() for a in session.run(None, {"x": np.array([1.0])})] == [1, 2, 3]


def test_numbers_that_float32_lacks_are_refused():
    """A weight of 1e300 does not become infinite in silence."""
    net = rg.Network.from_expressions(rg.parameter("w", 1e300) * rg.inputs("x"))
    with pytest.raises(rg.ArgumentError, match="float64"):
        rg.to_onnx(net)
    assert rg.from_onnx(rg.to_onnx(net, dtype="float64")).nodes["w"]["value"] == 1e300


def test_complex_numbers_are_refused():
    """ONNX holds real numbers."""
    net = rg.Network.from_expressions(rg.parameter("w", 1j) * rg.inputs("x"))
    with pytest.raises(rg.ArgumentError, match="node 'w'"):
        rg.to_onnx(net)


# --- the ONNX project's own cases -----------------------------------------------------------------


PAGE = Path(rg.__file__).parent.parent / "docs" / "interchange.md"


@pytest.fixture(scope="module")
def report():
    """Load the script that reports, and make the cases."""
    path = PAGE.with_name("onnx_report.py")
    if not path.is_file():
        pytest.skip("an installed package carries no docs")
    loaded = runpy.run_path(str(path))
    return {**loaded, "made": loaded["cases"]()}


@pytest.mark.once
def test_node_tests_of_the_onnx_project(report):
    """Every float case of every supported operator passes; the page has the count."""
    found = [report["outcome"](case) for case in report["made"]]
    assert [outcome for outcome in found if outcome.fault] == []
    assert len(found) > 300
    before, _, written = PAGE.read_text(encoding="utf-8").partition(report["START"])
    assert f"onnx {report['VERSION']} " in before
    if onnx.__version__.startswith(f"{report['VERSION']}."):  # others have other cases
        assert written.partition(report["END"])[0] == report["table"](found)


def in_doubles(report, made):
    """Let a model compute in float64, in which slopes can be measured."""
    doubles = onnx.ModelProto()
    doubles.CopyFrom(made)
    for described in [*doubles.graph.input, *doubles.graph.output]:
        if report["is_float"](described):
            described.type.tensor_type.elem_type = TensorProto.DOUBLE
    return ReferenceEvaluator(doubles)


def by_places(arrays):
    """Name the scalars of several arrays."""
    return {n: x for name, array in arrays.items() for n, x in by_place(name, array).items()}


def slopes(report, case, rng):
    """Give the slope of what a case computes in some direction: ours, and that of ONNX's own."""
    graph = case.model.graph
    given = zip(graph.input, map(np.asarray, case.data_sets[0][0]), strict=True)
    inputs = {described.name: array for described, array in given}
    floats = {i.name: inputs[i.name] for i in graph.input if report["is_float"](i)}
    constants = {name: x for name, x in inputs.items() if name not in floats}
    points = {name: x + 1e-3 * (1 + rng.random(x.shape)) for name, x in floats.items()}  # no kinks
    ways = {name: rng.normal(size=x.shape) for name, x in floats.items()}
    net = rg.from_onnx(case.model, constants=constants)
    net.feed_forward(by_places(points))
    seeds = {name: rng.normal() for name in net.outputs}
    gradient = net.backpropagate(seeds) if seeds else {}  # a tensor may have no numbers
    ours = sum(gradient.get(name, 0) * d for name, d in by_places(ways).items())
    step = 1e-3 if {"Erf", "Gelu"} & {n.op_type for n in graph.node} else 1e-5  # erf is in float32
    evaluator, ends = in_doubles(report, case.model), []
    for h in (step, -step):
        moved = {name: x + h * ways[name] for name, x in points.items()}
        made = evaluator.run(None, {**constants, **moved})
        found = by_places(dict(zip((o.name for o in graph.output), made, strict=True)))
        ends.append(sum(seeds[name] * x for name, x in found.items()))
    return ours, (ends[0] - ends[1]) / (2 * step)


@pytest.mark.once
def test_slopes_of_the_node_tests(report):
    """For every operator, gradients are the slopes of ONNX's own reference, off the kinks."""
    rng, compared, wrong = np.random.default_rng(0), set(), []
    for case in report["made"]:
        operators = {node.op_type for node in case.model.graph.node}
        if len(operators) > 1 or "empty_set" in case.name or operators == {"Constant"}:
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            ours, theirs = slopes(report, case, rng)
        tolerance = 1e-3 if operators & {"Erf", "Gelu"} else 1e-5
        if ours != pytest.approx(theirs, rel=tolerance, abs=1e-7):
            wrong.append((case.name, ours, theirs))
        compared |= operators
    assert wrong == []
    assert compared == set(OPERATORS)


def test_every_operator_has_a_case():
    """No operator is supported that no case of the page's table checks."""
    if not PAGE.is_file():
        pytest.skip("an installed package carries no docs")
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in OPERATORS if f"\n| {name} | " not in page] == []


@pytest.mark.parametrize("call", [rg.from_onnx, lambda _: rg.to_onnx(rg.layered([1, 1]))])
def test_the_extra_is_named_where_it_is_missing(call, monkeypatch):
    """Without the package onnx, the error says how to get it."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(rg.MissingDependency, match=r"rojasgraph\[onnx\]"):
        call("net.onnx")


def test_old_models_are_refused():
    """Operators that broadcast by other rules are not taken for the present ones."""
    made = model([("Add", ["x", "x"], "y", {})], X, [("y", [2])], opset=6)
    with pytest.raises(rg.ArgumentError, match="opset 6"):
        rg.from_onnx(made)


def test_models_of_the_future_are_refused():
    """Operators of a version that nobody knows are not taken for the present ones."""
    made = model(
        [("Neg", ["x"], "y", {})], X, [("y", [2])], opset=onnx.defs.onnx_opset_version() + 1
    )
    with pytest.raises(rg.ArgumentError, match=r"opset \d+, .* knows up to \d+"):
        rg.from_onnx(made)


@pytest.mark.parametrize(("axis", "named"), [(4, "no axis 4"), (-4, "no axis -4")])
def test_softmax_along_an_axis_that_is_not_there(axis, named):
    """An axis beyond the last is refused in old models too."""
    for opset in (11, 20):
        node = ("Softmax", ["x"], "y", {"axis": axis})
        made = model([node], [("x", [2, 3, 2])], [("y", [2, 3, 2])], opset=opset)
        with pytest.raises(rg.ArgumentError, match=named):
            rg.from_onnx(made)


def test_softmax_of_old_models_of_nothing():
    """A tensor without numbers has a softmax without numbers."""
    made = model([("Softmax", ["x"], "y", {})], [("x", [0, 0])], [("y", [0, 0])], opset=11)
    assert len(rg.from_onnx(made)) == 0


@pytest.mark.parametrize("shape", [(-1, 3), (2.5, 3), ("a", 3), (True, 3)])
def test_shapes_that_are_none(shape):
    """A length is a whole number from 0 up."""
    made, _ = mlp(np.random.default_rng(0))
    with pytest.raises(rg.ArgumentError, match=r"input 'x'.*whole numbers from 0 up"):
        rg.from_onnx(made, shapes={"x": shape})


def test_constants_that_are_none():
    """What is passed for an input is numbers."""
    made, _ = mlp(np.random.default_rng(0))
    for wrong in ("a", [["a", "b", "c"]], None, [object()]):
        with pytest.raises(rg.ArgumentError, match="no numbers"):
            rg.from_onnx(made, constants={"x": wrong})


def test_softmax_of_old_models():
    """Before opset 13, softmax took all axes from one on together."""
    x = np.random.default_rng(0).normal(size=(2, 3, 2))
    made = model([("Softmax", ["x"], "y", {})], [("x", [2, 3, 2])], [("y", [2, 3, 2])], opset=11)
    expected = np.exp(x) / np.exp(x).sum(axis=(1, 2), keepdims=True)
    got = list(rg.from_onnx(made).feed_forward(by_place("x", x)).values())
    assert got == pytest.approx(expected.ravel().tolist())
