"""Types that several modules share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

#: Numbers of an array in double precision; each docstring says the shape.
Floats = NDArray[np.float64]
#: Is told the name of a stage and how much of it is done, in [0, 1].
Progress = Callable[[str, float], None]
#: Scores of one attribute for texts, whose language is given or (None) is to be detected; NaN
#: where a text was not scored.
ScoreTexts = Callable[[Sequence[str], str | None], Floats]
