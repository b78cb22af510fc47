"""What both command lines share: guarding, values on the command line, and writing files whole.

A command body raises QwasmError or returns; `guarded` renders, picks the exit code, and makes
sure that nobody ever sees a traceback.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from math import isfinite
from typing import Any, NoReturn

import click

from qwasm.diagnostics import Diagnostic, QwasmError, fail

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"([0-9][0-9_]{0,30}(?:\.[0-9]{1,30})?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE)

sources: dict[str, str] = {}  # file -> text of the current command, to show places


class Finite(click.FloatRange):
    """A number of a range, and no infinity; `what` says of what."""

    def __init__(self, what: str, **limits: Any) -> None:
        super().__init__(**limits)
        self.what = what

    def convert(self, value: Any, parameter: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, parameter, ctx)
        return number if isfinite(number) else self.fail(f"{value} is no {self.what}.", parameter, ctx)


APPROX = click.option(
    "--approx", type=Finite("error budget", min=0, min_open=True), metavar="EPS",
    help="Allow approximate rewrites, off by at most EPS in all; error bars have what they cost.",
)  # fmt: skip


SCHEDULE = click.option(
    "--schedule", default="", metavar="SETTINGS",
    help="How sweeps run: tile=N, layout=auto|natural|grouped, time_block=K, or tuned for what `qvm tune` kept.",
)  # fmt: skip


def _priced(ctx: click.Context, _: click.Parameter, model: str) -> None:
    """Let the rest of the command compile by the speeds of this machine, where that was asked for."""
    if model == "machine":
        from qvm.tuning.speeds import calibrated

        ctx.with_resource(calibrated())


COST_MODEL = click.option(
    "--cost-model", type=click.Choice(["fixed", "machine"]), default="fixed", show_default=True, expose_value=False,
    callback=_priced, help="Passes decide by a fixed machine, or by what `qvm doctor --calibrate` kept of this one.",
)  # fmt: skip


class _Unread(Exception):
    """The reader of our output went away, which is not our error."""


def say(text: str) -> None:
    """A line to standard error; nobody can be told when that fails."""
    with suppress(OSError):
        click.echo(text, err=True)


def show(diagnostics: Iterable[Diagnostic], as_json: bool = False, most: int = 20) -> None:
    """Write diagnostics to standard error, rendered or as one JSON object a line."""
    from qwasm.diagnostics import render

    if as_json:
        import json

        for diagnostic in diagnostics:
            say(json.dumps(render.as_json(diagnostic)))
        return
    text = render.render_all(diagnostics, sources, most)
    if text:
        say(text)


def guarded(command: Callable[[], Any], errors_as_json: bool = False) -> NoReturn:
    """Run a command line to its exit code: what it answers, the code of the first error, 70 for a bug, 130 interrupted.

    A command that answers nothing has the code 0.
    """
    sources.clear()
    try:
        answer = command()
    except QwasmError as error:
        remember({**error.sources, **sources})
        show(error.diagnostics, errors_as_json or "--errors=json" in sys.argv)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say("interrupted")
        sys.exit(130)
    except (_Unread, BrokenPipeError, SystemExit):  # the last is click's answer to a reader that went away
        silence()
        sys.exit(0)
    except OSError as error:
        silence()
        show([unwritten("standard output", error)])
        sys.exit(7)
    except MemoryError:
        show([Diagnostic("QW0460", "the machine has no more memory", hint="use a smaller N or --max-memory")])
        sys.exit(4)
    except Exception as error:
        sys.exit(_report_bug(error))
    sys.exit(answer if isinstance(answer, int) else 0)


def silence() -> None:
    """What standard output still holds goes nowhere, so that leaving does not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def unwritten(what: str, error: OSError) -> Diagnostic:
    """The error QW0801 for a file or stream that could not be written."""
    return Diagnostic(
        "QW0801", f"cannot write {what}: {error.strerror}", hint="free some space or choose another place"
    )


def _report_bug(error: Exception) -> int:
    """Keep the input and the trace in a file, ask for a report, answer 70."""
    import tempfile
    import traceback

    from qwasm.diagnostics.render import printable

    told = f"command: {sys.argv}\n\n{''.join(traceback.format_exception(error))}\n"
    told += "".join(f"--- {name}\n{text}\n" for name, text in sources.items())
    say(printable(f"error[QW0000]: the toolchain has a bug ({type(error).__name__}: {error})"))
    try:
        with tempfile.NamedTemporaryFile(prefix="qwasm-bug-", suffix=".txt", delete=False) as report:
            report.write(told.encode("utf-8", "backslashreplace"))
        say(f"  hint: please report it with {report.name}, which holds the command and the input")
    except OSError:
        say("  hint: please report it with the command and the input")
    return 70


def settings(pairs: Iterable[str], option: str) -> dict[str, str]:
    """name=value options as a mapping; raises QW0701 for anything else, and for a name given twice."""
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value.strip() or not _NAME.fullmatch(name.strip()):
            raise fail("QW0701", f"{option} {pair!r} is not name=value", hint=f"write {option} name=value")
        if name.strip() in values:
            raise fail("QW0701", f"{option} gives {name.strip()} twice", hint="keep one")
        values[name.strip()] = value.strip()
    return values


def size(text: str | None, option: str) -> int | None:
    """A number of bytes or elements: 512M, 2G, 1_000, 1e9; raises QW0702 otherwise."""
    if text is None:
        return None
    if match := _SIZE.fullmatch(text.strip()):
        return int(float(match[1].replace("_", "")) * _SIZES[match[2].lower()])
    if re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,30})?e[0-9]{1,2}", text.strip()):
        return int(float(text))
    raise fail("QW0702", f"{option} {text!r} is not a size", hint=f"write {option} 2G or {option} 1e9")


def write_whole(path: str, data: bytes) -> None:
    """Write a file whole or not at all: temporary file beside it, fsync, rename.

    Raises QwasmError QW0801 when storage fails; an existing file is then untouched.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a device or a pipe cannot be renamed over
            with open(path, "wb") as stream:
                stream.write(data)
            return
        try:
            with open(temporary, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        raise QwasmError(unwritten(path, error)) from None


def output(data: str, path: str | None) -> None:
    """Text to standard output, or whole into a file."""
    if path is None:
        if sys.stdout is None:
            raise fail("QW0801", "cannot write standard output: it is closed", hint="write to a file: -o FILE")
        try:
            click.echo(data, nl=not data.endswith("\n"))
            sys.stdout.flush()
        except BrokenPipeError:
            raise _Unread from None
    else:
        write_whole(path, (data if data.endswith("\n") else data + "\n").encode())


def remember(module_sources: Mapping[str, str]) -> None:
    """Keep source texts so that later diagnostics can show their lines."""
    sources.update(module_sources)
