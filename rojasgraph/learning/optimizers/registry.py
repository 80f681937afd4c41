"""The optimizers by name, as the command line has them."""

from __future__ import annotations

from difflib import get_close_matches

from rojasgraph.errors import ArgumentError
from rojasgraph.learning.optimizers.descent import Optimizer
from rojasgraph.learning.optimizers.library import LBFGS, ConjugateGradient
from rojasgraph.learning.optimizers.newton import Newton, PseudoNewton
from rojasgraph.learning.optimizers.own_rates import Adam, DeltaBarDelta, SilvaAlmeida
from rojasgraph.learning.optimizers.quickprop import Quickprop
from rojasgraph.learning.optimizers.resilient import QRprop, Rprop
from rojasgraph.learning.optimizers.steepest import (
    DynamicAdaption,
    GradientDescent,
    Momentum,
    Nesterov,
)

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "gradient_descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "dynamic_adaption": DynamicAdaption,
    "silva_almeida": SilvaAlmeida,
    "delta_bar_delta": DeltaBarDelta,
    "rprop": Rprop,
    "qrprop": QRprop,
    "quickprop": Quickprop,
    "adam": Adam,
    "newton": Newton,
    "pseudo_newton": PseudoNewton,
    "conjugate_gradient": ConjugateGradient,
    "lbfgs": LBFGS,
}


def optimizer_of(given: str | Optimizer) -> Optimizer:
    """Take an optimizer, or the name of one with its default settings.

    Raises:
        ArgumentError: there is none of this name, or it does not walk down a surface.

    >>> optimizer_of("rprop")
    Rprop(step=0.1, up=1.2, down=0.5, longest=50, shortest=1e-06)
    """
    if isinstance(given, str):
        if given in OPTIMIZERS:
            return OPTIMIZERS[given]()
        near = get_close_matches(given, OPTIMIZERS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = f"no optimizer is called {given!r}; {hint}there are: {', '.join(OPTIMIZERS)}"
        raise ArgumentError(message)
    if isinstance(given, type) or not callable(getattr(given, "descend", None)):
        message = (
            f"an optimizer is a name or an object with `descend`, like rg.Rprop(); got {given!r}"
        )
        raise ArgumentError(message)
    return given
