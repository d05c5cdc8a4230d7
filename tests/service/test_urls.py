"""Two addresses of one page are one thread; a page of somebody else's is none."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import urls
from moderation.errors import InvalidError
from moderation.urls import (
    allowed,
    belongs,
    canonical,
    former_canonical,
    origin,
    public,
    thread_id,
    thread_ids,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a", "https://example.org/a"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a#top", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&fbclid=1&p=2&gclid=3", "https://example.org/a?p=2"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
    ],
)
def test_same_page(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)
    assert thread_id(None, one) == thread_id(None, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
        ("https://example.org/", "https://example.org:8080/"),
        ("https://example.org/A", "https://example.org/a"),
    ],
)
def test_other_page(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_given_id_wins_over_the_url() -> None:
    assert thread_id("post-1", "https://a.example/") == thread_id("post-1", "https://b.example/")
    assert thread_id("post-1", "https://a.example/") != thread_id(None, "https://a.example/")


@pytest.mark.parametrize(
    "bad",
    [
        "", "example.org/a", "ftp://example.org/", "javascript:alert(1)", "https://",
        "//example.org",
        "https://user:pw@example.org/", "https://example.org:99999/", "https://exa mple.org/",
        "https://example.org/\x00", "http://[::1", "https://example.org/" + "a" * 2000,
        "https://example.org/\ud800", "https://evil.example\\.example.net/", "https://a%5c.example/",
        "https://<a>.example/", "https://\u3000.example/", "https://a;.example/",
    ],
)  # fmt: skip
def test_bad_url(bad: str) -> None:
    with pytest.raises(InvalidError) as caught:
        canonical(bad)
    assert caught.value.code == "bad-url"


@pytest.mark.parametrize(
    "bad",
    [
        "https://*.com", "https://*.com:8443", "https://*.com.", "https://*.localhost", "https://*",
        "https://*.", "https://a.*.example", "https://a.*.example.org", "https://*.*.example.org",
        "https://*a.example.org", "https://a.example.*", "https://xn--a", "https://XN--A.example",
        "https://*.xn--a.example", "https://xn--.example", "https://xn--abc-.example",
    ],
)  # fmt: skip
def test_what_no_site_can_own_is_no_origin(bad: str) -> None:
    with pytest.raises(InvalidError) as caught:
        origin(bad)
    assert caught.value.code == "bad-origin"
    assert ("wildcard" if "*" in bad and "xn--" not in bad else "xn--") in caught.value.detail


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://*.example.org", "https://*.example.org"),
        ("https://*.example.org:8443", "https://*.example.org:8443"),
        ("https://*.bücher.example", "https://*.xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_what_a_site_can_own(given: str, kept: str) -> None:
    assert origin(given) == kept


def test_origins() -> None:
    assert origin("HTTPS://Example.org:443/") == "https://example.org"
    assert origin("http://[::1]:8000") == "http://[::1]:8000"
    for bad in ("https://example.org/path", "null", "example.org", "https://a.b?x"):
        with pytest.raises(InvalidError) as caught:
            origin(bad)
        assert caught.value.code == "bad-origin"


def test_allowed_and_belongs() -> None:
    origins = ("https://example.org", "https://*.example.net")
    assert allowed("https://example.org", origins)
    assert not allowed("http://example.org", origins)
    assert allowed("https://www.example.net", origins)
    assert not allowed("https://example.net", origins)
    assert not allowed("https://evilexample.net", origins)
    assert not allowed("null", origins)
    assert belongs("http://example.org/a?b", origins)
    assert not belongs("https://example.org.evil.example/", origins)
    assert not belongs("https://example.org:8443/", origins)
    # A browser reads a backslash as a slash: this page is not example.net's.
    with pytest.raises(InvalidError):
        belongs("https://evil.example\\.example.net/", origins)
    assert not allowed("https://evil.example\\.example.net", origins)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    try:
        identity = canonical("https://" + text)
    except InvalidError as error:
        identity = f"//{error.code}"
    assert identity.startswith("//")
    assert "#" not in identity


# Each row is one page: the address that a browser shows, and other spellings of it.
SPELLINGS = [
    ("https://site.example/caf%C3%A9", "https://site.example/café", "https://site.example/caf%c3%a9"),
    ("https://site.example/~ada", "https://site.example/%7Eada", "https://site.example/%7eada"),
    ("https://site.example/b", "https://site.example/a/../b", "https://site.example/%2E/b",
     "https:\\\\site.example/b", "https:///site.example/b"),
    ("https://site.example/a%7Cb", "https://site.example/a|b"),
    ("https://site.example/a%5Eb", "https://site.example/a^b"),
    ("https://site.example/a%22b%60", 'https://site.example/a"b`'),
    ("https://site.example/?q=a%20%27b%22%7C%7B%7D%5E%60", "https://site.example/?q=a 'b\"|{}^`"),
    ("https://site.example/a%20b", "https://site.example/a b"),
    ("https://site.example/?q=%C3%A9-~", "https://site.example/?q=é%2d%7e"),
    ("https://site.example/a/b", "https://site.example/a\\b", " https://site.example/a/b\n"),
    ("https://xn--strae-oqa.example/", "https://straße.example/", "https://STRAßE.example"),
    ("https://xn--nxasmm1c.example/", "https://βόλος.example/"),
    ("https://xn--10cl1a0b660p.example/", "https://ශ්‍රී.example/"),
    ("https://xn--mnchen-3ya.example/", "https://mu\u0308nchen.example/", "https://m%C3%BCnchen。example/"),
    ("https://[2001:db8::1]/", "https://[2001:DB8:0:0::1]:443/"),
    ("http://127.0.0.1/", "http://0x7f.1/"),
]  # fmt: skip


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda row: row[0])
def test_one_page_is_one_thread_however_it_is_spelled(spellings: tuple[str, ...]) -> None:
    assert {canonical(spelling) for spelling in spellings} == {canonical(spellings[0])}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://strasse.example/", "https://straße.example/"),
        ("https://site.example/a%2Fb", "https://site.example/a/b"),
        ("https://site.example/a?b", "https://site.example/a%3Fb"),
        ("https://site.example/?a=b%26c", "https://site.example/?a=b&c"),
        ("https://site.example/?a=b+c", "https://site.example/?a=b%2Bc"),
        ("https://site.example/%2541", "https://site.example/%41"),
        ("https://site.example/caf\u00e9", "https://site.example/cafe\u0301"),
    ],
)
def test_what_means_something_else_is_another_page(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_an_owner_of_another_host_gets_nothing() -> None:
    assert origin("https://straße.example") == "https://xn--strae-oqa.example"
    assert not belongs("https://groß.example/login", ["https://gross.example"])
    assert not allowed("https://xn--gro-7ka.example", ["https://gross.example"])
    assert allowed("https://xn--strae-oqa.example", [origin("https://straße.example")])


@pytest.mark.parametrize(
    "name",
    [
        "utm_source", "UTM_Source", "utm%5Fsource", "gclid", "fbclid", "mc_cid", "mc_eid",
        "msclkid", "igshid", "yclid", "dclid", "wbraid", "gbraid", "twclid", "ttclid", "_ga",
        "mtm_campaign", "gad_source", "srsltid", "_hsenc", "__s", "_bhlid", "ml_subscriber",
        "ml_subscriber_hash", "oft_id", "oft_k", "oft_lk", "oft_d", "oft_c", "oft_ck", "oft_ids",
        "oft_sk", "rb_clickid", "mc_tc", "guccounter", "guce_referrer", "guce_referrer_sig",
        "itm_source", "wt_mc", "WT.mc_id", "wt%2Emc_id", "mibextid", "syclid", "ymclid", "et_rid",
        "bsft_clkid", "trk", "cmpid", "s_kwcid", "__cft__[0]", "__cft__%5B0%5D", "__tn__",
        "vero_id", "_openstat", "elqTrackId", "sms_source",
    ],
)  # fmt: skip
def test_how_a_reader_came_to_a_page_is_no_other_page(name: str) -> None:
    page = "https://site.example/a?p=1&q"
    assert canonical(f"{page}&{name}=x") == canonical(page)
    assert canonical(f"{page}&{name}") == canonical(page)
    assert canonical(f"{page}&x{name}=x") != canonical(page)


@pytest.mark.parametrize(
    "name", ["si", "ref", "source", "id", "cid", "track", "trkid", "page", "s", "wt", "item_id"]
)
def test_what_may_name_the_content_is_another_page(name: str) -> None:
    page = "https://site.example/a?p=1"
    assert canonical(f"{page}&{name}=x") == f"//site.example/a?p=1&{name}=x"


def test_other_parameters_may_be_named_as_tracking() -> None:
    url = "https://site.example/?ref=x&campaign_id=1&utm_source=y"
    assert canonical(url, tracking=["ref", "campaign_*"]) == "//site.example/?utm_source=y"
    assert canonical(url, tracking=[]) == "//site.example/?ref=x&campaign_id=1&utm_source=y"


def test_the_public_address_is_clean() -> None:
    assert public("http://SITE.example/é?fbclid=1&p=2#top") == "http://site.example/%C3%A9?p=2"


@pytest.mark.parametrize(
    "host",
    [
        "ﷺ" * 1990, "ﷺ" * 100 + ".example", "a" * 64 + ".example", "a." * 127 + "example",
        "%EF%B7%BA" * 200, "ß" * 63 + "." + "ß" * 63 + "." + "ß" * 63 + "." + "ß" * 63,
    ],
)  # fmt: skip
def test_a_host_that_is_too_long_is_refused_before_it_is_encoded(host: str) -> None:
    with pytest.raises(InvalidError) as caught:
        canonical(f"http://{host}/")
    assert caught.value.code == "bad-url"


ADDRESS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://site.example/", "http://münchen.example:8080/", "https://a.b"]),
    st.text(alphabet="%0123456789ABCDEFabcdef/.?&=~|^'\"é #\\", max_size=40),
    st.sampled_from(["", "?utm_source=x", "?%"]),
)


@given(ADDRESS)
def test_an_address_that_was_made_plain_stays_as_it_is(url: str) -> None:
    try:
        plain = public(url)
    except InvalidError:
        return
    assert public(plain) == plain
    assert canonical(plain) == canonical(url)
    assert plain.isascii()


def test_threads_of_earlier_releases_are_looked_for_under_their_old_ids() -> None:
    assert len(thread_ids(None, "https://site.example/a?b=1")) == 1
    assert len(thread_ids("post-1", "https://site.example/caf%c3%a9")) == 1
    now, before = thread_ids(None, "https://site.example/caf%c3%a9?mc_cid=1")
    assert now == thread_id(None, "https://site.example/café")
    identity = b"url://site.example/caf%c3%a9?mc_cid=1"
    assert before == hashlib.blake2b(identity, digest_size=16).hexdigest()
    assert former_canonical("https://straße.example/~é") == "//strasse.example/~é"


def test_what_a_request_asks_of_its_page_reads_the_address_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    real = urls.ada_url.URL
    monkeypatch.setattr(urls.ada_url, "URL", lambda text: read.append(text) or real(text))
    page = "https://blog.example/one-page-that-no-other-test-asks-for?utm_source=x&a=1"
    for _ in range(2):
        canonical(page)
        assert urls.belongs(page, ["https://blog.example"], where="url")
        assert urls.public(page).startswith("https://blog.example/one-page")
        assert urls.public(page, tracking=["a"]).endswith("?utm_source=x")
        assert len(urls.thread_ids(None, page)) == 1
    assert read == [page]


def test_what_is_wrong_is_told_where_it_was_asked() -> None:
    for where in ("url", "/urls/3", "url"):
        with pytest.raises(InvalidError) as error:
            canonical("https://blog.example:nothing/", where=where)
        assert (error.value.code, error.value.where) == ("bad-url", where)
