"""Training and populations past one machine: the same weights, whoever computes or dies."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import sys
import textwrap
import threading
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rojasgraph as rg

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
da = pytest.importorskip("dask.array")

LOST = pytest.mark.promise(
    "nothing lost", "A worker that is lost in the midst of training changes nothing but the time."
)
TOLD = pytest.mark.promise(
    "nothing wrong in silence",
    "A cluster that fails for good is told by ClusterFailure; the network has the last weights.",
)
RNG = np.random.default_rng(5)
X = RNG.normal(size=(200, 3))
Y = np.tanh(X @ [1.0, -2.0, 0.5])
CHUNKS = (40, 0, 100, 1, 59)


@pytest.fixture(scope="module")
def cluster(own_cache):
    """Start two workers, each a process of its own.

    Some seconds after a worker was lost, a cluster looks whether it is back, and else gives its
    place up for good. A test that has just killed it once more must not be taken for that.
    """
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0",
            memory_limit=0, silence_logs=50,
        ) as started,
    ):  # fmt: skip
        yield started


@pytest.fixture(scope="module")
def client(cluster):
    """Be the client of the two."""
    with distributed.Client(cluster) as connected:
        yield connected


@pytest.fixture(scope="module")
def lone(client):
    """Be the client of one worker, in this process, beside the client that is Dask's default."""
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0",
            memory_limit=0,
        ) as started,
        distributed.Client(started, set_as_default=False) as connected,
    ):  # fmt: skip
        yield connected


def network(seed=1):
    """Make a network to train."""
    return rg.layered([3, 4, 1], "tanh", rng=seed)


def weights_of(net):
    """List all weights of a network's edges."""
    return np.array([weight for *_, weight in net.edges(data="weight")])


def spread(inputs=X, targets=Y, chunks=(CHUNKS,)):
    """Cut examples into partitions."""
    rows = chunks[0] if isinstance(chunks, tuple) else chunks
    return {
        "inputs": da.from_array(inputs, chunks=(rows, -1)),
        "targets": da.from_array(targets, chunks=(rows, *[-1] * (targets.ndim - 1))),
    }


def trained(net=None, **options):
    """Train in silence; give history and weights."""
    net = network() if net is None else net
    options = {"optimizer": rg.Adam(0.02), "epochs": 3, "seed": 2, "progress": False} | options
    history = rg.train(net, **options)
    return history, weights_of(net)


class Disturbing:
    """An optimizer before whose nth question to the surface something happens."""

    def __init__(self, question, happens):
        """Choose the question."""
        self.question, self.happens = question, happens
        self.asked = itertools.count(1)

    def __repr__(self):
        """Be called as the optimizer that it is."""
        return repr(rg.Adam(0.02))

    def descend(self, surface, weights, memory=None):
        """Walk as Adam does."""

        def watched(at):
            if next(self.asked) == self.question:
                self.happens()
            return surface(at)

        yield from rg.Adam(0.02).descend(watched, weights, memory)


@LOST
def test_a_killed_worker_changes_nothing(client, cluster):
    """Killed in the middle of an epoch: the weights are those of an undisturbed run, to the bit."""
    data = spread()
    quiet, wanted = trained(cluster=client, batch=50, **data)
    before = set(cluster.scheduler.workers)

    def kill():
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

    disturbed, found = trained(cluster=client, batch=50, optimizer=Disturbing(6, kill), **data)
    client.wait_for_workers(2, timeout=60)
    assert set(cluster.scheduler.workers) != before
    assert disturbed.losses == quiet.losses
    assert disturbed.final == quiet.final
    assert np.array_equal(found, wanted)
    assert found == pytest.approx(trained(inputs=X, targets=Y, batch=50)[1], abs=1e-10)


@TOLD
def test_a_client_that_is_closed(lone):
    """In the midst of training: the network has the weights of the last step; before: refused."""
    data = spread()
    with distributed.Client(lone.scheduler.address, set_as_default=False) as connected:
        net = network()
        with pytest.raises(rg.ClusterFailure, match="connection to the cluster is closed"):
            trained(net, cluster=connected, optimizer=Disturbing(3, connected.close), **data)
        assert np.array_equal(weights_of(net), trained(cluster=lone, epochs=2, **data)[1])
        with pytest.raises(rg.ArgumentError, match="a client that is closed"):
            trained(cluster=connected, **data)


@pytest.mark.promise(
    "nothing lost",
    "Ctrl-C in training leaves weights, history and checkpoint that belong together, and training "
    "goes on from them to the same bits.",
)
@pytest.mark.parametrize("moment", [0.0, 0.002, 0.005])
def test_ctrl_c(lone, moment, tmp_path, capfd):
    """It ends in peace and silence, nothing is left on the cluster, and training can go on."""
    data, options = spread(), {"cluster": lone, "batch": 50}
    before = set(lone.run_on_scheduler(keys))
    quiet, wanted = trained(**options, **data)

    def press():
        threading.Timer(moment, os.kill, (os.getpid(), signal.SIGINT)).start()

    file = tmp_path / "run.npz"
    net = network()
    history, _ = trained(net, optimizer=Disturbing(6, press), checkpoint=file, **options, **data)
    assert history.stopped == "interrupted"
    assert history.losses == quiet.losses[: history.epochs]
    gc.collect()
    await_keys(lone, before)
    again, found = trained(checkpoint=file, **options, **data)
    assert again.losses == quiet.losses
    assert np.array_equal(found, wanted)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_the_number_of_workers_changes_no_bit(client, lone, engine):
    """Two processes, or one worker."""
    data = spread()
    one, two = (trained(cluster=each, engine=engine, **data) for each in (lone, client))
    assert one[0].losses == two[0].losses
    assert np.array_equal(one[1], two[1])


@given(st.data())
@settings(max_examples=5)
def test_it_is_what_one_machine_computes(client, data):
    """Whatever the partition, the batch, the reduction and the network: to the order of sums."""
    cuts = sorted(data.draw(st.lists(st.integers(0, 200), max_size=6)))
    chunks = tuple(np.diff([0, *cuts, 200]).tolist())
    options = {
        "batch": data.draw(st.none() | st.integers(60, 250)),
        "reduction": data.draw(st.sampled_from(["sum", "mean"])),
        "shuffle": data.draw(st.booleans()),
        "loss": data.draw(st.sampled_from(["half_squared", "huber"])),
        "epochs": 2,
    }
    seed = data.draw(st.integers(0, 99))
    targets = np.stack([Y, np.sin(Y)], axis=1)
    one, two = (
        rg.randomly_wired("ws", 8, inputs=3, outputs=2, reach=3, rng=seed) for _ in range(2)
    )
    here, wanted = trained(one, inputs=X, targets=targets, validation=(X, targets), **options)
    others = spread(targets=targets, chunks=70)
    there, found = trained(
        two, cluster=client, validation=(others["inputs"], others["targets"]),
        **spread(targets=targets, chunks=(chunks,)), **options,
    )  # fmt: skip
    assert found == pytest.approx(wanted, abs=1e-10)
    for name in ("losses", "validation", "final"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-10)
    assert there.passes == here.passes


def halves():
    """Cut the examples in two."""
    return [(X[:90], Y[:90]), (X[90:], Y[90:])]


FORMS = {
    "mapping of arrays": lambda client: (
        {f"x{i}": da.from_array(X[:, i - 1], chunks=((90, 110),)) for i in (1, 2, 3)}
        | {"t": da.from_array(Y, chunks=64)},
        None,
    ),
    "cut columns": lambda client: (
        da.from_array(X, chunks=((90, 110), 1)),
        da.from_array(Y[:, None], chunks=30),
    ),
    "unknown sizes": lambda client: (
        da.from_array(X, chunks=((90, 110), -1))[
            everywhere := da.ones(200, chunks=((90, 110),)) > 0
        ],
        da.from_array(Y, chunks=((90, 110),))[everywhere],
    ),
    "delayed pairs": lambda client: ([dask.delayed(tuple)(half) for half in halves()], None),
    "delayed mappings": lambda client: (
        [dask.delayed(by_name)(*half) for half in halves()],
        None,
    ),
    "futures": lambda client: (
        client.scatter([x for x, _ in halves()]),
        client.scatter([y for _, y in halves()]),
    ),
}


def by_name(x, t):
    """Name the columns of a partition."""
    return {"x1": x[:, 0], "x2": x[:, 1], "x3": x[:, 2], "t": t}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_data(client, form):
    """The same partitions in any form train to the same bits."""
    inputs, targets = FORMS[form](client)
    options = {"cluster": client, "epochs": 1, "loss": "half_squared"}
    _, wanted = trained(**options, **spread(chunks=((90, 110),)))
    _, found = trained(**options, inputs=inputs, targets=targets)
    assert np.array_equal(found, wanted)


def test_names_that_are_tuples(client):
    """An unfolded network's inputs are called by tuples, as Dask's own tasks are."""
    steps, sums = X[:, :3, None], np.cumsum(X, axis=1)
    made = [rg.unfold(rg.elman(1, 2, 1, rng=0), steps=3) for _ in range(2)]
    options = {"optimizer": rg.GradientDescent(0.001), "epochs": 2, "progress": False}
    here = rg.train(made[0], inputs=steps, targets=sums, **options)
    there = rg.train(
        made[1], cluster=client, inputs=da.from_array(steps, chunks=(80, -1, -1)),
        targets=da.from_array(sums, chunks=(50, -1)), **options,
    )  # fmt: skip
    assert there.losses == pytest.approx(here.losses, rel=1e-10)


def test_checkpoints(client, tmp_path):
    """A run that goes on from its file comes to the same bits; other partitions are refused."""
    options = {"cluster": client, "batch": 100, "checkpoint": tmp_path / "run.npz"}
    trained(epochs=2, **options, **spread())
    _, found = trained(epochs=4, **options, **spread())
    _, wanted = trained(epochs=4, **options | {"checkpoint": None}, **spread())
    assert np.array_equal(found, wanted)
    with pytest.raises(rg.ArgumentError, match="another training, with another data"):
        trained(epochs=5, **options, **spread(chunks=50))


def keys(dask_scheduler):
    """List the tasks that the scheduler knows."""
    return list(dask_scheduler.tasks)


def await_keys(client, wanted):
    """Wait until the scheduler knows no other tasks than these."""
    for _ in range(100):
        left = set(client.run_on_scheduler(keys)) - wanted
        if not left:
            break
        time.sleep(0.05)
    assert left == set()


def test_tasks_have_names(client, cluster):
    """What Dask's dashboard shows are our words, and nothing stays behind."""
    before = set(client.run_on_scheduler(keys))
    trained(cluster=client, epochs=1, validation=tuple(spread().values()), **spread(chunks=10))
    seen = set(cluster.scheduler.task_prefixes)
    words = {"network", "prepare", "measure_prepare", "prepare_validation", "weights", "gradient"}
    assert seen >= words | {"add_gradient", "error", "add_error"}
    await_keys(client, before)


def test_divergence_is_told(client):
    """The message names the node and the partition; the network has the weights before."""
    net = rg.Network.from_expressions(rg.log(rg.inputs("x") * rg.parameter("w", 1.0)).named("y"))
    bad = X[:, :1].copy() ** 2
    bad[150] = -1.0
    with pytest.raises(rg.Diverged, match=r"epoch 1: partition 4: node 'y': .* \(example 9\)"):
        trained(net, cluster=client, **spread(inputs=bad))
    assert net.nodes["w"]["value"] == 1.0


REFUSED = {
    "plain arrays": (lambda: {"inputs": X, "targets": Y}, "inputs is a ndarray: on a cluster"),
    "no data": (dict, "inputs is a NoneType: on a cluster"),
    "plain parts": (lambda: {"inputs": [X], "targets": [Y]}, "has a ndarray in its list"),
    "lengths": (lambda: spread(targets=Y[:-1], chunks=50), "targets has 199"),
    "partitions": (
        lambda: {"inputs": da.from_array(X, chunks=(50, -1)), "targets": [dask.delayed(Y)]},
        "4 partitions and targets in 1",
    ),
    "columns": (
        lambda: spread(inputs=X[:, :2]),
        r"partition \d: inputs .* got the shape \(\d+, 2\)",
    ),
    "nan": (lambda: spread(targets=np.where(Y[150] == Y, np.nan, Y)), "partition 4: 't' is nan in"),
    "unknown sizes": (
        lambda: {
            "inputs": da.from_array(X, chunks=(50, -1)),
            "targets": (a := da.from_array(Y, chunks=100))[a > -9],
        },
        "compute_chunk_sizes",
    ),
    "batch": (lambda: {"batch": 0, **spread()}, "batch must be None"),
    "empty": (lambda: spread(inputs=X[:0], targets=Y[:0], chunks=1), "no example in the data"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_data_that_does_not_fit(client, case):
    """It is refused with the place, here or on the worker that has it."""
    given, message = REFUSED[case]
    net = network()
    with pytest.raises(rg.ArgumentError, match=message):
        trained(net, cluster=client, **given())
    assert np.array_equal(weights_of(net), weights_of(network()))


def test_what_is_no_client(cluster):
    """A cluster itself is none."""
    with pytest.raises(rg.ArgumentError, match="got a LocalCluster"):
        trained(cluster=cluster, **spread())
    with pytest.raises(rg.ArgumentError, match="got a str"):
        rg.map_networks(len, [], cluster="localhost:8786")


@pytest.mark.parametrize("module", ["distributed", "dask.array"])
def test_without_dask(client, monkeypatch, module):
    """The error names the extra."""
    data = spread()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(rg.MissingDependency, match=r"pip install 'rojasgraph\[cluster\]'"):
        trained(cluster=client, **data)


@TOLD
def test_lost_data_is_told(client):
    """What was scattered is gone with its worker."""
    (worker, pid), *_ = client.run(os.getpid).items()
    parts = client.scatter(halves(), workers=[worker])
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(rg.ClusterFailure, match="cannot make again"):
        trained(cluster=client, inputs=parts)
    client.wait_for_workers(2, timeout=60)


@TOLD
def test_a_deadly_task_is_told(client, cluster, monkeypatch):
    """A partition that brings down whoever reads it ends training; weights stay as they were."""
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    net = network()
    with pytest.raises(rg.ClusterFailure, match="smaller chunks"):
        trained(net, cluster=client, inputs=[dask.delayed(os._exit)(1)])
    assert np.array_equal(weights_of(net), weights_of(network()))
    client.wait_for_workers(2, timeout=60)


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """Write a module with a primitive, and import it here."""
    name = "module_of_my_own"
    file = tmp_path / f"{name}.py"
    file.write_text(
        textwrap.dedent("""
        import rojasgraph as rg

        bend = rg.primitive(
            "bend", lambda xp, a: a * a / 2 + a, lambda xp, y, a: (a + 1,), latex="bend"
        )
    """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield file
    sys.modules.pop(name, None)
    rg.table.TABLE.pop("bend", None)


def test_a_primitive_of_the_users_own(client, own_module):
    """A worker imports its module, or says that it cannot."""
    __import__(own_module.stem)

    def made():
        return rg.layered([3, 2, 1], "bend", rng=3)

    with pytest.raises(rg.UnknownPrimitive, match=r"upload_file.'module_of_my_own\.py'"):
        trained(made(), cluster=client, **spread())
    client.upload_file(str(own_module), load=False)
    options = {"optimizer": rg.GradientDescent(1e-4)}
    _, found = trained(made(), cluster=client, **options, **spread())
    _, wanted = trained(made(), inputs=X, targets=Y, **options)
    assert found == pytest.approx(wanted, abs=1e-10)
    values = rg.map_networks(value_at_ones, [made()] * 2, cluster=client)
    assert values == [value_at_ones(made(), 0)] * 2


def value_at_ones(net, seed):
    """Give what a network makes of ones."""
    return net.feed_forward(dict.fromkeys(net.inputs, 1.0))["y1"]


def test_a_primitive_of_the_script_itself(client, monkeypatch):
    """Workers cannot import a script."""
    row = rg.table.TABLE["tanh"]
    monkeypatch.setattr(row.function, "__module__", "__main__")
    with pytest.raises(rg.UnknownPrimitive, match="declare it in a module"):
        trained(cluster=client, **spread())


def searched(net, seed):
    """Train a network of a population from its own seed."""
    rng = np.random.default_rng(seed)
    for edge in net.edges.values():
        edge["weight"] = rng.normal()
    history, weights = trained(net, inputs=X, targets=Y, seed=seed, batch=100)
    return net, history.final, weights


def grown(net, seed):
    """Change the copy: one unit more."""
    net.add_unit("more", "tanh")
    net.add_edge("x1", "more")
    return net.number_of_edges()


def test_populations(client, lone):
    """Two workers, one or none: the same bits, in the order of the networks."""
    population = [rg.layered([3, hidden, 1], "tanh", rng=0) for hidden in (3, 1, 2)]
    before = [weights_of(net) for net in population]
    here, one, two = (
        rg.map_networks(searched, population, cluster=each, seed=8) for each in (None, lone, client)
    )
    assert [error for _, error, _ in here] == [error for _, error, _ in one]
    assert [error for _, error, _ in here] == [error for _, error, _ in two]
    assert len({error for _, error, _ in here}) == 3
    for kept, net, *found in zip(before, population, here, one, two, strict=True):
        assert np.array_equal(kept, weights_of(net))
        assert all(np.array_equal(weights_of(other), found[0][2]) for other, *_ in found)
    assert rg.map_networks(searched, [], cluster=client) == []
    for each in (None, lone, client):
        assert rg.map_networks(grown, population[:1] * 3, cluster=each) == [17, 17, 17]
    other = rg.map_networks(searched, population[:1], seed=9)
    assert other[0][1] != here[0][1]


def failing(net, seed):
    """Fail for the second."""
    if net.number_of_edges() > 5:
        message = "too many edges"
        raise ValueError(message)


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_population_with_a_failure(client, where):
    """The error is the function's own, says for which network, and keeps nothing at work."""
    population = [rg.layered([2, hidden, 1], rng=0) for hidden in (1, 2)]
    before = set(client.run_on_scheduler(keys))
    with pytest.raises(ValueError, match="too many edges") as caught:
        rg.map_networks(failing, population, cluster=client if where == "there" else None)
    assert caught.value.__notes__[0].startswith("This was networks[1], with the seed ")
    await_keys(client, before)


def test_what_is_no_network():
    """It is refused, and named."""
    with pytest.raises(rg.ArgumentError, match=r"networks\[1\] is a DiGraph"):
        rg.map_networks(len, [network(), nx.DiGraph()])
