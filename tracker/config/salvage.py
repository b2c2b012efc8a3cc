"""What can still be judged of a camera file whose form is wrong, so that all of its faults are told at once."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from tracker.config.toml import Wrong


def salvage(raw: dict[str, Any], faults: Iterable[Wrong]) -> tuple[dict[str, Any], frozenset[str]]:
    """A file without what is wrong with it, and the names of zones and masks that went with it.

    A rule, zone or mask goes as a whole; any other value alone. Of a key that is not known, only the key goes.

    Args:
        raw: The file; it is not changed.
        faults: Everything that is wrong with its form.
    """
    rest = copy.deepcopy(raw)
    unread: set[str] = set()
    rules: set[int] = set()
    for wrong in faults:
        match wrong.place:
            case (*above, key) if wrong.unknown_key:
                table: Any = rest
                for part in above:
                    table = table[part]
                gone = table.pop(key, None)
                # [zone] was meant to be [zones]
                unread.update(gone if isinstance(gone, dict) else ())
            case ("rules", int(index), *_):
                rules.add(index)
            case ("zones", str(name), *_):
                rest["zones"].pop(name, None)
                unread.add(name)
            case ("masks", int(index), *_):
                # a name in its place keeps the numbers of the others
                rest["masks"][index] = f"masks[{index}]"
                unread.add(f"masks[{index}]")
            case (str(key), *_):
                rest.pop(key, None)
    if rules:
        rest["rules"] = [rule for index, rule in enumerate(rest["rules"]) if index not in rules]
    return rest, frozenset(unread)
