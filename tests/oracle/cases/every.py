"""All cases, in one order."""

from __future__ import annotations

from .fields import FIELDS
from .functions import DECLARED, FUNCTIONS
from .hilbert import HILBERT
from .jumps import JUMPS
from .letters import LETTERS
from .loops import LOOPS
from .scalars import SCALARS
from .states import STATES
from .storage import STORAGE

EVERY = LETTERS + FUNCTIONS + DECLARED + STATES + FIELDS + SCALARS + STORAGE + HILBERT + LOOPS + JUMPS
