"""A camera's password comes from the environment and stands in no text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.capture import SecretUrl, resolve_url
from tracker.domain.errors import ConfigError

TEMPLATE = "rtsp://${CAM1_USER}:${CAM1_PASSWORD}@192.0.2.5/stream1"


@pytest.mark.parametrize(
    ("template", "environ", "url"),
    [
        (TEMPLATE, {"CAM1_USER": "viewer", "CAM1_PASSWORD": "abc"}, "rtsp://viewer:abc@192.0.2.5/stream1"),
        # Every character may stand in a password.
        (
            TEMPLATE,
            {"CAM1_USER": "a:b", "CAM1_PASSWORD": "p@ss/w?rd#%车"},
            "rtsp://a%3Ab:p%40ss%2Fw%3Frd%23%25%E8%BD%A6@192.0.2.5/stream1",
        ),
        ("rtsp://viewer:${P}@[2001:db8::5]:554/a/b?c=1", {"P": "x"}, "rtsp://viewer:x@[2001:db8::5]:554/a/b?c=1"),
        ("rtsp://192.0.2.5/stream1", {}, "rtsp://192.0.2.5/stream1"),
        ("rtsp://viewer@192.0.2.5/stream1", {}, "rtsp://viewer@192.0.2.5/stream1"),
        ("http://cam.example/video?token=${T}", {"T": "t&t"}, "http://cam.example/video?token=t%26t"),
        ("rtsps://192.0.2.5:322/x@y", {"X": ""}, None),  # an @ in a path could be the end of a password
    ],
)
def test_an_address_is_filled_from_the_environment(template: str, environ: dict[str, str], url: str | None) -> None:
    if url is None:
        with pytest.raises(ConfigError):
            resolve_url(template, environ)
    else:
        assert resolve_url(template, environ).reveal() == url


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("rtsp://admin:hunter2@192.0.2.5/stream1", "password stands in the settings"),
        ("rtsp://admin:hunter2${X}@192.0.2.5/stream1", "password stands in the settings"),
        ("rtsp://admin:hunter2@x@192.0.2.5/stream1", "password stands in the settings"),
        ("rtsp://admin:hunter2/x@192.0.2.5/stream1", "not the address"),
        ("rtsp://admin:12/hunter2@192.0.2.5/stream1", "password stands in the settings"),
        ("rtsp://admin:hunter2?@192.0.2.5/stream1", "not the address"),
        ("file:///etc/hunter2", "rtsp, rtsps, http, https"),
        ("stream1", "not the address"),
        ("rtsp:///stream1", "not the address"),
        ("rtsp://192.0.2.5:99999/stream1", "not the address"),
        ("rtsp://${CAM1 USER}@192.0.2.5/", "names no environment variable"),
        ("rtsp://${}@192.0.2.5/", "names no environment variable"),
    ],
)
def test_an_address_that_cannot_be_or_tells_is_refused_without_repeating_it(template: str, words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        resolve_url(template, {"X": "y"})
    assert words in str(refusal.value)
    assert "hunter2" not in str(refusal.value).replace("file:///etc/hunter2", "")


@pytest.mark.parametrize("environ", [{}, {"CAM1_PASSWORD": ""}])
def test_a_missing_variable_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="CAM1_PASSWORD"):
        resolve_url(TEMPLATE, {"CAM1_USER": "viewer"} | environ)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4))
def test_no_text_of_an_address_holds_its_password(password: str) -> None:
    url = resolve_url(TEMPLATE, {"CAM1_USER": "u", "CAM1_PASSWORD": password})
    assert str(url) == f"{url}" == TEMPLATE
    for text in (repr(url), repr([url]), str({"address": url})):
        assert TEMPLATE in text
        assert password not in text.replace(TEMPLATE, "").replace("SecretUrl(template='", "")


def test_redacting_takes_out_address_and_secrets_however_they_are_spelt() -> None:
    url = resolve_url(TEMPLATE, {"CAM1_USER": "viewer", "CAM1_PASSWORD": "p@ss"})
    text = f"failed: {url.reveal()} (viewer, p@ss, p%40ss)"
    assert url.redact(text) == f"failed: {TEMPLATE} (***, ***, ***)"


def test_two_addresses_with_the_same_secrets_are_equal() -> None:
    environ = {"CAM1_USER": "viewer", "CAM1_PASSWORD": "x"}
    assert resolve_url(TEMPLATE, environ) == resolve_url(TEMPLATE, environ)
    assert isinstance(resolve_url(TEMPLATE, environ), SecretUrl)
