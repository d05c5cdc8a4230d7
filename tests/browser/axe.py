"""axe-core in the page that the browser shows: what of it some people could not use."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import Chrome

SOURCE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# What axe cannot decide alone is not its verdict; this one of those is a fault whenever it is said.
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations", "incomplete"]}).then(
  ({violations, incomplete}) => done(
    [...violations, ...incomplete.filter(({id}) => id === "aria-prohibited-attr")]
      .flatMap(({id, nodes}) => nodes.map(({target}) => `${id}: ${target.join(" ")}`))),
  (error) => done([String(error)]));
"""


def violations(browser: Chrome) -> list[str]:
    """Each rule that the page breaks, and where; the test is skipped without the library."""
    if not SOURCE.exists():
        pytest.skip("axe-core is not installed (npm ci --ignore-scripts)")
    browser.execute_script(SOURCE.read_text("utf-8"))
    found: list[str] = browser.execute_async_script(RUN)
    return found
