from __future__ import annotations
from qwasm.algebra.ring import Expr
from qwasm.algebra.atoms import intern_atom
from qwasm.diagnostics import fail
def build_call(name, args):
    from qwasm.algebra.ring import from_atom, symbol
    if not args: args=(symbol("n","nat"),)
    return from_atom(intern_atom(name, (), args, 1))
