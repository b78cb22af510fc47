"""Spectral numerics: exponentials, traces, eigenvalues and norms, each with an error bar.

Everything works on a `LinearMap`, that is on an `apply` some backend supplies.
"""

from qvm.spectral.exponential import expm, growth, proved
from qvm.spectral.linearmap import Enclosure, LinearMap, from_matrix
from qvm.spectral.norm import operator_norm
from qvm.spectral.spectrum import spectrum
from qvm.spectral.trace import heat_trace, trace

__all__ = [
    "Enclosure",
    "LinearMap",
    "expm",
    "from_matrix",
    "growth",
    "heat_trace",
    "operator_norm",
    "proved",
    "spectrum",
    "trace",
]
