"""ONNX models that claim much or lack something are refused, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

import rojasgraph as rg
from tests.fuzzing.readers import CORPUS, READERS
from tests.hostile.strangers import MODELS

REASONS = {
    "an output that nobody gives": "no valid ONNX model",
    "a division by zero": r"node 0 \(Celu\) cannot be computed: .*zero",
    "an endless axis": r"node 0 \(ReduceSum\) cannot be computed: .*infinity",
    "a negative length": "lengths are whole numbers from 0 up",
    "an axis too many": "99 axes; there are at most 64",
    "an index left out": "left out|no valid ONNX model",
    "a shape left out": "left out|no valid ONNX model",
    "numbers in another file": "another file|no valid ONNX model",
}


@pytest.mark.parametrize("what", MODELS)
@pytest.mark.promise(
    "within bounds", "A model is refused before it becomes more scalars than it may."
)
def test_models_that_claim_much_are_refused(what, tmp_path):
    """The message says what is claimed; nothing of that size is made."""
    file = tmp_path / "model.onnx"
    file.write_bytes(MODELS[what]())
    with pytest.raises(rg.GraphError, match=REASONS.get(what, "more than 1000000 scalars")):
        rg.from_onnx(file)


def test_the_shape_of_an_input_is_known():
    """`Shape` of what is fed is a constant, whole or in part."""
    graph = helper.make_graph(
        [
            helper.make_node("Shape", ["x"], ["s"], start=1),
            helper.make_node("Expand", ["w", "s"], ["y"]),
        ],
        "shapes",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])],
        [helper.make_tensor("w", TensorProto.FLOAT, [1], [0.5])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    values = rg.from_onnx(made).feed_forward({("x", *p): 1.0 for p in np.ndindex(2, 3)})
    assert values == {("y", i): 0.5 for i in range(3)}


def test_models_of_the_corpus_are_read():
    """What the fuzzing starts from are sound models."""
    for name in ("layer", "shapes", "folded"):
        assert READERS["onnx"].ends_well((CORPUS / "onnx" / name).read_bytes())
