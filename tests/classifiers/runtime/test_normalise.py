"""What the normaliser undoes, what it leaves alone, and that it knows the way back."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.normalise import normalise, normalise_with_spans, pipeline

DISGUISES = (
    "st.up1d", "ѕtupid", "ѕtuріd", "s t u p i d", "s.t.u.p.i.d", "s-t-u-p-i-d", "s_t_u_p_i_d",
    "$tupid", "stup1d", "STUPID", "StUpId", "stuuuupid", "stúpìd", "s\u200btu\u200dpid",
    "stu\u00adpid", "𝐬𝐭𝐮𝐩𝐢𝐝", "ｓｔｕｐｉｄ", "ⓢⓣⓤⓟⓘⓓ", "ꜱᴛᴜᴘɪᴅ", "\u202ediputs\u202c", "diputs",
    "s\ud800tupid", "5tup1d", "s__t__u__p__i__d", "s,t,u,p,i,d", "s:t:u:p:i:d", "s  t  u  p  i  d",
    "s\nt\nu\np\ni\nd", "st upid", "stupidd", "ssstupid", "stpuid", "stupud", "stvpid", "stoopid",
    "s🔥t🔥u🔥p🔥i🔥d", "stu😀pid", "s†upid", "§tupid", "st@pid", "stu#id", "pıdnʇs", "🅂🅃🅄🄿🄸🄳",
    "🇸🇹🇺🇵🇮🇩", "⒮⒯⒰⒫⒤⒟", "ѕτυρίԁ", "ᔕTᑌᑭIᗪ", "丂ㄒㄩ卩丨ᗪ", "s\u0336tupid", "ₛₜᵤₚᵢd",
    "s\u0336t\u0336u\u0336p\u0336i\u0336d\u0336", "st\x00upid", "stu*id", "stuupid",
)  # fmt: skip

UNTOUCHED = (
    "the s3 bucket holds 1080p video",
    "covid19 and mp3 and b2b",
    "he came 1st, she came 2nd, they came 3rd",
    "call 555-123-4567 or 0800 123 456",
    "a well-known and/or up-to-date report",
    "it costs $100 or 10k",
    "room a55 on the a4",
    "she plays 4-4-2 at 7pm",
    "kickoff at 4:55, ends 6:45",
    "the bats flew past by rail to reid park",
    "r&b, at&t, q&a, d&d and m&ms",
    "w3c, i18n, l10n, a11y, k8s, c4d and x86",
    "$aapl and $tsla fell, €5 rose to £20",
    "louis xiii and john xxiii, the kkk and the iii corps",
    "he'll go -he'll stay, she'll see",
    "f(x) = 3x^2 + g(y), foo(bar)[i]",
    "1. e4 e5 2. nf3 nc6 3. bb5 a6 4. o-o d6 qh5+ nxf7#",
    "scunthorpe, essex, cocktail, assassin, pen-and-paper, shiitake",
    "dick cheney, moby dick, hancock, the cockpit, a peacock",
    "king cnut ruled niger, the moon shone on the butcher",
    "it's hit, the pen is here, who re-did it, as s",
    "a* search, 5* hotel, **bold** and *italic*, c**2",
    "2001:db8::ff00:42:8329 and 00:1b:44:11:3a:b7",
    "password hunter2, rtx4090, iphone5s, mp4, h264",
    "mother's day, prick of a needle, class.",
    "¡hola! señor".replace("ñ", "n"),
    "see section 1.2.3 of v2.0.1",
    "c++ or c# for the raspberry pi",
    "this and that",
    "i'm sure they're fine",
    "all will see the good book",
)

HARMLESS = {"a b c d": "abcd", "U.S.A. today": "usa. today", "Plan A or B": "plan a or b"}


@pytest.mark.parametrize("word", DISGUISES)
def test_disguises_are_undone(word: str) -> None:
    assert normalise(f"so {word} again") == " so stupid again "


@pytest.mark.parametrize("text", UNTOUCHED)
def test_clean_text_stays_what_it_is(text: str) -> None:
    assert normalise(text) == f" {text} "


@pytest.mark.parametrize(("text", "line"), HARMLESS.items())
def test_letters_that_stand_apart_become_no_insult(text: str, line: str) -> None:
    assert normalise(text) == f" {line} "


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("f*ck this f**king sh!t", "fuck this fucking shit"),
        ("you @sshole", "you asshole"),
        ("y0u a$$hole", "you asshole"),
        ("k!ll y0urself", "kill yourself"),
        ("you are a s t u p i d m a n", "you are a stupid man"),
        ("what the @#$%!", "what the <grawlix>"),
        ("write to ann@mail.example or @ann", "write to <mail> or <user>"),
        ("see https://site.example/a?b=c and www.site.example", "see <url> and <url>"),
        ("cheap pills at pills.com/now", "cheap pills at <url>"),
        ("what a 🤡", "what a :clown:"),
        ("👍🏽", ":thumbsup:"),
        ("f u c k  y o u", "fuck you"),
        ("F-U-C-K off, phuck, fvck, fu(k, f🤬ck", "fuck off, fuck, fuck, fuck, fuck"),
        ("b!tch, biatch, 8itch, ßitch, b**ch", "bitch, bitch, bitch, bitch, bitch"),
        ("1d10t idi0t 1diot !diot |diot", "idiot idiot idiot idiot idiot"),
        ("a55hole @$$hole a$$ @$$", "asshole asshole ass ass"),
        ("$h!t $#!t 5h17 sh!!t s_h_1_t", "shit shit shit shit shit"),
        ("f*** c*** s*** n*****", "fuck cunt shit nigger"),
        ("ki11 k1ll k!ll ni99er", "kill kill kill nigger"),
        ("ʎon ǝɹɐ ʇoᴉpᴉ uɐ", "uoy are idiot an"),
        ("\u202etoidi na era uoy\u202c", "you are an idiot"),
        ("kcuf! toidi, diputs.", "fuck! idiot, stupid."),
        ("y0u r3ad th1s w0rd", "you read this word"),
        ("two\n\nlines\tand   blanks", "two lines and blanks"),
        ("“quoted” – it’s", '"quoted" - it\'s'),
    ],
)
def test_what_becomes_of(text: str, line: str) -> None:
    assert normalise(text) == f" {line} "


def test_other_scripts_stay() -> None:
    assert normalise("Привет, дорогие друзья") == " привет, дорогие друзья "


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b\u200d", "\ud800", "\x00", "\ufe0f"])
def test_nothing_visible_is_the_empty_line(text: str) -> None:
    assert normalise(text) == ""
    assert normalise_with_spans(text).text == ""


def test_spans_point_at_what_the_author_typed() -> None:
    text = "You ѕt.up1d 🤡 s t u p i d!"
    line = normalise_with_spans(text)
    assert line.text == " you stupid :clown: stupid! "
    first = line.text.index("stupid")
    covered = line.spans[first : first + 6]
    assert text[covered[0][0] : covered[-1][1]] == "ѕt.up1d"
    clown = line.spans[line.text.index("clown")]
    assert text[clown[0] : clown[1]] == "🤡"
    last = line.text.rindex("stupid")
    covered = line.spans[last : last + 6]
    assert text[covered[0][0] : covered[-1][1]] == "s t u p i d"


def test_spans_of_reversed_text_run_backwards() -> None:
    text = "\u202ediputs\u202c"
    line = normalise_with_spans(text)
    assert [start for start, _ in line.spans[1:-1]] == [6, 5, 4, 3, 2, 1]


PIECES = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="abdeiostu .-_*@$!1037", max_size=20),
    st.sampled_from(DISGUISES),
    st.sampled_from(
        ["👩‍💻", "🇺🇸", "مرحبا", "\u202e", "\u202c", "\ud83d", "://", "a@b.c", "Ŀ", "ß", "ﷺ"]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@settings(max_examples=400)
@given(TEXTS)
def test_with_and_without_spans_agree(text: str) -> None:
    line = normalise_with_spans(text)
    assert line.text == normalise(text)
    assert len(line.spans) == len(line.text)
    for character, (start, end) in zip(line.text, line.spans, strict=True):
        assert 0 <= start <= end <= len(text)
        assert start < end or character == " "
    if line.text:
        assert line.text[0] == line.text[-1] == " "
        assert "  " not in line.text
        assert line.text.strip()


#: Tokens of which each alone, or beside another one, sets off a step.
TOKENS = """
    the st upid stu pid f u c k b1t bit well-known f.u.c.k 4.com abc.de e.g x.com/a www.x @you a@b
    what @$! f**k # kys cnut stuuupid sh(t a$$(x today! 2010 (hello) "hello" s3 1ms lol!! i a
"""


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(TOKENS.split()), max_size=9),
    st.sampled_from([" ", "  ", "\n", "\t \x0b", "\x1c", "\x00 "]),
)
def test_what_is_remembered_of_tokens_is_what_the_steps_make_of_them(
    tokens: list[str], blank: str
) -> None:
    text = blank.join(tokens)
    # The steps give the spans too; nothing is remembered of those.
    by_steps = normalise_with_spans(text).text
    assert normalise(text) == by_steps
    assert normalise(text) == by_steps


def test_only_so_much_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_TOKENS", {})
    monkeypatch.setattr(pipeline, "_MOST_TOKENS", 50)
    for i in range(200):
        assert normalise(f"word{i} of {i * 7} st.up1d") == f" word{i} of {i * 7} stupid "
        assert len(pipeline._TOKENS) <= 50
    many = " ".join(f"word{i}" for i in range(51))
    assert normalise(many) == f" {many} "
    assert len(pipeline._TOKENS) <= 50


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a.b-" * 250_000,
        "a " * 500_000,
        "*#" * 500_000,
        "1a" * 500_000,
        "@" * 1_000_000,
        "stuuupid" * 125_000,
        "\u202ea" * 500_000,
        "".join(map(chr, range(sys.maxunicode + 1))),
    ],
    ids=["word", "joined", "spaced", "signs", "leet", "ats", "stretched", "reversed", "all"],
)
def test_a_megabyte_of_anything_takes_linear_time(text: str) -> None:
    assert isinstance(normalise(text), str)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("h e l l o", "hello"),
        ("first c l a s s", "first class"),
        ("g r a p e s", "grapes"),
        ("t h e r a p i s t", "therapist"),
        ("y o u a r e s t u p i d", "you are stupid"),
        ("such a l i a r u c l o w n", "such a liar u clown"),
    ],
)
def test_letters_that_stand_apart_become_whole_words(text: str, line: str) -> None:
    assert normalise(text) == f" {line} "
