"""What every test shares; the fixture `golden` and `--bless` come from `qwasm.testing.golden`, as for strangers."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: workers that share cores only wait for each other

from hypothesis import HealthCheck, settings

settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine
settings.load_profile("shared")
