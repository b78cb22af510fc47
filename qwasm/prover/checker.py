"""The independent checker: a certificate is believed only after every path was walked again.

It imports the standard library and nothing else, and never composes triples: each word is followed letter
by letter from the point n = m k, noting every bound L k <= N and the multiplier at each point reached.

A statement and a certificate are JSON values.

    scalar     3 | "-1/2" | a name | ["+", x, ...] | ["*", x, ...] | ["^", x, y] | [function, x, ...]
               names: n (the point), k (inside a word), N, i, pi, and those of `vars` and of families;
               functions: log exp abs floor mod min max conj == != < <= > >= and or not, the arithmetic ones
               with their point written out (["mu", "n"], ["sigma", 1, "n"], ["val", "p", "n"], ["chi", q, m, "n"]),
               ["conv", f, g, x] and ["dinv", f, x] with f, g scalars in n, and ["f", x] for an arith variable
    operator   ["I"] | ["A", x] | ["B", x] | ["P", x] | ["Q", x] | ["S", x] | ["S", x, "cyclic"] | ["V", f] |
               ["Dir", f] | ["coDir", f] | ["out", u, v] | ["op", "X"] | ["sum", X, ...] | ["product", X, ...] |
               ["scale", c, X] | ["power", X, x] | ["adj", X] | ["comm", X, Y] | ["exp", X] | ["inv", X] |
               ["over", "sum" | "prod", r, "primes" | "ints", low, high, X]         (the first factor is outermost)
    in certificates also
               ["word", m, [M, ...], e, F]: at n = m k the value F psi(e k) for k max(M, ...) <= N; F a scalar in k
               ["distinct", [[r, low, high], ...], X]: the sum of X over primes r in low..high, distinct from each
               other, from the prime names of the case and from the certificate's `primes`; high null: no end
    statement  {"format": "qwasm-statement/1", "lhs": X, "rhs": X, "scope": "all" | "inf" | N, "weight": "s" (w = n^-s),
                "vars": {name: "prime" | "qint" | "real" | "complex" | "arith" | "op"}, "where": [comparison, ...],
                "given": [["P", x] | ["Q", x], ...]}        (facts about the state: both sides act after them)
    certificate {"format": "qwasm-certificate/1", "method": "nf/1" | "finite/1", "statement": the statement,
                "primes": [2, 3], "cases": [{"names": {"p": "p", "q": "p", "r": "2"}, "terms": [X, ...]}, ...],
                "maxima": [[w, [[u, "1/2"], [v, "1/2"]]], ...]}

Under `nf/1` a case sends each prime name to the first name (in order of the alphabet) of its class of equal
names, or to the prime of `primes` that it equals; different classes are different primes outside `primes`.
The list holds every case that `where` allows, once.  `primes` must contain each prime that divides a number
standing in an index.  `terms` is the common value of both sides in that case: one ["word", ...], or product of
words and formal letters (op, exp, S, Dir, ...), scaled, in ["distinct", ...] where primes are bound; [] for zero.
`maxima` says w <= u^(1/2) v^(1/2) where a bound is dropped from a max without lying below a single other one.
Under `finite/1` (scope N only) a prime name goes to a prime up to N, or to the first name of its class of equal
primes above N, and `primes` is [].
"""
