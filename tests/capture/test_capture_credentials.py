"""Passwords as cameras ask for them: the standards' own examples, and what cannot be answered."""

from __future__ import annotations

import pytest

from tracker.capture import credentials
from tracker.capture.credentials import Challenge, Login, answer

REALM = 'realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"'
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616(monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str) -> None:
    monkeypatch.setattr(credentials.secrets, "token_hex", lambda _: CNONCE)
    challenge = Challenge.of(f'Digest {REALM}, qop="auth, auth-int", algorithm={algorithm}, opaque="FQhe/qaU9"')
    told = answer([challenge], Login("Mufasa", "Circle of Life"), method="GET", uri="/dir/index.html")
    assert told is not None
    assert f'response="{response}"' in told
    assert 'opaque="FQhe/qaU9"' in told
    assert told.endswith(f", qop=auth, nc=00000001, algorithm={algorithm}")


@pytest.mark.parametrize(
    ("headers", "begins"),
    [
        (["Basic realm=x"], "Basic dTpw"),
        (["Basic realm=x", "Digest nonce=1"], "Digest "),  # the one that does not tell the password
        (
            ["Digest nonce=1, algorithm=MD5", "Digest nonce=2, algorithm=SHA-256"],
            'Digest username="u", realm="", nonce="2"',
        ),
        (["Bearer x", "Digest realm=x"], None),  # no nonce, nothing known
        (["Digest nonce=1, algorithm=SHA-1"], None),
        ([], None),
    ],
)
def test_the_strongest_that_can_be_answered_is(headers: list[str], begins: str | None) -> None:
    told = answer([Challenge.of(header) for header in headers], Login("u", "p"), method="GET", uri="/")
    assert told is None if begins is None else told is not None and told.startswith(begins)


@pytest.mark.parametrize(
    ("url", "login"),
    [
        ("rtsp://u:p%40%3A@h/", Login("u", "p@:")),
        ("rtsp://u@h/", Login("u", "")),
        ("rtsp://h/", None),
    ],
)
def test_an_address_tells_who_asks(url: str, login: Login | None) -> None:
    assert Login.of(url) == login
    assert "p@" not in repr(Login.of(url))
