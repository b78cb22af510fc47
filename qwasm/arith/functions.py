"""Arithmetic functions by name: the declared table, plug-ins, and calls of them as expressions.

Built-in rows and those of the entry-point group `qwasm.functions` are called alike.  A name
with its parameters means the value at n; one more argument is the point.

>>> from qwasm.algebra.functions import call
>>> str(call("lambda", 2 * symbol("n", "nat"))), str(call("sigma", 3, 2))
('-lambda(n)', '9')
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from qwasm import plugins
from qwasm.algebra.atoms import INTEGER, NONNEGATIVE, REAL, Atom, intern_atom
from qwasm.algebra.powers import power
from qwasm.algebra.ring import ONE, ZERO, Expr, Monomial, _intern, const, from_atom, symbol
from qwasm.arith.rows import ArithFunction, Params
from qwasm.arith.table import TABLE as BUILT_IN
from qwasm.diagnostics import fail

GROUP = "qwasm.functions"
N_SYMBOL = symbol("n", "nat")
BOUND_N, BOUND_P, BOUND_K = symbol("$n", "nat"), symbol("$p", "prime"), symbol("$k", "nat")


@cache
def functions() -> dict[str, ArithFunction]:
    """Every arithmetic function by name: built-in rows first, then plug-ins.

    Raises QW0598 when a plug-in takes a name that is in use.
    """
    return merged(plugins.rows(GROUP, ArithFunction))


def merged(added: Iterable[tuple[str, ArithFunction]]) -> dict[str, ArithFunction]:
    """The built-in rows and those of plug-ins, given as (owner, row); QW0598 names both owners of a clash."""
    from qwasm.algebra.functions import names

    taken = dict.fromkeys(sorted(names()))
    found = plugins.merged("function", {**taken, **BUILT_IN}, ((owner, row.name, row) for owner, row in added))
    return {name: row for name, row in found.items() if row is not None}


def lookup(name: str) -> ArithFunction | None:
    """The row of an arithmetic function, or None."""
    return BUILT_IN.get(name) or functions().get(name)


def build_call(name: str, args: tuple[Expr | str, ...]) -> Expr:
    """An arithmetic function, conv, dinv or euler at exact arguments, simplified.

    Raises QW0354 for an unknown name or a wrong number of arguments, QW0351 where it has no value.
    """
    from qwasm.algebra.functions import wrong_count

    plain = tuple(a for a in args if isinstance(a, Expr))
    if len(plain) != len(args):
        raise fail("QW0354", f"{name} takes no text argument", hint=f"qwasmc help functions shows how {name} is called")
    if name in _WITH_BODIES:
        bodies, build = _WITH_BODIES[name]
        if len(plain) == bodies:
            plain = (*plain, N_SYMBOL)
        if len(plain) != bodies + 1:
            raise wrong_count(name, str(bodies), len(plain))
        return build(plain)
    row = lookup(name)
    if row is None:
        raise fail("QW0354", f"no function is called {name!r}", hint="qwasmc help functions lists the functions")
    if len(plain) == len(row.params):
        plain = (*plain, N_SYMBOL)
    if len(plain) != len(row.params) + 1:
        raise wrong_count(name, str(len(row.params) + 1), len(plain))
    return at_point(row, plain[:-1], plain[-1])


def at_point(row: ArithFunction, params: tuple[Expr, ...], point: Expr) -> Expr:
    """row(params; point): exact at a constant, split where the row's law allows it."""
    if row.name == "gcd":
        return _gcd(row, params[0], point)
    numbers: list[int] = []
    for name, value in zip(row.params, params, strict=True):
        number = value.integer()
        if number is None and value.is_constant:
            raise fail("QW0357", f"{row.name} takes an integer {name}, not {value}", hint="give an integer")
        if number is not None:
            numbers.append(number)
    known: Params | None = tuple(numbers) if len(numbers) == len(params) else None
    if known is not None:
        row.check(known)
        place = point.rational()
        if place is not None:
            if place.denominator != 1 or place < 1:
                raise fail("QW0351", f"{row.name} has no value at {place}", hint="arithmetic functions start at n = 1")
            return row.at(int(place), known)
        split = _split(row, known, params, point)
        if split is not None:
            return split
        if row.name == "sigma" and known[0] < 0:  # divisors d and n/d change places
            return power(point, known[0]) * at_point(row, (const(-known[0]),), point)
    flags = row.flags
    if row.below is not None and not all(value.flags & NONNEGATIVE for value in params):
        flags = row.below
    if row.name == "chi" and known is not None:
        from qwasm.arith.characters import angles

        if all(a is None or a.denominator <= 2 for a in angles(*known)):
            flags = REAL | INTEGER | 64
    return from_atom(intern_atom(row.name, (), (*params, point), flags))


def _gcd(row: ArithFunction, a: Expr, b: Expr) -> Expr:
    values = [a.integer(), b.integer()]
    if values[0] is not None and values[1] is not None:
        from math import gcd

        return const(gcd(values[0], values[1]))
    if a is b and a.positive and a.is_integer:
        return a
    if ONE in (a, b):
        return ONE
    first, second = sorted((a, b), key=lambda e: (e.is_constant, e.size, e.digest))
    flags = row.flags | (8 if a.nonzero or b.nonzero else 0)
    return from_atom(intern_atom("gcd", (), (first, second), flags))


def _split(row: ArithFunction, known: Params, params: tuple[Expr, ...], point: Expr) -> Expr | None:
    """The value at c * (product of atoms) by the row's law, or None where no law applies."""
    if len(point.terms) != 1:
        return None
    monomial, coefficient = point.terms[0]
    if coefficient.denominator != 1 or coefficient < 1:
        return None
    scale = int(coefficient)
    if scale == 1 and row.formula is not None and row.name != "lambda":
        prime_power = _prime_power(monomial)
        if prime_power is not None:
            return row.formula(params, *prime_power)
    if not all(
        a.flags & INTEGER and a.positive and isinstance(e, int) and e > 0 and a.name == "symbol" for a, e in monomial
    ):
        return None
    plain = len(monomial) == 1 and scale == 1 and monomial[0][1] == 1
    if row.completely and not (plain and (row.formula is None or monomial[0][0].data[1] != "prime")):
        pieces = [(_bare(row, params, atom), exponent) for atom, exponent in monomial]
        if row.additive:
            return Expr.sum([row.at(scale, known), *(piece * exponent for piece, exponent in pieces)])
        return Expr.product([row.at(scale, known), *(power(piece, exponent) for piece, exponent in pieces)])
    if scale == 1:
        return None
    rest = _intern(((monomial, point.terms[0][1] / coefficient),))
    return _scaled(row, known, params, scale, rest)


def _scaled(row: ArithFunction, known: Params, params: tuple[Expr, ...], h: int, rest: Expr) -> Expr | None:
    """Lambda(h k), isprime(h k), val(p, h k), ispower(p, h k) for an integer h > 1 and k >= 1."""
    if row.name == "Lambda":
        value = row.at(h)
        return value * build_call("ispower", (const(_prime_of(h)), rest)) if value.terms else ZERO
    if row.name == "isprime":
        from qwasm.algebra.truth import compare

        return row.at(h) * compare("==", rest, ONE)
    if row.name == "val" and _is_prime(known[0]):
        return row.at(h, known) + at_point(row, params, rest)
    if row.name == "ispower" and _is_prime(known[0]):
        return row.at(h, known) * at_point(row, params, rest)
    return None


def _is_prime(p: int) -> bool:
    from qwasm.arith.sieve import is_prime

    return is_prime(p)


def _prime_of(h: int) -> int:
    from qwasm.arith.sieve import factor

    return factor(h)[0][0]


def _bare(row: ArithFunction, params: tuple[Expr, ...], atom: Atom) -> Expr:
    if atom.data[1] == "prime" and row.formula is not None:
        return row.formula(params, from_atom(atom), ONE)
    return at_point(row, params, from_atom(atom))


def _prime_power(monomial: Monomial) -> tuple[Expr, Expr] | None:
    """(p, k) when a monomial is p^k for a prime symbol p and k >= 1."""
    if len(monomial) != 1:
        return None
    atom, exponent = monomial[0]
    if atom.name == "symbol" and atom.data[1] == "prime" and isinstance(exponent, int) and exponent > 0:
        return from_atom(atom), const(exponent)
    if atom.name == "exp" and exponent == 1 and len(atom.args[0].terms) == 1:
        inner, c = atom.args[0].terms[0]
        logs = [a for a, e in inner if a.name == "log" and e == 1]
        if len(logs) == 1 and c == 1:
            base = logs[0].args[0]
            k = _intern(((tuple(f for f in inner if f[0] is not logs[0]), c),))
            if len(base.terms) == 1 and base.terms[0][0] and k.positive and k.is_integer:
                (symbol_atom, e), *more = base.terms[0][0]
                if not more and e == 1 and symbol_atom.data[1:] == ("prime",) and base.terms[0][1] == 1:
                    return base, k
    return None


def _conv(args: tuple[Expr, ...]) -> Expr:
    """conv(f, g): sum over d e = point of f(d) g(e)."""
    f, g = (a.substitute({"n": BOUND_N}) for a in args[:2])
    f, g = sorted((f, g), key=lambda e: (e.size, e.digest))
    if f.is_zero or g.is_zero:
        return ZERO
    n = args[2].integer()
    if n is not None:
        from qwasm.arith.sieve import divisors

        _at_least_one("conv", n)
        return Expr.sum(f.substitute({"$n": d}) * g.substitute({"$n": n // d}) for d in divisors(n))
    return from_atom(intern_atom("conv", (), (f, g, args[2]), f.flags & g.flags & 7))


def _dinv(args: tuple[Expr, ...]) -> Expr:
    """dinv(f): the inverse of f under Dirichlet convolution, f(1) != 0."""
    f = args[0].substitute({"n": BOUND_N})
    first = f.substitute({"$n": 1})
    if first.is_zero:
        raise fail("QW0358", f"{args[0]} has no Dirichlet inverse: it is 0 at n = 1", hint="dinv(f) needs f(1) != 0")
    n = args[1].integer()
    if n is not None:
        from qwasm.arith.sieve import divisors

        _at_least_one("dinv", n)
        values: dict[int, Expr] = {}
        every = divisors(n)
        for m in every:
            total = Expr.sum(f.substitute({"$n": m // d}) * values[d] for d in every if d < m and m % d == 0)
            values[m] = ((ONE if m == 1 else ZERO) - total) / first
        return values[n]
    flags = f.flags & REAL
    if f.is_integer and first.integer() in (1, -1):
        flags |= INTEGER
    return from_atom(intern_atom("dinv", (), (f, args[1]), flags))


def _euler(args: tuple[Expr, ...]) -> Expr:
    """euler(body, point): the multiplicative function with value body(p, k) at p^k."""
    body = args[0].substitute({"p": BOUND_P, "k": BOUND_K})
    n = args[1].integer()
    if n is not None:
        from qwasm.arith.sieve import factor

        _at_least_one("a multiplicative function", n)
        return Expr.product(body.substitute({"$p": p, "$k": k}) for p, k in factor(n))
    return from_atom(intern_atom("euler", (), (body, args[1]), body.flags & 15))


def _at_least_one(name: str, n: int) -> None:
    if n < 1:
        raise fail("QW0351", f"{name} has no value at {n}", hint="arithmetic functions take integers >= 1")


_WITH_BODIES = {"conv": (2, _conv), "dinv": (1, _dinv), "euler": (1, _euler)}
TABLE = BUILT_IN


def is_multiplicative(e: Expr) -> bool:
    """True when f(n) = e is certainly multiplicative with f(1) = 1."""
    from qwasm.arith.multiplicative import is_multiplicative as answer

    return answer(e)


def prime_powers(e: Expr) -> Expr | None:
    """f(p^k), k >= 1, in the symbols p and k when f(n) = e has such a formula, else None."""
    from qwasm.arith.multiplicative import prime_powers as answer

    return answer(e)
