"""``${NAME}`` in a setting: the value stands in the environment, the name alone in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tracker.domain.errors import ConfigError

PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")
"""Where a secret belongs; group 1 is its name."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def named_values(text: str, environ: Mapping[str, str], *, owner: str) -> dict[str, str]:
    """What every ``${NAME}`` in a text stands for.

    Args:
        text: Such as ``postgresql://fairloom:${PGPASSWORD}@db.example/fairloom``.
        environ: Environment variables by name.
        owner: What the text is, for messages; nothing of the text is shown.

    Raises:
        ConfigError: A name is none, or its variable is missing or empty.

    >>> named_values("${USER}@${HOST}", {"USER": "li", "HOST": "db"}, owner="the URL")
    {'USER': 'li', 'HOST': 'db'}
    """
    return {name: _value(name, environ, owner) for name in PLACEHOLDER.findall(text)}


def fill(text: str, values: Mapping[str, str], *, spelled: Callable[[str], str] = str) -> str:
    """A text with every ``${NAME}`` replaced.

    Args:
        values: By name; one for every name in the text.
        spelled: How a value is written there.
    """
    return PLACEHOLDER.sub(lambda match: spelled(values[match[1]]), text)


def _value(name: str, environ: Mapping[str, str], owner: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{owner} names no environment variable", expected="${NAME}", got=f"${{{name}}}")
    value = environ.get(name)
    if not value:
        got = "not set" if value is None else "empty"
        hint = "Set it in the environment in which Fairloom starts."
        raise ConfigError(f"the environment variable {name} of {owner} is {got}", hint=hint)
    return value
