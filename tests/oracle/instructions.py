"""Every instruction as a plain function on dense vectors; one row of TABLE for each mnemonic."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from . import expression, splitmix
from .expression import Expr, num
from .field import Array, IllConditioned, NoMeaning
from .operators import Family, Letter, Op, Scaled, Total
from .program import Basis, Ins, Many, Reg, Str, Word

if TYPE_CHECKING:
    from .machine import Machine


class Halted(Exception):
    """The program has reached `halt`."""


@dataclass(frozen=True)
class Message:
    """A state, or a field as a list of states, as a file or channel holds it."""

    value: Any
    picture: str  # empty for a bare array, which fits either
    sharp: bool = True


@dataclass(frozen=True)
class Digest:
    """Where the program's digest stands: a text of a known form, the same wherever the program emits it."""


DIGEST = Digest()


def _reg(x: Any) -> str:
    assert isinstance(x, Reg), x
    return x.name


def _picture(name: str) -> str:
    return "hilbert" if name.startswith("w") else "nspace"


def _floats_only(m: Machine, what: str) -> None:
    if m.space.field.exact:
        raise NoMeaning(f"{what} in an exact field")


def _ordered(m: Machine, what: str) -> None:
    if m.space.field.exact or m.space.field.kind == "complex":
        raise NoMeaning(f"{what} needs an order")


def _apply_matrix(m: Machine, matrix: Array, x: Array) -> Array:
    if not m.space.field.exact:
        m.note(np.abs(matrix) @ np.abs(x))
    return m.space.field.dot(matrix, x)


def _act(m: Machine, dest: str, source: str, op: Op) -> None:
    m.write(dest, _apply_matrix(m, m.matrix(op, _picture(source)), m.registers[source]))


def _exponential(m: Machine, matrix: Array) -> Array:
    _floats_only(m, "exp")
    if np.linalg.norm(matrix, 2) > 8:
        raise IllConditioned("a long time for an exponential")
    m.note(math.exp(float(np.linalg.norm(matrix, 2))))
    return m.dense.exponential(matrix)


def _attribute(i: Ins, name: str) -> Any:
    return dict(i.attributes).get(name)


def _letter(name: str) -> Callable[[Machine, Ins], None]:
    def run(m: Machine, i: Ins) -> None:
        d, x, index = i.operands
        _act(m, _reg(d), _reg(x), Letter(name, (index,)))  # type: ignore[arg-type]

    return run


def qop_apply(m: Machine, i: Ins) -> None:
    d, x, op = i.operands
    _act(m, _reg(d), _reg(x), op)  # type: ignore[arg-type]


def qop_exp(m: Machine, i: Ins) -> None:
    d, x, op, t = i.operands
    _floats_only(m, "exp")
    factor = m.number(t) * (-1j if "unitary" in i.flags else -1)  # type: ignore[arg-type]
    if "unitary" in i.flags and m.space.field.kind != "complex":
        raise NoMeaning("unitary needs the complex field")
    matrix = m.matrix(op, _picture(_reg(x)))  # type: ignore[arg-type]
    m.write(_reg(d), _apply_matrix(m, _exponential(m, factor * matrix), m.registers[_reg(x)]))


def qop_poly(m: Machine, i: Ins) -> None:
    d, x, op, coefficients = i.operands
    assert isinstance(coefficients, Many)
    field, source = m.space.field, m.registers[_reg(x)]
    matrix = m.matrix(op, _picture(_reg(x)))  # type: ignore[arg-type]
    basis = _attribute(i, "basis")
    c = [m.number(e) for e in coefficients.items]
    if isinstance(basis, Basis) and basis.args:
        lo, hi = (m.number(e) for e in basis.args)
        scale = m.number(expression.Bin("/", num(2), expression.Bin("-", basis.args[1], basis.args[0])))
        half = field.into(Fraction(1, 2))
        matrix = field.reduce(scale * (matrix - field.reduce(half * (lo + hi) * field.eye(m.space.N))))
    terms = [source]
    for k in range(1, len(c)):
        following = _apply_matrix(m, matrix, terms[-1])
        if isinstance(basis, Basis) and basis.args and k > 1:
            following = field.reduce(2 * following - terms[-2])
        m.note(following)
        terms.append(following)
    total = field.zeros(m.space.N)
    for a, term in zip(c, terms, strict=True):
        total = field.reduce(total + a * term)
    m.write(_reg(d), total)


def qop_combine(m: Machine, i: Ins) -> None:
    d, x, y, a, b = i.operands
    left = m.number(a) * m.registers[_reg(x)]  # type: ignore[arg-type]
    right = m.number(b) * m.registers[_reg(y)]  # type: ignore[arg-type]
    m.note(left)
    m.note(right)
    m.write(_reg(d), m.space.field.reduce(left + right))


def within(m: Machine, i: Ins) -> None:
    d, x, *_ = i.operands
    m.write(_reg(d), m.registers[_reg(x)])


def _inner(m: Machine, x: str, y: str) -> Any:
    field = m.space.field
    terms = field.reduce(field.conj(m.registers[x]) * m.registers[y])
    if _picture(x) == "nspace":
        terms = field.reduce(terms * m.space.weights)
    return _sum(m, terms)


def _sum(m: Machine, terms: Any) -> Any:
    if not m.space.field.exact:
        m.note(sum(abs(t) for t in np.ravel(terms)))
    total = sum(np.ravel(terms).tolist(), start=0)
    return m.space.field.into(total)


def _norm(m: Machine, x: str) -> float:
    _floats_only(m, "a norm")
    return math.sqrt(abs(_inner(m, x, x)))


def qop_inner(m: Machine, i: Ins) -> None:
    s, x, y = i.operands
    m.write(_reg(s), _inner(m, _reg(x), _reg(y)))


def qop_norm(m: Machine, i: Ins) -> None:
    s, x = i.operands
    m.write(_reg(s), _norm(m, _reg(x)))


def operator_norm(m: Machine, i: Ins) -> None:
    s, op = i.operands
    _floats_only(m, "a norm")
    m.write(_reg(s), float(np.linalg.norm(m.matrix(op, "hilbert"), 2)))  # type: ignore[arg-type]


def qop_normalize(m: Machine, i: Ins) -> None:
    x = _reg(i.operands[0])
    norm = _norm(m, x)
    if norm < 0.1:
        raise IllConditioned("a norm near zero")
    m.blunt = True
    m.write(x, m.registers[x] / norm)


def prime_sum(m: Machine, i: Ins) -> None:
    d, x = i.operands
    p = expression.Var("p")
    body = Total((Letter("A", (p,)), Scaled(p, Letter("B", (p,)))))
    _act(m, _reg(d), _reg(x), Family("sum", "p", "primes", num(2), num(m.space.N), body))


def diffuse_mult(m: Machine, i: Ins) -> None:
    d, x, b = i.operands
    moved = _apply_matrix(m, m.matrix(Letter("D"), _picture(_reg(x))), m.registers[_reg(x)])
    m.write(_reg(d), m.space.field.reduce(m.registers[_reg(x)] + m.number(b) * moved))  # type: ignore[arg-type]


def _function(letter: str, f: Expr | None) -> Callable[[Machine, Ins], None]:
    def run(m: Machine, i: Ins) -> None:
        _act(m, _reg(i.operands[0]), _reg(i.operands[1]), Letter(letter, (f or i.operands[2],)))  # type: ignore[arg-type]

    return run


def qpu_spawn(m: Machine, i: Ins) -> None:
    f, x, op, depth = i.operands
    matrix = m.matrix(op)  # type: ignore[arg-type]
    states = [m.registers[_reg(x)]]
    for _ in range(m.integer(depth)):  # type: ignore[arg-type]
        states.append(_apply_matrix(m, matrix, states[-1]))
    m.write(_reg(f), states)


def qpu_reduce(m: Machine, i: Ins) -> None:
    s, f, kind = i.operands
    assert isinstance(kind, Word)
    states = np.array(m.registers[_reg(f)])
    match kind.value:
        case "SUM":
            found = _sum(m, states)
        case "MAX" | "MIN":
            _ordered(m, kind.value)
            found = float(states.max() if kind.value == "MAX" else states.min())
        case _:
            _floats_only(m, kind.value)
            square = np.abs(states) ** 2 * (1 if kind.value == "L2" else m.space.weights.real)
            found = math.sqrt(_sum(m, square).real)
            if kind.value == "ENTROPY":
                if found < 0.1:
                    raise IllConditioned("the entropy of nearly nothing")
                share = np.ravel(square) / square.sum()
                found = -sum(p * math.log(p) for p in share.tolist() if p > 0)
    m.write(_reg(s), found)


def qpu_diffuse(m: Machine, i: Ins) -> None:
    f, tau = i.operands
    D = m.matrix(Letter("D"))
    L = D - np.diag(D @ np.ones(m.space.N))
    step = _exponential(m, m.number(tau) * L)  # type: ignore[arg-type]
    m.write(_reg(f), [_apply_matrix(m, step, x) for x in m.registers[_reg(f)]])


def qpu_evolve(m: Machine, i: Ins) -> None:
    f, op, t = i.operands
    _floats_only(m, "exp")
    step = _exponential(m, -m.number(t) * m.matrix(op))  # type: ignore[arg-type]
    m.write(_reg(f), [_apply_matrix(m, step, x) for x in m.registers[_reg(f)]])


def qpu_superpose(m: Machine, i: Ins) -> None:
    f, v = (m.registers[_reg(x)] for x in i.operands[1:])
    assert len(f) == len(v)
    total = m.space.field.zeros(m.space.N)
    for a, x in zip(v, f, strict=True):
        total = m.space.field.reduce(total + a * x)
    m.write(_reg(i.operands[0]), total)


def alloc(m: Machine, i: Ins) -> None:
    f, k = i.operands
    m.write(_reg(f), [m.space.field.zeros(m.space.N) for _ in range(m.integer(k))])  # type: ignore[arg-type]


def free_field(m: Machine, i: Ins) -> None:
    del m.registers[_reg(i.operands[0])]


def _outward(m: Machine, i: Ins) -> tuple[str, Message]:
    name, q = i.operands
    assert isinstance(name, Str)
    register = _reg(q)
    return name.value, Message(m.registers[register], _picture(register), register in m.sharp)


def _inward(m: Machine, register: str, found: Message) -> None:
    if isinstance(found.value, list) != register.startswith("f"):
        raise NoMeaning("a field where a state was expected, or a state where a field was")
    if found.picture not in ("", _picture(register)):
        raise NoMeaning("a state of the other picture")
    m.write(register, found.value)
    m.blunt = not found.sharp


def load(m: Machine, i: Ins) -> None:
    q, name = i.operands
    assert isinstance(name, Str)
    if name.value not in m.files:
        raise NoMeaning("no such file")
    _inward(m, _reg(q), m.files[name.value])


def store(m: Machine, i: Ins) -> None:
    name, message = _outward(m, i)
    m.files[name] = message


def send(m: Machine, i: Ins) -> None:
    name, message = _outward(m, i)
    m.channels.setdefault(name, []).append(message)


def receive(m: Machine, i: Ins) -> None:
    q, name = i.operands
    assert isinstance(name, Str)
    waiting = m.channels.get(name.value, [])
    if not waiting:
        raise NoMeaning("an empty channel")
    _inward(m, _reg(q), waiting[0])
    del waiting[0]


def digest(m: Machine, i: Ins) -> None:
    (name,) = i.operands
    assert isinstance(name, Str)
    m.emit(name.value, DIGEST)


def halt(m: Machine, i: Ins) -> None:
    raise Halted


def basis(m: Machine, i: Ins) -> None:
    q, n = i.operands
    at = m.integer(n)  # type: ignore[arg-type]
    if not 1 <= at <= m.space.N:
        raise NoMeaning("a basis vector outside 1..N")
    m.write(_reg(q), m.space.field.array(int(k == at) for k in range(1, m.space.N + 1)))


def fill(m: Machine, i: Ins) -> None:
    q, e = i.operands
    m.write(_reg(q), m.dense.values(e, m.scope | _scalars(m)))  # type: ignore[arg-type]


def _scalars(m: Machine) -> dict[str, Any]:
    return {k: v for k, v in m.registers.items() if k.startswith("s")}


def map_(m: Machine, i: Ins) -> None:
    d, q, e = i.operands
    x = m.registers[_reg(q)].tolist()
    scope = m.scope | _scalars(m)
    values = [expression.value(e, {**scope, "x": x[n - 1], "n": n}) for n in range(1, m.space.N + 1)]  # type: ignore[arg-type]
    m.write(_reg(d), m.space.field.array(values))


def mul(m: Machine, i: Ins) -> None:
    d, x, y = (_reg(r) for r in i.operands)
    m.write(d, m.space.field.reduce(m.registers[x] * m.registers[y]))


def scan(m: Machine, i: Ins) -> None:
    d, q, kind = i.operands
    assert isinstance(kind, Word)
    x = m.registers[_reg(q)]
    if kind.value == "MAX":
        _ordered(m, "MAX")
        m.write(_reg(d), np.array([max(x[: n + 1]) for n in range(m.space.N)]))
    else:
        m.write(_reg(d), m.space.field.array(_sum(m, x[: n + 1]) for n in range(m.space.N)))


def at(m: Machine, i: Ins) -> None:
    s, q, n = i.operands
    index = m.integer(n)  # type: ignore[arg-type]
    if not 1 <= index <= m.space.N:
        raise NoMeaning("an entry outside 1..N")
    m.write(_reg(s), m.space.field.into(m.registers[_reg(q)].tolist()[index - 1]))


def reduce(m: Machine, i: Ins) -> None:
    s, q, kind = i.operands
    assert isinstance(kind, Word)
    x = m.registers[_reg(q)]
    match kind.value:
        case "SUM":
            found: Any = _sum(m, x)
        case "COUNT":
            m.require_sharp(_reg(q))
            found = m.space.field.into(sum(1 for v in x.tolist() if v != 0))
        case _:
            _ordered(m, kind.value)
            found = float(x.min() if kind.value == "MIN" else x.max())
            if kind.value == "ARGMAX":
                m.require_sharp(_reg(q))
                found = float(1 + x.tolist().index(max(x.tolist())))
    m.write(_reg(s), found)


def equal(m: Machine, i: Ins) -> None:
    s, x, y = (_reg(r) for r in i.operands)
    m.require_sharp(x, y)
    m.write(s, m.space.field.into(int(m.registers[x].tolist() == m.registers[y].tolist())))


def random(m: Machine, i: Ins) -> None:
    q, seed = i.operands
    N, field = m.space.N, m.space.field
    _floats_only(m, "random")
    numbers = [splitmix.uniform(z) for z in splitmix.outputs(m.integer(seed), 2 * N)]  # type: ignore[arg-type]
    m.blunt = True
    if field.kind == "complex":
        m.write(_reg(q), field.array(complex(numbers[2 * n], numbers[2 * n + 1]) for n in range(N)))
    else:
        m.write(_reg(q), field.array(numbers[:N]))


def trace(m: Machine, i: Ins) -> None:
    s, op, *times = i.operands
    X = m.matrix(op)  # type: ignore[arg-type]
    insert = _attribute(i, "insert")
    if not times:
        m.write(_reg(s), _sum(m, X.diagonal()))
        return
    _floats_only(m, "trace with t")
    listed = isinstance(times[0], Many)
    found = []
    for t in times[0].items if isinstance(times[0], Many) else times:
        heat = _exponential(m, -m.number(t) * X)  # type: ignore[arg-type]
        plain = _sum(m, heat.diagonal())
        if insert is not None:
            inserted = _sum(m, (m.matrix(insert) @ heat).diagonal())
            ratio = _attribute(i, "ratio") == Word("on")
            if ratio and abs(plain) < 0.1:
                raise IllConditioned("a ratio to nearly nothing")
            found.append(inserted / plain if ratio else inserted)
        else:
            found.append(plain)
    m.write(_reg(s), found if listed else found[0])


def spectrum(m: Machine, i: Ins) -> None:
    v, op, k = i.operands
    _floats_only(m, "spectrum")
    which = _attribute(i, "which")
    values = np.linalg.eigvals(m.matrix(op))  # type: ignore[arg-type]
    if np.abs(values.imag).max() < 1e-9:
        values = values.real
    name = which.value if isinstance(which, Word) else which.name if isinstance(which, Basis) else "small"
    if name == "near":
        key = np.abs(values - m.number(which.args[0]))
    elif name == "large":
        key = -np.abs(values)
    else:
        key = np.abs(values)
        if np.min(values.real) < 0:
            raise IllConditioned("small eigenvalues of both signs")
    order = np.argsort(key)
    count = m.integer(k)  # type: ignore[arg-type]
    if count > m.space.N:
        raise NoMeaning("more eigenvalues than there are")
    if count < len(order) and key[order[count]] - key[order[count - 1]] < 1e-3:
        raise IllConditioned("a tie between eigenvalues")
    m.write(_reg(v), [values[j] for j in order[:count]])


def set_(m: Machine, i: Ins) -> None:
    s, e = i.operands
    m.write(_reg(s), m.number(e))  # type: ignore[arg-type]


def emit(m: Machine, i: Ins) -> None:
    name, value = i.operands
    assert isinstance(name, Str)
    m.emit(name.value, m.registers[value.name] if isinstance(value, Reg) else m.number(value))  # type: ignore[arg-type]


def assert_(m: Machine, i: Ins) -> None:
    if not m.native(i.operands[0]):  # type: ignore[arg-type]
        raise NoMeaning("an assertion that fails")


def to_picture(m: Machine, i: Ins) -> None:
    d, x = (_reg(r) for r in i.operands)
    half = -m.space.s / 2 if i.name == "to.hilbert" else m.space.s / 2
    factor = np.array([m.space.power(n, half) for n in range(1, m.space.N + 1)], dtype=m.space.field.dtype)
    m.write(d, m.space.field.reduce(m.registers[x] * factor))


def nothing(m: Machine, i: Ins) -> None:
    """No effect on the numbers."""


TABLE: dict[str, Callable[[Machine, Ins], None]] = {
    "qop.apply": qop_apply,
    "qop.exp": qop_exp,
    "qop.poly": qop_poly,
    "qop.combine": qop_combine,
    "within": within,
    "qop.inner": qop_inner,
    "qop.norm": qop_norm,
    "norm": operator_norm,
    "qop.normalize": qop_normalize,
    "mul.p": _letter("A"),
    "div.p": _letter("B"),
    "prime.sum": prime_sum,
    "diffuse.mult": diffuse_mult,
    "log.mult": _function("V", expression.Call("log")),
    "lambda.weight": _function("V", expression.Call("Lambda")),
    "arith.sum": _function("coDir", None),
    "qpu.spawn": qpu_spawn,
    "qpu.reduce": qpu_reduce,
    "qpu.diffuse": qpu_diffuse,
    "qpu.superpose.grid": qpu_superpose,
    "qpu.evolve": qpu_evolve,
    "alloc.qfield": alloc,
    "free.qfield": free_field,
    "load.q": load,
    "store.q": store,
    "send": send,
    "recv": receive,
    "hash.qcode": digest,
    "verify.sandbox": nothing,
    "atune.plan": nothing,
    "atune.learn": nothing,
    "atune.switch": nothing,
    "basis": basis,
    "fill": fill,
    "map": map_,
    "mul": mul,
    "scan": scan,
    "at": at,
    "reduce": reduce,
    "equal": equal,
    "random": random,
    "trace": trace,
    "spectrum": spectrum,
    "set": set_,
    "emit": emit,
    "assert": assert_,
    "to.hilbert": to_picture,
    "to.nspace": to_picture,
    "halt": halt,
}
