"""QWASM: the language of operators on the natural numbers, its exact algebra and its compiler.

Programs act on states psi(1..N); operators are exact values with a normal form.  This
package holds everything that needs no machine: diagnostics, the instruction table, syntax,
operator algebra, QIR and QPU programs.  `import qvm` compiles and runs.
"""

from __future__ import annotations

__version__ = "0.1.0"


def _refuse_the_other_qwasm() -> None:
    """Raise ImportError when another distribution's `qwasm` shadows or mixes with this one."""
    import os

    if len(__path__) != 1 or not os.path.isdir(os.path.join(__path__[0], "diagnostics")):
        raise ImportError(
            "this environment mixes two packages called 'qwasm': the toolchain (distribution qwasm-toolchain) and "
            "another project of that name; uninstall one: pip uninstall qwasm, then pip install --force-reinstall "
            "qwasm-toolchain"
        )


_refuse_the_other_qwasm()
