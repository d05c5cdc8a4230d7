"""axe-core in the page that the browser shows: what of it some people could not use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# What axe cannot decide alone is not its verdict; this one of those is a fault whenever it is said.
RUN = """
const [rules, done] = arguments;
axe.run(document, {rules, resultTypes: ["violations", "incomplete"]}).then(
  ({violations, incomplete}) => done(
    [...violations, ...incomplete.filter(({id}) => id === "aria-prohibited-attr")]
      .flatMap(({id, nodes}) => nodes.map(({target}) => `${id}: ${target.join(" ")}`))),
  (error) => done([String(error)]));
"""


def violations(browser: Chrome, *, but: Sequence[str] = ()) -> list[str]:
    """Give each rule that the page breaks, and where; `but` names rules that are not looked at.

    Without the library the test is skipped, or fails where NODE says that it is required.
    """
    if not SOURCE.exists():
        told = pytest.fail if os.environ.get("NODE") == "required" else pytest.skip
        told("axe-core is not installed (npm ci --ignore-scripts)")
    # Past the page's own policy, which lets no foreign script in.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": SOURCE.read_text("utf-8")})
    rules = {name: {"enabled": False} for name in but}
    found: list[str] = browser.execute_async_script(RUN, rules)
    return found
