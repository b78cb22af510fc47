"""Translation validation: whether two modules mean the same, decided by normal form.

>>> from qwasm.syntax import parse
>>> from qwasm.ir.build import build
>>> text = ".space N = 9\\n.func main\\nrandom q0, 1\\n{}\\nat s0, q1, 1\\nemit \\"x\\", s0\\nend"
>>> def program(lines): return build(parse(text.format(lines)))[0]
>>> left, right = program("mul.p q2, q0, 2\\nmul.p q1, q2, 3"), program("qop.apply q1, q0, A[6]")
>>> compare(left, right)
[]
>>> [(found.verdict, found.message) for found in compare(left, program("mul.p q1, q0, 2"))]
[('refuted', 'emit "x": the operators behind its value differ at row 1, column 2: 0 became 1')]
"""

from qwasm.validation.compare import Finding, compare

__all__ = ["Finding", "compare"]
