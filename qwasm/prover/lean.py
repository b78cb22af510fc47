"""Lean text: a statement and its certificate for readers of Lean 4, without any library.

A word is its triple and a partial map of the natural numbers; an identity of words with numbers in it is a theorem
that Lean's kernel computes (`decide`), one with names of primes is a proposition for each case of the certificate.

>>> closed = {"vars": {}, "scope": "all", "where": [], "given": []}
>>> print(lean({**closed, "lhs": ["product", ["A", 2], ["B", 2]], "rhs": ["Q", 2]}, None).splitlines()[-1])
  (A 2).mul (B 2) = Q 2 := by decide
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

JSON = Any
LETTERS = frozenset("ABPQ")
RELATIONS = {"!=": "≠", "==": "=", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
PRELUDE = """\
/-- A word: at n = m * k the value psi (e * k), for 1 ≤ k and k * M ≤ N. -/
structure Word where
  m : Nat
  M : Nat
  e : Nat
deriving DecidableEq, Repr

namespace Word

def one : Word := ⟨1, 1, 1⟩
/-- Forward: psi (a * n). -/
def A (a : Nat) : Word := ⟨1, a, a⟩
/-- Backward: psi (n / b) where b divides n. -/
def B (b : Nat) : Word := ⟨b, b, 1⟩
/-- The multiples of m. -/
def P (m : Nat) : Word := ⟨m, m, m⟩
/-- The points n ≤ N / c. -/
def Q (c : Nat) : Word := ⟨1, c, 1⟩

/-- The product, the left factor outermost. -/
def mul (x y : Word) : Word :=
  let g := Nat.gcd x.e y.m
  ⟨x.m * (y.m / g), max (x.M * (y.m / g)) (y.M * (x.e / g)), y.e * (x.e / g)⟩

/-- The word as a partial map: which point row n reads on 1..N. -/
def reads (x : Word) (N n : Nat) : Option Nat :=
  if n % x.m = 0 ∧ 0 < n ∧ n / x.m * x.M ≤ N then some (n / x.m * x.e) else none

end Word

open Word

/-- Letters read one after the other, the outermost first: the definition that products of words must meet. -/
def follow (N : Nat) : List Word → Nat → Option Nat
  | [], n => some n
  | x :: rest, n => (x.reads N n).bind (follow N rest)

def IsPrime (p : Nat) : Prop := 2 ≤ p ∧ ∀ d, d ∣ p → d = 1 ∨ d = p
"""
OPERATORS = """\
/-- Operators, with scalars as written in the certificate. -/
inductive Op where
  | word (m : Nat) (M : List Nat) (e : Nat) (multiplier : String)
  | letter (name : String) (arguments : List String)
  | scale (c : String) (x : Op)
  | over (prime low high : String) (x : Op)
  | sum (parts : List Op)
  | product (factors : List Op)
"""
CHECKED = 24  # the N up to which a closed identity is also computed row by row


def lean(statement: JSON, certificate: JSON | None) -> str:
    """The statement, and the cases of its certificate, as Lean 4 text."""
    sides = [factors(["product", statement[side], *statement["given"]]) for side in ("lhs", "rhs")]
    left, right = sides
    if left is None or right is None or statement["scope"] != "all":
        return PRELUDE + "\n" + OPERATORS + "\n" + operators(statement, certificate)
    names = [name for name, kind in statement["vars"].items() if kind == "prime"]
    equation = f"{product(left)} = {product(right)}"
    if names:
        return PRELUDE + "\n" + cases(statement, certificate, names, equation)
    rows, columns = (f"follow {CHECKED} [{', '.join(letters)}] (n.val + 1)" for letters in (left, right))
    return (
        f"{PRELUDE}\ntheorem rows : ∀ n : Fin {CHECKED}, {rows} = {columns} := by decide\n\n"
        f"-- Equal triples are equal words for every N.\ntheorem identity :\n  {equation} := by decide\n"
    )


def factors(x: JSON) -> list[str] | None:
    """The letters of a word from left to right, or None for anything but a word with open or closed indices."""
    head, *rest = x
    if head == "I":
        return []
    if head in LETTERS:
        index = natural(rest[0])
        return None if index is None else [f"{head} {index}"]
    if head == "product":
        parts = [factors(y) for y in rest]
        return None if None in parts else [letter for part in parts if part is not None for letter in part]
    return None


def product(letters: list[str]) -> str:
    """The product of letters, associated to the left."""
    if not letters:
        return "one"
    if len(letters) == 1:
        return letters[0]
    return f"({letters[0]})" + "".join(f".mul ({x})" for x in letters[1:])


def natural(x: JSON) -> str | None:
    """An index as a term of type Nat, or None."""
    if isinstance(x, int):
        return str(x) if x >= 0 else None
    if isinstance(x, str):
        return x if x.isidentifier() else None
    parts = [natural(y) for y in x[1:]]
    if x[0] not in ("*", "^") or None in parts:
        return None
    return "(" + f" {x[0]} ".join(str(part) for part in parts) + ")"


def cases(statement: JSON, certificate: JSON | None, names: list[str], equation: str) -> str:
    """One proposition for the identity and one for each case, with the triple that both sides come to."""
    primes = [f"IsPrime {name}" for name in names]
    given = [condition for x in statement["where"] if (condition := relation(x))]
    bound = " ".join(names)
    lines = [f"def identity : Prop :=\n  ∀ {bound} : Nat, {' → '.join([*primes, *given, equation])}\n"]
    told, listed = (certificate["cases"], certificate["primes"]) if certificate else ((), ())
    for number, case in enumerate(told, start=1):
        values = case["names"]
        classes = [name for name in names if values[name] == name]
        facts = [f"{name} = {values[name]}" for name in names if values[name] != name]
        facts += [f"{p} ≠ {q}" for i, p in enumerate(classes) for q in classes[i + 1 :]]
        facts += [f"{p} ≠ {n}" for p in classes for n in listed]
        value = triple(case["terms"])
        both = " ∧ ".join(f"{side} = {value}" for side in equation.split(" = ")) if value else equation
        lines.append(f"/-- Case {number}: {shown(values)}. -/\ndef case_{number} : Prop :=")
        lines.append(f"  ∀ {bound} : Nat, {' → '.join([*primes, *facts, *given, both])}\n")
    return "\n".join(lines)


def triple(terms: JSON) -> str | None:
    """The triple of a certificate's single word, its M a maximum."""
    if len(terms) != 1 or terms[0][0] != "word" or terms[0][4] != 1:
        return None
    m, M, e = natural(terms[0][1]), bounds(*terms[0][1:4]), natural(terms[0][3])
    if m is None or e is None or M is None:
        return None
    top = M[-1]
    for x in reversed(M[:-1]):
        top = f"(max {x} {top})"
    return f"⟨{m}, {top}, {e}⟩"


def bounds(m: JSON, M: list[JSON], e: JSON) -> list[str] | None:
    """The numbers whose maximum is the M of a word: of those that are written out only the largest."""
    numbers = [x for x in (m, e, *M) if isinstance(x, int)]
    open_ones = [natural(x) for x in (m, e, *M) if not isinstance(x, int)]
    found = [*open_ones, *([str(max(numbers))] if numbers and (max(numbers) > 1 or not open_ones) else [])]
    return None if None in found else [str(x) for x in dict.fromkeys(found)]


def relation(x: JSON) -> str | None:
    """A condition between names and numbers as a proposition, or None."""
    sides = [natural(y) for y in x[1:]]
    return f"{sides[0]} {RELATIONS[x[0]]} {sides[1]}" if x[0] in RELATIONS and None not in sides else None


def shown(values: JSON) -> str:
    return ", ".join(
        f"{name} = {value}" if name != value else f"{name} generic" for name, value in sorted(values.items())
    )


def operators(statement: JSON, certificate: JSON | None) -> str:
    """Both sides as values of `Op`, and the common normal form in each case."""
    integers = sorted(name for name, kind in statement["vars"].items() if kind in ("prime", "qint"))
    arguments = f" ({' '.join(integers)} : Nat)" if integers else ""
    lines = [f"def {side}{arguments} : Op :=\n  {operator(statement[side])}\n" for side in ("lhs", "rhs")]
    for number, case in enumerate(certificate["cases"] if certificate else (), start=1):
        terms = ",\n   ".join(operator(term) for term in case["terms"])
        title = f"/-- Case {number}: {shown(case['names'])}; scope {statement['scope']}. -/"
        bound = sorted({r for term in case["terms"] for r in bound_names(term)})
        names = f" ({' '.join([*integers, *bound])} : Nat)" if integers or bound else ""
        lines.append(f"{title}\ndef normal_form_{number}{names} : Op := .sum\n  [{terms}]\n")
    return "\n".join(lines)


def operator(x: JSON) -> str:
    """An operator as a value of `Op`."""
    head, *rest = x
    if head == "word" and natural(rest[0]) and natural(rest[2]) and (M := bounds(*rest[:3])):
        return f"(.word {natural(rest[0])} [{', '.join(M)}] {natural(rest[2])} {quoted(rest[3])})"
    if head == "scale":
        return f"(.scale {quoted(rest[0])} {operator(rest[1])})"
    if head == "over":
        return f"(.over {quoted(rest[1])} {quoted(rest[3])} {quoted(rest[4])} {operator(rest[5])})"
    if head in ("sum", "product"):
        return f"(.{head} [{', '.join(operator(y) for y in rest)}])"
    if head in LETTERS and (index := natural(rest[0])):
        word = {
            "A": f"1 [{index}] {index}",
            "B": f"{index} [{index}] 1",
            "P": f"{index} [{index}] {index}",
            "Q": f"1 [{index}] 1",
        }
        return f'(.word {word[head]} "1")'
    return f'(.letter "{head}" [{", ".join(quoted(y) for y in rest)}])'


def bound_names(x: JSON) -> Iterator[str]:
    """The names of the bound primes of an operator."""
    if isinstance(x, list) and x:
        if x[0] == "over":
            yield x[2]
        for y in x:
            yield from bound_names(y)


def quoted(x: JSON) -> str:
    """A scalar as a string literal, in prefix form."""
    text = x if isinstance(x, str) else " ".join(map(flat, x)) if isinstance(x, list) else str(x)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def flat(x: JSON) -> str:
    return "(" + " ".join(map(flat, x)) + ")" if isinstance(x, list) else str(x)
