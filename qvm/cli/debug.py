"""qvm debug: a run step by step, from a terminal or from lines on standard input.

The debugger is a hook: it sees micro-operations and reads registers, and changes nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from qvm.cli.common import output, remember, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qvm.machine.hooks import Step

HELP = """\
step [K]            run K micro-operations (one), then stop
continue            run to the next breakpoint, or to the end
break LINE|NAME     stop before a source line, or before an instruction such as qop.apply
delete [LINE|NAME]  take a breakpoint back, or all of them
print REG [K]       the first K entries of a state (8), or a number with its error
norm REG            the Euclidean norm of a state
support REG         how many entries are not zero, the first and the last of them
registers           what every register holds
where               the line that comes next, and the loops around it
quit                end the run here"""


class Stopped(Exception):
    """The user has seen enough."""


class Debugger:
    """Stops before micro-operations and answers questions until it is told to go on."""

    def __init__(self, names: Mapping[str, Mapping[int, str]], source: str) -> None:
        self.names, self.source = names, source.split("\n")
        self.breaks: set[str] = set()
        self.steps = 1  # to run before the next stop; 0 for none
        self.latest: dict[str, tuple[Any, int]] = {}  # register -> how its slot is read
        self.line = 0

    # ------------------------------------------------------------ what the machine calls

    def before(self, step: Step) -> None:
        """Stop where it was asked for."""
        if step.span is None:  # storage that is given back, a move: nothing that the user wrote
            return
        line = step.span.line
        entered = line != self.line
        self.line = line
        hit = (str(line) in self.breaks and entered) or step.mnemonic in self.breaks
        self.steps = max(0, self.steps - 1) if self.steps else 0
        if hit or (self.steps == 0 and self.counting):
            self.counting = False
            self.tell(step)
            while self.obey(step):
                pass

    counting = True  # whether a number of steps was asked for

    def after(self, step: Step) -> None:
        """Remember which slot a register is in now."""
        names = self.names.get(step.routine, {})
        dests = getattr(step.op, "dests", ()) or ((step.op.dest,) if hasattr(step.op, "dest") else ())
        for slot in dests:
            self.latest[names.get(slot, f"%{slot}")] = step.read, slot

    def note(self, text: str) -> None:
        """Nothing: a debugger stops between steps."""

    # ------------------------------------------------------------ what the user says

    def tell(self, step: Step) -> None:
        text = self.source[self.line - 1].strip() if 0 < self.line <= len(self.source) else ""
        loops = "".join(f"  {name} = {value}" for name, value in step.iteration if name)
        click.echo(f"{self.line:>5}  {step.mnemonic:<12} {text}{loops}")

    def obey(self, step: Step) -> bool:
        """One command; whether to ask for another."""
        words = asked().split()
        name, rest = (words[0] if words else "step"), words[1:]
        match name:
            case "step" | "s":
                self.steps, self.counting = 1 + number(rest, 1), True
                return False
            case "continue" | "c":
                self.steps, self.counting = 0, False
                return False
            case "quit" | "q":
                raise Stopped
            case "break" | "b" if rest:
                self.breaks.add(rest[0].lower())
            case "delete" | "d":
                self.breaks = self.breaks - {rest[0].lower()} if rest else set()
            case "where" | "w":
                self.tell(step)
            case "registers" | "r":
                for register in sorted(self.latest):
                    click.echo(f"{register:<8} {told(self.value(register), 4)}")
            case "print" | "p" | "norm" | "support" if rest:
                click.echo(self.answer(name, rest[0].lower(), number(rest[1:], 8)))
            case "help" | "h":
                click.echo(HELP)
            case _:
                click.echo(f"{' '.join(words)!r} is no command; help lists them")
        return True

    def value(self, register: str) -> Any:
        read, slot = self.latest[register]
        return read(slot)

    def answer(self, what: str, register: str, many: int) -> str:
        """What was asked of a register."""
        if register not in self.latest:
            return f"nothing was written to {register} yet"
        value = self.value(register)
        if what in ("print", "p"):
            return told(value, many)
        import numpy as np

        if not isinstance(value, np.ndarray):
            return f"{register} is no state"
        if what == "norm":
            return f"{float(np.linalg.norm(np.asarray(value, complex))):.17g}"
        places = np.flatnonzero(value.any(axis=0) if value.ndim > 1 else value) + 1
        return f"{len(places)} of {value.shape[-1]}" + (f", n = {places[0]}..{places[-1]}" if len(places) else "")


def told(value: Any, many: int) -> str:
    """The first entries of a state, or a number."""
    import numpy as np

    from qwasm.scalar import Scalar, number_text

    if value is None:
        return "given back"
    if isinstance(value, np.ndarray):
        first = ", ".join(number_text(x.item()) for x in value.reshape(-1)[:many])
        return f"{'x'.join(map(str, value.shape))}: {first}{', ...' if value.size > many else ''}"
    if isinstance(value, Scalar):
        return f"{number_text(value.value)}{f' ± {value.error:.3g}' if value.error else ''}"
    if isinstance(value, tuple):
        return "(" + ", ".join(told(item, many) for item in value[:many]) + (", ...)" if len(value) > many else ")")
    return str(value)


def number(words: list[str], default: int) -> int:
    """The first word as a number from 1 on, or the default."""
    return max(1, int(words[0])) if words and words[0].isdigit() and len(words[0]) < 10 else default


def asked() -> str:
    """The next line of standard input; at its end the run goes on without stops."""
    if sys.stdin.isatty():
        sys.stdout.write("(qvm) ")
        sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip() if line else "continue"


@click.command()
@click.argument("file", type=click.Path())
@click.option("-O", "level", type=click.IntRange(0, 3), default=0, show_default=True, help="Optimisation preset.")
@click.option("-D", "defines", multiple=True, metavar="NAME=VALUE", help="Set a parameter, or N.")
@click.option("--backend", default="auto", show_default=True, metavar="NAME", help="The backend that runs it.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=0, show_default=True, help="Seed of the estimators.")
@click.option("--data", multiple=True, type=click.Path(exists=True, file_okay=False), metavar="DIR",
              help="Grant a folder.")  # fmt: skip
def debug(file: str, level: int, defines: tuple[str, ...], backend: str, seed: int, data: tuple[str, ...]) -> None:
    """Run FILE step by step; commands come from the terminal, or as lines from standard input.

    `help` lists the commands.  An empty line is a step; at the end of the input the run goes on to its end.
    """
    from qwasm_passes.lower import register_names

    from qvm.cli.output import format_result
    from qvm.cli.programs import load

    compiled = load(file, defines, data, level=level, passes=None, backend=backend)
    names = register_names(compiled.module) if compiled.module is not None else {}
    source = next((text for name, text in compiled.sources.items() if not name.endswith(".qwr")), "")
    remember(compiled.sources)
    try:
        result = compiled.run(data=list(data), seed=seed, hooks=[Debugger(names, source)])
    except Stopped:
        say("ended by quit")
        return
    output(format_result(result, "table"), None)


__all__ = ["Debugger", "debug"]
