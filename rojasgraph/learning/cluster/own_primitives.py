"""Primitives of the user's own, which a worker knows once it has imported their modules.

A network names its primitives, and carries no code. So the modules that declare them are named
beside it, and imported on the worker.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from rojasgraph.contract import SOURCES
from rojasgraph.errors import UnknownPrimitive
from rojasgraph.network import Network
from rojasgraph.table import TABLE

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Shipped:
    """A network on its way to a worker.

    Attributes:
        net: the network.
        modules: by the name of each primitive that is not the package's own, its module.
    """

    net: Network
    modules: Mapping[str, str]

    def unpacked(self) -> Network:
        """Give the network, on a worker, where its primitives are known by then.

        Raises:
            UnknownPrimitive: a module cannot be imported, or does not declare its primitive.
        """
        for op, module in self.modules.items():
            if op in TABLE:
                continue
            try:
                importlib.import_module(module)
            except ImportError as error:
                fault = f"its module {module!r} cannot be imported there ({error})"
                raise _unknown(op, fault, module) from None
            if op not in TABLE:
                raise _unknown(op, f"importing its module {module!r} does not declare it", module)
        return self.net


def shipped(net: Network) -> Shipped:
    """Pack a network for workers.

    Raises:
        UnknownPrimitive: a primitive is declared where no worker can import it from.
    """
    modules: dict[str, str] = {}
    named = (op for node in net.nodes.values() if isinstance(op := node.get("op"), str))
    for op in dict.fromkeys(named):
        row = None if op in SOURCES else TABLE.get(op)
        module = getattr(getattr(row, "function", None), "__module__", None) or "__main__"
        if row is None or module.partition(".")[0] == _PACKAGE:
            continue  # what no table has is told where the network is compiled
        if module == "__main__":
            message = (
                f"the primitive {op!r} is declared in the script or notebook itself, from which "
                "workers cannot import it: declare it in a module"
            )
            raise UnknownPrimitive(message)
        modules[op] = module
    return Shipped(net, modules)


def _unknown(op: str, fault: str, module: str) -> UnknownPrimitive:
    file = module.partition(".")[0] + ".py"
    message = (
        f"a worker does not know the primitive {op!r}: {fault}; install the module on the "
        f"workers, or send it to them: client.upload_file({file!r})"
    )
    return UnknownPrimitive(message)
