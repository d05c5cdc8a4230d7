"""Reserved names, and those that are made to look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.names import appearance, is_reserved


@pytest.mark.parametrize(
    "written",
    [
        "Jane Doe", "JANE DOE", "jane doe", "Jane  Doe", "JaneDoe", "Jane_Doe", "jane.doe",
        "J a n e D o e", "J4ne D0e", "Jаnе Dое", "Jane\u200bDoe", "Ja\u00adne Doe", "Jäne Döe",
        "Ｊａｎｅ Ｄｏｅ", "𝕁𝕒𝕟𝕖 𝔻𝕠𝕖", "Jane Doe ✓", "✔ Jane Doe", "Jane🙂Doe", "(Jane Doe)",
    ],
)  # fmt: skip
def test_a_name_is_seen_however_it_is_written(written: str) -> None:
    assert is_reserved(written, ["Jane Doe"])


@pytest.mark.parametrize(
    ("reserved", "written"),
    [
        ("umputun", "umрutun"), ("Иван", "Ивaн"), ("Иван", "ИBAH"), ("Αλέξης", "Aλέξης"),
        ("Bill", "BiII"), ("Bill", "B1ll"), ("Bill", "Bi||"), ("admin", "@dmin"),
        ("admin", "adrnin"), ("Wanda", "VVanda"), ("Zoë", "Zoe"), ("Ivan", "lvan"),
        ("Straße", "STRASSE"), ("管理员", "管 理 员"), ("محمد", "محـمد"), ("24", "２４"),
    ],
)  # fmt: skip
def test_look_alikes_are_one(reserved: str, written: str) -> None:
    assert is_reserved(written, [reserved])
    assert is_reserved(reserved, [written])


@pytest.mark.parametrize(
    ("reserved", "written"),
    [
        ("Jane Doe", "Jane"), ("Jane Doe", "Jane Doering"), ("Jane Doe", "John Doe"),
        ("Anna", "Ana"), ("Ann", "Anna"), ("admin", "admin2"), ("Иван", "Ivan"),
        ("管理员", "管家"), ("Jane Doe", ""), ("Jane Doe", "***"), ("✓", "✓"), ("24", "zu"),
    ],
)  # fmt: skip
def test_others_keep_their_names(reserved: str, written: str) -> None:
    assert not is_reserved(written, [reserved])


@pytest.mark.parametrize(
    ("reserved", "written", "found"),
    [
        ("admin*", "Administrator", True), ("admin*", "the admin", False),
        ("*admin", "The 4dmin", True), ("*admin", "admins", False),
        ("*gazette*", "The Gazette Team", True), ("*gazette*", "The Gazelle", False),
        ("*", "Ann", False), ("*x*", "Ann", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_anything(reserved: str, written: str, found: bool) -> None:
    assert is_reserved(written, [reserved]) is found


@given(st.text(max_size=80), st.text(max_size=80))
def test_looking_alike_is_the_same_from_both_sides(one: str, other: str) -> None:
    assert is_reserved(one, [one.strip("*")]) is bool(appearance(one))
    if "*" not in one + other:
        assert is_reserved(one, [other]) == is_reserved(other, [one])
