"""The Python interface: compile a program, run it, read results by name.

`compile` is the whole journey from text to a QPU program; `Compiled.run` executes it.  The
command lines are thin wrappers over these two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwasm.clock import time_limit
from qwasm.collection import held_back
from qwasm.diagnostics import Diagnostic, QwasmError, fail
from qwasm.limits import DEFAULT, Limits
from qwasm.record import field, record, replace

if TYPE_CHECKING:
    from qvm.machine.result import Result, State
    from qwasm.ir.module import Module
    from qwasm.passes.manager import Ran
    from qwasm.qpu.program import QpuProgram
    from qwasm.rules import RuleSet, Trust
    from qwasm.space import Picture

Parameter = int | float | Fraction | complex | str
DEFAULT_LEVEL = 2


@record
class Compiled:
    """A compiled program: its QIR module, its QPU program, and what the compiler remarked.

    Attributes: `module` (verified QIR; None when it was read from QPU text), `program` (QPU),
    `diagnostics` (warnings and remarks), `sources` (file name -> text, to show places), `ran` (what each pass did).
    """

    module: Module | None
    program: QpuProgram
    diagnostics: tuple[Diagnostic, ...]
    backend: str
    limits: Limits
    passes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    ran: tuple[Ran, ...] = ()

    @property
    def sources(self) -> Mapping[str, str]:
        return self.module.sources if self.module else {}

    @property
    def parameters(self) -> Mapping[str, str]:
        """The values of the program's parameters, as text."""
        return {name: str(value) for name, value in self.module.parameters.items()} if self.module else {}

    @property
    def threads(self) -> int:
        """How many threads the schedule of the program names."""
        return self.program.schedule.threads

    def run(
        self,
        data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
        *,
        seed: int = 0,
        load: Mapping[str, Any] | None = None,
        channels: Mapping[str, Any] | None = None,
        hooks: Sequence[Any] = (),
        trace: str | os.PathLike[str] | None = None,
        fingerprint: bool = False,
        sign: Sequence[Any] = (),
    ) -> Result:
        """Run the program and return its results by name.

        data: folders whose files the program may read and write (none by default).
        seed: seed of the machine's own estimators (states made by `random` have their own).
        load: name -> state array of shape (N,) or a `.npy` path, for the listing dialect's LOAD.
        channels: name -> a list-like object (or `.npy` path) that SEND appends a State to and RECV reads.
        hooks: observers of execution; they never change a result.
        trace: where to write a trace bundle of the run, also of one that fails: a file where the name ends in .qtb,
        else a new folder.  fingerprint: with the spectral features of its operator, which take time of their own.
        sign: keys that seal it (`qvm.trace.keys.private_key`).

        Raises QwasmError with the code, place and hint of whatever stopped the program.
        """
        from qvm.machine import Grants, Machine

        within("seed", seed, 0, 2**64 - 1)
        roots = [] if data is None else [data] if isinstance(data, (str, os.PathLike)) else list(data)
        machine = Machine(
            backend=self.backend,
            limits=self.limits,
            grants=Grants(
                roots=tuple(Path(root) for root in roots),
                channels=dict(channels or {}),
                load=dict(load or {}),
            ),
            hooks=tuple(hooks),
            seed=seed,
            passes=self.passes,
            origins=dict(self.origins),
            rules=dict(self.module.rules) if self.module else {},
        )
        if trace is None:
            return machine.run(self.program, parameters=self.parameters)
        from qvm.trace.run import traced

        return traced(machine, self, Path(trace), fingerprint, sign)


def compile(
    source: str | os.PathLike[str],
    backend: str = "auto",
    threads: int | None = None,
    *,
    schedule: str = "",
    level: int = DEFAULT_LEVEL,
    passes: str | None = None,
    rules: Sequence[str | os.PathLike[str]] = (),
    data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    limits: Limits | None = None,
    load: Sequence[str] = (),
    approx: float | None = None,
    trust: Trust | None = None,
    **params: Parameter,
) -> Compiled:
    """Compile QWASM text, or a `.qw` or `.qwo` file, to a program that can be run.

    source: the text itself, or a path (anything os.PathLike, or one line ending in .qw or .qwo).
    backend: "numpy" (the reference), "null", an installed backend ("llvm"), or "auto", the fastest.
    threads, schedule: how to run, such as 2 and "tile=4096,layout=natural"; what they leave out is the pipeline's, and
    "tuned" is what `qvm tune` found for the program on this machine.  Results stay the same to rounding, and the same
    bits for any threads and tile.
    level, passes: the optimisation preset 0..3, or an explicit pipeline such as "cse,dce".
    rules: rule files (.qwr); every rule is proved again and the digests go into the provenance.
    trust: what rule files must show besides, a `qwasm.rules.Trust` with a lock, keys, or signatures.
    data: folders from which `.use` may include.
    approx: a budget for approximate rewrites; what each may cost is in the error of what is read later.
    params: values for `.param` declarations, and N; strings take every form that -D takes.

    Raises QwasmError with every error found in the source (exit code 3), or a limit (4); TypeError or
    ValueError for arguments that no program has a part in.
    """
    if threads is not None:
        within("threads", threads, 1, 1024)
    within("level", level, 0, 3)
    limits = limits or DEFAULT
    text: str | bytes
    path = _path(source)
    if path is None:
        text, name = str(source), "<string>"
    else:
        text, name = read_source(path, limits), os.fspath(path)
    if approx is not None:
        from qwasm.passes.manager import PRESETS
        from qwasm.passes.pipeline import with_budget

        passes = with_budget(PRESETS[level] if passes is None else passes, approx)
    include = roots(data, path)
    return compile_text(
        text, name, backend, level, passes, include, limits, load, params, rules, trust=trust,
        schedule=schedule if threads is None else f"{schedule},threads={threads}", granted=data is not None,
    )  # fmt: skip


def within(name: str, value: int, least: int, most: int) -> None:
    """Refuse an argument that the command line would refuse, with Python's own errors."""
    if not isinstance(value, Integral):
        raise TypeError(f"{name} is an integer, not {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{name} is an integer in {least}..{most}, not {value}")


def roots(data: Any, path: Path | None) -> tuple[Path, ...]:
    """The folders `.use` may read: those granted, and the program's own."""
    granted = () if data is None else (data,) if isinstance(data, (str, os.PathLike)) else tuple(data)
    return (*(Path(root) for root in granted), *((path.resolve().parent,) if path else ()))


@held_back()
def compile_text(
    text: str | bytes,
    name: str,
    backend: str,
    level: int,
    passes: str | None,
    include: Sequence[Path],
    limits: Limits,
    load: Sequence[str],
    params: Mapping[str, Parameter],
    rules: Sequence[str | os.PathLike[str]] = (),
    switches: Mapping[str, Any] | None = None,
    trust: Trust | None = None,
    schedule: str = "",
    granted: bool = False,
) -> Compiled:
    """The journey itself, for text or object bytes that were read already; under the time limit, where there is one.

    switches: keyword arguments of `run_passes`, such as `verify_each` and `observers`.
    trust: what rule files must show, those of the program and `rules`.
    schedule: settings over those of the pipeline.
    granted: whether the first folder of `include` is one that the user granted, where states may lie.
    """
    from qwasm_passes.lower import lower
    from qwasm_passes.schedule import scheduled

    from qvm.machine.backend import preferred
    from qvm.machine.grants import with_disk
    from qvm.tuning.settings import applied
    from qwasm.ir.selfadjoint import warnings
    from qwasm.passes.found import rule_files
    from qwasm.passes.manager import PRESETS, run_passes
    from qwasm.passes.pipeline import parse_pipeline

    named = preferred() if backend == "auto" else backend
    limits = with_disk(limits, include) if granted else limits
    with time_limit(limits.timeout):
        if headed(text, "qpu "):
            from qwasm.qpu.text import parse_qpu

            if params:
                raise fail("QW0212", "a QPU program has no parameters", hint="set them when it is compiled")
            program = applied(parse_qpu(decoded(text), name), schedule, named)
            return Compiled(None, program, (), backend, limits)
        pipeline, switches = PRESETS[level] if passes is None else passes, switches or {}
        if headed(text, "qwasm.repro "):
            from qwasm.passes.reproducer import read_reproducer

            replay = read_reproducer(decoded(text), name)
            module, remarks = replay.module, list[Diagnostic]()
            pipeline = replay.pipeline if passes is None else passes
            switches = {"limit": replay.limit, "verify_each": replay.verify_each, **switches}
        else:
            module, remarks = front(text, name, include, limits, load, params)
        told = warnings(module)  # before a pass gives an exponential another form
        known = rule_set(module, rules, trust, include, rule_files(parse_pipeline(pipeline)))
        try:
            ran = run_passes(module, pipeline, cost=program_cost, rules=known, **switches)
        except QwasmError as error:
            error.sources |= dict(module.sources)
            raise
        program = applied(scheduled(lower(module), [one.step for one in ran]), schedule, named)
        return Compiled(
            module,
            program,
            (*remarks, *told, *(known.remarks if known else ())),
            backend,
            limits,
            tuple(one.step for one in ran),
            dict.fromkeys(params, "given"),
            tuple(ran),
        )


def rule_set(
    module: Module,
    files: Sequence[str | os.PathLike[str]],
    trust: Trust | None = None,
    include: Sequence[Path] = (),
    beside: Sequence[str] = (),
) -> RuleSet | None:
    """The proved rules of the packs that a module uses and of files; their digests are noted in the module.

    include: the folders that packs of the program come from, with their signatures.
    beside: files that passes read themselves: trusted like the others, noted, and no part of the set.

    Raises what loading a rule file raises; None when there is none.
    """
    used = [name for name in module.sources if name.endswith(".qwr")]
    if not used and not files and not beside and not trust:
        return None
    from qwasm.rules import ANY, combine, read_file, read_pack

    packs = [read_pack(module.sources[name].encode(), name) for name in used]
    homes = {name: home for name in used if (home := included(name, include)) is not None}
    packs += [read_file(os.fspath(file)) for file in files]
    others = [read_file(file) for file in beside]
    found = combine(packs, trust or ANY, homes=homes, beside=others)
    module.rules |= {Path(pack.file).name: pack.digest for pack in others} | found.digests
    return found


def program_cost(module: Module) -> float | None:
    """What a module costs in the cost model; None if it cannot say."""
    from qwasm.passes.cost import module_cost

    try:
        return module_cost(module).time
    except QwasmError:  # refused where it runs, with a better message
        return None


def front(
    text: str | bytes,
    name: str,
    include: Sequence[Path],
    limits: Limits,
    load: Sequence[str],
    params: Mapping[str, Parameter],
) -> tuple[Module, list[Diagnostic]]:
    """Text or object bytes to a verified QIR module and the remarks made on the way."""
    from qwasm.ir.build import build
    from qwasm.ir.objects import MAGIC, read_object, rebuild
    from qwasm.ir.text import parse_module
    from qwasm.ir.verify import verify
    from qwasm.syntax import parse

    if headed(text, "qwasm.ir "):
        if params:
            raise fail("QW0212", "the text of a QIR module has no parameters", hint="set them when it is compiled")
        module = parse_module(decoded(text), name)
        verify(module)
        return module, []
    if isinstance(text, bytes) and (text.startswith(MAGIC) or name.endswith(".qwo")):
        module = read_object(text, limits)
        if not params:
            return module, []
        return rebuild(module, params, limits, unpacked)
    program = parse(text, name, limits, tuple(load))
    return build(program, params, lambda wanted: include_source(wanted, include, limits), limits, unpacked)


def unpacked(data: bytes, file: str) -> list[tuple[str, tuple[str, ...], str]]:
    """The macros of a rule pack that a program uses: name, parameters and expansion.

    Raises what reading a rule file raises.
    """
    from qwasm.rules import read_pack

    return [(macro.name, macro.parameters, macro.expansion) for macro in read_pack(data, file).macros]


def headed(text: str | bytes, head: str) -> bool:
    """Whether a text begins with a stage's header."""
    return text.startswith(head.encode()) if isinstance(text, bytes) else text.startswith(head)


def decoded(text: str | bytes) -> str:
    """A stage's text; its reader refuses whatever bytes are not UTF-8."""
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def include_source(wanted: str, include: Sequence[Path], limits: Limits) -> bytes:
    """The bytes of a `.use` file found under the granted folders.

    Raises QwasmError QW0597 when no granted folder holds it or it would lead outside.
    """
    found = included(wanted, include)
    if found is None:
        raise fail("QW0597", f"no granted folder holds {wanted!r}", hint="grant the folder it lies in: --data DIR")
    return read_source(found, limits)


def included(wanted: str, include: Sequence[Path]) -> Path | None:
    """The place of a `.use` file, in the first of the folders that holds it and is not left by it."""
    candidates = ((root, (root / wanted).resolve()) for root in include)
    return next((path for root, path in candidates if path.is_relative_to(root.resolve()) and path.is_file()), None)


def read_source(path: Path, limits: Limits) -> bytes:
    """The bytes of a program file, refused by the limit on sources before they are read."""
    whole = path.suffix == ".qwo"
    most = limits.object_bytes if whole else limits.source_bytes
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise fail("QW0700", f"{path} is not a file", hint="name a file that ends in .qw or .qwo")
        if size > most:
            hint = "compile it again from its source" if whole else "split the program with .use"
            raise fail("QW0400", f"{path} has {size} bytes; the limit is {most}", hint=hint)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # the latter for a name that holds a NUL
        why = error.strerror if isinstance(error, OSError) else error
        raise fail("QW0700", f"cannot read {path}: {why}", hint="check the name and its permissions") from None


def _path(source: str | os.PathLike[str]) -> Path | None:
    if not isinstance(source, str):
        return Path(source)
    return Path(source) if "\n" not in source and source.strip().endswith((".qw", ".qwo")) else None


def with_limits(memory: int | None = None, work: int | None = None, timeout: float | None = None) -> Limits:
    """The default limits with some of them replaced: bytes, state elements, seconds."""
    changes: dict[str, Any] = {"memory": memory, "work": work, "timeout": timeout}
    return replace(DEFAULT, **{name: value for name, value in changes.items() if value is not None})


def save_state(path: str | os.PathLike[str], state: State) -> None:
    """Write a state to a `.npy` file that carries its N, weight, picture and field.

    `numpy.load` reads the bare numbers; `load_state` and `LOAD.Q` refuse the file in another
    space.  Raises QwasmError QW0801 when storage fails; an existing file is then untouched.
    """
    state.save(path)


def load_state(
    path: str | os.PathLike[str],
    N: int,
    weight: str = "1",
    field: str = "real",
    picture: Picture = "nspace",
) -> State:
    """Read a state of shape (N,) that lives in the given space and picture.

    weight and field are spelled as in `.space`: "n^-1", "mod(101)".  Raises QwasmError QW0537
    when the file says that it holds a state of another space, and QW0533 to QW0536 when it
    is missing, no array, or of another shape.
    """
    from qvm.machine.files import read_state

    text = f".qwasm 1.0\n.space N = {N}, weight = {weight}, field = {field}\n.func main\nend\n"
    space = front(text, "<space>", (), DEFAULT, (), {})[0].space
    return read_state(Path(path), space, picture, "qstate", os.fspath(path))


__all__ = ["Compiled", "Parameter", "QwasmError", "compile", "load_state", "save_state", "with_limits"]
