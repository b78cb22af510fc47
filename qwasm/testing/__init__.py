"""For those who extend the toolchain: laws that every pass keeps, programs to try it on, golden tests.

    from qwasm.testing import keeps_meaning, settles

    def test_the_pass_keeps_the_meaning():
        keeps_meaning("drop-identity")

The laws and strategies draw programs with hypothesis, which the extra `[test]` installs.  The fixture `golden`
and the option `--bless` for `.qwt` files come as a pytest plugin by themselves.
"""

from __future__ import annotations

from qwasm.testing.laws import (
    independent_of_hash_seed,
    keeps_meaning,
    linear_in_time,
    settles,
)

__all__ = ["independent_of_hash_seed", "keeps_meaning", "linear_in_time", "settles"]
