"""How many examples hypothesis tries. The same ones on each run: no test fails for one person only.

Used as decorators: `@MANY` above `@given(...)`.
"""

from __future__ import annotations

from hypothesis import settings

MANY = settings(max_examples=100, derandomize=True, deadline=None)
FEW = settings(max_examples=25, derandomize=True, deadline=None)
