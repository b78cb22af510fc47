"""The laws of a pass: it keeps the meaning, it settles, it does not depend on the hash seed, its time is linear.

A law is a function that fails with the program that shows why.  A pass is given as a pipeline, `"cse"` or
`"fix(cse,dce)"`, or as an object.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from math import log
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from qwasm.ir.copy import copied
from qwasm.ir.module import Module
from qwasm.ir.text import print_module
from qwasm.passes.context import Context
from qwasm.passes.found import Pass
from qwasm.passes.manager import run_passes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SEEDS = ("0", "1", "20")
STEEPEST = 1.5  # the slope of log time over log size that counts as linear, noise included


def keeps_meaning(passed: str | Pass, programs: SearchStrategy[str] | None = None, examples: int = 30) -> None:
    """Every program gives the same results with the pass as without: to the last bit for a `bitexact` pass.

    Raises AssertionError with the program and the first output that differs.
    """
    from qvm.agree import disagreement, run_module

    def check(module: Module, text: str) -> None:
        changed = copied(module)
        ran = run(passed, changed)
        wanted, got = attempt(lambda: run_module(module)), attempt(lambda: run_module(changed))
        if isinstance(wanted, str) or isinstance(got, str):
            assert wanted == got, f"{wanted} became {got}\n{text}"
            return
        field = module.space.field.kind
        found = disagreement(wanted, got, bitexact=bitexact(passed), field=field)
        assert not found, f"{found}\n{ran} rewrites in\n{text}"

    over(check, programs, examples)


def settles(passed: str | Pass, programs: SearchStrategy[str] | None = None, examples: int = 30) -> None:
    """A second run changes nothing.  Raises AssertionError with the program for which it does."""

    def check(module: Module, text: str) -> None:
        run(passed, module)
        once = print_module(module)
        run(passed, module)
        assert print_module(module) == once, f"a second run changes more of\n{text}"

    over(check, programs, examples)


def independent_of_hash_seed(pipeline: str, texts: Iterable[str]) -> None:
    """The compiled text of each program is the same under every seed of Python's hashes.

    Raises AssertionError with the program for which it is not.
    """
    for text in texts:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "program.qw"
            file.write_text(text)
            words = [sys.executable, "-m", "qvm.cli.qwasmc", str(file), "--emit=ir", "--passes", pipeline]
            found = set()
            for seed in SEEDS:
                environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
                done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
                found.add(done.stdout)
            assert len(found) == 1, f"{pipeline} depends on the hash seed for\n{text}"


def linear_in_time(passed: str | Pass, program: Callable[[int], str], sizes: Iterable[int] = (500, 2_000)) -> None:
    """The time of the pass grows no faster than the program: `program(k)` has k lines.

    Sizes are measured by turns, the fastest of several runs each.  Raises AssertionError with the slope.
    """
    from qwasm.collection import held_back

    modules = [module_of(program(size)) for size in sizes]
    counts = [sum(1 for _ in module.walk()) for module in modules]
    spent = [float("inf")] * len(modules)
    for _ in range(5):
        for index, module in enumerate(modules):
            twin = copied(module)
            with held_back():
                start = perf_counter()
                run(passed, twin)
                spent[index] = min(spent[index], perf_counter() - start)
    slope = log(spent[-1] / spent[0]) / log(counts[-1] / counts[0])
    assert slope < STEEPEST, f"the time grows like the {slope:.2f}th power of the size"


# ---------------------------------------------------------------- what the laws share


def over(check: Callable[[Module, str], None], programs: SearchStrategy[str] | None, examples: int) -> None:
    """Check a law on drawn programs, the same ones each time."""
    from hypothesis import HealthCheck, given, settings

    from qwasm.testing import strategies

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(programs if programs is not None else strategies.programs())
    def law(text: str) -> None:
        check(module_of(text), text)

    law()


def module_of(text: str) -> Module:
    """The module of a program's text, no pass having run."""
    from qwasm.ir.build import build
    from qwasm.syntax import parse

    return build(parse(text))[0]


def run(passed: str | Pass, module: Module) -> int:
    """Run a pipeline or a pass on a module, the rules of QIR verified after it; how many rewrites it made."""
    from qwasm.ir.verify import verify

    if isinstance(passed, str):
        made = sum(len(ran.rewrites) for ran in run_passes(module, passed))
    else:
        context = Context(module)
        passed.run(module, context)
        context.commit()
        made = len(context.rewrites)
    verify(module)
    return made


def bitexact(passed: str | Pass) -> bool:
    """Whether the results may not change in any bit."""
    from qwasm.passes.found import load
    from qwasm.passes.pipeline import Step, parse_pipeline

    if not isinstance(passed, str):
        return passed.kind == "bitexact"
    waiting: list[Any] = list(parse_pipeline(passed))
    kinds = set()
    while waiting:
        step = waiting.pop()
        if isinstance(step, Step):
            kinds.add(load(step.name).kind)
        else:
            waiting.extend(step.steps)
    return kinds <= {"bitexact"}


def attempt(run: Callable[[], Any]) -> Any:
    """A result, or the code of the error in its place."""
    from qwasm.diagnostics import QwasmError

    try:
        return run()
    except QwasmError as error:
        return error.diagnostics[0].code


__all__ = ["independent_of_hash_seed", "keeps_meaning", "linear_in_time", "settles"]
