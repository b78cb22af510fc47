"""The machine: runs QPU programs under limits and grants, and says what the results were made from."""

from qvm.machine.backend import Backend, Can, Kernels
from qvm.machine.grants import Grants
from qvm.machine.hooks import Hook, Step
from qvm.machine.result import Output, Result, Rows, Shape, State, plain
from qvm.machine.run import Machine

__all__ = [
    "Backend",
    "Can",
    "Grants",
    "Hook",
    "Kernels",
    "Machine",
    "Output",
    "Result",
    "Rows",
    "Shape",
    "State",
    "Step",
    "plain",
]
