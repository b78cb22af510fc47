"""The instruction table: its redundant facts agree with each other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from qvm_backends.reference import ReferenceKernels

from qvm.machine import Grants
from qvm.machine.context import Context
from qvm.machine.resolve import Resolved
from qwasm.algebra.functions import call
from qwasm.algebra.ring import const, symbol
from qwasm.diagnostics import QwasmError
from qwasm.instructions import Instruction, manual, merged, table
from qwasm.instructions.states import splitmix
from qwasm.limits import DEFAULT
from qwasm.qpu.letters import letters
from qwasm.qpu.program import QpuProgram
from qwasm.space import Field, Picture, Space, Weight

LINEAR = [row for row in table().values() if row.linear is not None]
FIELDS = (Field("real"), Field("real32"), Field("complex"), Field("mod", 101))
WEIGHTS = (Weight(), Weight(Fraction(1, 2)), Weight(Fraction(1)))
N = 24


def context(space: Space) -> Context:
    return Context(QpuProgram(space, {}), ReferenceKernels(), DEFAULT, Grants())


def operands(space: Space) -> dict[str, Any]:
    """A value for every operand that a linear instruction may have."""
    algebra = letters(space.truncation)
    diffusion = algebra.diffusion(1, 2, 7)
    return {
        "p": const(3),
        "b": const(2),
        "f": call("phi", symbol("n", "nat")),
        "X": algebra.add(algebra.A(2), algebra.B(3)),
        "diffusion": diffusion,
        "N": const(space.N),
    }


def some_state(space: Space, seed: int) -> Any:
    if space.field.exact:
        return np.random.Generator(np.random.PCG64(seed)).integers(0, space.field.modulus, space.N)
    real = splitmix(seed, 1, space.N)
    return (real + 1j * splitmix(seed, 101, space.N) if space.field.kind == "complex" else real).astype(
        space.field.dtype
    )


@pytest.mark.parametrize("picture", ["nspace", "hilbert"])
@pytest.mark.parametrize("weight", WEIGHTS, ids=str)
@pytest.mark.parametrize("field", FIELDS, ids=str)
@pytest.mark.parametrize("row", LINEAR, ids=lambda row: row.mnemonic)
def test_the_plain_meaning_of_a_linear_instruction_is_its_operator(
    row: Instruction, field: Field, weight: Weight, picture: Picture
) -> None:
    if field.kind not in row.fields or (field.exact and weight.s != 0):
        return
    space = Space(N, weight, field)
    run = context(space)
    values = operands(space)
    op = Resolved({**values, "p": 3}, picture)
    state = some_state(space, 5)
    assert row.meaning is not None and row.linear is not None
    plain = row.meaning(run, op, state)
    swept = run.apply(row.linear(run.algebra, values), state, picture)
    tolerance = 0.0 if field.exact else 200 * float(np.finfo(field.dtype).eps)
    np.testing.assert_allclose(plain, swept, rtol=tolerance, atol=tolerance * 50)


@pytest.mark.parametrize("row", table().values(), ids=lambda row: row.mnemonic)
def test_every_row_is_filled_in(row: Instruction) -> None:
    assert row.mnemonic == row.mnemonic.lower()
    assert row.doc.split("\n")[0].endswith((".", ";", ",", ":"))
    assert row.fields and row.pictures
    assert bool(row.example) != bool(row.not_yet)
    assert (row.meaning is None) == (row.group == "control" or bool(row.not_yet))
    names = [item.name for item in row.operands] + [item.name for item in row.attributes]
    assert len(names) == len(set(names))
    facts = {"N": 100, "elements": 300, "bytes": 800, "itemsize": 8, "states": 1, "depth": 3, "k": 2}
    assert row.work(facts) >= 0 and row.memory(facts) >= 0


@pytest.mark.parametrize("row", [row for row in table().values() if row.same_as], ids=lambda row: row.mnemonic)
def test_same_as_uses_the_operands_of_the_row(row: Instruction) -> None:
    used = row.same_as.format(**{item.name: "0" for item in row.operands})
    assert used and row.mnemonic not in used.split()


PUBLISHED = """
qop.apply qop.exp qop.poly qop.combine qop.inner qop.norm norm qop.normalize mul.p div.p prime.sum diffuse.mult
log.mult lambda.weight arith.sum qpu.spawn qpu.reduce qpu.diffuse qpu.superpose.grid qpu.evolve loop hyperloop
primes if else while call halt jmp jif.gt jif.lt jif.eq qloop load.q store.q alloc.qfield free.qfield send recv
hash.qcode verify.sandbox atune.plan atune.learn atune.switch basis fill map mul scan at reduce equal random
to.hilbert to.nspace trace spectrum measure set emit assert
"""
ADDED = {"within"}  # what approximate passes write


def test_the_published_mnemonics_are_all_there() -> None:
    assert set(PUBLISHED.split()) | ADDED == set(table())


def test_two_owners_of_one_mnemonic_are_both_named() -> None:
    row = table()["basis"]
    with pytest.raises(QwasmError, match="'basis' is declared by here and by there"):
        merged([("here", [row]), ("there", [row])])


def test_the_manual_has_every_instruction() -> None:
    page = manual()
    assert all(f"### `{row.mnemonic}" in page for row in table().values())
    assert "### `basis" in manual("states") and "### `trace" not in manual("states")


def test_random_numbers_are_the_published_splitmix64() -> None:
    # the first outputs of the generator seeded with 0, from its authors' reference program
    outputs = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert splitmix(0, 1, 3).tolist() == [(z >> 11) / 2**52 - 1 for z in outputs]
    assert splitmix(7, 5, 2).tolist() == splitmix(7, 1, 6)[4:].tolist()


@pytest.mark.parametrize("field", FIELDS, ids=str)
@pytest.mark.parametrize("row", [row for row in table().values() if row.commutative], ids=lambda row: row.mnemonic)
def test_what_is_said_to_commute_commutes(row: Instruction, field: Field) -> None:
    """Bit for bit, but for complex products, whose parts may be fused one way or the other."""
    space = Space(N, Weight(), field)
    x, y = some_state(space, 1), some_state(space, 2)
    assert row.meaning is not None
    one, other = (row.meaning(context(space), Resolved({}, "nspace"), *pair) for pair in ((x, y), (y, x)))
    if isinstance(one, np.ndarray) and field.kind == "complex":
        assert np.abs(one - other).max() <= 4 * 2.0**-53 * np.abs(x * y).max()
    else:
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
