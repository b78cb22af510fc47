"""qvm rules: check, show, lock, explain and prune rule files; `qvm.cli.mining` has mine and count.

Data goes to standard output; remarks and errors, with carets into the rule file, to standard error.
Without a FILE the commands speak of the rules that installed packages bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import output, remember, show
from qvm.cli.mining import count, mine
from qvm.cli.trust import trust_options
from qwasm.diagnostics import QwasmError, fail

if TYPE_CHECKING:
    from qwasm.rules.pack import Pack
    from qwasm.rules.proof import Standing
    from qwasm.rules.trust import Trust

FILES = click.argument("files", nargs=-1, type=click.Path())
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")


@click.group()
def rules() -> None:
    """Rule files: rewrites that are proved each time they are loaded."""


rules.add_command(mine)
rules.add_command(count)


def packs_of(files: Sequence[str]) -> list[Pack]:
    """The packs of the files named, or those installed."""
    from qwasm.rules.read import read_file
    from qwasm.rules.ruleset import installed

    packs = [read_file(file) for file in files] if files else installed()
    remember({pack.file: pack.text for pack in packs})
    return packs


@rules.command()
@FILES
@JSON
@trust_options
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), default=2.0, show_default=True, metavar="S",
              help="Seconds the prover may take for one rule.")  # fmt: skip
def check(files: tuple[str, ...], as_json: bool, trust: Trust, budget: float) -> None:
    """Prove every rule of FILES again and print what was found."""
    from qwasm.prover import Budget
    from qwasm.rules.proof import macro_faults, standings
    from qwasm.rules.ruleset import judged, paths

    packs = packs_of(files)
    signed, remarks = trust.signatures(packs)
    rows: list[tuple[Pack, Standing]] = []
    errors: list[Any] = []
    for pack in packs:
        found = standings(pack, Budget(seconds=budget))
        errors += macro_faults(pack)
        rows += [(pack, row) for row in found]
        for path, row in zip(paths(pack), found, strict=True):
            wrong, said = judged(row, path, pack)
            errors += wrong
            remarks += said
    output(table_json(packs, rows, signed) if as_json else table(packs, rows, signed), None)
    show(remarks)
    if errors:
        raise QwasmError(*errors)
    trust.hold(packs)


@rules.command("show")
@FILES
def show_command(files: tuple[str, ...]) -> None:
    """Print the rules of FILES as a person reads them; nothing is proved."""
    lines: list[str] = []
    for pack in packs_of(files):
        lines += [f"{pack.file}  {pack.digest}", *([f"  {pack.about}"] if pack.about else [])]
        for rule in pack.rules:
            lines += [f"  {rule.id}  ({rule.kind}, {rule.use}, {rule.scope})", f"      {rule}"]
        for row in pack.refuted:
            lines += [f"  {row.rule.id}  (false: N = {row.N}, entry ({row.row}, {row.column}))", f"      {row.rule}"]
        for macro in pack.macros:
            lines += [f"  {macro.name}  (macro, support {macro.support}, gain {macro.gain})", f"      {macro}"]
    output("\n".join(lines), None)


@rules.command("lock")
@FILES
@click.option("-o", "out", metavar="FILE", help="Write the lock here instead of printing it.")
def lock_command(files: tuple[str, ...], out: str | None) -> None:
    """Write the digests of FILES, after every rule of them was proved."""
    from qwasm.rules.lock import write_lock
    from qwasm.rules.ruleset import RuleSet

    found = RuleSet.of(packs_of(files))
    show(found.remarks)
    output(write_lock(found.digests), out)


@rules.command()
@click.argument("name", metavar="ID")
@FILES
@JSON
def explain(name: str, files: tuple[str, ...], as_json: bool) -> None:
    """Say what the rule ID states, how it is proved, and where it acts."""
    import json

    from qwasm.ir.scope import did_you_mean
    from qwasm.rules.explain import explained
    from qwasm.rules.proof import refutation, standing
    from qwasm.rules.ruleset import paths

    packs = packs_of(files)
    for pack in packs:
        rows = [(rule, None) for rule in pack.rules] + [(row.rule, row) for row in pack.refuted]
        for path, (rule, kept) in zip(paths(pack), rows, strict=True):
            if rule.id == name:
                found = standing(rule, path, pack) if kept is None else refutation(kept, path, pack)
                if found.spans:
                    raise QwasmError(*found.spans)
                said = explained(found)
                output(
                    json.dumps(said, indent=1) if as_json else "\n".join(f"{k:<10} {v}" for k, v in said.items()), None
                )
                return
    ids = [row.id for pack in packs for row in pack.rules] + [row.rule.id for pack in packs for row in pack.refuted]
    raise fail("QW0703", f"no rule is called {name!r}", hint=did_you_mean(name, ids) or "qvm rules show lists them")


@rules.command()
@click.argument("file", type=click.Path())
@click.option("--stats", required=True, metavar="FILE", help="What `qvm rules count` wrote.")
@click.option("-o", "out", metavar="FILE", help="Write the file without the macros that do not pay.")
@JSON
def prune(file: str, stats: str, out: str | None, as_json: bool) -> None:
    """Say which macros of FILE never paid in the runs that STATS counts, and write the file without them."""
    import json

    from qwasm.rules.prune import pruned, read_statistics, without

    [pack] = packs_of([file])
    found = pruned(pack, read_statistics(stats))
    if as_json:
        output(json.dumps([{"macro": name, "reason": why} for name, why in found]), None)
    else:
        kept = len(pack.macros) - len(found)
        output(
            "\n".join([*(f"{name}: {why}" for name, why in found), f"{kept} of {len(pack.macros)} macros pay"]), None
        )
    if out is not None:
        output(without(pack, {name for name, _ in found}), out)


# ---------------------------------------------------------------- looks


def verdict(row: Standing) -> str:
    """One word for the table: what was found, or what is wrong."""
    return row.verdict if not row.problem or row.verdict in ("refuted", "wrong") else f"{row.verdict}, refused"


def table(packs: Sequence[Pack], rows: Sequence[tuple[Pack, Standing]], signed: Sequence[str]) -> str:
    """One line for each rule, and one for each file."""
    cells = [("id", "class", "use", "scope", "verdict", "ms")]
    for _, row in rows:
        rule = row.rule
        cells.append((rule.id, rule.kind, rule.use, str(rule.scope), verdict(row), f"{row.seconds * 1000:.1f}"))
    widths = [max(len(line[i]) for line in cells) for i in range(5)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(line, widths)), line[5].rjust(7)]).rstrip() for line in cells]
    for pack, state in zip(packs, signed, strict=True):
        count = len(pack.rules) + len(pack.refuted)
        lines.append(f"{pack.file}: {count} rules, {len(pack.macros)} macros, signature {state}, {pack.digest}")
    return "\n".join(lines)


def table_json(packs: Sequence[Pack], rows: Sequence[tuple[Pack, Standing]], signed: Sequence[str]) -> str:
    """The same as one JSON object."""
    import json

    files = [
        {"file": pack.file, "digest": pack.digest, "signature": state, "macros": len(pack.macros)}
        for pack, state in zip(packs, signed, strict=True)
    ]
    found = [
        {
            "id": row.rule.id, "file": pack.file, "class": row.rule.kind, "use": row.rule.use,
            "scope": str(row.rule.scope), "verdict": row.verdict, "applies": row.applies,
            "by_construction": row.by_construction, "reason": row.problem or row.reason,
            "counterexample": counterexample(row), "ms": round(row.seconds * 1000, 3),
        }
        for pack, row in rows
    ]  # fmt: skip
    return json.dumps({"schema": "qvm.rules/1", "files": files, "rules": found}, indent=1)


def counterexample(row: Standing) -> dict[str, Any] | None:
    """A counterexample as JSON."""
    found = row.counterexample
    if found is None:
        return None
    values = {name: str(value) for name, value in found.values.items()}
    return {"N": found.N, "row": found.row, "col": found.col, "lhs": found.lhs, "rhs": found.rhs, "values": values}
