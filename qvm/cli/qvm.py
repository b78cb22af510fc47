"""qvm: the machine's command line.

`qvm run` executes a program, `qvm check` says what it would need, `qvm doctor` says what this
installation can do.  Data goes to standard output, talk to standard error.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.bench import bench
from qvm.cli.common import APPROX, COST_MODEL, SCHEDULE, Finite, guarded, output, settings, show, size
from qvm.cli.debug import debug
from qvm.cli.programs import completion_script, load, pipeline
from qvm.cli.rules import rules as rules_group
from qvm.cli.trace import keys, signing_key
from qvm.cli.trace import trace as trace_group
from qvm.cli.trust import RULES, trust_options
from qvm.cli.tune import tune
from qwasm import __version__
from qwasm.clock import time_limit
from qwasm.diagnostics import fail

if TYPE_CHECKING:
    from qwasm.rules.trust import Trust


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qvm")
def qvm() -> None:
    """Run QWASM programs: operators on l2({1..N}), with an error bar on every estimate.

    Exit codes: 0 ok; 1 the program failed; 2 usage; 3 source error; 4 limit; 5 artifact, data or
    capability refused; 7 storage; 70 bug; 130 interrupted.
    """


FOLDER = click.Path(exists=True, file_okay=False)


@qvm.command()
@click.argument("file", type=click.Path())
@click.option(
    "--backend", default="auto", show_default=True, metavar="NAME", help="numpy, null, an installed one, or auto."
)
@click.option("-O", "level", type=click.IntRange(0, 3), default=2, show_default=True, help="Optimisation preset.")
@click.option("--passes", metavar="PIPELINE", help='An explicit pipeline, such as "cse,dce".')
@RULES
@trust_options
@APPROX
@click.option("--threads", type=click.IntRange(1, 1024), help="Workers, 1 by default; the same bits for any number.")
@SCHEDULE
@COST_MODEL
@click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Set a parameter, or N.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True, help="Seed of the estimators.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("-o", "out", metavar="FILE", help="Write the results here, whole or not at all.")
@click.option("--trace", metavar="OUT.qtb", help="Write a trace bundle of the run, also of one that fails.")
@click.option("--fingerprint", is_flag=True, help="With --trace: add the spectral features of its operator.")
@click.option("--sign", metavar="FILE.key", help="With --trace: seal the bundle with this key.")
@click.option("--profile", is_flag=True, help="Print time per micro-operation to standard error.")
@click.option("--explain-cache", is_flag=True, help="Say on standard error what was compiled, and what was kept.")
@click.option("--max-memory", metavar="SIZE", help="Refuse programs that need more, such as 2G.")
@click.option("--max-work", metavar="N", help="Refuse programs that touch more state elements, such as 1e12.")
@click.option(
    "--timeout", type=Finite("number of seconds", min=0, min_open=True), metavar="S", help="Stop after S seconds."
)
@click.option("--data", multiple=True, type=FOLDER, metavar="DIR", help="Grant a folder; none is granted otherwise.")
@click.option("--load", "loads", multiple=True, metavar="NAME=FILE", help="The state LOAD reads in a listing.")
@click.option("--channel", "channels", multiple=True, metavar="NAME=FILE", help="Grant a channel to SEND and RECV.")
@click.option("--errors", type=click.Choice(["text", "json"]), default="text", help="How diagnostics look.")
@click.option("--quiet", is_flag=True, help="No remarks and no progress.")
def run(
    file: str,
    backend: str,
    level: int,
    passes: str | None,
    rules: tuple[str, ...],
    trust: Trust,
    approx: float | None,
    threads: int | None,
    schedule: str,
    defines: tuple[str, ...],
    seed: int,
    form: str,
    as_json: bool,
    out: str | None,
    trace: str | None,
    fingerprint: bool,
    sign: str | None,
    profile: bool,
    explain_cache: bool,
    max_memory: str | None,
    max_work: str | None,
    timeout: float | None,
    data: tuple[str, ...],
    loads: tuple[str, ...],
    channels: tuple[str, ...],
    errors: str,
    quiet: bool,
) -> None:
    """Run FILE (.qw text or .qwo object) and print what it emits."""
    from pathlib import Path

    from qvm.api import with_limits
    from qvm.cli.output import format_result
    from qvm.cli.watch import Profile, Progress
    from qwasm.qpu.touched import files

    if trace is None and (fingerprint or sign):
        raise fail("QW0701", "--fingerprint and --sign say what is in a bundle", hint="add --trace OUT.qtb")
    seals = [signing_key(Path(sign))] if sign else []
    limits = with_limits(size(max_memory, "--max-memory"), size(max_work, "--max-work"), timeout)
    loaded = settings(loads, "--load")
    with time_limit(timeout):
        compiled = load(
            file,
            defines,
            data,
            level=level,
            passes=pipeline(level, passes, approx),
            backend=backend,
            schedule=schedule if threads is None else f"{schedule},threads={threads}",
            limits=limits,
            load=tuple(loaded),
            rules=rules,
            trust=trust,
        )
        taken = files(compiled.program)
        for name in loaded:
            if name not in taken:
                raise fail("QW0703", f"the program loads nothing called {name!r}", hint=f"drop --load {name}=...")
        if not quiet:
            show(compiled.diagnostics, errors == "json")
        hooks: list[Any] = []
        profiler = Profile()
        if profile:
            hooks.append(profiler)
        if sys.stderr.isatty() and not quiet:
            hooks.append(Progress())
        try:
            result = compiled.run(
                data=list(data), seed=seed, load=loaded, channels=settings(channels, "--channel"), hooks=hooks,
                trace=trace, fingerprint=fingerprint, sign=seals,
            )  # fmt: skip
        finally:
            for hook in hooks:
                hook.close()
    if not quiet:
        show(result.diagnostics, errors == "json")
    output(format_result(result, "json" if as_json else form), out)
    if profile:
        click.echo(profiler.table(), err=True)
    if explain_cache:
        from qvm.machine.backend import Explaining
        from qvm.machine.run import choose

        chosen = choose(backend)
        told = chosen.explained() if isinstance(chosen, Explaining) else [f"{chosen.name} keeps no cache"]
        click.echo("\n".join(told), err=True)


@qvm.command()
@click.argument("file", type=click.Path())
@click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Set a parameter, or N.")
@click.option("--data", multiple=True, type=FOLDER, metavar="DIR", help="A folder .use may read.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def check(file: str, defines: tuple[str, ...], data: tuple[str, ...], as_json: bool) -> None:
    """Compile FILE, run nothing, and say what it would need: peak memory, work, files, channels.

    The work of exponentials, traces and spectra is an estimate from above.
    """
    from qvm.cli.output import format_check
    from qwasm.qpu.cost import estimate

    compiled = load(file, defines, data, level=2, passes=None)
    show(compiled.diagnostics, as_json)
    output(format_check(file, compiled, estimate(compiled.program), as_json), None)


@qvm.command()
@click.argument("identity")
@click.option("--weight", default="1", show_default=True, metavar="W", help="w(n), which adj uses: 1, n^-1, n^(-1/2).")
@click.option("--N", "size", default="all", show_default=True, metavar="N", help="all, inf (infinite space), or one N.")
@click.option("--vars", "variables", metavar="NAME: KIND, ...", help="Kinds: prime, qint, real, complex, arith, op.")
@click.option("--where", multiple=True, metavar="COND", help='A condition on the names, such as "p != q".')
@click.option("--given", multiple=True, metavar="FACT", help='A fact about the state: "p divides n", "n <= N/p".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object; with - one for each line of input.")
@click.option("--emit", type=click.Choice(["lean"]), help="Print the statement and its certificate as Lean 4 text.")
def prove(
    identity: str,
    weight: str,
    size: str,
    variables: str | None,
    where: tuple[str, ...],
    given: tuple[str, ...],
    as_json: bool,
    emit: str | None,
) -> int:
    """Decide whether IDENTITY, "LHS = RHS", holds; - reads JSON lines.

    A name in an index is any prime, any other name a real number, unless --vars says otherwise; two names may be
    equal unless --where says no.  Exit codes: 0 proved; 1 refuted, with the smallest counterexample; 4 unknown,
    with the reason; 3 source error.  With - the code is 0 when every line was an identity, else 3.
    """
    from qvm.cli.prove import run as answer

    return answer(identity, weight, size, variables, where, given, as_json, emit)


@qvm.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--need", "needs", multiple=True, metavar="BACKEND", help="Fail unless this backend is here and loads.")
@click.option("--calibrate", is_flag=True, help="Measure what backends and passes choose by; keep it.")
def doctor(as_json: bool, needs: tuple[str, ...], calibrate: bool) -> None:
    """Say what this installation has, and whether a small program gives the right number here."""
    from qvm.cli.doctor import calibrated, examine, format_report

    report = examine()
    if calibrate:
        report["calibrated"] = calibrated(report["speed"])
    output(format_report(report, as_json), None)
    missing = [name for name in needs if report["backends"].get(name) != "ok"]
    if missing:
        raise fail("QW0599", f"no working backend {', '.join(missing)}", hint="install the package that offers it")
    if not report["healthy"]:
        raise fail("QW0599", "this installation is not healthy", hint="read the lines marked 'no' above")


@qvm.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a SHELL."""
    output(completion_script(shell, "qvm"), None)


qvm.add_command(rules_group)
qvm.add_command(bench)
qvm.add_command(tune)
qvm.add_command(trace_group, "trace")
qvm.add_command(keys)
qvm.add_command(debug)


def main() -> None:
    """Entry point of the `qvm` command."""
    guarded(lambda: qvm.main(prog_name="qvm", standalone_mode=False))


if __name__ == "__main__":
    main()
