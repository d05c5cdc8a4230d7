"""English is recognised however short; what is not English is not scored as if it were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.language import detect

ENGLISH = (
    "lol", "ok", "idiot", "WTF", "kys", "gr8 post m8", "nice", "you moron", "Stupid!", "source?",
    "No.", "haha so true", "🤡 clown", "THIS IS NOT WHAT I SAID", "https://site.example/a ok",
    "I think the council should have asked the people first.",
    "Das Auto is what they call it, and that is the end of the story",
)  # fmt: skip

OTHERS = {
    "Ich finde diesen Artikel wirklich sehr gut geschrieben, danke dafür.": "de",
    "Je ne suis pas d'accord avec cet article, il est vraiment mal écrit.": "fr",
    "No estoy de acuerdo con lo que dice este artículo sobre la economía.": "es",
    "Это очень хорошая статья, спасибо автору за работу": "ru",
    "这篇文章写得非常好，谢谢作者": "zh",
    "هذا المقال جيد جدا وشكرا للكاتب": "ar",
    "この記事はとても面白かったです": "ja",
    "이 기사는 정말 잘 썼습니다": "ko",
}

LOOKALIKES = (
    "уоu аrе ѕtuріd",
    "yоu аrе а соmplеte idіоt",
    "ｙｏｕ ａｒｅ ｓｔｕｐｉｄ",
    "ѕhut uр уоu mоrоn",
)


@pytest.mark.parametrize("text", ENGLISH)
def test_short_english_is_not_lost(text: str) -> None:
    assert detect(text).code == "en"


@pytest.mark.parametrize(("text", "code"), OTHERS.items())
def test_other_languages_are_named(text: str, code: str) -> None:
    assert detect(text).code == code


@pytest.mark.parametrize("text", LOOKALIKES)
def test_lookalikes_are_no_way_around(text: str) -> None:
    assert detect(text).code == "en"


@pytest.mark.parametrize("text", ["", "   ", "12 34", "!!!", "\u200b", "\ud800", "\x00"])
def test_without_letters_nothing_is_determined(text: str) -> None:
    assert detect(text).code == "und"


def test_emoji_alone_are_scored() -> None:
    assert detect("😀😀🔥").code in {"en", "und"}


@given(st.text(max_size=200))
def test_any_text_has_a_code_and_a_confidence(text: str) -> None:
    language = detect(text)
    assert 2 <= len(language.code) <= 3
    assert language.code.isascii()
    assert 0.0 <= language.confidence <= 1.0
