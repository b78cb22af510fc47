"""Rewriting against a peer: applications a second of the engine and of xDSL's pattern rewriter, in one run.

Both merge a chain of n like operations into one, by n - 1 applications of one rule between neighbours.  xDSL is timed
where it is installed; the engine's rate is printed either way.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

import pytest

from qwasm.algebra.operators import Algebra
from qwasm.rules import Rule
from qwasm.rules.compiled import compiled
from qwasm.rules.engine import Engine
from tests.benchmarks.contest import medians, timed

LENGTH = 2_000


def merged_letters() -> None:
    """P[2] P[2] ... P[2] becomes P[2]."""
    engine = Engine([compiled(Rule("square", "P[k] P[k]", "P[k]", (("k", "qint"),)))])
    assert len(engine.rewrite([Algebra().P(2)] * LENGTH)) == 1 and len(engine.applied) == LENGTH - 1


def merged_additions() -> None:
    """x + 1 + 1 + ... becomes x + n: each pair of additions of constants is one application."""
    arith: Any = importlib.import_module("xdsl.dialects.arith")
    builtin: Any = importlib.import_module("xdsl.dialects.builtin")
    rewriter: Any = importlib.import_module("xdsl.pattern_rewriter")
    hits = 0

    class Merge(rewriter.RewritePattern):  # type: ignore[misc]
        def match_and_rewrite(self, op: Any, rewrite: Any) -> None:
            nonlocal hits
            if not isinstance(op, arith.AddiOp) or not isinstance(op.lhs.owner, arith.AddiOp):
                return
            inner = op.lhs.owner
            if not (isinstance(op.rhs.owner, arith.ConstantOp) and isinstance(inner.rhs.owner, arith.ConstantOp)):
                return
            value = op.rhs.owner.value.value.data + inner.rhs.owner.value.value.data
            constant = arith.ConstantOp.from_int_and_width(value, 64)
            rewrite.replace_op(op, [constant, arith.AddiOp(inner.lhs, constant)])
            hits += 1

    first = arith.ConstantOp.from_int_and_width(7, 64)
    ops: list[Any] = [first]
    value = first.result
    for _ in range(LENGTH):
        one = arith.ConstantOp.from_int_and_width(1, 64)
        ops += [one, arith.AddiOp(value, one)]
        value = ops[-1].result
    module = builtin.ModuleOp(ops)
    rewriter.PatternRewriteWalker(Merge(), apply_recursively=False).rewrite_module(module)
    assert hits == LENGTH - 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the peer's own
def test_the_engine_rewrites_faster_than_its_peer() -> None:
    contestants = {"qwasm": timed(merged_letters)}
    if find_spec("xdsl") is not None:
        contestants["xdsl"] = timed(merged_additions)
    for function in contestants.values():
        function()
    found = medians(contestants, 5)
    print({name: f"{(LENGTH - 1) / seconds:,.0f} applications/s" for name, seconds in found.items()})
    assert found["qwasm"] <= min(found.values())
