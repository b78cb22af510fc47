"""Objects hold what was built, and any other bytes are refused with a code."""

from __future__ import annotations

import pytest

from qwasm.diagnostics import QwasmError
from qwasm.ir.equal import same_module
from qwasm.ir.objects import read_object, rebuild, write_object
from tests.ir.programs import PROGRAMS, main, module_of

SMALL = write_object(module_of(main('basis q0, 1\nemit "x", 2')))
REFUSALS = ("QW0500", "QW0501", "QW0502")


@pytest.mark.parametrize("name", ["heat", "calls", "labels", "arith", "mod"])
def test_an_object_reads_back_to_the_module_and_its_sources(name: str) -> None:
    module = module_of(PROGRAMS[name])
    read = read_object(write_object(module))
    assert same_module(module, read)
    assert read.sources == module.sources
    assert write_object(read) == write_object(module)


def test_every_flipped_bit_is_refused() -> None:
    for position in range(len(SMALL)):
        for bit in (1, 128):
            data = bytearray(SMALL)
            data[position] ^= bit
            with pytest.raises(QwasmError) as caught:
                read_object(bytes(data))
            assert caught.value.diagnostics[0].code in REFUSALS
            assert caught.value.exit_code == 5


def test_every_truncation_is_refused() -> None:
    for length in range(len(SMALL)):
        with pytest.raises(QwasmError) as caught:
            read_object(SMALL[:length])
        assert caught.value.diagnostics[0].code in REFUSALS


def test_an_object_builds_again_with_other_parameters_and_keeps_those_given_before() -> None:
    module = read_object(write_object(module_of(PROGRAMS["heat"], P="50", N=1000)))
    again, _ = rebuild(module, {"t": "1/2"})
    assert {name: str(value) for name, value in again.parameters.items()} == {"t": "1/2", "P": "50"}
    assert again.space.N == 1000
    same, _ = rebuild(module, {})
    assert same_module(same, module)


def test_a_module_beside_other_sources_is_refused() -> None:
    module = module_of(PROGRAMS["heat"])
    module.sources = {"x.qw": PROGRAMS["while"]}
    with pytest.raises(QwasmError) as caught:
        read_object(write_object(module))
    assert caught.value.diagnostics[0].code == "QW0504"
