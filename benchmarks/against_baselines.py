"""Rank held-out comments by the shipped model and by two plain baselines, paired.

    python benchmarks/against_baselines.py CORPUS.jsonl.gz

Both baselines learn from the rows that the shipped model may learn from, without a teacher:

- `tfidf`: words and pairs of words, TF-IDF, logistic regression on yes and no.
- `sketch`: hashed character 1-5-grams and words, each row once as yes and once as no by its share,
  Jigsaw-type rows weighted three times (`classifiers.data.sources`), liblinear.

All are measured on the test rows of the Jigsaw-type sources at their natural rate. Printed: each
figure, and the difference to the shipped model with its 95 % interval over resampled rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

from classifiers import load_model
from classifiers.data.examples import read_examples
from classifiers.data.labels import natural_weights, targets
from classifiers.data.splits import split_examples
from classifiers.metrics import average_precision, bootstrap, paired_difference, roc_auc
from classifiers.types import Floats


def tfidf(texts: list[str], shares: Floats, held_out: list[str]) -> Floats:
    vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=4.0, max_iter=300)
    model.fit(vectoriser.fit_transform(texts), shares >= 0.5)
    return np.asarray(model.decision_function(vectoriser.transform(held_out)))


def sketch(texts: list[str], shares: Floats, weights: Floats, held_out: list[str]) -> Floats:
    features = make_union(
        HashingVectorizer(analyzer="char", ngram_range=(1, 5), binary=True, alternate_sign=False),
        HashingVectorizer(ngram_range=(1, 2), binary=True, alternate_sign=False),
    )
    matrix = features.transform(texts)
    twice = sp.vstack([matrix, matrix]).tocsr()
    classes = np.repeat([1, 0], len(texts))
    mass = np.concatenate([weights * shares, weights * (1 - shares)])
    model = LogisticRegression(C=4.0, solver="liblinear")
    model.fit(twice[mass > 0], classes[mass > 0], sample_weight=mass[mass > 0])
    return np.asarray(model.decision_function(features.transform(held_out)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model")
    given = parser.parse_args()
    rows = [row for row in read_examples(given.corpus) if row.lang == "en" and row.use == "train"]
    parts = split_examples(row for row in rows if row.labels.keys() - {"spam"})
    shares, weights = (values[:, 0] for values in targets(parts["train"]))
    asked = np.flatnonzero(weights > 0)
    texts = [parts["train"][i].text for i in asked]
    test = [row for row in parts["test"] if "toxicity" in row.labels]
    natural = natural_weights(test)
    test = [row for row, mass in zip(test, natural, strict=True) if mass > 0]
    masses = natural[natural > 0]
    raters = np.array([row.labels["toxicity"] for row in test])
    held_out = [row.text for row in test]
    ours = load_model(given.model).score(held_out, languages=["en"] * len(test))
    logits = {"shipped": np.array([score.logits["toxicity"] for score in ours])}
    logits["tfidf"] = tfidf(texts, shares[asked], held_out)
    logits["sketch"] = sketch(texts, shares[asked], weights[asked], held_out)
    print(f"{len(texts)} training rows, {len(test)} test rows, {(raters >= 0.5).sum()} positive")
    for metric in (roc_auc, average_precision):
        for name, values in logits.items():
            figure = bootstrap(metric, raters, values, masses)
            print(f"{metric.__name__:18} {name:8} {figure.value:.4f} "
                  f"[{figure.low:.4f}, {figure.high:.4f}]", end="")  # fmt: skip
            if name != "shipped":
                gap = paired_difference(metric, raters, logits["shipped"], values, masses)
                print(
                    f"   ours above it by {gap.value:.4f} [{gap.low:.4f}, {gap.high:.4f}]", end=""
                )
            print()


if __name__ == "__main__":
    main()
