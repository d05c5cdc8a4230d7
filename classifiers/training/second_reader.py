"""Make a second reader of a teacher: its encoder in 8-bit integers, joined to the fast models.

It needs the extra ``teacher``:

    python -m classifiers.training.second_reader corpus.jsonl.gz additions.jsonl.gz \\
      --teacher teacher/ --beside abuse-en,spam-en --output reader-en-1.rejoinder

The band in which the reader is asked, the rules that join both readings, their calibration and the
thresholds are fitted on held-out rows only: natural comments, and a tenth of the contrast
material, without which the rules would trust the fast model where nobody writes as Wikipedia does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from classifiers.artefact import load as load_fast
from classifiers.calibration import Calibration
from classifiers.combined import CombinedScorer, logit_of
from classifiers.data.examples import KNOWN_ATTRIBUTES, Example
from classifiers.data.labels import natural_weights, weights_at_rate
from classifiers.data.sources import is_contrast
from classifiers.data.splits import split_examples
from classifiers.model import LinearScorer
from classifiers.models import newest
from classifiers.second_reader import ReaderArtefact, SecondReader, save
from classifiers.training import contrast_material
from classifiers.training.calibrate import MIN_POSITIVES, fit_calibration
from classifiers.training.card import development_figures, file_digest
from classifiers.training.dataset import SPAM_RATE, Targets, TrainingSet, spam_examples
from classifiers.training.teacher import Teacher, trainable
from classifiers.training.thresholds import thresholds
from classifiers.training.train import model_version
from classifiers.types import Floats

#: Share of natural traffic that the reader may be asked about: with some 7 ms for each it costs
#: less than 1 ms for a comment on average.
ASKED = 0.12
#: What all contrast rows weigh together against all natural rows when the rules are fitted; the
#: calibration sees natural rows alone.
CONTRAST_SHARE = 1.0
#: A pull of the rules' weights towards 0, in rows.
RULE_PENALTY = 1.0

CARD = {
    "license": "MIT; the sources of the training data and their licences are under `data`",
    "intended_use": (
        "Read again what the fast model is unsure of or would hold, in English comments under "
        "articles. Alone it is not calibrated."
    ),
    "not_for": [
        "deciding about a person, an account or an employment",
        "rejecting a comment without a person who can overturn it",
        "any language but English",
    ],
    "fails_on": [
        "what the fast model scores low, since it is not asked about it",
        "irony, allusion, and abuse that is only understood with the comment it answers",
        "parts of long comments that the fast model finds harmless",
    ],
}


def encoder_bytes(teacher: Teacher) -> bytes:
    """The encoder and its head as an ONNX graph with weights of 8 bits.

    Weights use 7 of the 8 bits, so that processors without VNNI do not saturate.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    encoder, head = teacher.encoder, teacher.head
    encoder.config._attn_implementation = "eager"

    class Graph(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.head = encoder, head

        def forward(self, ids: Any, mask: Any) -> Any:
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            shown = mask.unsqueeze(-1).to(hidden.dtype)
            return self.head((hidden * shown).sum(1) / shown.sum(1))

    ids = torch.ones((2, 8), dtype=torch.int64)
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, rounded = (
            os.path.join(folder, f"{name}.onnx") for name in ("plain", "prepared", "rounded")
        )
        sizes = {0: "texts", 1: "tokens"}
        torch.onnx.export(
            Graph().eval(),
            (ids, torch.ones_like(ids)),
            plain,
            input_names=["ids", "mask"],
            output_names=["logits"],
            dynamic_axes={"ids": sizes, "mask": sizes, "logits": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_dynamic(
            prepared, rounded, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
        )
        return Path(rounded).read_bytes()


@dataclass(frozen=True)
class Readings:
    """Held-out rows with the logits of both readers' scores, each ``(rows, attributes)``."""

    rows: list[Example]
    attributes: tuple[str, ...]
    fast: Floats
    reader: Floats
    natural: Floats

    def sample(self, name: str) -> TrainingSet:
        """The natural rows that were asked about an attribute, at their natural rate."""
        attributes: tuple[str, ...] = tuple(a for a in self.attributes if a != "spam")
        weights = self.natural
        if name == "spam":
            attributes = ("spam",)
            kept = np.flatnonzero(self.asked(name) & ~self.contrast)
            weights = np.zeros(len(self.rows))
            weights[kept] = weights_at_rate([self.rows[i] for i in kept], "spam", SPAM_RATE)
        # Nothing is learnt from these rows.
        return TrainingSet(Targets([], *np.empty((2, 0, 0))), attributes, self.rows, weights, {})

    @property
    def contrast(self) -> NDArray[np.bool_]:
        """Which rows are contrast material."""
        return np.array([is_contrast(row.source) for row in self.rows], dtype=bool)

    def asked(self, name: str) -> NDArray[np.bool_]:
        """Which rows were asked about an attribute."""
        return np.array([name in row.labels for row in self.rows], dtype=bool)

    def inside(self, edges: Mapping[str, float]) -> NDArray[np.bool_]:
        """Which rows have a fast score of at least its attribute's edge."""
        lowest = [edges[name] for name in self.attributes]
        return np.asarray((expit(self.fast) >= lowest).any(axis=1))

    def joined(self, rule: Mapping[str, Any], name: str) -> Floats:
        """The logits ``(rows,)`` that a rule makes of both readers' for an attribute."""
        column = self.attributes.index(name)
        return np.asarray(
            rule["intercept"]
            + rule["fast"] * self.fast[:, column]
            + rule["reader"] * self.reader[:, column]
        )


def read_held_out(
    fast: LinearScorer, artefact: ReaderArtefact, rows: Sequence[Example]
) -> Readings:
    """Let both readers read every row, whatever the fast one says of it."""
    scorer = CombinedScorer(fast, SecondReader(artefact))
    names = fast.attributes
    fast_logits, reader_logits = (np.full((len(rows), len(names)), np.nan) for _ in range(2))
    with click.progressbar(range(0, len(rows), 64), label="reading") as starts:
        for start in starts:
            part = rows[start : start + 64]
            answers = scorer.score([row.text for row in part], languages=["en"] * len(part))
            for i, answer in enumerate(answers, start):
                if answer.reading is None or answer.reading.failed:
                    raise click.ClickException(f"the reader failed on row {i}")
                for j, name in enumerate(names):
                    fast_logits[i, j] = logit_of(answer.reading.fast[name])
                    reader_logits[i, j] = answer.reading.logits[name]
    return Readings(list(rows), names, fast_logits, reader_logits, natural_weights(rows))


def band(readings: Readings, cuts: Mapping[str, float]) -> dict[str, float]:
    """For each attribute the fast score from which the reader is asked.

    The edges lie at one share of what would be held, as low as keeps all that is asked within
    ``ASKED`` of the natural rows.
    """

    def edges(factor: float) -> dict[str, float]:
        return {name: cuts[name] * factor for name in readings.attributes}

    low, high = 0.0, 1.0
    for _ in range(16):
        middle = (low + high) / 2
        asked = share_of(readings.natural, readings.inside(edges(middle)))
        low, high = (low, middle) if asked <= ASKED else (middle, high)
    return {name: round(edge, 6) for name, edge in edges(high).items()}


def share_of(weights: Floats, rows: NDArray[np.bool_]) -> float:
    """What some rows weigh of all."""
    return float(weights[rows].sum() / weights.sum())


def fit_rule(
    readings: Readings, name: str, inside: NDArray[np.bool_], weights: Floats
) -> dict[str, Any] | None:
    """The numbers of one attribute's ``Rule``, or None where there is too little to fit."""
    column = readings.attributes.index(name)
    known = readings.asked(name) & inside
    written = known & readings.contrast
    natural = known & ~written & (weights > 0)
    shares = np.array([row.labels.get(name, 0.0) for row in readings.rows])
    if min((shares[natural] >= 0.5).sum(), (shares[natural] < 0.5).sum()) < MIN_POSITIVES:
        return None
    x = np.column_stack([readings.fast[:, column], readings.reader[:, column]])
    w = np.zeros(len(shares))
    w[natural] = weights[natural]
    if written.any():
        w[written] = CONTRAST_SHARE * w[natural].sum() / written.sum()
    used = w > 0
    x, t, w = x[used], shares[used], w[used] * (used.sum() / w[used].sum())

    def loss(p: Floats) -> tuple[float, Floats]:
        y = p[0] + x @ p[1:]
        value = float(
            (w * (np.logaddexp(0.0, y) - t * y)).sum() + RULE_PENALTY * (p[1:] ** 2).sum()
        )
        residual = w * (expit(y) - t)
        slope = x.T @ residual + 2 * RULE_PENALTY * p[1:]
        return value, np.concatenate(([residual.sum()], slope))

    # No reader's word may count against itself.
    bounds = [(None, None), (0.0, None), (0.0, None)]
    fitted = minimize(loss, np.array([0.0, 0.5, 0.5]), jac=True, method="L-BFGS-B", bounds=bounds)
    rule = dict(zip(("intercept", "fast", "reader"), map(float, fitted.x), strict=True))
    joined = readings.joined(rule, name)[natural]
    knots = fit_calibration(joined, shares[natural], weights[natural], knots=5)
    return {**rule, "x": knots.x.tolist(), "y": knots.y.tolist()}


@click.command()
@click.argument("corpora", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--teacher", "folder", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--beside", default="abuse-en,spam-en", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), required=True)
def main(corpora: Sequence[Path], folder: Path, beside: str, output: Path) -> None:
    """Make a second reader of the teacher in FOLDER, fitted on held-out rows of CORPORA."""
    name, revision = model_version(output.name.removesuffix(".rejoinder"))
    fast = LinearScorer(
        [
            load_fast(Path(each) if each.endswith(".rejoinder") else newest(each))
            for each in beside.split(",")
        ]
    )
    teacher = Teacher.load(folder)
    always = {
        "intercept": 0.0, "fast": 1.0, "reader": 0.0, "asked_from": -1.0,
        "x": [-1.0, 1.0], "y": [-1.0, 1.0],
    }  # fmt: skip

    def write(rules: Mapping[str, Any], card: Mapping[str, Any]) -> ReaderArtefact:
        return save(
            output,
            name=name,
            revision=revision,
            attributes=KNOWN_ATTRIBUTES,
            encoder=encoder,
            vocabulary=teacher.vocabulary,
            rules=rules,
            beside=fast.version.split(","),
            card=card,
        )

    encoder = encoder_bytes(teacher)
    click.echo(f"encoder: {len(encoder) / 1e6:.1f} MB")
    artefact = write(dict.fromkeys(KNOWN_ATTRIBUTES, always), CARD | {"thresholds": {}})
    dev = split_examples(trainable(corpora) + contrast_material.examples())["dev"]
    readings = read_held_out(fast, artefact, _measured(dev))
    cuts = {attribute: fast.card["thresholds"][attribute]["0.02"] for attribute in fast.attributes}
    edges = band(readings, cuts)
    inside = readings.inside(edges)
    rules: dict[str, dict[str, Any]] = {}
    held: dict[str, dict[str, float]] = {}
    figures: dict[str, dict[str, float]] = {}
    for sample in (readings.sample("toxicity"), readings.sample("spam")):
        scores = {}
        for attribute in sample.attributes:
            fitted = fit_rule(readings, attribute, inside, sample.dev_weights)
            rule = (fitted or always) | {"asked_from": edges[attribute]}
            rules[attribute] = rule
            scores[attribute] = _scores(rule, readings, attribute, inside)
            click.echo(
                f"{attribute}: asked from {rule['asked_from']:.3f}, "
                f"{rule['fast']:.2f} fast + {rule['reader']:.2f} reader"
            )
        held |= thresholds(sample, scores)
        figures |= development_figures(sample, scores)
    card = CARD | {
        "asked": round(share_of(readings.natural, inside), 4),
        "data": {"files": [file_digest(path) for path in corpora], "dev_rows": len(readings.rows)},
        "development": figures,
        "thresholds": held,
    }
    made = write(rules, card)
    click.echo(
        f"{output}: {output.stat().st_size / 1e6:.1f} MB, asked about {made.card['asked']:.1%}, "
        f"toxicity held from {made.card['thresholds']['toxicity']['0.02']:.3f}"
    )
    for attribute, figure in figures.items():
        click.echo(f"{attribute}: {figure}")


def _measured(rows: Sequence[Example]) -> list[Example]:
    """The rows that the rules are fitted on: natural, contrast, and those of the spam model."""
    contrast = [is_contrast(row.source) for row in rows]
    chosen = (natural_weights(rows) > 0) | contrast
    kept = [row for row, wanted in zip(rows, chosen, strict=True) if wanted]
    return kept + [row for row in spam_examples(rows) if not is_contrast(row.source)]


def _scores(
    rule: Mapping[str, Any], readings: Readings, name: str, inside: NDArray[np.bool_]
) -> Floats:
    """The final scores of all rows for one attribute."""
    calibration = Calibration(np.array(rule["x"]), np.array(rule["y"]))
    joined = expit(calibration.logit(readings.joined(rule, name)))
    alone = expit(readings.fast[:, readings.attributes.index(name)])
    return np.asarray(np.where(inside, joined, alone))


if __name__ == "__main__":
    main()
