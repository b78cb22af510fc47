"""Programs and keys for the tests of trace bundles."""

from __future__ import annotations

TEXT = """.space N = 300, weight = n^-1
.op H = sum p in primes(2, 13): K[p]
.func main
    fill q0, 1/n
    loop k, 3
        qop.apply q0, q0, A[2]/2 + V(log)
    end
    primes p, 2, 7
        qop.apply q1, q0, A[p] + B[3]
    end
    qop.exp q2, q0, H, 1/10
    qop.inner s0, q0, q2
    emit "overlap", s0
    emit "state", q1
end
"""
FAILING = """.space N = 30
.func main
    fill q0, n
    reduce s0, q0, SUM
    emit "sum", s0
    assert s0 == 1
end
"""
