"""Instructions that reach outside: files, channels, fields of states, digests, the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qwasm.instructions.form import Instruction, Operand
from qwasm.instructions.interface import Run
from qwasm.instructions.parallel import FIELD, FIELD_MADE, field_work

PATH, CHANNEL = Operand("path", "string"), Operand("channel", "string")
STATE = Operand("q", "qstate", also=("qfield",))
STATE_MADE = Operand("q", "qstate", writes=True, reads=False, also=("qfield",))


def zeros(run: Run, op: Any) -> Any:
    """k states of zeros."""
    return run.state(np.zeros((int(op["k"]), run.space.N)))


def loaded(run: Run, op: Any) -> Any:
    """What a granted file holds."""
    return run.load(op["path"], op["results"][0], op.picture)


def stored(run: Run, op: Any, x: Any) -> None:
    """A file under a granted root, whole or not at all."""
    run.store(op["path"], x, op.picture)


def sent(run: Run, op: Any, x: Any) -> None:
    """One more message in a channel."""
    run.send(op["channel"], x, op.picture)


def received(run: Run, op: Any) -> Any:
    """The oldest message not yet received."""
    return run.receive(op["channel"], op["results"][0], op.picture)


def digested(run: Run, op: Any) -> None:
    """The program's digest as an output."""
    run.emit(op["name"], run.digest())


def verified(run: Run, op: Any) -> None:
    """Nothing, unless a file or channel that the program names is not granted."""
    run.require_grants()


def nothing(run: Run, op: Any, *inputs: Any) -> None:
    """No effect: the register's storage is given back by the machine."""


def tuned(word: str) -> Callable[[Run, Any], None]:
    """The meaning of an instruction about schedules."""
    return lambda run, op: run.tune(word, op["name"])


def schedule(word: str, doc: str) -> Instruction:
    """A row of the instructions about schedules, which change no result."""
    return Instruction(
        f"atune.{word}",
        "system",
        (Operand("name", "string"),),
        doc,
        tuned(word),
        'fill q0, n\nqop.apply q1, q0, A[2]\natune.plan "fast"\natune.learn "fast"\natune.switch "fast"\n'
        "qop.apply q2, q0, A[2]\nequal s0, q1, q2\nassert s0 == 1",
        effects=frozenset({"fails"}),
        work=lambda facts: 64 * int(facts["N"]) if word == "learn" else 0,
        memory=lambda facts: 2 * int(facts["bytes"]) if word == "learn" else 0,
    )


ROWS = (
    Instruction(
        "load.q",
        "system",
        (STATE_MADE, PATH),
        "Reads a state, shape (N,), entry 0 is psi(1), or a field, shape (k, N), from a granted .npy file.",
        loaded,
        'fill q0, n\nstore.q "state.npy", q0\nload.q q1, "state.npy"\nequal s0, q0, q1\nassert s0 == 1',
        effects=frozenset({"file", "input", "fails"}),
        work=field_work,
    ),
    Instruction(
        "store.q",
        "system",
        (PATH, STATE),
        "Writes a state or field with its N, weight, picture and field to a granted .npy file, whole or not at all.",
        stored,
        'basis q0, 3\nstore.q "state.npy", q0\nload.q q1, "state.npy"\nat s0, q1, 3\nassert s0 == 1',
        effects=frozenset({"file", "output", "fails"}),
        work=field_work,
    ),
    Instruction(
        "alloc.qfield",
        "system",
        (FIELD_MADE, Operand("k", "integer", least=1)),
        "Makes a field of k states of zeros.",
        zeros,
        "alloc.qfield f0, 3\nqpu.reduce s0, f0, SUM\nassert s0 == 0",
        work=lambda facts: int(facts["N"]) * int(facts["k"]),
    ),
    Instruction(
        "free.qfield",
        "system",
        (FIELD,),
        "Gives back the storage of a field.",
        nothing,
        "alloc.qfield f0, 3\nqpu.reduce s0, f0, SUM\nfree.qfield f0\nassert s0 == 0",
        work=lambda facts: 0,
    ),
    Instruction(
        "send",
        "system",
        (CHANNEL, STATE),
        "Appends a state or field to a channel of the run.",
        sent,
        'basis q0, 3\nsend "out", q0\nrecv q1, "out"\nequal s0, q0, q1\nassert s0 == 1',
        effects=frozenset({"channel", "output", "fails"}),
        work=field_work,
    ),
    Instruction(
        "recv",
        "system",
        (STATE_MADE, CHANNEL),
        "Takes the oldest state or field not yet received from a channel.",
        received,
        'basis q0, 3\nsend "out", q0\nrecv q1, "out"\nat s0, q1, 3\nassert s0 == 1',
        effects=frozenset({"channel", "input", "fails"}),
        work=field_work,
    ),
    Instruction(
        "hash.qcode",
        "system",
        (Operand("name", "string"),),
        "Emits the digest of the program.",
        digested,
        'hash.qcode "digest"\nset s0, 1\nassert s0 == 1',
        effects=frozenset({"output"}),
        work=lambda facts: 0,
    ),
    Instruction(
        "verify.sandbox",
        "system",
        (),
        "Fails unless every file and channel the program names is granted.",
        verified,
        "verify.sandbox\nset s0, 1\nassert s0 == 1",
        effects=frozenset({"fails"}),
        work=lambda facts: 0,
    ),
    schedule("plan", "Lists under a name the schedules this machine may run by that change no bit: threads and tiles."),
    schedule("learn", "Measures the schedules of a name on the operators applied last; the run keeps the fastest."),
    schedule(
        "switch", "Runs what follows by the schedule learned under a name, or else by the one that `qvm tune` has kept."
    ),
)
