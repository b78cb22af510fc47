"""Structured regions: loops that carry registers, branches that merge them.

A loop gets an argument for each register its body touches; only what the body writes is
carried.  Where two paths meet with different types, or one without a value, a gap is left.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from qwasm.algebra.ring import Expr, symbol
from qwasm.diagnostics import fail
from qwasm.ir.labels import AT_LEAST_ONE
from qwasm.ir.module import Op, Region, Type, Value
from qwasm.ir.place import Place
from qwasm.ir.ranges import range_kind
from qwasm.ir.registers import Environment, Gap, Held
from qwasm.ir.scope import Bare
from qwasm.ir.trampoline import Step
from qwasm.syntax import tree

if TYPE_CHECKING:
    from qwasm.ir.body import Body


def block(body: Body, block: tree.Block, here: Place) -> Any:
    """A structured region: loop, primes, hyperloop, if, while."""
    head = block.head
    match head.mnemonic, head.operands:
        case "loop", (tree.Name() | Bare() as variable, count):
            first = tree.Number(head.span, Fraction(1))
            return ranged(body, block, [(variable, "ints", first, count)], 0, here)
        case "primes", (tree.Name() as variable, low, high):
            return ranged(body, block, [(variable, "primes", low, high)], 0, here)
        case "hyperloop", clauses if clauses:
            return ranged(body, block, [clause(node) for node in clauses], 0, here)
        case "if", (condition,):
            return branch(body, block, condition, here)
        case "while", (condition,):
            return repeat(body, block, condition, here)
        case "qloop", (condition,):
            return repeat(body, block, condition, here, entered=True)
    raise fail("QW0221", f"this is not how {head.mnemonic} is written", head.span, "loop k, 10 ... end")


def ranged(body: Body, block: tree.Block, ranges: list[Any], index: int, here: Place) -> Step:
    """A loop over the values of a range, the innermost holding the body."""
    variable, domain, low_node, high_node = ranges[index]
    low, high = body.bound(low_node, here.scope), body.bound(high_node, here.scope)
    if block.head.bound is AT_LEAST_ONE:
        run_once(high, block)
    scope = here.scope.child()
    name = scope.fresh(variable.id)
    value = Value(Type("qint"), name)
    if isinstance(variable, tree.Name):
        scope.declare(variable.id, symbol(name, range_kind(domain, low)), variable.span, variable=True)
    body.variables[name] = value
    env, region = Environment(here.env, loop=True), Region([value])
    inner = Place(env, region.ops, scope)
    if index + 1 < len(ranges):
        yield ranged(body, block, ranges, index + 1, inner)
    else:
        yield body.statements(block.body, inner)
    op = Op("loop", attributes={"low": low, "high": high, "domain": domain}, regions=[region], spans=(block.span,))
    close(body, op, env, here, runs(domain, low, high))


def run_once(count: Expr, block: tree.Block) -> None:
    """Refuse a published loop whose lines, which have run once when it is reached, may run less often."""
    if (count.integer() or 0) < 1:
        raise fail(
            "QW0254",
            f"the lines have run once when the loop is reached; {count} runs are too few",
            block.span,
            "give a count >= 1",
        )


def repeat(body: Body, block: tree.Block, condition: tree.Node, here: Place, entered: bool = False) -> Step:
    """while cond max n; `entered` when the condition is known to hold at first, as that of a qloop does."""
    if block.head.bound is None:
        raise fail("QW0250", "while needs a bound: every loop must end", block.span, "while cond max n")
    bound = body.bound(block.head.bound, here.scope)
    if entered:
        run_once(bound, block)
    env, region = Environment(here.env, loop=True), Region()
    inner = Place(env, region.ops, here.scope.child())
    test = body.condition(condition, inner)
    captures = body.captures(test, inner, condition.span)
    yield body.statements(block.body, inner)
    op = Op(
        "while",
        attributes={"condition": test, "bound": bound},
        captures=captures,
        regions=[region],
        spans=(block.span,),
    )
    close(body, op, env, here, entered)


def close(body: Body, op: Op, env: Environment, here: Place, surely: bool) -> None:
    """Finish a loop: carry the registers its body writes, forget the arguments of the others."""
    region, place = op.regions[0], op.spans[0]
    yields: list[Value] = []
    results: list[tuple[str, Value]] = []
    gaps: list[tuple[str, Gap]] = []

    def carry(key: str, argument: Value, initial: Value, last: Value) -> None:
        region.args.append(argument)
        op.operands.append(initial)
        yields.append(last)
        result = Value(argument.type, key)
        op.results.append(result)
        results.append((key, result))

    for key, (argument, outside) in env.entries.items():
        inner = Place(env, region.ops, here.scope)
        last: Held = body.undefined(argument.type, inner, place) if env.halted else env.held[key]
        if last is argument:
            body.aliases.known[argument] = outside
        elif not isinstance(last, Value):
            why = last.why if isinstance(last, Gap) else "it has no value"
            body.builder.reporter.add(
                fail(
                    "QW0225",
                    f"{key} may have no value when the loop begins again: {why}",
                    place,
                    f"write {key} on every path",
                )
            )
        elif last.type != argument.type:
            body.builder.reporter.add(fail(
                "QW0228", f"{key} enters the loop as {spelled(argument.type)} and leaves as {spelled(last.type)}",
                place, "use another register inside, or convert before the end",
            ))  # fmt: skip
        else:
            carry(key, argument, outside, last)
    for key in env.written:
        if key in env.entries:
            continue
        before, final = here.env.read(key), env.held[key]
        if env.halted and isinstance(final, Value):
            final = Gap("the loop's body ends the program")
        if not isinstance(final, Value):
            gaps.append((key, final if isinstance(final, Gap) else Gap("it was never written")))
        elif isinstance(before, Value) and before.type == final.type:
            carry(key, Value(final.type, key), before, final)
        elif surely:
            carry(key, Value(final.type, key), body.undefined(final.type, here, place), final)
        else:
            why = (
                "its type depends on whether the loop runs"
                if isinstance(before, Value)
                else "the loop that writes it may not run"
            )
            gaps.append((key, Gap(why)))
    region.ops.append(Op("yield", yields, spans=(place,)))
    body.add(here, op)
    for key, result in results:
        here.env.write(key, result)
    for key, gap in gaps:
        here.env.write(key, gap)


def branch(body: Body, block: tree.Block, condition: tree.Node, here: Place) -> Step:
    """if cond ... else ... end."""
    test = body.condition(condition, here)
    op = Op(
        "if",
        attributes={"condition": test},
        captures=body.captures(test, here, condition.span),
        spans=(block.span,),
    )
    sides: list[Place] = []
    for lines in (block.body, block.orelse):
        region = Region()
        op.regions.append(region)
        sides.append(Place(Environment(here.env), region.ops, here.scope.child()))
        yield body.statements(lines, sides[-1])
    keys = dict.fromkeys((*sides[0].env.written, *sides[1].env.written))
    yields: tuple[list[Value], list[Value]] = ([], [])
    ends: list[tuple[str, Value | Gap]] = []
    for key in keys:
        held = [None if side.env.halted else side.env.read(key) for side in sides]
        living = [value for value, side in zip(held, sides, strict=True) if not side.env.halted]
        values = [value for value in living if isinstance(value, Value)]
        if not living:
            continue
        if len(values) < len(living):
            gap = next((value for value in living if isinstance(value, Gap)), None)
            ends.append((key, gap or Gap("only one branch of an if writes it")))
        elif any(value.type != values[0].type for value in values):
            ends.append((key, Gap("its picture or kind differs between the branches of an if")))
        else:
            result = Value(values[0].type, key)
            for side, value, yielded in zip(sides, held, yields, strict=True):
                yielded.append(value if isinstance(value, Value) else body.undefined(result.type, side, block.span))
            op.results.append(result)
            ends.append((key, result))
    for side, yielded in zip(sides, yields, strict=True):
        side.ops.append(Op("yield", yielded, spans=(block.span,)))
    body.add(here, op)
    for key, end in ends:
        here.env.write(key, end)
    here.env.halted = all(side.env.halted for side in sides)


def clause(node: tree.Node) -> tuple[tree.Node, str, tree.Node, tree.Node]:
    """One clause of hyperloop: its variable and range."""
    match node:
        case tree.In(variable=name, domain=tree.Range(low=low, high=high)):
            return tree.Name(node.span, name), "ints", low, high
        case tree.In(variable=name, domain=tree.Call(name="primes" | "ints" as domain, args=(low, high))):
            return tree.Name(node.span, name), domain, low, high
    raise fail(
        "QW0213",
        "a variable runs over primes(a, b), ints(a, b) or a..b",
        node.span,
        "hyperloop (i in 0..3, p in primes(2, 20))",
    )


def runs(domain: str, low: Expr, high: Expr) -> bool:
    """Whether a loop surely runs at least once."""
    a, b = low.integer(), high.integer()
    if a is None or b is None:
        return False
    if domain == "ints":
        return a <= b
    from qwasm.arith.sieve import is_prime

    return any(is_prime(k) for k in range(max(a, 2), min(b, max(a, 2) + 2000) + 1))


def spelled(type_: Type) -> str:
    """A type with its picture spelled out."""
    return f"{type_.kind}<{type_.picture}>" if type_.kind in ("qstate", "qfield") else type_.kind
