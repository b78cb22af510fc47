"""The pass keeps the laws of every pass."""

from qwasm.testing import independent_of_hash_seed, keeps_meaning, linear_in_time, settles


def chain(lines):
    body = "".join(f"    qop.apply q{k + 1}, q{k}, A[{k % 2 + 1}]\n" for k in range(lines))
    return f'.space N = 100\n.func main\n    random q0, 1\n{body}    at s0, q{lines}, 1\n    emit "x", s0\nend\n'


def test_it_keeps_the_meaning():
    keeps_meaning("join-applies")


def test_it_settles():
    settles("fix(join-applies){rounds=100}")


def test_it_does_not_depend_on_the_hash_seed():
    independent_of_hash_seed("join-applies", [chain(20)])


def test_its_time_is_linear():
    linear_in_time("join-applies", chain, (200, 800))
