"""Sentences about people: what is trained on and what is measured on stay apart."""

from __future__ import annotations

from classifiers import contrasts, identities
from classifiers.data import Example, near_duplicate_key

CLEAN = {"toxicity": 0.0}
RUDE = {"toxicity": 1.0}


def test_no_sentence_is_both_trained_and_measured_on() -> None:
    trained = {*identities.TRAIN_CLEAN, *identities.TRAIN_ABUSIVE}
    measured = {*identities.EVALUATE_CLEAN, *identities.EVALUATE_ABUSIVE}
    measured.update(*identities.EVALUATE_REPORTED.values())
    assert not trained & measured
    assert len({term.one for term in identities.IDENTITIES}) >= 50


def test_who_is_named_in_abuse_hears_more_clean_sentences() -> None:
    rows = [
        Example("what a stupid deaf fool", RUDE, source="jigsaw_ak"),
        Example("blind people are scum", RUDE, source="jigsaw_ak"),
        Example("deaf idiots everywhere", RUDE, source="jigsaw_ak"),
        Example("my vegan neighbour is kind", CLEAN, source="jigsaw_ak"),
    ]
    assert [term.one for term in identities.most_abused(rows)] == ["deaf", "blind"]
    plain = [row.text for row in identities.training_examples()]
    more = [row.text for row in identities.training_examples(rows)]
    assert plain.count("My wife is deaf.") == 1
    assert more.count("My wife is deaf.") == identities.REPEATS
    assert more.count("My wife is vegan.") == 1


def test_clean_comments_keep_their_label_when_the_identity_is_exchanged() -> None:
    rows = [
        Example("The Irish voted on Friday", CLEAN, source="jigsaw_ak"),
        Example("stupid Irish", RUDE, source="jigsaw_ak"),
        Example("a tweet by an Irish", CLEAN, source="davidson"),
        Example("nobody is named here", CLEAN, source="jigsaw_ak"),
        Example("an old revision", CLEAN, source="jigsaw_ak"),
    ]
    made = identities.exchanged_examples(rows)
    assert len(made) == identities.COPIES
    assert all(
        row.text.startswith("The ") and row.text.endswith(" voted on Friday") for row in made
    )
    assert all(row.labels["toxicity"] == 0.0 and row.source == "exchanged" for row in made)
    assert made == identities.exchanged_examples(rows)


def test_sentences_of_two_meanings_are_labelled_and_distinct() -> None:
    rows = contrasts.training_examples()
    labels = {row.text: row.labels for row in rows}
    assert len(labels) == len(rows)
    assert labels["How do I kill a process that hangs?"]["toxicity"] == 0.0
    assert labels["I know where you live."]["threat"] == 1.0
    clean = {near_duplicate_key(t) for t, label in labels.items() if not label["toxicity"]}
    abusive = {near_duplicate_key(t) for t, label in labels.items() if label["toxicity"]}
    assert not clean & abusive
