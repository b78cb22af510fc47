"""Machine code: from the text of a module to functions that can be called, once a process and kept between them."""

from __future__ import annotations

import ctypes
import hashlib
import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from qvm_backends.llvm import dirichlet, grouped, largest, orders, store, sums, sweeps
from qvm_backends.llvm.numbers import Numbers, numbers

LEVEL = 2  # of code generation; no pass runs over the text
_lock = Lock()
P, I, D = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
ORDERS = (P, P, P, I, P, P, P, P, I, I, I)
GROUPS = (*[P] * 8, I, I, P, P, P, I)
FAN = (P, P, P, P, P, I, I, I, D)
KERNELS: dict[str, tuple[Callable[[Numbers], str], tuple[Any, ...]]] = {  # name -> text of its module, signature
    "sweep": (sweeps.sweep, (P, P, P, I, I, I, I, I, P, P, P, P, I, D, I, I, D, D)),
    "step": (sweeps.step, (P, P, P, P, P, I, I, I, I, I, P, P, P, P, P, I)),
    "weighted": (sweeps.weighted, (P, P, P, I, I, I, I, I, I, D)),
    "recurrence": (grouped.recurrence, (*[P] * 14, I, P, I, I, I, I, P, P, P, I)),
    "grouped_sweep": (grouped.grouped_sweep, GROUPS),
    "grouped_stream": (grouped.grouped_stream, GROUPS),
    "grouping": (orders.grouping, ORDERS),
    "ungrouping": (orders.ungrouping, ORDERS),
    "strides": (dirichlet.strides, (P, P, I, P, P, P, P, P, I, D)),
    "spread": (dirichlet.spread, FAN),
    "gather": (dirichlet.gather, FAN),
    "largest": (largest.largest, (P, P, P, P, P, P, P, I, I, I, D)),
    "sums": (sums.sums, (P, P, P, P, I, I)),
}
Function = Callable[..., None]


@cache
def generator() -> str:
    """The digest of the code that writes kernels: the text of a kernel is made only when it is compiled."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class Host:
    """The machine that code is made for: what LLVM calls its processor and features, or those that are given."""

    def __init__(self, cpu: str | None = None, features: str | None = None) -> None:
        llvm: Any = importlib.import_module("llvmlite.binding")

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.llvm = llvm
        self.cpu = llvm.get_host_cpu_name() if cpu is None else cpu
        self.features = llvm.get_host_cpu_features().flatten() if features is None else features
        triple = llvm.get_process_triple()
        self.fma = "+fma" in self.features.split(",") or "aarch64" in triple
        self.machine = llvm.Target.from_triple(triple).create_target_machine(
            cpu=self.cpu, features=self.features, opt=LEVEL, jit=True
        )
        self.told = (
            f"LLVM {'.'.join(map(str, llvm.llvm_version_info))}, {triple}, {self.cpu} with {self.features.count('+')} "
            f"features, level {LEVEL}, {'fused' if self.fma else 'separate'} multiply-add, kernels {generator()}"
        )
        self.key = "|".join(
            (str(llvm.llvm_version_info), triple, self.cpu, self.features, str(LEVEL), str(self.fma), generator())
        )


@cache
def host() -> Host:
    """This machine."""
    return Host()


@cache
def trouble() -> str:
    """Why no machine code can be made here, or nothing: then the reference does what the kernels would."""
    try:
        kernel("float64", "sweep")
    except Exception as error:  # LLVM knows many ways to fail on a processor that it does not know
        return f"{type(error).__name__}: {error}"
    return ""


_libraries: list[Any] = []  # keep the code alive
_kernels: dict[tuple[str, str], Function] = {}


def kernel(dtype: str, name: str) -> Function:
    """A kernel for a numpy dtype, compiled or taken from the store; a call gives the interpreter's lock up."""
    with _lock:
        if (dtype, name) not in _kernels:
            here, (text, types) = host(), KERNELS[name]
            code = store.fetch(f"{here.key}|{dtype}|{name}", lambda: compiled(here, text(numbers(dtype, here.fma))))
            _kernels[dtype, name] = ctypes.CFUNCTYPE(None, *types)(linked(here, dtype, name, code))
        return _kernels[dtype, name]


def compiled(here: Host, text: str) -> bytes:
    """The object code of a module."""
    parsed = here.llvm.parse_assembly(text)
    parsed.verify()
    return bytes(here.machine.emit_object(parsed))


def linked(here: Host, dtype: str, name: str, code: bytes) -> int:
    """The address of the function of an object."""
    jit = here.llvm.create_lljit_compiler(here.machine)
    builder = here.llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
    builder.export_symbol(name)
    library = builder.link(jit, f"qwasm-{dtype}-{name}")
    _libraries.extend((jit, library))
    return int(library[name])


__all__ = ["Function", "host", "kernel", "trouble"]
