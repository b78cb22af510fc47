"""Agreement of two runs of one program: the same outputs, each to the last bit or within its error bars.

>>> import qvm
>>> text = ".space N = 9\\n.func main\\nfill q0, n\\nat s0, q0, 3\\nemit \\"x\\", s0\\nend"
>>> runs = [qvm.compile(text, level=level).run() for level in (0, 2)]
>>> disagreement(*runs, bitexact=True), disagreement(runs[0], qvm.compile(text.replace("3", "4")).run())
('', 'x: 3 became 4')
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from qvm.machine.result import Output, Result, Rows, Shape, State
from qwasm.ir.module import Module
from qwasm.scalar import Scalar

ROUNDING = {"real": 1e-10, "complex": 1e-10, "real32": 1e-4}  # of a result, relative to its size


def disagreement(before: Result, after: Result, *, bitexact: bool = False, field: str = "real") -> str:
    """The first output in which two runs differ, with both values; empty when they agree.

    Without `bitexact` two numbers agree when they differ by no more than both error bars and the rounding of
    the field, relative to the larger one.
    """
    if list(before.outputs) != list(after.outputs):
        return f"the outputs {', '.join(before.outputs)} became {', '.join(after.outputs)}"
    slack = 0.0 if bitexact else ROUNDING.get(field, 0.0)
    for name in before.outputs:
        old, new = (list(plain(result.outputs[name])) for result in (before, after))
        if len(old) != len(new):
            return f"{name}: {len(old)} values became {len(new)}"
        for (where, a), (where_, b) in zip(old, new):
            if where != where_ or not agrees(a, b, slack, bitexact):
                return f"{name}{f' at {where}' if where else ''}: {shown(a)} became {shown(b)}"
    return ""


def plain(output: Output) -> Iterator[tuple[str, Any]]:
    """The values of an output, each with where it stands."""
    if isinstance(output, Rows):
        for where, value in output.rows:
            yield from ((f"{where}", inner) for _, inner in plain(value))
    elif isinstance(output, State):
        yield output.picture, output.values
    elif isinstance(output, tuple):
        yield from ((str(index), scalar) for index, scalar in enumerate(output, start=1))
    else:
        yield "", output


def agrees(a: Any, b: Any, slack: float, bitexact: bool) -> bool:
    """Whether two values are the same number, text or shape, up to what is allowed."""
    if isinstance(a, (str, Shape)):
        return bool(a == b)
    error = 0.0
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        error = 0.0 if bitexact else a.error + b.error
        a, b = a.value, b.value
    left, right = np.asarray(a), np.asarray(b)
    if left.shape != right.shape:
        return False
    if bool(np.all(left == right)):
        return True
    if left.dtype == object or right.dtype == object or bitexact:
        return False
    size = float(np.max(np.abs(np.stack([left, right])), initial=1.0))
    return bool(np.all(np.abs(left - right) <= error + slack * size))


def shown(value: Any) -> str:
    """A value in a sentence."""
    from qwasm.scalar import number_text

    if isinstance(value, np.ndarray):
        return np.array2string(value, threshold=8)
    return number_text(value.value) if isinstance(value, Scalar) else str(value)


def run_module(module: Module, **options: Any) -> Result:
    """Lower and run a module as it is, with no pass, on the reference backend."""
    from qwasm_passes.lower import lower

    from qvm.api import Compiled
    from qwasm.limits import DEFAULT

    return Compiled(module, lower(module), (), "numpy", DEFAULT).run(**options)


__all__ = ["disagreement", "run_module"]
