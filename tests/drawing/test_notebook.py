"""In a real Jupyter kernel, a network shows itself as its picture."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

CELLS = [
    (
        "import rojasgraph as rg\n"
        "net = rg.Network.from_expressions(rg.parse('(y - w*x)**2').named('L'))\n"
        "_ = net.feed_forward(x=2.0, y=3.0, w=0.5), net.backpropagate()"
    ),
    "net",
    "rg.draw(net, 'circle')",
    "rg.frames(net)[3]",
]

# Its own process: a kernel's sockets outlive the client, and pytest would blame a test for them.
CLIENT = """
    import json, sys
    import nbformat
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    cells = [nbformat.v4.new_code_cell(source) for source in json.load(sys.stdin)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    manager = AsyncKernelManager()
    # This very Python, whatever kernels the machine has installed.
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=command, display_name="python", language="python")
    NotebookClient(notebook, km=manager, timeout=120).execute()
    json.dump([cell.outputs[0].data if cell.outputs else None for cell in cells], sys.stdout)
"""


@pytest.fixture(scope="module")
def shown():
    """Run a notebook and give what each cell shows."""
    client = [sys.executable, "-c", textwrap.dedent(CLIENT)]
    done = subprocess.run(
        client, input=json.dumps(CELLS), capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("cell", [1, 2, 3])
def test_picture(shown, cell):
    """A network, a diagram and a step of a walk show themselves as pictures."""
    assert shown[cell]["image/svg+xml"].startswith("<svg")


def test_the_labels_are_in_the_picture(shown):
    """The picture of a network shows its labels."""
    assert "← −8" in shown[1]["image/svg+xml"]
    assert shown[1]["text/plain"].startswith("<")
