"""The shortest curve between two points, found by backpropagation.

A curve is cut into 20 pieces; its length, Σ √(Δx² + (uᵢ − uᵢ₋₁)²), is a graph whose parameters are
the heights uᵢ in between. What comes back to a height, over the pieces to its left and right, is
the discrete form of Euler's equation; training a network without inputs lowers the length until
the curve is straight. Then with a weight at each piece: light, which is slower behind, bends as
Snellius says.

Source: Rojas, Neural Networks (1996), section 7.4.3, variational problems.

    python shortest_curve.py
"""

import numpy as np

import rojasgraph as rg

PIECES = 20
width = 1 / PIECES


def curve(slowness: np.ndarray) -> rg.Network:
    """Build the time along a curve from height 0 to height 1; its heights start at random."""
    rng = np.random.default_rng(0)
    inner = [rg.parameter(f"u{i}", rng.uniform(0, 1)) for i in range(1, PIECES)]
    heights = [rg.constant(0.0), *inner, rg.constant(1.0)]
    pieces = [
        float(slow) * rg.sqrt(width**2 + (b - a) ** 2)
        for slow, a, b in zip(slowness, heights, heights[1:], strict=False)
    ]
    return rg.Network.from_expressions(rg.add(*pieces).named("time"))


def heights_of(net: rg.Network) -> np.ndarray:
    """Read the curve."""
    return np.array([0.0, *(net.nodes[name]["value"] for name in net.parameters), 1.0])


# --- Euler's equation at one height, from the labels ------------------------------------------

net = curve(np.ones(PIECES))
net.feed_forward()
gradient, u = net.backpropagate("time"), heights_of(net)
slope = np.diff(u) / width
steepness = slope / np.sqrt(1 + slope**2)  # ∂F/∂u′ for F = √(1 + u′²)
print(f"∂length/∂u7 = {gradient['u7']:.9f} on the graph,")
print(f"              {steepness[6] - steepness[7]:.9f} by the three backward routes")
assert np.isclose(gradient["u7"], steepness[6] - steepness[7], rtol=1e-12)

# --- straight ---------------------------------------------------------------------------------

history = rg.train(net, optimizer=rg.LBFGS(), epochs=50, progress=False)
print(f"\nlength {history.losses[0]:.4f} → {history.final:.9f}; straight: {np.sqrt(2):.9f}")
assert np.isclose(history.final, np.sqrt(2), rtol=1e-9)
assert np.allclose(heights_of(net), np.linspace(0, 1, PIECES + 1), atol=1e-4)

# --- bent, where it is slower -----------------------------------------------------------------

slowness = np.where(np.arange(PIECES) < PIECES // 2, 1.0, 1.5)
light = curve(slowness)
rg.train(light, optimizer=rg.Newton(), epochs=50, progress=False)
slope = np.diff(heights_of(light)) / width
sine = slope / np.sqrt(1 + slope**2)
before, behind = sine[PIECES // 2 - 1], sine[PIECES // 2]
print(f"sines of the angles: {before:.6f} and {behind:.6f}, ratio {before / behind:.6f}")
assert np.isclose(before / behind, 1.5, rtol=1e-5), "Snellius' law"
print("agrees: Euler's equation, the straight line, Snellius' law")
