"""What every test shares; the fixture `golden` and `--bless` come from `qwasm.testing.golden`, as for strangers."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("deep", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
