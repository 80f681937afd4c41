"""Processes that are forked or begun anew go on with what they were given."""

import os
import subprocess
import sys

import pytest

FORK = pytest.mark.promise(
    "nothing wrong in silence", "A process that is forked after use goes on, and never hangs."
)

FORKING = """
import os, signal, sys, warnings
import numpy as np
import rojasgraph as rg
from rojasgraph.drawing.rendering import svg

warnings.simplefilter("error")
x, w = rg.inputs("x"), rg.parameter("w", 0.5)
h = x
for _ in range(20):
    h = rg.tanh(w * h) + x
net = rg.Network.from_expressions(h.named("y"))
made = rg.compile(net, engine="llvm", threads=2)
inputs = {"x": np.linspace(-1, 1, 10_000)}

def work():
    net.feed_forward(x=2.0)
    net.backpropagate()
    rg.parse("1 + x")
    other = rg.Network.from_expressions(rg.sin(rg.inputs("x")).named("y"))
    values, gradients = made.value_and_gradient(inputs)
    rg.compile(other, engine="llvm").feed_forward({"x": 1.0})
    return values.array.sum(), gradients["w"], net.nodes["x"]["adjoint"], svg(other)

right = work()
step = made.prepare(10_000, "y")
step.inputs[:] = inputs["x"][:, None]
step()
warnings.simplefilter("ignore")  # Python 3.12 warns of a fork where there are threads
child = os.fork()
if child == 0:
    signal.alarm(20)
    step()
    os._exit(0 if work() == right else 7)
_, status = os.waitpid(child, 0)
assert work() == right
sys.exit(os.waitstatus_to_exitcode(status))
"""


@FORK
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_after_use():
    """Labels, programs with threads, prepared passes, compiling and drawing, in the child."""
    pytest.importorskip("llvmlite")
    subprocess.run([sys.executable, "-c", FORKING], check=True, timeout=60)
