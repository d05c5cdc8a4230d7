"""What the second reader costs: processor time a comment, with it and without it, in one process.

    python -m benchmarks.second_reader comments.jsonl.gz

FILE holds labelled comments as ``python -m classifiers evaluate`` reads them; its Wikipedia talk at
the natural rate stands for natural traffic. Rounds take turns, and the medians are printed.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from classifiers import load_model
from classifiers.data.examples import read_examples
from classifiers.data.labels import natural_weights
from classifiers.data.sources import source
from classifiers.evaluation.evaluate import choose_rows

ROUNDS = 5
TEXTS = 1000


def main() -> None:
    """Print the processor time a comment of both scorers, and how long one reading takes."""
    rows = choose_rows(
        [row for row in read_examples(Path(sys.argv[1])) if row.lang == "en"], "test"
    )
    weights = natural_weights(rows)
    natural = [
        row.text
        for row, weight in zip(rows, weights, strict=True)
        if weight > 0 and not source(row.source).intercept
    ][:TEXTS]
    both, fast = load_model(language="en"), load_model(language="en", second_reader=False)
    readings: list[float] = []
    costs: dict[str, list[float]] = {both.version: [], fast.version: []}
    asked = 0
    for _ in range(ROUNDS):
        for model in (both, fast):
            started = time.process_time()
            for text in natural:
                model.score([text], languages=["en"])
            costs[model.version].append((time.process_time() - started) / len(natural))
    for text in natural:
        started = time.process_time()
        [score] = both.score([text], languages=["en"])
        if score.reading is not None:
            asked += 1
            readings.append(time.process_time() - started)
    print(f"{len(natural)} comments, {asked / len(natural):.1%} read again")
    for version, seconds in costs.items():
        print(f"{version}: {1000 * statistics.median(seconds):.2f} ms a comment")
    readings.sort()
    print(
        f"a comment that is read again: median {1000 * statistics.median(readings):.1f} ms, "
        f"95 % {1000 * readings[int(0.95 * len(readings))]:.1f} ms, "
        f"most {1000 * readings[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
