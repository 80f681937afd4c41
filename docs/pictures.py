"""Draw the pictures of the page drawing.md and of the README into this folder.

python docs/pictures.py
"""

from pathlib import Path

import rojasgraph as rg

HERE = Path(__file__).parent


def neuron() -> rg.Network:
    """Label one neuron with its error."""
    x, t = rg.inputs("x t")
    w, b = rg.parameter("w", 0.5), rg.parameter("b", 0.25)
    net = rg.Network.from_expressions(rg.half_squared(rg.tanh(w * x + b).named("o"), t).named("E"))
    net.feed_forward(x=2.0, t=1.0)
    net.backpropagate()
    return net


def line_fit() -> rg.Network:
    """Label the loss of a straight line at one point."""
    formula = "(y - (w*x + b))**2"
    net = rg.Network.from_expressions(rg.parse(formula))
    net.feed_forward(x=2, y=3, w=0.5, b=0.25)
    net.backpropagate()
    return net


def main() -> None:
    """Draw them all."""
    net = neuron()
    for style, options in (("table", {}), ("circle", {}), ("units", {"unit": "fused"})):
        print(rg.render(net, HERE / f"{style}.svg", style, **options).name)
    print(rg.render(line_fit(), HERE / "loss.svg", title="(y - (w*x + b))**2").name)


if __name__ == "__main__":
    main()
