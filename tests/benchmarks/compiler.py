"""The compiler's bars, measured in one run with the peers that are installed (xDSL, Qiskit).

`python -m tests.benchmarks.compiler OUT.md` takes turns in shuffled rounds, writes the table of medians of processor
time, and fails when a bar is missed.  The peers do other work than ours: xDSL canonicalises and removes common
subexpressions of as many operations, Qiskit optimises (level 2) a circuit of as many gates.
"""

from __future__ import annotations

import importlib
import platform
import random
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from qwasm.algebra import words
from qwasm.collection import held_back
from qwasm.rules import RuleSet, read_pack
from tests.benchmarks.contest import medians, timed
from tests.benchmarks.rule_files import thousand
from tests.benchmarks.test_optimising import LENGTH, built, optimised, program
from tests.benchmarks.test_rewriting import LENGTH as CHAIN
from tests.benchmarks.test_rewriting import merged_additions, merged_letters

ROUNDS = 7
LETTERS, CHAINS = 12, 10_000
QUBITS = 8
HEAD = """# The compiler against its bars

Written by `make bench` ({rounds} rounds in shuffled order, medians of processor time) on {machine},
Python {python}, {peers}. The peers' work differs from ours: xDSL
{xdsl}, Qiskit {qiskit}.

| what | bar | measured | peers in the same run |
|---|---|---|---|
"""
Contestant = Callable[[], float]
seeds = count(100)


def normalised() -> Contestant:
    """Words of twelve letters become three integers."""
    draw = random.Random(1)
    letters = (words.A, words.B, words.P, words.Q)
    spellings: list[Any] = [[draw.choice(letters)(draw.randint(2, 30)) for _ in range(LETTERS)] for _ in range(CHAINS)]
    return timed(lambda: [words.chain(spelling) for spelling in spellings])


def loaded() -> Contestant:
    """A thousand rules read, proved and confirmed."""
    data = thousand().encode()

    def load() -> None:
        with held_back():
            rules = RuleSet.of([read_pack(data, "thousand.qwr")])
        assert all(row.verdict == "proved" for row in rules.standings)

    return timed(load)


def second_level() -> float:
    """-O2 of 10,000 instructions, new ones each time."""
    module = built(program(LENGTH, next(seeds)))
    with held_back():
        return timed(lambda: optimised(module))()


def xdsl_passes() -> float:
    """Canonicalisation and common subexpressions of 10,000 operations on integers."""
    arith: Any = importlib.import_module("xdsl.dialects.arith")
    builtin: Any = importlib.import_module("xdsl.dialects.builtin")
    context: Any = importlib.import_module("xdsl.context")
    canonicalize: Any = importlib.import_module("xdsl.transforms.canonicalize")
    cse: Any = importlib.import_module("xdsl.transforms.common_subexpression_elimination")
    draw = random.Random(next(seeds))
    ops: list[Any] = [arith.ConstantOp.from_int_and_width(k, 64) for k in range(8)]
    while len(ops) < LENGTH:
        a, b = (draw.choice(ops[-40:]) for _ in range(2))
        ops.append(draw.choice((arith.AddiOp, arith.MuliOp))(a.results[0], b.results[0]))
    module = builtin.ModuleOp(ops)
    known = context.Context()
    known.load_dialect(builtin.Builtin)
    known.load_dialect(arith.Arith)

    def run() -> None:
        canonicalize.CanonicalizePass().apply(known, module)
        cse.CommonSubexpressionElimination().apply(known, module)

    with held_back():
        return timed(run)()


def qiskit_passes() -> float:
    """Optimisation level 2 of a circuit of 10,000 gates."""
    qiskit: Any = importlib.import_module("qiskit")
    draw = random.Random(next(seeds))
    circuit = qiskit.QuantumCircuit(QUBITS)
    for _ in range(LENGTH):
        a, b = draw.sample(range(QUBITS), 2)
        match draw.randrange(4):
            case 0:
                circuit.h(a)
            case 1:
                circuit.rz(draw.random(), a)
            case 2:
                circuit.sx(a)
            case _:
                circuit.cx(a, b)
    return timed(lambda: qiskit.transpile(circuit, basis_gates=["rz", "sx", "x", "cx"], optimization_level=2))()


PEERS = {"xdsl": {"rewrite": timed(merged_additions), "-O2": xdsl_passes}, "qiskit": {"-O2": qiskit_passes}}


def main(out: str) -> int:
    """Measure, write the table, say which bars are missed; the exit code."""
    contestants: dict[str, Contestant] = {
        "normalise": normalised(), "rewrite": timed(merged_letters), "rules": loaded(), "-O2": second_level,
    }  # fmt: skip
    present = [name for name in PEERS if find_spec(name) is not None]
    contestants |= {f"{name} {what}": run for name in present for what, run in PEERS[name].items()}
    for run in contestants.values():
        run()
    found = medians(contestants, ROUNDS)
    rates = {
        "letters normalised a second": ("normalise", 1_000_000, LETTERS * CHAINS / found["normalise"]),
        "rewrites a second": ("rewrite", 50_000, (CHAIN - 1) / found["rewrite"]),
    }
    times = {
        "1,000 rules read, proved and confirmed, s": ("rules", 1.0, found["rules"]),
        f"-O2 of {LENGTH:,} instructions, s": ("-O2", 1.0, found["-O2"]),
    }
    rows, missed = [], []
    for what, (key, bar, value) in (rates | times).items():
        peers = {name: found.get(f"{name} {key}") for name in present}
        shown = [
            f"{name} {(CHAIN - 1) / seconds:,.0f}" if key == "rewrite" else f"{name} {seconds:.2f}"
            for name, seconds in peers.items()
            if seconds is not None
        ]
        fast = what in rates
        rows.append(
            f"| {what} | {'>=' if fast else '<'} {bar:,} | {value:,.{0 if fast else 2}f} | {', '.join(shown) or '-'} |"
        )
        if value < bar if fast else value >= bar:
            missed.append(what)
    head = HEAD.format(
        rounds=ROUNDS, machine=f"{platform.machine()}, {platform.system()}", python=platform.python_version(),
        peers=", ".join(f"{name} {version(name)}" for name in present) or "no peer",
        xdsl="canonicalises and shares 10,000 additions and products", qiskit="transpiles 10,000 gates at level 2",
    )  # fmt: skip
    Path(out).write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    print("\n".join([*rows, *(f"missed: {what}" for what in missed)]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
