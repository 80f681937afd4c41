"""What Jacobians cost in multiplications, by the order in which the graph is eliminated.

Backpropagation from each output and forward accumulation from each source are two orders of one
elimination: vertices are taken out of the graph, each predecessor joined with each successor, until
only the Jacobian is left. Other orders cost less. The functions are written for numpy; called on
expressions, they build their graphs.

- Speelpenning: the product of n numbers.
- Helmholtz: the energy of a mixed fluid (Griewank 1989).
- Lighthouse: where the beam of a turning lamp meets a quay (Griewank and Walther 2008).
- Roe: the flux between two states of a gas, in one dimension (Roe 1981).

The Jacobian of the Roe flux is compared with the gradients of backpropagation and with the
derivative of the numpy function itself, by a step along the imaginary axis.

    python elimination_table.py [MOVES]

MOVES is how many moves the search tries for each function: 2000 unless told.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import rojasgraph as rg

Numbers = np.ndarray[Any, Any]
"""Numbers, or expressions in their place."""

ORDERS = ("forward", "reverse", "markowitz", "markowitz-last", "search")

# --- the functions, over numpy ------------------------------------------------------------------


def speelpenning(x: Numbers) -> Numbers:
    """Multiply n numbers."""
    return np.prod(x)


def helmholtz(x: Numbers) -> Numbers:
    """Give the energy of a mixed fluid, for fixed A, b and temperature."""
    n = len(x)
    b = np.arange(1, n + 1) / (4 * n)
    A = 1 / (1 + np.add.outer(np.arange(n), np.arange(n)))
    filled = b @ x
    ideal = np.sum(x * np.log(x / (1 - filled)))
    mixed = x @ (A @ x) / (np.sqrt(8) * filled)
    return ideal - mixed * np.log((1 + (1 + np.sqrt(2)) * filled) / (1 + (1 - np.sqrt(2)) * filled))


def lighthouse(x: Numbers) -> Numbers:
    """Give the point where the beam meets the quay y = γx: distance ν, slope γ, speed ω, time t."""
    nu, gamma, omega, t = x
    beam = np.tan(omega * t)
    along = nu * beam / (gamma - beam)
    return np.array([along, gamma * along])


GAMMA = 1.4


def roe_flux(x: Numbers) -> Numbers:
    """Give the flux between two states (ρ, ρu, E), left and right."""
    (density_l, u_l, pressure_l, enthalpy_l, flux_l) = gas(x[:3])
    (density_r, u_r, pressure_r, enthalpy_r, flux_r) = gas(x[3:])
    root_l, root_r = np.sqrt(density_l), np.sqrt(density_r)
    u = (root_l * u_l + root_r * u_r) / (root_l + root_r)
    enthalpy = (root_l * enthalpy_l + root_r * enthalpy_r) / (root_l + root_r)
    square = (GAMMA - 1) * (enthalpy - u**2 / 2)
    c, density = np.sqrt(square), root_l * root_r
    push, pressure = density * c * (u_r - u_l), pressure_r - pressure_l
    strengths = (
        (pressure - push) / (2 * square),
        density_r - density_l - pressure / square,
        (pressure + push) / (2 * square),
    )
    speeds = (u - c, u, u + c)
    waves = ((1, u - c, enthalpy - u * c), (1, u, u**2 / 2), (1, u + c, enthalpy + u * c))
    flux = (flux_l + flux_r) / 2
    for strength, speed, wave in zip(strengths, speeds, waves, strict=True):
        flux = flux - strength * magnitude(speed) / 2 * np.array(wave)
    return flux


def gas(state: Numbers) -> tuple[Numbers, ...]:
    """Give density, speed, pressure, enthalpy and flux of one state (ρ, ρu, E)."""
    density, momentum, energy = state
    u = momentum / density
    pressure = (GAMMA - 1) * (energy - momentum * u / 2)
    enthalpy = (energy + pressure) / density
    return (
        density,
        u,
        pressure,
        enthalpy,
        np.array([momentum, momentum * u + pressure, momentum * enthalpy]),
    )


def magnitude(speed: Numbers) -> Numbers:
    """Give |speed|, by the sign of the real part for a complex step."""
    return speed * np.sign(speed.real) if isinstance(speed, complex) else abs(speed)


FUNCTIONS: dict[str, tuple[Callable[[Numbers], Numbers], int]] = {
    "Speelpenning, 12": (speelpenning, 12),
    "Helmholtz, 5": (helmholtz, 5),
    "Lighthouse": (lighthouse, 4),
    "Roe flux": (roe_flux, 6),
}
"""The functions and how many inputs they have."""


def traced(name: str) -> rg.Network:
    """Build the graph of a function by calling it on expressions."""
    function, size = FUNCTIONS[name]
    x = np.array([rg.inputs(f"x{i + 1}") for i in range(size)], dtype=object)
    return rg.Network.from_expressions(function(x))


# --- the table ----------------------------------------------------------------------------------


def line(name: str, moves: int) -> str:
    """Count one function's multiplications in every order."""
    net = traced(name)
    costs = [rg.elimination_cost(net, order) for order in ORDERS[:-1]]
    costs.append(rg.elimination_cost(net, ORDERS[-1], moves=moves))
    counts = "".join(f"{cost.multiplications:>16}" for cost in costs)
    return f"{name:<18}{len(costs[0].order):>9}{counts}"


def compare() -> None:
    """Hold the Jacobian of the Roe flux against gradients and against complex steps."""
    net = traced("Roe flux")
    at = np.array([1.0, 0.75, 2.78125, 0.125, 0.25, 0.5])
    net.feed_forward(dict(zip(net.inputs, at, strict=True)))
    found = rg.jacobian(net, order="search", moves=500)
    gradients = [[net.backpropagate(y)[x] for x in found.wrt] for y in found.outputs]
    assert np.allclose(found.matrix, gradients, rtol=1e-12, atol=1e-12)
    steps = np.eye(6) * 1e-200j
    slopes = [np.imag(roe_flux(at + step)) / 1e-200 for step in steps]
    assert np.allclose(found.matrix, np.transpose(slopes), rtol=1e-12, atol=1e-12)
    print(f"\nThe Jacobian of the Roe flux, in {found.multiplications} multiplications:")
    print(np.array2string(found.matrix, precision=4, suppress_small=True))
    print("agrees with backpropagation and with complex steps")


if __name__ == "__main__":
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("MULTIPLICATIONS FOR THE JACOBIAN")
    print(f"{'':<18}{'vertices':>9}" + "".join(f"{order:>16}" for order in ORDERS))
    for name in FUNCTIONS:
        print(line(name, moves))
    compare()
