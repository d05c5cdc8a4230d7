"""What is added to natural comments: people exchanged, sentences written for the project."""

from __future__ import annotations

from classifiers.data.examples import Example
from classifiers.data.identities import IDENTITIES
from classifiers.data.splits import near_duplicate_key
from classifiers.training import augmentation, contrasts
from classifiers.training.templates import template_examples

CLEAN = {"toxicity": 0.0}
RUDE = {"toxicity": 1.0}


def test_who_is_named_in_abuse_hears_more_clean_sentences() -> None:
    rows = [
        Example("what a stupid deaf fool", RUDE, source="jigsaw_ak"),
        Example("blind people are scum", RUDE, source="jigsaw_ak"),
        Example("deaf idiots everywhere", RUDE, source="jigsaw_ak"),
        Example("my vegan neighbour is kind", CLEAN, source="jigsaw_ak"),
    ]
    least, highest = augmentation.REPEATS
    abused = {term.one: times for term, times in augmentation.most_abused(rows).items()}
    assert abused == {"deaf": least, "blind": least}
    assert set(augmentation.most_abused(2000 * rows).values()) == {highest}
    plain = [row.text for row in template_examples()]
    more = [row.text for row in template_examples(augmentation.most_abused(rows))]
    assert plain.count("My wife is deaf.") == 1
    assert more.count("My wife is deaf.") == least
    assert more.count("My wife is vegan.") == 1


def test_clean_comments_keep_their_label_when_the_identity_is_exchanged() -> None:
    rows = [
        Example("The Irish voted on Friday", CLEAN, source="jigsaw_ak"),
        Example("stupid Irish", RUDE, source="jigsaw_ak"),
        Example("a tweet by an Irish", CLEAN, source="davidson"),
        Example("nobody is named here", CLEAN, source="jigsaw_ak"),
        Example("an old revision", CLEAN, source="jigsaw_ak"),
    ]
    made = augmentation.exchanged_examples(rows, augmentation.most_abused(rows))
    assert len(made) == augmentation.COPIES
    assert all(
        row.text.startswith("The ") and row.text.endswith(" voted on Friday") for row in made
    )
    assert all(row.labels["toxicity"] == 0.0 and row.source == "exchanged" for row in made)
    assert made == augmentation.exchanged_examples(rows, augmentation.most_abused(rows))


def test_whoever_a_comment_speaks_of_may_be_of_any_group() -> None:
    rows = [
        Example("I met a user and two editors", CLEAN, source="wiki_cat"),
        Example("all people are liars", {"toxicity": 0.8, "insult": 0.7}, source="jigsaw_ak"),
        Example("users on a forum", CLEAN, source="davidson"),
    ]
    made = augmentation.exchanged_examples(rows, augmentation.most_abused(rows))
    assert len(made) == 2 * augmentation.NAMED_COPIES
    kind, rude = made[: augmentation.NAMED_COPIES], made[augmentation.NAMED_COPIES :]
    assert all(set(row.labels.values()) == {0.0} for row in kind)
    assert [row.labels for row in rude] == augmentation.NAMED_COPIES * [{"toxicity": 0.8}]
    forms = {form for term in IDENTITIES for form in (term.one, term.many)}
    for row in kind:
        one, many = row.text.removeprefix("I met a").removeprefix("n").split(" and two ")
        assert one.strip().removesuffix(" user") in forms
        assert many.removesuffix(" editors") in forms


def test_sentences_of_two_meanings_are_labelled_and_distinct() -> None:
    rows = contrasts.contrast_examples()
    labels = {row.text: row.labels for row in rows}
    assert len(labels) == len(rows)
    assert labels["How do I kill a process that hangs?"]["toxicity"] == 0.0
    assert labels["I know where you live."]["threat"] == 1.0
    clean = {near_duplicate_key(t) for t, label in labels.items() if not label["toxicity"]}
    abusive = {near_duplicate_key(t) for t, label in labels.items() if label["toxicity"]}
    assert not clean & abusive
