"""qvm bench: this machine against its peers."""

from __future__ import annotations

import click

from qvm.cli.common import output, say

ROOM = 22 << 30  # bytes of memory of a machine on which the sweep at N = 10^9 is run unasked


@click.command()
@click.argument("workloads", nargs=-1)
@click.option("--size", type=click.IntRange(1_000, 10**9), metavar="N", help="N of the small workloads; 10^6.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object of schema qwasm.bench/1.")
@click.option("-o", "out", metavar="FILE", help="Write a page of markdown here.")
@click.option("--plot", "plotted", metavar="FILE", help="Write the ratios as a picture; needs the extra viz.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a bar is missed or answers differ.")
def bench(
    workloads: tuple[str, ...], size: int | None, as_json: bool, out: str | None, plotted: str | None, strict: bool
) -> int:
    """Time the machine against SciPy, numpy and C in interleaved rounds, answers compared.

    WORKLOADS are names; without any, all run, which takes some minutes and 4 GB. `billion` takes 17 GB: unasked, it is
    left out on a machine with less than 22 GiB, and where a size is given.
    """
    import json
    from pathlib import Path

    from qvm.bench.contest import held
    from qvm.bench.report import as_json as tree
    from qvm.bench.report import lines, markdown, plot
    from qvm.bench.workloads import RELEASE, SIZE, WORKLOADS
    from qvm.cli.doctor import memory
    from qwasm.diagnostics import fail

    for name in workloads:
        if name not in WORKLOADS | RELEASE:
            named = ", ".join(WORKLOADS | RELEASE)
            raise fail("QW0703", f"no workload is called {name!r}", hint=f"there are {named}")
    roomy = size is None and memory() >= ROOM
    found = []
    for name in workloads or ([*RELEASE] if roomy else []) + [*WORKLOADS]:
        found.append(held((WORKLOADS | RELEASE)[name](size or SIZE)))
        for line in lines(found[-1]):
            say(line)
    if as_json:
        output(json.dumps(tree(found), indent=2), None)
    if out is not None:
        words = ["qvm bench", *workloads, *([f"--size {size}"] if size else []), f"-o {out}"]
        output(markdown(found, " ".join(words)), out)
    if plotted is not None:
        plot(found, Path(plotted))
    missed = [fault for one in found for fault in one.missed]
    return 1 if strict and missed else 0


__all__ = ["bench"]
