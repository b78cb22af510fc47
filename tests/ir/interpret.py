"""A small interpreter of scalar QIR: the plainest reading of loop, if, while, call and set, in exact integers."""

from __future__ import annotations

from qwasm.algebra.ring import Expr, const
from qwasm.ir.module import Module, Op, Region, Value


def emitted(module: Module) -> list[tuple[str, int]]:
    """What a program of scalars emits, in order."""
    found: list[tuple[str, int]] = []
    values: dict[Value, int] = {}

    def number(op: Op, name: str) -> int:
        expression = op.attributes[name]
        assert isinstance(expression, Expr)
        bound = {symbol: const(values[value]) for symbol, value in op.captures.items() if symbol in expression.symbols}
        whole = expression.substitute(bound).integer()
        assert whole is not None, expression
        return whole

    def run(region: Region, arguments: list[int]) -> list[int] | None:
        """The values a region yields; None when the program ended inside."""
        values.update(zip(region.args, arguments, strict=True))
        for op in region.ops:
            match op.name:
                case "yield" | "return":
                    return [values[value] for value in op.operands]
                case "halt":
                    return None
                case "undef":
                    values[op.results[0]] = -(10**9)
                case "set":
                    values[op.results[0]] = number(op, "expression")
                case "emit":
                    found.append((str(op.attributes["name"]), number(op, "value")))
                case "loop":
                    carried = [values[value] for value in op.operands]
                    for k in range(number(op, "low"), number(op, "high") + 1):
                        if op.attributes["domain"] == "primes" and (k < 2 or any(k % d == 0 for d in range(2, k))):
                            continue
                        after = run(op.regions[0], [k, *carried])
                        if after is None:
                            return None
                        carried = after
                    values.update(zip(op.results, carried, strict=True))
                case "while":
                    carried = [values[value] for value in op.operands]
                    for _ in range(number(op, "bound")):
                        values.update(zip(op.regions[0].args, carried, strict=True))
                        if not number(op, "condition"):
                            break
                        after = run(op.regions[0], carried)
                        if after is None:
                            return None
                        carried = after
                    values.update(zip(op.results, carried, strict=True))
                case "if":
                    after = run(op.regions[0 if number(op, "condition") else 1], [])
                    if after is None:
                        return None
                    values.update(zip(op.results, after, strict=True))
                case "call":
                    after = run(
                        module.functions[str(op.attributes["function"])].body, [values[value] for value in op.operands]
                    )
                    if after is None:
                        return None
                    values.update(zip(op.results, after, strict=True))
                case _:
                    raise AssertionError(op.name)
        raise AssertionError("a region without an end")

    run(module.functions["main"].body, [])
    return found
