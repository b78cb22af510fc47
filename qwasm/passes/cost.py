"""The cost model: what a module costs to run, so that a pass can ask whether its change pays.

Regions are walked once and multiplied by the bounds of their loops, each branch of an `if` counts half,
a call costs what its function does.  `operator_cost` prices one operator, `operation_cost` one operation,
`module_cost` a program; all answer a `Cost`, ordered by its time at the current `speeds`: those of one fixed
machine, so that decisions do not depend on where a program is compiled, unless the user says otherwise.

>>> from qwasm.ir.build import build
>>> from qwasm.syntax import parse
>>> text = ".space N = 10000\\n.func main\\nfill q0, n\\nloop k, {}\\nqop.apply q0, q0, A[2]\\nend\\nend"
>>> once, often = (module_cost(build(parse(text.format(k)))[0]) for k in (1, 100))
>>> once < often < once * 100
True
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from qwasm.algebra.operators import Operator
from qwasm.algebra.ring import ONE, Expr, const
from qwasm.diagnostics import QwasmError
from qwasm.instructions import Instruction, table
from qwasm.ir.module import Attribute, Function, Module, Op, Region, Value
from qwasm.passes.operator_cost import NOTHING, OPERATION, Cost, operator_cost, passes, planning_cost
from qwasm.passes.speeds import Speeds, cached_by_speeds, current
from qwasm.qpu.cost import turns
from qwasm.qpu.letters import letters
from qwasm.qpu.spectral_cost import is_diagonal, is_selfadjoint, norm_size, shows_diagonal
from qwasm.space import Picture, Space, Weight

START = Cost(OPERATION)
ENGINE = Cost(2_000_000)  # what the spectral engine does before it applies anything, beside passes over the state
ROOTS = {"to.hilbert": 1, "to.nspace": 1, "qop.exp": 2}  # how often the roots of the weights are made in nspace
ROOT = 40  # elements that one root counts for
Places = Mapping[Value, int]
Attributes = tuple[tuple[str, Attribute], ...]
Known = tuple[tuple[str, int], ...]  # values of loop variables that an operation captures


def module_cost(module: Module) -> Cost:
    """One run of main, every loop at its bound, and the planning of each operator once."""
    known: dict[str, Survey] = {}
    for name, function in module.functions.items():
        known[name] = survey(function, module.space, known)
    planned = dict.fromkeys(x for function in called(module) for x in known[function.name].operators)
    return sum((planning_cost(x, module.space) for x in planned), known["main"].cost)


def called(module: Module) -> list[Function]:
    """main and the functions that it calls, directly or not, main first."""
    found = {"main": module.functions["main"]}
    waiting = ["main"] if len(module.functions) > 1 else []
    while waiting:
        for op in found[waiting.pop()].body.walk():
            name = str(op.attributes["function"]) if op.name == "call" else "main"
            if name not in found:
                found[name] = module.functions[name]
                waiting.append(name)
    return list(found.values())


class Survey(NamedTuple):
    """One call of a function: what it costs, and the operators it applies."""

    cost: Cost
    operators: dict[Operator, None]


def survey(function: Function, space: Space, known: Mapping[str, Survey]) -> Survey:
    """One call; `known` has the functions above it."""
    applied: dict[Operator, None] = {}
    places: dict[Value, int] = {}  # a value of each loop variable, in the middle of its range
    elements = moved = 0.0
    stack: list[tuple[Region, float]] = [(function.body, 1.0)]
    while stack:
        region, times = stack.pop()
        for op in region.ops:
            if op.name == "call":
                cost = known[str(op.attributes["function"])].cost + START
            elif op.name == "if":
                cost = START
                stack.extend((inner, times / 2) for inner in op.regions)
            elif op.regions:
                stack.append((op.regions[0], times * repetitions(op, places)))
                continue
            else:
                cost = operation_cost(op, space, places)
                applied.update(op.reading.applied)
            elements += cost.elements * times
            moved += cost.bytes * times
    return Survey(Cost(elements, moved), applied)


def repetitions(op: Op, places: dict[Value, int]) -> int:
    """How often a loop runs at most; notes the middle of its range for what depends on its variable."""
    if op.name == "while":
        return max(0, whole(op.attributes["bound"]))
    low, high = whole(op.attributes["low"]), whole(op.attributes["high"])
    places[op.regions[0].args[0]] = max(low, (low + high) // 2)
    return turns(str(op.attributes["domain"]), low, high)


def whole(value: Any) -> int:
    """The integer that a bound is; 1 for what is none."""
    return (value.integer() if isinstance(value, Expr) else int(value)) or 0


class Reading:
    """What the name and the attributes of an operation come to in a space, worked out when it is first asked for."""

    __slots__ = ("applied", "attributes", "costs", "linear", "operators", "space")

    def __init__(self, name: str, attributes: Attributes, space: Space) -> None:
        self.attributes, self.space = attributes, space
        self.linear = linear(name, attributes, space)
        self.operators: tuple[Operator, ...] = () if self.linear is None else (self.linear,)
        self.costs: dict[tuple[Picture, Speeds], Cost] = {}  # by the picture of the state, with no loop variable known
        if self.linear is None:
            items = (item for _, value in attributes for item in (value if isinstance(value, tuple) else (value,)))
            self.operators = tuple(item for item in items if isinstance(item, Operator) and not item.is_identity)
        self.applied = dict.fromkeys(self.operators)


read = lru_cache(maxsize=1 << 14)(Reading)


def reading(op: Op, space: Space) -> Reading:
    """The reading of an operation, kept with it."""
    found: Reading | None = op.reading
    if found is None or found.space is not space:
        found = op.reading = read(op.name, tuple(op.attributes.items()), space)
    return found


def operators(op: Op, space: Space) -> tuple[Operator, ...]:
    """The operators that an operation applies."""
    return reading(op, space).operators


def operation_cost(op: Op, space: Space, places: Places | None = None) -> Cost:
    """One run of an operation without regions; loop variables at the values of `places`, if there."""
    seen = reading(op, space)
    picture = op.operands[0].type.picture if op.operands else "nspace"
    if places and op.captures:
        known = tuple((name, places[value]) for name, value in op.captures.items() if value in places)
        if known:
            return priced(op.name, seen.attributes, picture, known, space)
    key = picture, current()
    found = seen.costs.get(key)
    if found is None:
        found = seen.costs[key] = priced(op.name, seen.attributes, picture, (), space)
    return found


@cached_by_speeds(1 << 14)
def priced(name: str, attributes: Attributes, picture: Picture, known: Known, space: Space) -> Cost:
    """What an operation of this name, with these attributes, on a state in this picture costs."""
    if name == "sweep":
        return START + sweep_cost(dict(attributes), known, space)
    row = table().get(name)
    if row is None:
        return NOTHING
    operator = linear(name, attributes, space)
    if operator is not None:
        return START + operator_cost(placed(operator, known), space) + passes(space, 1, 0)
    if row.micro == "axpy":
        return START + passes(space, 5, 3)
    engine = ENGINE + passes(space, 64, 32) if row.selfadjoint else NOTHING
    if name in ROOTS and space.weight.s != 0 and (picture == "nspace" or name == "to.nspace"):
        engine += Cost(ROOT * space.N * ROOTS[name])
    return START + engine + Cost(row.work(Facts(dict(attributes), row, space, known))) + passes(space, 1, 0)


def sweep_cost(attributes: Mapping[str, Attribute], known: Known, space: Space) -> Cost:
    """A fused sweep: each operator, a product where a coefficient is not 1, one sum for each further term."""
    total = passes(space, 1, 0)
    for k, (operator, c) in enumerate(zip(each(attributes["operators"]), each(attributes["coefficients"]))):
        if isinstance(operator, Operator) and not operator.is_identity:
            total += operator_cost(placed(operator, known), space)
            total += passes(space, 1, 0) if c is not ONE else NOTHING
        elif c is not ONE or k == 0:
            total += passes(space, 1, 1)
        total += passes(space, 2, 0) if k else NOTHING
    return total


def each(value: Attribute) -> tuple[Any, ...]:
    """An attribute that is a list."""
    return value if isinstance(value, tuple) else (value,)


@lru_cache(maxsize=1 << 14)
def linear(name: str, attributes: Attributes, space: Space) -> Operator | None:
    """The operator X that the row of an instruction says it applies: psi -> X psi; None for any other instruction."""
    row = table().get(name)
    if row is None or row.micro != "sweep" or row.linear is None:
        return None
    found = row.linear(letters(space.truncation), {**dict(attributes), "N": const(space.N)})
    return found if isinstance(found, Operator) else None


def placed(operator: Operator, known: Known) -> Operator:
    """The operator at the middle of the loop variables it captures."""
    try:
        return operator.substitute(dict(known)) if known else operator
    except QwasmError:
        return operator


class Facts(dict[str, Any]):
    """The facts that the `work` of a row reads; an operator counts what its price is worth in elements."""

    def __init__(self, attributes: Mapping[str, Attribute], row: Instruction, space: Space, places: Known) -> None:
        super().__init__(N=space.N, itemsize=space.field.itemsize, bytes=space.N * space.field.itemsize, states=1)
        found = [placed(value, places) for value in attributes.values() if isinstance(value, Operator)]
        self.space, self.attributes = space, attributes
        asked = attributes.get(row.selfadjoint, found[0] if found else None)
        self.operator = placed(asked, places) if isinstance(asked, Operator) else None
        self["elements"] = round(sum(operator_cost(x, space).worth for x in found))
        self["method"] = attributes.get("method", "")
        for name, value in attributes.items():
            if name in self:
                continue
            if isinstance(value, tuple):
                self[name] = len(value)
            elif isinstance(value, Expr) and name in ("depth", "k", "probes"):
                self[name] = max(0, whole(value))
            else:
                self[name] = value if isinstance(value, bool) else 1

    def __missing__(self, name: str) -> Any:
        x = self.operator
        if x is None:
            raise KeyError(name)
        if name == "reach":
            return reach(x, self.attributes, self.space)
        asks = {
            "selfadjoint": lambda: is_selfadjoint(x, self.space.weight),
            "diagonal": lambda: is_diagonal(x),
            "visible": lambda: shows_diagonal(x),
            "single": lambda: len(x.words) == 1 and not x.nodes and "n" not in x.symbols,
        }
        if name not in asks:
            raise KeyError(name)
        self[name] = asks[name]()
        return self[name]


def reach(x: Operator, attributes: Mapping[str, Attribute], space: Space) -> float | None:
    """|t| times about the norm of X; None while a time is open."""
    given = attributes.get("t", attributes.get("tau"))
    items = given if isinstance(given, tuple) else (given,)
    times = [abs(t.approx()) for t in items if isinstance(t, Expr) and t.is_constant]
    return max(times) * size(x, space) if times else None


@lru_cache(maxsize=1024)
def size(x: Operator, space: Space) -> float:
    """About the norm of X in the weight of the space; infinite where none is seen."""
    return norm_size(x.substitute({"N": space.N}) if "N" in x.symbols else x, space)


def growth(x: Operator, space: Space) -> float:
    """About how much X can enlarge the entries of a state: its norm without a weight."""
    return size(x, Space(space.N, Weight(), space.field, space.truncation))


__all__ = [
    "NOTHING",
    "START",
    "Attributes",
    "Cost",
    "growth",
    "linear",
    "module_cost",
    "operation_cost",
    "operator_cost",
    "operators",
    "planning_cost",
    "reading",
]
