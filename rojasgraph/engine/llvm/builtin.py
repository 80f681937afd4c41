"""A compiled function as a builtin function of Python, which is called in some nanoseconds.

To call through ctypes takes about as long as both passes of a small network. So a kernel may come
with a second function in the form that CPython gives to methods without arguments: it takes a
`self` and something unused, and returns an object. Here `self` is a tuple: the address of a
context, None, and all that must live as long as the function.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, ClassVar

from llvmlite import ir  # type: ignore[import-untyped, unused-ignore]

from rojasgraph.engine.llvm.emission import WORD, Value

NEEDED = {"PyTuple_GetItem", "PyLong_AsVoidPtr", "Py_NewRef"}
"""The functions of Python that its code calls."""

_OBJECT = ir.IntType(8).as_pointer()
_NO_ARGUMENTS = 0x4
"""METH_NOARGS, a flag of CPython's methods."""


def builtin_name(name: str) -> str:
    """Give the name under which a module has the second form of a kernel."""
    return f"{name}_builtin"


def write_builtin(module: Value, kernel: Value) -> None:
    """Write the second form of a kernel into its module: a call of the first."""
    kind = ir.FunctionType(_OBJECT, [_OBJECT, _OBJECT])
    function = ir.Function(module, kind, builtin_name(kernel.name))
    b = ir.IRBuilder(function.append_basic_block("entry"))
    item = ir.Function(module, ir.FunctionType(_OBJECT, [_OBJECT, WORD]), "PyTuple_GetItem")
    address, owned = (
        ir.Function(module, ir.FunctionType(_OBJECT, [_OBJECT]), name)
        for name in ("PyLong_AsVoidPtr", "Py_NewRef")
    )
    own, nothing = (b.call(item, [function.args[0], ir.Constant(WORD, i)]) for i in (0, 1))
    context = b.call(address, [own])
    kernel.attributes.add("noinline")  # or it is compiled twice
    b.call(kernel, [b.bitcast(context, kernel.args[0].type)])
    b.ret(b.call(owned, [nothing]))


def python_address(name: str) -> int | None:
    """Find a function of Python itself; None where it is not there."""
    function = getattr(ctypes.pythonapi, name, None)
    return None if function is None else ctypes.cast(function, ctypes.c_void_p).value


class Method(ctypes.Structure):
    """CPython's PyMethodDef: how a builtin function is called."""

    _fields_: ClassVar = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]

    def __init__(self, name: str, address: int) -> None:
        """Describe a function without arguments."""
        super().__init__(name.encode(), address, _NO_ARGUMENTS, None)

    def bound(self, context: int, *kept: Any) -> Callable[[], None]:  # noqa: ANN401 - any owners
        """Give the function for one context; it holds what is to be kept, and this."""
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype = ctypes.py_object
        make.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p]
        found: Callable[[], None] = make(ctypes.addressof(self), (context, None, self, *kept), None)
        return found
