"""How many examples hypothesis tries. The same ones on each run: no test fails for one person only.

Used as decorators: `@MANY` above `@given(...)`. EXAMPLES=20 in the environment tries twenty times
as many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("EXAMPLES") or 1)

MANY = settings(max_examples=100 * TIMES, derandomize=True, deadline=None)
FEW = settings(max_examples=25 * TIMES, derandomize=True, deadline=None)
# A walk is an example of many steps, on real connections.
WALKS = settings(
    max_examples=10 * TIMES,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
