"""What was read of stored bytes: never another than what is stored now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moderation.policies import Policies
from moderation.records import Site
from moderation.remembered import Remembered


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=2)), max_size=40))
def test_what_is_given_was_read_of_what_is_stored_now(asked: list[tuple[int, bytes]]) -> None:
    remembered: Remembered[bytes, str] = Remembered(3)
    for name, stored in asked:
        assert remembered.of(name, stored, bytes.hex) == stored.hex()


def test_the_same_bytes_are_read_once() -> None:
    remembered: Remembered[bytes, list[bytes]] = Remembered(3)
    first = remembered.of("name", b"stored", lambda stored: [stored])
    assert remembered.of("name", bytes(bytearray(b"stored")), lambda stored: [stored]) is first


def test_a_sites_policy_changes_with_its_settings() -> None:
    policies = Policies()

    def site(**policy: object) -> Site:
        return Site(slug="blog", name="Blog", origins=(), policy=policy, created=0)

    assert policies.of(site(max_links=1)) is policies.of(site(max_links=1))
    assert policies.of(site(max_links=7)).max_links == 7
    assert policies.of(site(max_links=1)).max_links == 1
