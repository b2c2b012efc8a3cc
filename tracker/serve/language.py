"""Which language a reader gets, and where its words are."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from enum import StrEnum

from starlette.requests import Request

from tracker.serve.chinese import CHINESE


class Language(StrEnum):
    """Languages of the pages; the value is what ``?lang=`` takes."""

    CHINESE = "zh"
    ENGLISH = "en"

    @property
    def tag(self) -> str:
        """For the ``lang`` attribute (BCP 47)."""
        return "zh-Hans" if self is Language.CHINESE else "en"


DEFAULT = Language.CHINESE
COOKIE = "lang"
PARAMETER = "lang"


class Catalogue(gettext.NullTranslations):
    """Messages of one language by their English text, behind the interface that gettext and Babel share.

    Args:
        messages: English to translated; a message that is missing stays English. Plurals stand under their singular.
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__()
        self._messages = messages

    def gettext(self, message: str) -> str:
        """The message in this language."""
        return self._messages.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The message for so many; Chinese has one form for all."""
        return self._messages.get(msgid1, msgid1 if n == 1 else msgid2)


TRANSLATIONS: Mapping[Language, gettext.NullTranslations] = {
    Language.CHINESE: Catalogue(CHINESE),
    Language.ENGLISH: Catalogue({}),
}


def language_of(request: Request) -> Language:
    """The language asked for: by address, else by cookie, else by the browser, else Chinese."""
    for said in (request.query_params.get(PARAMETER), request.cookies.get(COOKIE)):
        if said in list(Language):
            return Language(said)
    return _accepted(request.headers.get("accept-language", "")) or DEFAULT


def _accepted(header: str) -> Language | None:
    """The best of ours that a browser accepts (RFC 9110, section 12.5.4); of two equal ones the first."""
    ranked: list[tuple[float, Language]] = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        primary = tag.strip().lower().partition("-")[0]
        if primary in list(Language):
            ranked.append((_quality(quality), Language(primary)))
    acceptable = [one for one in ranked if one[0] > 0]
    return max(acceptable, key=lambda one: one[0])[1] if acceptable else None


def _quality(text: str) -> float:
    try:
        return float(text) if text.strip() else 1.0
    except ValueError:
        return 0.0
