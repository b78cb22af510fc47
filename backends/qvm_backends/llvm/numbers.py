"""The numbers of a field in LLVM IR: how y + c x is computed, one entry or one vector at a time.

A `Numbers` writes code; entries are of `kind` with `size` bytes.  Every path to an entry, vector or not, runs the
same operations, so that results do not depend on where a vector ends.
"""

from __future__ import annotations

from qvm_backends.llvm.emit import Code

Factor = tuple[str, ...]  # a coefficient made ready to multiply many entries


class Floats:
    """float64 and float32: one fused multiply-add, where the machine has one."""

    def __init__(self, kind: str, fma: bool) -> None:
        self.kind, self.size = kind, {"double": 8, "float": 4}[kind]
        self.width = 64 // self.size
        self.suffix = {"double": "f64", "float": "f32"}[kind]
        self.fma = fma
        self.zero, self.one = "0.0", "1.0"
        self.zeros = "zeroinitializer"
        self.ones = f"<{', '.join([f'{kind} 1.0'] * self.width)}>"

    @property
    def declarations(self) -> str:
        """The intrinsics that the code calls."""
        v, k, s, w = f"<{self.width} x {self.kind}>", self.kind, self.suffix, self.width
        return (
            f"declare {k} @llvm.fma.{s}({k}, {k}, {k})\n"
            f"declare {v} @llvm.fma.v{w}{s}({v}, {v}, {v})\n"
            f"declare {v} @llvm.masked.gather.v{w}{s}.v{w}p0(<{w} x ptr>, i32, <{w} x i1>, {v})\n"
        )

    def splat(self, code: Code, value: str) -> str:
        """A vector of equal entries."""
        v = f"<{self.width} x {self.kind}>"
        one = code.let(f"insertelement {v} undef, {self.kind} {value}, i32 0")
        return code.let(f"shufflevector {v} {one}, {v} undef, <{self.width} x i32> zeroinitializer")

    def added(self, code: Code, y: str, c: str, x: str, vector: bool = False) -> str:
        """y + c x."""
        kind, suffix = (
            (f"<{self.width} x {self.kind}>", f"v{self.width}{self.suffix}") if vector else (self.kind, self.suffix)
        )
        if self.fma:
            return code.let(f"call {kind} @llvm.fma.{suffix}({kind} {c}, {kind} {x}, {kind} {y})")
        product = code.let(f"fmul {kind} {c}, {x}")
        return code.let(f"fadd {kind} {y}, {product}")

    def factor(self, code: Code, c: str) -> Factor:
        """A coefficient made ready."""
        return (c,)

    def grown(self, code: Code, y: str, c: Factor, x: str, vector: bool = False) -> str:
        """y + c x where many of these follow each other on one y."""
        return self.added(code, y, c[0], x, vector)


class Complexes:
    """complex128: two floats an entry, as one vector of two."""

    kind, size, width, declarations, zero, one = (
        "<2 x double>",
        16,
        1,
        "declare <2 x double> @llvm.fma.v2f64(<2 x double>, <2 x double>, <2 x double>)\n",
        "zeroinitializer",
        "<double 1.0, double 0.0>",
    )
    zeros, ones = zero, one  # no vectors beyond an entry

    def __init__(self, fma: bool) -> None:
        self.fma = fma

    def added(self, code: Code, y: str, c: str, x: str, vector: bool = False) -> str:
        """y + c x: Re c x, then Im c times (-Im x, Re x)."""
        return self.grown(code, y, self.factor(code, c), x)

    def factor(self, code: Code, c: str) -> Factor:
        """(Re c, Re c) and (-Im c, Im c)."""
        v = "<2 x double>"
        re = code.let(f"shufflevector {v} {c}, {v} undef, <2 x i32> <i32 0, i32 0>")
        im = code.let(f"shufflevector {v} {c}, {v} undef, <2 x i32> <i32 1, i32 1>")
        return re, code.let(f"fmul {v} {im}, <double -1.0, double 1.0>")

    def grown(self, code: Code, y: str, c: Factor, x: str, vector: bool = False) -> str:
        """y + c x where many of these follow each other on one y."""
        v = "<2 x double>"
        turned = code.let(f"shufflevector {v} {x}, {v} undef, <2 x i32> <i32 1, i32 0>")
        for a, b in ((c[0], x), (c[1], turned)):
            if self.fma:
                y = code.let(f"call {v} @llvm.fma.v2f64({v} {a}, {v} {b}, {v} {y})")
            else:
                product = code.let(f"fmul {v} {a}, {b}")
                y = code.let(f"fadd {v} {y}, {product}")
        return y


class Residues:
    """Residues in [0, l), l < 2^31, held as int64: the quotient is guessed in floats and put right by at most one l.

    c x < 2^62 and the guess floor(c x / l) is off by at most one: c, x and 1/l are exact to 2^-53 and the quotient
    is below 2^31.
    """

    kind, size, width, declarations, zero, one = (
        "i64",
        8,
        8,
        "declare <8 x i64> @llvm.masked.gather.v8i64.v8p0(<8 x ptr>, i32, <8 x i1>, <8 x i64>)\n",
        "0",
        "1",
    )
    zeros, ones, suffix = "zeroinitializer", one, "i64"

    def splat(self, code: Code, value: str, kind: str = "i64") -> str:
        """A vector of equal entries."""
        one = code.let(f"insertelement <8 x {kind}> undef, {kind} {value}, i32 0")
        return code.let(f"shufflevector <8 x {kind}> {one}, <8 x {kind}> undef, <8 x i32> zeroinitializer")

    def added(self, code: Code, y: str, c: str, x: str, vector: bool = False) -> str:
        """(y + c x) mod l; `%modulus` and `%inverse` are parameters of the function."""
        kind, real, bit = ("<8 x i64>", "<8 x double>", "<8 x i1>") if vector else ("i64", "double", "i1")
        l = self.splat(code, "%modulus") if vector else "%modulus"
        inverse = self.splat(code, "%inverse", "double") if vector else "%inverse"
        zero = "zeroinitializer" if vector else "0"
        product = code.let(f"mul {kind} {c}, {x}")
        float_ = code.let(f"sitofp {kind} {product} to {real}")
        guess = code.let(f"fmul {real} {float_}, {inverse}")
        whole = code.let(f"fptosi {real} {guess} to {kind}")
        taken = code.let(f"mul {kind} {whole}, {l}")
        rest = code.let(f"sub {kind} {product}, {taken}")
        low = code.let(f"icmp slt {kind} {rest}, {zero}")
        more = code.let(f"add {kind} {rest}, {l}")
        rest = code.let(f"select {bit} {low}, {kind} {more}, {kind} {rest}")
        total = code.let(f"add {kind} {y}, {rest}")
        for _ in range(2):  # below 3 l: y, rest and the one l of a guess too low
            less = code.let(f"sub {kind} {total}, {l}")
            high = code.let(f"icmp sge {kind} {less}, {zero}")
            total = code.let(f"select {bit} {high}, {kind} {less}, {kind} {total}")
        return total

    def factor(self, code: Code, c: str) -> Factor:
        """c and floor(c 2^32 / l)."""
        high = code.let(f"shl i64 {c}, 32")
        return c, code.let(f"udiv i64 {high}, %modulus")

    def grown(self, code: Code, y: str, c: Factor, x: str, vector: bool = False) -> str:
        """y plus a number below 2 l that is c x mod l (Shoup): `settled` must follow before y passes 2^53."""
        kind = "<8 x i64>" if vector else "i64"
        l, mask, bits = "%modulus", str(2**32 - 1), "32"
        if vector:
            l, mask, bits = self.splat(code, l), self.splat(code, mask), self.splat(code, bits)
        whole, ratio, x, l = (code.let(f"and {kind} {value}, {mask}") for value in (*c, x, l))
        guess = code.let(f"lshr {kind} {code.let(f'mul {kind} {ratio}, {x}')}, {bits}")
        taken = code.let(f"mul {kind} {guess}, {l}")
        rest = code.let(f"sub {kind} {code.let(f'mul {kind} {whole}, {x}')}, {taken}")
        return code.let(f"add {kind} {y}, {rest}")

    def settled(self, code: Code, y: str, vector: bool = False) -> str:
        """y mod l for 0 <= y < 2^53."""
        zero, one = (self.zeros, self.splat(code, "1")) if vector else (self.zero, "1")
        return self.added(code, zero, one, y, vector)


Numbers = Floats | Complexes | Residues


def numbers(dtype: str, fma: bool) -> Numbers:
    """The numbers of a numpy dtype name."""
    match dtype:
        case "float64":
            return Floats("double", fma)
        case "float32":
            return Floats("float", fma)
        case "complex128":
            return Complexes(fma)
    return Residues()


__all__ = ["Complexes", "Floats", "Numbers", "Residues", "numbers"]
