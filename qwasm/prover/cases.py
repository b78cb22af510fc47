"""Cases: every pattern of equality among the free primes of a claim, and what is known in each.

A free prime equals one of the primes that divide an index of the claim, or an earlier name, or it is generic:
different from all of these.  Where ranges or comparisons cut the primes, a generic prime also lies between two cuts.

>>> from qwasm.prover.claim import Budget, read_claim
>>> claim = read_claim("A[p] B[q]", "Q[p] B[q] A[p]", where=["p != q"])
>>> [case.shown for case in cases_of(claim, Budget())]
[{'p': 'p', 'q': 'q'}]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise, permutations

from qwasm.algebra.atoms import Atom, Exponent
from qwasm.algebra.indices import as_expr
from qwasm.algebra.ring import ONE, ZERO, Expr, const, from_atom, symbol
from qwasm.algebra.walk import apply_atom, rebuild
from qwasm.arith.sieve import is_prime, partial_factor, primes
from qwasm.prover.claim import Budget, Claim
from qwasm.prover.mentions import mentioned
from qwasm.prover.standins import NAMED, Interval, Order, standin
from qwasm.prover.strings import OverBudget
from qwasm.record import field, record, replace

FEW = 6  # an interval with fewer primes is taken prime by prime


@record(eq=False, cached=True)
class Case:
    """One pattern: `places` gives each name its index value, `values` its expression, `concrete` the special primes."""

    places: Mapping[str, int]
    values: Mapping[str, Expr]
    concrete: tuple[int, ...]
    cuts: tuple[int, ...]
    intervals: Mapping[int, Interval]
    classes: Mapping[int, str]
    whole: Mapping[int, str]  # stand-ins of names that are any integers
    open_conditions: tuple[Expr, ...] = ()
    above: Mapping[int, frozenset[int]] = field(default_factory=dict)  # p -> the classes of larger primes

    @property
    def shown(self) -> dict[str, str]:
        """Each name with the prime, or the first name of the class, that it equals."""
        return {name: str(value) for name, value in self.values.items()}

    @property
    def generic(self) -> tuple[int, ...]:
        return tuple(self.classes)

    @cached_property
    def order(self) -> Order:
        return Order(dict(self.intervals), {**self.classes, **self.whole}, self.above, frozenset(self.whole))

    def resolve(self, e: Expr) -> Expr:
        """The expression with the names replaced and every comparison of primes decided that the case decides."""
        return resolved(e.substitute(self.values), self.order)


def resolved(e: Expr, order: Order) -> Expr:
    """Comparisons that are decided for all different primes in their intervals become 0 or 1."""
    if not e.symbols:
        return e
    places = {name: p for p, name in order.names.items() if p not in order.whole}
    if e.symbols.isdisjoint(places):
        return e

    def factor(atom: Atom, exponent: Exponent, args: tuple[Expr, ...]) -> Expr:
        if atom.name in ("eq", "pos") and len(args[0].symbols) and args[0].symbols <= places.keys():
            truth = _truth(atom.name, args[0], order, places)
            if truth is not None:
                return ONE if truth else ZERO
        return apply_atom(atom, args, exponent) if atom.args else from_atom(atom, exponent)

    return rebuild(e, lambda x: not x.symbols.isdisjoint(places), factor)


def _truth(name: str, d: Expr, order: Order, places: Mapping[str, int]) -> bool | None:
    """Whether d = 0 (eq) or d > 0 (pos) for a difference that is linear in primes of a case, else None."""
    low = high = 0
    unbounded_below = unbounded_above = False
    linear: list[tuple[str, int]] = []
    constant = 0
    for monomial, c in d.terms:
        if c.denominator != 1:
            return None
        if not monomial:
            constant = int(c)
            low, high = low + constant, high + constant
            continue
        if len(monomial) > 1 or monomial[0][0].name != "symbol" or monomial[0][1] != 1:
            return None
        prime = str(monomial[0][0].data[0])
        linear.append((prime, int(c)))
        least, most = order.intervals[places[prime]]
        ends = (least, most) if c > 0 else (most, least)
        low, unbounded_below = (low + int(c) * ends[0], unbounded_below) if ends[0] is not None else (low, True)
        high, unbounded_above = (high + int(c) * ends[1], unbounded_above) if ends[1] is not None else (high, True)
    if name == "pos":
        if not unbounded_below and low > 0:
            return True
        if not unbounded_above and high <= 0:
            return False
        if len(linear) == 2 and {c for _, c in linear} == {1, -1}:
            large, small = sorted((places[name] for name, _ in linear), key=lambda p: p != places[_plus(linear)])
            if large in order.above.get(small, ()) and constant >= 0:
                return True
            if small in order.above.get(large, ()) and constant <= 1:
                return False
        return None
    if (not unbounded_below and low > 0) or (not unbounded_above and high < 0):
        return False
    if len(linear) == 1:
        return False  # a generic prime differs from every number that the claim compares it with
    if len(linear) == 2 and constant == 0 and abs(linear[0][1]) == abs(linear[1][1]) == 1:
        return False
    return None


def _plus(linear: list[tuple[str, int]]) -> str:
    return next(name for name, c in linear if c > 0)


# ---------------------------------------------------------------- the list of cases


def cases_of(
    claim: Claim, budget: Budget, cut: bool = False, ordered: bool = False, more: Iterable[int] = ()
) -> Iterator[Case]:
    """Every case that the conditions allow.

    With `cut` generic primes lie between the ends of ranges, with `ordered` they are in every possible order; `more`
    are primes to be treated one by one.

    Raises OverBudget past the budget.
    """
    names = sorted(name for name, kind in claim.variables.items() if kind == "prime")
    found = mentioned(claim)
    concrete: set[int] = set(more)
    for number in found.numbers:
        if abs(number) > 1:
            concrete |= {p for p, _ in partial_factor(abs(number)) if is_prime(p)}
    cuts = sorted(found.ends) if len(found.ranges) > 1 or cut else []
    if names and cut:
        intervals, few = _intervals(cuts, concrete, len(names))
        concrete |= few
    else:
        intervals = [(2, None)]
    special = tuple(sorted(concrete))
    intervals = [_past(low, high, concrete) for low, high in intervals]
    count = 0
    stack: list[tuple[tuple[str, int | None, Interval | None], ...]] = [()]
    if len(claim.variables) > NAMED:
        raise OverBudget
    whole = sorted(name for name in found.indexed if claim.variables.get(name) in ("qint", "int", "nat"))
    while stack:
        chosen = stack.pop()
        count += 1
        if count > budget.cases:
            raise OverBudget
        case = _case(names[: len(chosen)], chosen, special, tuple(cuts), whole)
        open_conditions = _conditions(claim, case)
        if open_conditions is None:
            continue
        if len(chosen) == len(names):
            if open_conditions:
                case = replace(case, open_conditions=open_conditions)
            if ordered:
                yield from _orders(case)
            else:
                above = _above(case)
                yield replace(case, above=above) if above else case
            continue
        name = names[len(chosen)]
        options: list[tuple[str, int | None, Interval | None]] = [(name, None, interval) for interval in intervals]
        options += [(head, None, interval) for head, _, interval in chosen if interval and head == _head(chosen, head)]
        options += [(name, p, None) for p in special]
        unique = list(dict.fromkeys(options))
        stack.extend((*chosen, option) for option in reversed(unique))


def cases_at(claim: Claim, N: int, budget: Budget) -> Iterator[Case]:
    """Every case at one N: a name is a prime up to N, or belongs to a class of equal primes above N.

    Raises OverBudget past the budget.
    """
    names = sorted(name for name, kind in claim.variables.items() if kind == "prime")
    if 20 * budget.cases < N:
        raise OverBudget
    special = tuple(int(p) for p in primes(2, N))
    if (len(special) + 1) ** len(names) > budget.cases:
        raise OverBudget
    stack: list[tuple[tuple[str, int | None, Interval | None], ...]] = [()]
    while stack:
        chosen = stack.pop()
        case = _case(names[: len(chosen)], chosen, special, ())
        conditions = _conditions(claim, case)
        if conditions is None:
            continue
        if len(chosen) == len(names):
            yield replace(case, open_conditions=conditions)
            continue
        name = names[len(chosen)]
        options: list[tuple[str, int | None, Interval | None]] = [(name, p, None) for p in special]
        options += [(head, None, (N + 1, None)) for head in dict.fromkeys([*case.classes.values(), name])]
        stack.extend((*chosen, option) for option in reversed(options))


def _head(chosen: tuple[tuple[str, int | None, Interval | None], ...], name: str) -> str:
    return next(head for head, _, interval in chosen if head == name and interval)


def _case(
    names: list[str],
    chosen: tuple[tuple[str, int | None, Interval | None], ...],
    special: tuple[int, ...],
    cuts: tuple[int, ...],
    whole: Sequence[str] = (),
) -> Case:
    places: dict[str, int] = {}
    values: dict[str, Expr] = {}
    intervals: dict[int, Interval] = {}
    classes: dict[int, str] = {}
    for name, (head, prime, interval) in zip(names, chosen, strict=True):
        if prime is not None:
            places[name], values[name] = prime, const(prime)
            continue
        if head == name:
            assert interval is not None
            places[name] = standin(len(classes))
            classes[places[name]] = name
            intervals[places[name]] = interval
        else:
            places[name] = places[head]
        values[name] = symbol(head, "prime")
    integers = {standin(NAMED - 1 - i): name for i, name in enumerate(whole)}
    places |= {name: p for p, name in integers.items()}
    intervals |= dict.fromkeys(integers, (1, None))
    return Case(places, values, special, cuts, intervals, classes, integers)


def _above(case: Case) -> dict[int, frozenset[int]]:
    """What the open conditions say about the order of the classes."""
    found: dict[int, frozenset[int]] = {}
    if not case.open_conditions:
        return found
    for p, q in permutations(case.classes, 2):
        trial = replace(case, above={q: frozenset((p,))})  # were p the larger one
        if any(trial.resolve(c).is_zero for c in case.open_conditions):
            found[p] = found.get(p, frozenset()) | {q}
    return found


def _orders(case: Case) -> Iterator[Case]:
    """The case split into the orders of its classes that the conditions allow."""
    if len(case.classes) > 4:
        raise OverBudget
    for arrangement in permutations(case.classes):
        above = {p: frozenset(arrangement[i + 1 :]) for i, p in enumerate(arrangement)}
        found = replace(case, above=above)
        if not any(found.resolve(c).is_zero for c in case.open_conditions):
            yield found


def _conditions(claim: Claim, case: Case) -> tuple[Expr, ...] | None:
    """The conditions that the case leaves open, or None where one of them fails."""
    left = []
    for condition in claim.where:
        value = case.resolve(condition)
        if value.is_zero:
            return None
        if value is not ONE:
            left.append(value)
    return tuple(left)


def _intervals(cuts: list[int], concrete: set[int], wanted: int) -> tuple[list[Interval], set[int]]:
    """The primes cut at the ends of ranges; short intervals are given prime by prime."""
    points = sorted({1, *(c for c in cuts if c >= 2), *(c - 1 for c in cuts if c > 2)})
    found: list[Interval] = []
    few: set[int] = set()
    for low, high in pairwise(points):
        if high - low <= 64 or not _more_than(low + 1, high, FEW):
            few |= {int(p) for p in primes(low + 1, high)} if high - low < 10**6 else set()
        else:
            found.append((low + 1, high))
    found.append((points[-1] + 1, None))
    return found, few


def _more_than(low: int, high: int, count: int) -> bool:
    found = 0
    for n in range(low, high + 1):
        found += is_prime(n)
        if found > count:
            return True
    return False


def _past(low: int, high: int | None, concrete: set[int]) -> Interval:
    """The interval with its low end at the least prime that is not special."""
    while high is None or low <= high:
        if low not in concrete and is_prime(low):
            break
        low += 1
    return low, high


__all__ = ["Case", "as_expr", "cases_of", "resolved"]
