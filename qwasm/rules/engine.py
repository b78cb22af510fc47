"""The rewrite engine: proved simplify rules applied to factored operators until nothing changes.

Values are in normal form already: products of words are merged when they are made, so what is left to
rules is what the algebra keeps apart - products, powers and sums of families, series, exponentials and
inverses - and what depends on facts about the state.  Factors are taken from the right, the one that acts
first, so the facts at every place are known; a rewrite puts its result back among the factors to come.

>>> from qwasm.rules.compiled import compiled
>>> from qwasm.rules.pack import Rule
>>> from qwasm.algebra.operators import Algebra
>>> a = Algebra()
>>> engine = Engine([compiled(Rule("x", "coDir(f) B[k]", "B[k] coDir(f)", (("f", "arith"), ("k", "qint"))))])
>>> engine.simplify(a.product([a.coDir(1), a.B(2), a.coDir(1)]))[0]
Operator(B[2] coDir(tau(n)), strict)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import perf_counter
from typing import Any

from qwasm.algebra import words
from qwasm.algebra.collect import Collector
from qwasm.algebra.families import family
from qwasm.algebra.nodes import Exp, Family, Inverse, Node, Power, Product
from qwasm.algebra.operators import Algebra
from qwasm.algebra.products import split_product
from qwasm.algebra.ring import ONE, Expr
from qwasm.algebra.value import Operator
from qwasm.algebra.words import IntTriple
from qwasm.ir.trampoline import Step, run
from qwasm.record import field, record
from qwasm.rules.compiled import Compiled, Item, root
from qwasm.rules.facts import NOTHING, Facts, least
from qwasm.rules.pattern import Bindings, match
from qwasm.rules.sums import gather

LETTERS: dict[str, Callable[[int], IntTriple]] = {"A": words.A, "B": words.B, "P": words.P, "Q": words.Q}  # type: ignore[dict-item]
Candidate = tuple[Compiled, int, Callable[[list[Item]], list[Item] | None] | None, "Counts"]


@record(frozen=False)
class Counts:
    """What one rule did: how often it was tried and applied, and the seconds of it."""

    tries: int = 0
    hits: int = 0
    seconds: float = 0.0


@record
class Applied:
    """One application: the rule and the factors before and after, leftmost first."""

    rule: str
    before: tuple[Item, ...]
    after: tuple[Item, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {' => '.join(' '.join(map(shown, side)) or 'I' for side in (self.before, self.after))}"


def shown(item: Item) -> str:
    """A factor as text, sums in parentheses."""
    kind, k, x = item
    return f"{kind}[{k}]" if x is None else f"({x})" if len(x) > 1 else str(x)


@record(frozen=False)
class Engine:
    """Rules of one truncation, indexed by the first two factors of their left sides.

    `rounds` bounds the passes over an operator, `most` the applications in one of them.
    """

    rules: Sequence[Compiled]
    truncation: Any = "strict"
    rounds: int = 8
    most: int = 10_000_000
    limit: int | None = None  # of applications, for bisection
    counts: dict[str, Counts] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    algebra: Algebra = field(init=False)
    given: bool = field(init=False)
    pairs: dict[tuple[str, str], list[Candidate]] = field(default_factory=dict)
    looks: dict[Operator, tuple[str, int]] = field(default_factory=dict)
    letters: dict[tuple[str, int], Operator] = field(default_factory=dict)
    known: dict[tuple[Operator, Facts], Operator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.algebra = Algebra(self.truncation)
        self.counts = {rule.rule.id: self.counts.get(rule.rule.id, Counts()) for rule in self.rules}
        self.given = any(rule.rule.given for rule in self.rules)

    # ------------------------------------------------------------ what a caller asks

    def simplify(self, x: Operator, facts: Facts = NOTHING) -> tuple[Operator, list[Applied]]:
        """An operator equal to x on every state with these facts, and the applications that led there."""
        start = len(self.applied)
        for _ in range(self.rounds):
            self.known.clear()
            made: Operator = run(self.visit(x, facts))
            if made is x or self.spent:
                return made, self.applied[start:]
            x = made
        return x, self.applied[start:]

    def rewrite(self, factors: Iterable[Operator], facts: Facts = NOTHING) -> list[Operator]:
        """Factors, leftmost first, rewritten as a list: nothing is multiplied out."""
        result: list[Operator] = run(self.sequence(list(factors), facts))
        return result

    @property
    def spent(self) -> bool:
        return len(self.applied) >= (self.most if self.limit is None else self.limit)

    # ------------------------------------------------------------ operators

    def visit(self, x: Operator, facts: Facts) -> Step:
        """x with every term simplified, then its sum."""
        key = (x, facts)
        if key in self.known:
            return self.known[key]
        if not x.nodes and facts == NOTHING and len(x) > 1:
            return (yield self.summed(x))
        if len(x) == 1 and x.words:
            return (yield self.term_of(x, facts))
        collector = Collector(x.truncation)
        changed = False
        for triple, f in x.words.items():
            shorter = self.shorter(triple, f, facts)
            changed |= shorter is not None
            collector.word(shorter or triple, f)
        for node, c in x.nodes.items():
            made = yield self.term(node, c, facts, x.truncation)
            if made is None:
                collector.node(node, c)
            else:
                changed = True
                collector.operator(made)
        result = yield self.summed(collector.finish() if changed else x)
        self.known[key] = result
        return result

    def term_of(self, x: Operator, facts: Facts) -> Step:
        """A single word as a list of one factor."""
        factors = yield self.sequence([x], facts)
        return x if len(factors) == 1 and factors[0] is x else self.algebra.product(factors)

    def term(self, node: Node, c: Expr, facts: Facts, truncation: Any) -> Step:
        """One node of a sum, simplified; None when it stays as it is."""
        factors = list(node.factors) if isinstance(node, Product) else [Operator(truncation, {}, {node: ONE})]
        made = yield self.sequence(factors, facts)
        if len(made) == len(factors) and all(a is b for a, b in zip(made, factors)):
            return None
        whole = self.algebra.product(made)
        return whole if c is ONE else self.algebra.scale(c, whole)

    def inside(self, x: Operator, facts: Facts) -> Step:
        """One factor with the operators inside it simplified."""
        if len(x) > 1:
            return (yield self.visit(x, facts))
        if not x.nodes:
            triple, f = next(iter(x.words.items()))
            shorter = self.shorter(triple, f, facts)
            return x if shorter is None else Operator(x.truncation, {shorter: f}, {})
        node, c = next(iter(x.nodes.items()))
        match node:
            case Exp(argument=y):
                made = yield self.visit(y, NOTHING)
                new = x if made is y else self.algebra.exp(made)
            case Inverse(argument=y):
                made = yield self.visit(y, NOTHING)
                new = x if made is y else self.algebra.inv(made)
            case Power(base=y, exponent=k):
                made = yield self.visit(y, NOTHING)
                new = x if made is y else self.algebra.power(made, k)
            case Family(body=y):
                made = yield self.visit(y, facts if node.kind == "sum" else NOTHING)
                if made is y:
                    return x
                new = family(node.kind, node.variable, node.domain, node.low, node.high, made, node.descending)
            case Product():
                return (yield self.visit(x, facts))
            case _:
                return x
        return x if new is x else self.algebra.scale(c, new) if c is not ONE else new

    # ------------------------------------------------------------ lists of factors

    def sequence(self, factors: list[Operator], facts: Facts) -> Step:
        """The factors rewritten: `done` holds those to the right, the one that acts first at the bottom."""
        waiting: list[Item] = [(*self.look(x), x) for x in factors]
        done: list[Item] = []
        before: list[Facts] = [facts]  # what is known where the factor acts that comes next
        follow = self.given and facts != NOTHING
        pairs = self.pairs
        while waiting:
            item = waiting.pop()
            kind, _, x = item
            if x is not None and (x.nodes or len(x.words) > 1 or before[-1] is not NOTHING):
                made = yield self.inside(x, before[-1])
                if made is not x:
                    c, parts = split_product(made)
                    if c.is_zero:
                        return [self.algebra.zero()]
                    if c is not ONE:
                        parts = (self.algebra.scale(c, self.algebra.identity()), *parts)
                    waiting += [(*self.look(part), part) for part in parts]
                    continue
            done.append(item)
            heads = (kind, done[-2][0] if len(done) > 1 else "")
            candidates = pairs.get(heads)
            if candidates is None:
                candidates = pairs[heads] = self.candidates(*heads)
            for rule, size, plain, counts in candidates:
                if size > len(done) or self.spent:
                    continue
                counts.tries += 1
                start = perf_counter()
                if plain is None:
                    found = self.generally(rule, done, before[len(done) - size])
                else:
                    found = plain(done)
                counts.seconds += perf_counter() - start
                if found is not None:
                    counts.hits += 1
                    self.applied.append(Applied(rule.rule.id, tuple(done[: -size - 1 : -1]), tuple(found)))
                    del done[-size:]
                    del before[len(done) + 1 :]
                    waiting += found
                    break
            else:
                before.append(before[-1].through(self.operator(item)) if follow else NOTHING)
        return [self.operator(item) for item in reversed(done)]

    def candidates(self, first: str, second: str) -> list[Candidate]:
        """The rules whose left side may begin with these two kinds of factors."""
        found: list[Candidate] = []
        for rule in self.rules:
            roots = rule.roots
            if rule.projection or not roots or roots[0] not in ("*", first.rstrip("$")):
                continue
            if len(roots) == 1 or roots[1] in ("*", second.rstrip("$")):
                closed = len(roots) <= 2 and "$" not in first and (len(roots) == 1 or "$" not in second)
                found.append((rule, len(roots), rule.plain if closed else None, self.counts[rule.rule.id]))
        return found

    def look(self, x: Operator) -> tuple[str, int]:
        """The kind of a factor and the index of a letter without coefficient, `A$` and 0 where that is open."""
        found = self.looks.get(x)
        if found is None:
            kind, k = root(x), 0
            if kind in LETTERS:
                m, M, _ = next(iter(x.words))
                index = m if kind in "BP" else M
                k = index if isinstance(index, int) and next(iter(x.words.values())) is ONE else 0
                kind = kind if k else f"{kind}$"
            found = self.looks[x] = (kind, k)
        return found

    def operator(self, item: Item) -> Operator:
        """A factor as a value; letters that rules made are not built before they are needed."""
        kind, k, x = item
        if x is None:
            x = self.letters.get((kind, k))
            if x is None:
                triple = (1, 1, 1) if kind == "Q" and self.truncation == "free" else LETTERS[kind](k)
                x = self.letters[kind, k] = Operator(self.truncation, {triple: ONE}, {})
        return x

    def generally(self, rule: Compiled, done: list[Item], facts: Facts) -> list[Item] | None:
        """What any rule puts in place of the last factors: match, ask conditions and facts, evaluate the right side."""
        values = [self.operator(item) for item in done[: -len(rule.factors) - 1 : -1]]
        for bound in self.bindings(rule.factors, values, {}, rule):
            if not rule.holds(bound, self.algebra):
                continue
            if rule.rule.given:
                needed = rule.facts(bound)
                if needed is None or not all(facts.knows(given) for given in needed):
                    continue
            made = rule.build(bound, self.algebra)
            if made is not None and not same(made, values):
                return [(*self.look(x), x) for x in made]
        return None

    def bindings(
        self, patterns: Sequence[Operator], values: Sequence[Operator], bound: Bindings, rule: Compiled
    ) -> Iterator[Bindings]:
        if not patterns:
            yield bound
            return
        for found in match(patterns[0], values[0], bound, rule.kinds):
            yield from self.bindings(patterns[1:], values[1:], found, rule)

    # ------------------------------------------------------------ sums and facts

    def summed(self, x: Operator) -> Step:
        """A sum with the rules for sums applied; its terms are simplified already."""
        if len(x) < 2:
            return x
        for rule in self.rules:
            if rule.terms and not self.spent:
                made = gather(self, rule, x)
                if made is not None and made is not x:
                    return (yield self.visit(made, NOTHING))
        return x

    def shorter(self, triple: Any, f: Expr, facts: Facts) -> Any:
        """The least word equal to this one under the facts, if rules allow what it leaves out; else None."""
        if facts == NOTHING or not all(isinstance(index, int) for index in triple) or "n" in f.symbols or self.spent:
            return None
        for rule in self.rules:
            if not rule.projection:
                continue
            found = least(triple, rule.usable(facts))
            counts = self.counts[rule.rule.id]
            counts.tries += 1
            if found != triple:
                counts.hits += 1
                one, other = (Operator(self.truncation, {t: ONE}, {}) for t in (triple, found))
                self.applied.append(Applied(rule.rule.id, ((*self.look(one), one),), ((*self.look(other), other),)))
                return self.shorter(found, f, facts) or found
        return None


def same(made: Sequence[Operator], values: Sequence[Operator]) -> bool:
    """Whether a rewrite would put back what it took."""
    return len(made) == len(values) and all(a is b for a, b in zip(made, values))


__all__ = ["Applied", "Counts", "Engine", "Item"]
