"""What docs/operate.md lists of addresses is what the service goes by."""

from __future__ import annotations

import re
from pathlib import Path

from moderation.settings import SHIPPED_TRACKING


def test_every_tracking_parameter_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "operate.md").read_text("utf-8")
    section = text.partition("The parameters that do not count")[2].partition("capitals do not")[0]
    assert tuple(re.findall(r"`([^`]+)`", section)) == SHIPPED_TRACKING
