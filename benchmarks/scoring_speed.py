"""How long scoring takes, beside scikit-learn on the same n-grams, in one run.

    python benchmarks/scoring_speed.py [--model FILE] [--profanity-check PYTHON]
    python benchmarks/scoring_speed.py --beside PATH

Ours includes normalising, language detection, all attributes and calibration; the peers vectorise
and score one attribute. `--profanity-check` names a Python that has `alt-profanity-check`, which
is no dependency of the project. Each figure is the median of paired, alternating rounds.

`--beside` compares the fast model with that of another checkout: two processes, asked in turn, each
timing its own thread's processor time, so that what else the machine does counts little. Of each
text the fastest round counts; no two texts in a row are the same.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import starmap
from pathlib import Path

from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline

from classifiers import load_model

SENTENCES = (
    "The council published its report on Monday, and several members disagree with it.",
    "Nobody questioned the numbers, but I think we should wait for the second review.",
    "My neighbour has lived here for thirty years and he can't remember a summer like this.",
    "If you want cheaper tickets, why not ask the people who run the trains?",
    "That's a well-known argument; it was wrong in 2010 and it is wrong today!",
    "You clearly didn't read the article before you wrote this nonsense.",
    "Thanks for the link, it answers most of what I wanted to know about the bridge.",
    "They promised us a new school, then a park, and now we get another car park...",
)
LENGTHS = (50, 200, 500, 2000)

PEER = """
import json, sys, time
from profanity_check import predict_prob
texts, rounds = json.load(sys.stdin)
predict_prob(["one"])
for group in texts:
    times = []
    for i in range(rounds):
        start = time.perf_counter()
        predict_prob([group[i % len(group)]])
        times.append(time.perf_counter() - start)
    print(sorted(times)[len(times) // 2] * 1e6)
"""


def comments(length: int, count: int = 40) -> list[str]:
    """Comments of about a length, all different."""
    chance = random.Random(length)
    made = []
    for _ in range(count):
        text = ""
        while len(text) < length:
            text += chance.choice(SENTENCES) + " "
            words = text.split()
            chance.shuffle(words)
            text = " ".join(words) + " "
        made.append(text[:length])
    return made


def never_seen(length: int, count: int = 40) -> list[str]:
    """The same with other words in each round, of which nothing can be remembered."""
    chance = random.Random()
    return [
        " ".join("".join(chance.choices("aeioubdlmnprst", k=5)) for _ in range(length // 6))
        for _ in range(count)
    ]


def answer_rounds() -> None:
    """Be one of two that are compared: time a round of what each line asks for."""
    model = load_model(second_reader=False)
    for line in sys.stdin:
        kind, length = json.loads(line)
        times = []
        if kind == "bulk":
            texts = [comments(length, 4_000)]
        else:
            texts = [[text] for text in (comments if kind == "known" else never_seen)(length)]
        for batch in texts:
            start = time.thread_time()
            model.score(batch)
            times.append((time.thread_time() - start) / len(batch) * 1e6)
        print(json.dumps(times), flush=True)


def beside(checkout: Path, rounds: int) -> None:
    """Print both checkouts' times and their ratio."""
    here = Path(__file__).parent.parent
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--answer"],
            env={**os.environ, "PYTHONPATH": str(path.resolve())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in (checkout, here)
    ]

    def ask(worker: subprocess.Popen[str], kind: str, length: int) -> list[float]:
        assert worker.stdin is not None
        assert worker.stdout is not None
        print(json.dumps([kind, length]), file=worker.stdin, flush=True)
        times: list[float] = json.loads(worker.stdout.readline())
        return times

    print(f"{'characters':>20} {'there':>9} {'here':>9} ratio")
    for kind, length in (
        *(("known", length) for length in LENGTHS),
        ("unseen", 200),
        ("bulk", 200),
    ):
        fastest: list[list[float]] = [[], []]
        for _ in range(3 if kind == "bulk" else rounds):
            for place, worker in enumerate(workers):
                times = ask(worker, kind, length)
                fastest[place] = list(
                    starmap(min, zip(times, fastest[place] or times, strict=True))
                )
        there, ours = map(statistics.mean, fastest)
        print(f"{kind:>12} {length:>7} {there:6.1f} µs {ours:6.1f} µs {there / ours:5.2f}")
    for worker in workers:
        worker.communicate()


def median_microseconds(
    callables: Sequence[Callable[[str], object]], texts: Sequence[str], rounds: int
) -> list[float]:
    """The median time of each, called in turn on the same text."""
    times: list[list[float]] = [[] for _ in callables]
    for i in range(rounds):
        for place, function in enumerate(callables):
            start = time.perf_counter()
            function(texts[i % len(texts)])
            times[place].append(time.perf_counter() - start)
    return [statistics.median(values[len(values) // 10 :]) * 1e6 for values in times]


def main() -> None:
    """Print a table and, last, the bulk rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--profanity-check", metavar="PYTHON")
    parser.add_argument("--beside", metavar="PATH", type=Path, help="another checkout")
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        answer_rounds()
        return
    if arguments.beside:
        beside(arguments.beside, min(arguments.rounds, 30))
        return
    start = time.perf_counter()
    model = load_model(arguments.model)
    print(f"load: {time.perf_counter() - start:.3f} s, {len(model.attributes)} attributes")
    peer = make_pipeline(
        FeatureUnion(
            [
                ("chars", HashingVectorizer(analyzer="char", ngram_range=(3, 4), n_features=2**20)),
                ("words", HashingVectorizer(ngram_range=(1, 2), n_features=2**19)),
            ]
        ),
        LogisticRegression(),
    ).fit([*SENTENCES], [i % 2 for i in range(len(SENTENCES))])
    groups = [comments(length) for length in LENGTHS]
    others: list[float | None] = [None] * len(LENGTHS)
    if arguments.profanity_check:
        answer = subprocess.run(
            [arguments.profanity_check, "-c", PEER],
            input=json.dumps([groups, arguments.rounds]),
            capture_output=True,
            text=True,
            check=True,
        )
        others = [float(line) for line in answer.stdout.split()]
    print(f"{'characters':>10} {'ours':>9} {'explained':>10} {'sklearn':>9} {'ratio':>6} profanity")
    for length, texts, other in zip(LENGTHS, groups, others, strict=True):
        ours, explained, theirs = median_microseconds(
            [
                lambda text: model.score([text]),
                lambda text: model.score([text], explain="spans"),
                lambda text: peer.predict_proba([text]),
            ],
            texts,
            arguments.rounds,
        )
        shown = f"{other:9.0f} µs" if other else "not run"
        print(
            f"{length:>10} {ours:>6.0f} µs {explained:>7.0f} µs {theirs:>6.0f} µs "
            f"{theirs / ours:>6.1f} {shown}"
        )
    bulk = comments(200, 4000)
    start = time.perf_counter()
    model.score(bulk)
    rate = len(bulk) / (time.perf_counter() - start)
    print(f"bulk: {rate:,.0f} comments of 200 characters a second")


if __name__ == "__main__":
    main()
