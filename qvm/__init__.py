"""QVM: the machine that runs QWASM programs, and their Python interface.

    >>> import qvm
    >>> program = qvm.compile('''
    ... .qwasm 1.0
    ... .space N = 100
    ... .func main
    ...     fill  q0, 1
    ...     reduce s0, q0, sum
    ...     emit  "entries", s0
    ... end
    ... ''')
    >>> program.run()["entries"].value
    100.0

Importing this package imports nothing heavy; numpy, scipy and the parser load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qwasm import __version__

if TYPE_CHECKING:
    from qvm.api import Compiled, compile, load_state, save_state
    from qvm.linear import QwasmLinearOperator, operator
    from qvm.machine.result import Result

__all__ = [
    "Compiled",
    "QwasmLinearOperator",
    "Result",
    "__version__",
    "compile",
    "load_state",
    "operator",
    "save_state",
]

_HOMES = {
    "Compiled": "qvm.api",
    "compile": "qvm.api",
    "QwasmLinearOperator": "qvm.linear",
    "operator": "qvm.linear",
    "Result": "qvm.machine.result",
    "load_state": "qvm.api",
    "save_state": "qvm.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home on first use (PEP 562), so that `import qvm` stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module 'qvm' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
