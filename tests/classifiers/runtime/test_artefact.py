"""A model file is data: the same model gives the same bytes, and a changed one is refused."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile
from pathlib import Path

import pytest

from classifiers import ArtefactError, ModelNotFoundError, artefact, load_model
from tests.support.tiny_model import tiny_path, write


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "again.rejoinder")
    assert (tmp_path / "again.rejoinder").read_bytes() == tiny_path().read_bytes()


def test_the_card_is_completed(tmp_path: Path) -> None:
    card = write(tmp_path / "model.rejoinder", revision=3, card={"note": "ours"})
    assert card["note"] == "ours"
    assert card["version"] == "tiny-en@3"
    assert len(card["sha256"]) == 64
    assert json.loads(json.dumps(card)) == card
    assert load_model(tmp_path / "model.rejoinder").card == card


def test_arrays_cannot_be_written() -> None:
    loaded = artefact.load(tiny_path())
    with pytest.raises(ValueError, match="read-only"):
        loaded.weights[0, 0] = 1


def _members(path: Path) -> tuple[dict[str, bytes], bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}, file.comment


def _rewrite(path: Path, members: dict[str, bytes], comment: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.comment = comment
    return path


def _changed(tmp_path: Path, name: str, change: bytes) -> Path:
    members, comment = _members(tiny_path())
    members[name] = change
    return _rewrite(tmp_path / "changed.rejoinder", members, comment)


def test_a_changed_array_is_refused(tmp_path: Path) -> None:
    members, _ = _members(tiny_path())
    data = bytearray(members["weights.npy"])
    data[-1] ^= 1
    with pytest.raises(ArtefactError, match=r"weights.npy was changed"):
        load_model(_changed(tmp_path, "weights.npy", bytes(data)))


def test_a_changed_manifest_is_refused(tmp_path: Path) -> None:
    members, _ = _members(tiny_path())
    manifest = json.loads(members["manifest.json"]) | {"revision": 9}
    with pytest.raises(ArtefactError, match="manifest was changed"):
        load_model(_changed(tmp_path, "manifest.json", json.dumps(manifest).encode()))


def test_an_added_member_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="list of members"):
        load_model(_changed(tmp_path, "extra.npy", b"x"))


@pytest.mark.parametrize("change", [{"format_version": 2}, {"definition": 1}, {"format": "other"}])
def test_a_newer_or_foreign_format_is_refused_by_name(
    tmp_path: Path, change: dict[str, object]
) -> None:
    members, _ = _members(tiny_path())
    manifest = json.loads(members["manifest.json"]) | change
    with pytest.raises(ArtefactError, match=r"unknown|not a model file"):
        load_model(_changed(tmp_path, "manifest.json", json.dumps(manifest).encode()))


@pytest.mark.parametrize("keep", [0, 10, 1000, -20])
def test_a_cut_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.rejoinder"
    path.write_bytes(tiny_path().read_bytes()[:keep])
    with pytest.raises(ArtefactError, match=r"cut.rejoinder"):
        load_model(path)


def test_every_single_changed_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    original = tiny_path().read_bytes()
    expected = artefact.full_card(artefact.load(tiny_path()))
    path = tmp_path / "flipped.rejoinder"
    for place in range(0, len(original), max(1, len(original) // 100)):
        path.write_bytes(original[:place] + bytes([original[place] ^ 0x55]) + original[place + 1 :])
        try:
            loaded = artefact.load(path)
        except ArtefactError:
            continue
        assert artefact.full_card(loaded) == expected


@pytest.mark.parametrize(
    "said", [{"card": [1]}, {"card": None}, {"card": {"thresholds": "x"}}, {"languages": []}]
)
def test_a_manifest_that_says_nothing_usable_is_refused(
    tmp_path: Path, said: dict[str, object]
) -> None:
    members, _ = _members(tiny_path())
    manifest = json.loads(members["manifest.json"]) | said
    members["manifest.json"] = json.dumps(manifest).encode()
    comment = hashlib.sha256(members["manifest.json"]).hexdigest().encode()
    with pytest.raises(ArtefactError, match="bad"):
        load_model(_rewrite(tmp_path / "odd-1.rejoinder", members, comment))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<u4', 'fortran_order': False, 'shape': (99999999999999,), }",
        "{'descr': '<c16', 'fortran_order': False, 'shape': (2, 2), }",
    ],
)
@pytest.mark.parametrize("member", ["rows.npy", "knots-0.npy"])
def test_an_array_of_no_model_is_refused(tmp_path: Path, header: str, member: str) -> None:
    members, _ = _members(tiny_path())
    text = (header + " " * (117 - len(header)) + "\n").encode()
    members[member] = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)
    manifest = json.loads(members["manifest.json"])
    manifest["members"][member] = hashlib.sha256(members[member]).hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()
    comment = hashlib.sha256(members["manifest.json"]).hexdigest().encode()
    with pytest.raises(ArtefactError, match="odd-1"):
        load_model(_rewrite(tmp_path / "odd-1.rejoinder", members, comment))


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.rejoinder"
    path.write_bytes(pickle.dumps({"weights": [1]}))
    with pytest.raises(ArtefactError, match="not a model file"):
        load_model(path)


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelNotFoundError, match="no-such-model"):
        load_model("no-such-model")
    with pytest.raises(ModelNotFoundError, match="nowhere"):
        load_model(Path("/nowhere/nothing.rejoinder"))


def test_two_models_score_together_unless_they_overlap(tmp_path: Path) -> None:
    other = tmp_path / "other-en-1.rejoinder"
    write(other, name="other-en")
    with pytest.raises(Exception, match="only once"):
        load_model(f"{tiny_path()},{other}")
