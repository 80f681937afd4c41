"""Tripods: the terms that a second derivative is the sum of."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import rojasgraph as rg
from tests.effort import tries
from tests.strategies import everything, networks


@tries(150)
@given(networks(max_units=5), st.data())
def test_tripods_add_up_to_the_entry(drawn, data):
    """In Fractions: as many as are counted, none twice, their products the entry of the Hessian."""
    net, fed = drawn
    net.feed_forward(fed)
    output, wrt = data.draw(st.sampled_from(net.outputs)), everything(net)
    first, second = (data.draw(st.sampled_from(wrt)) for _ in range(2))
    count = rg.count_tripods(net, first, second, output)
    assume(count < 1000)
    found = list(rg.tripods(net, first, second, output))
    assert len(found) == count
    entry = rg.hessian(net, output, wrt=wrt)[first, second]
    assert sum(tripod.product for tripod in found) == entry
    for tripod in found:
        _hangs_together(tripod, (first, second), output)


def _hangs_together(tripod, ends, output):
    """Check that legs lead from the ends to the node, and the stem from there to the output."""
    head = tripod.node
    for leg, end in zip(tripod.legs, ends, strict=True):
        assert end in {leg[0], leg[0][0]}
        for one, other in itertools.pairwise(leg):
            assert one[1] == other[0]
        assert leg[-1][1] == head or head[1] == leg[-1][1]
    path = [edge[1] for edge in tripod.stem]
    assert not path or path[-1] == output
    assert set(tripod.edges) == {*tripod.legs[0], *tripod.legs[1], *tripod.stem}


def test_the_tripods_of_a_neuron():
    """E = ½(σ(w·x + b) − t)²: by w and b legs meet at σ and the error; by w and x also in ×."""
    x, t, w, b = rg.inputs("x t w b")
    o = rg.sigmoid(((w * x).named("p") + b).named("z")).named("o")
    net = rg.Network.from_expressions(rg.half_squared(o, t).named("E"))
    net.feed_forward(x=2.0, t=1.0, w=0.5, b=-0.25)
    assert [tripod.node for tripod in rg.tripods(net, "w", "b")] == ["o", "E"]
    assert [tripod.node for tripod in rg.tripods(net, "w", "x")] == ["p", "o", "E"]
    meet = next(rg.tripods(net, "w", "x"))
    assert str(meet) == "w → p and x → p meet at p → z → o → E"
    assert meet.curvature == 1.0
    assert meet.edges == (("w", "p", 0), ("x", "p", 0), ("p", "z", 0), ("z", "o", 0), ("o", "E", 0))


def test_a_weight_meets_what_its_edge_carries():
    """By a weight and an input before it, the legs meet on the edge."""
    net = rg.Network()
    net.add_input("x")
    net.add_parameter("s", 3.0)
    net.add_unit("h", "sin")
    net.add_unit("o", "identity")
    net.add_edge("x", "h", parameter="s")
    net.add_edge("h", "o", weight=2.0)
    net.feed_forward(x=0.0)
    (first,) = [t for t in rg.tripods(net, "s", "x") if t.node == ("x", "h", 0)]
    assert first.legs == ((("s", "h", ("x", 0)),), (("x", "h", 0),))
    assert (first.stem, first.product) == ((("h", "o", 0),), 2.0)
    assert str(first) == "s → h and x → h meet on the edge x → h, then → o"
    (own,) = rg.tripods(net, ("h", "o", 0), "x")
    assert own.node == ("h", "o", 0)
    assert own.ends == (("h", "o", 0), "x")
    assert str(own) == "the weight of h → o and x → h → o meet on the edge h → o"
    assert own.edges == (("h", "o", 0), ("x", "h", 0))


def test_tripods_are_lazy():
    """Of very many the first come at once."""
    node = rg.inputs("x")
    for _ in range(60):
        node = node * node
    net = rg.Network.from_expressions(node)
    net.feed_forward(x=1.0)
    assert rg.count_tripods(net, "x", "x") > 2**60
    found = rg.tripods(net, "x", "x")
    assert [next(found).product for _ in range(3)] == [1.0] * 3


def test_a_tripod_is_drawn():
    """It is picked out of the picture like a path: its edges, and no others."""
    net = rg.trace(lambda x, y, z: {"v": np_free(x, y, z)})
    net.feed_forward(x=1.0, y=2.0, z=3.0)
    tripod = next(rg.tripods(net, "x", "y"))
    assert rg.draw(net, highlight=tripod).source == rg.draw(net, highlight=tripod.edges).source
    assert rg.draw(net, highlight=tripod).source != rg.draw(net).source


def np_free(x, y, z):
    """Give a product inside a sum."""
    return rg.exp(x * y) + z


def test_no_tripods():
    """Where nothing bends there is none; a name that is none is refused."""
    net = rg.trace(lambda x, y: x + 2 * y)
    net.feed_forward(x=1.0, y=2.0)
    assert rg.count_tripods(net, "x", "y") == 0
    assert list(rg.tripods(net, "x", "y")) == []
    with pytest.raises(rg.ArgumentError, match="'z', which is no node"):
        rg.tripods(net, "x", "z")
