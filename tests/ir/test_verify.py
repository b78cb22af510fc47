"""The verifier refuses every way of breaking a module that it promises to see."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qwasm.algebra.operators import Algebra
from qwasm.algebra.ring import const, symbol
from qwasm.diagnostics import QwasmError
from qwasm.ir.equal import same_module
from qwasm.ir.module import Module, Op, Type, Value
from qwasm.ir.text import parse_module, print_module
from qwasm.ir.verify import verify
from qwasm.passes.manager import run_passes
from tests.ir.programs import main, module_of

TEXT = main("""basis q0, 1
set s0, 1
loop k, 3
qop.apply q0, q0, A[k]
set s0, s0 + k
end
if s0 > 1
set s0, 2
end
mul.p q1, q0, 2
emit "s", s0""")


def find(module: Module, name: str) -> Op:
    return next(op for op in module.walk() if op.name == name)


def drop_return(m: Module) -> None:
    m.functions["main"].body.ops.pop()


def use_before_definition(m: Module) -> None:
    ops = m.functions["main"].body.ops
    ops.insert(0, ops.pop(-3))


def define_twice(m: Module) -> None:
    find(m, "mul.p").results[0] = find(m, "basis").results[0]


def leak_from_region(m: Module) -> None:
    find(m, "mul.p").operands[0] = find(m, "qop.apply").results[0]


def unknown_name(m: Module) -> None:
    find(m, "mul.p").name = "mul.q"


def missing_attribute(m: Module) -> None:
    del find(m, "mul.p").attributes["p"]


def extra_attribute(m: Module) -> None:
    find(m, "mul.p").attributes["q"] = const(2)


def composite(m: Module) -> None:
    find(m, "mul.p").attributes["p"] = const(6)


def wrong_kind(m: Module) -> None:
    find(m, "qop.apply").attributes["X"] = const(2)


def other_truncation(m: Module) -> None:
    op = find(m, "qop.apply")
    op.attributes["X"], op.captures = Algebra("free").A(2), {}


def loose_symbol(m: Module) -> None:
    find(m, "qop.apply").captures.clear()


def needless_capture(m: Module) -> None:
    op = find(m, "emit")
    op.captures["k"] = op.captures["s0"]


def capture_of_a_state(m: Module) -> None:
    find(m, "emit").captures["s0"] = find(m, "basis").results[0]


def wrong_yield(m: Module) -> None:
    find(m, "yield").operands.pop()


def wrong_carried(m: Module) -> None:
    find(m, "loop").operands.reverse()


def open_bound(m: Module) -> None:
    op = find(m, "loop")
    op.attributes["high"] = symbol("N", "nat")


def no_operand(m: Module) -> None:
    find(m, "mul.p").operands.clear()


def wrong_result(m: Module) -> None:
    find(m, "mul.p").results[0] = Value(Type("scalar"), "s9")


def other_picture(m: Module) -> None:
    find(m, "mul.p").results[0] = Value(Type("qstate", "hilbert"), "q1")


def no_main(m: Module) -> None:
    m.functions["start"] = m.functions.pop("main")


def unknown_callee(m: Module) -> None:
    m.functions["main"].body.ops.insert(0, Op("call", attributes={"function": "f"}))


def ends_early(m: Module) -> None:
    m.functions["main"].body.ops.insert(0, Op("return"))


def empty_region(m: Module) -> None:
    find(m, "if").regions[0].ops.clear()


BREAKS: list[Callable[[Module], None]] = [
    drop_return,
    use_before_definition,
    define_twice,
    leak_from_region,
    unknown_name,
    missing_attribute,
    extra_attribute,
    composite,
    wrong_kind,
    other_truncation,
    loose_symbol,
    needless_capture,
    capture_of_a_state,
    wrong_yield,
    wrong_carried,
    open_bound,
    no_operand,
    wrong_result,
    other_picture,
    no_main,
    unknown_callee,
    ends_early,
    empty_region,
]


@pytest.mark.parametrize("damage", BREAKS, ids=lambda f: f.__name__)
def test_a_broken_module_is_refused(damage: Callable[[Module], None]) -> None:
    module = module_of(TEXT)
    verify(module)
    damage(module)
    with pytest.raises(QwasmError) as caught:
        verify(module)
    assert caught.value.diagnostics[0].code == "QW0510"


def test_the_refusal_names_the_operation_and_its_place() -> None:
    module = module_of(TEXT)
    composite(module)
    with pytest.raises(QwasmError) as caught:
        verify(module)
    diagnostic = caught.value.diagnostics[0]
    assert "mul.p" in diagnostic.message
    assert diagnostic.span is not None and diagnostic.span.line == 14


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("coefficients = (`s0`, `3`,)", "coefficients = (`s0`,)", "1 factors"),
        ("coefficients = (`s0`, `3`,)", "coefficients = (`n`, `3`,)", "captures and symbols differ"),
        ("operators = (X`A[2]`, X`I`,)", "operators = (`2`, X`I`,)", "operators is not of kind operator"),
        ("operators = (X`A[2]`, X`I`,), ", "", "its attributes are coefficients"),
        ("sweep(%q0#0, %q1#1)", "sweep(%s0#2, %q1#1)", "makes one state of states"),
    ],
)
def test_a_fused_sweep_has_an_operator_and_a_factor_for_each_state(old: str, new: str, why: str) -> None:
    body = "fill q0, n\nfill q1, 1\nset s0, 2\nmul.p q2, q0, 2\nqop.combine q3, q2, q1, s0, 3\nreduce s1, q3, SUM"
    module = module_of(main(body, space="N = 100_000"))
    run_passes(module, "fuse", verify_each=True)
    text = print_module(module)
    assert same_module(parse_module(text), module) and old in text
    with pytest.raises(QwasmError, match=why):
        verify(parse_module(text.replace(old, new)))
