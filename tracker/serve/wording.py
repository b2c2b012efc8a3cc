"""Dates, figures and names as people read them, in the reader's language and the shop's time."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain.estimates import FinishInterval, Interval
from tracker.domain.frames import GapReason
from tracker.domain.orders import OrderLine, OrderUnit
from tracker.domain.rules import StepId
from tracker.serve.advice import Attention
from tracker.serve.sight import CameraSight, Sight


def marked(message: str) -> str:
    """The message itself; marks for translators what is written here and shown elsewhere."""
    return message


WEEKDAYS = (
    marked("Mon"),
    marked("Tue"),
    marked("Wed"),
    marked("Thu"),
    marked("Fri"),
    marked("Sat"),
    marked("Sun"),
)

MONTHS = (
    marked("Jan"),
    marked("Feb"),
    marked("Mar"),
    marked("Apr"),
    marked("May"),
    marked("Jun"),
    marked("Jul"),
    marked("Aug"),
    marked("Sep"),
    marked("Oct"),
    marked("Nov"),
    marked("Dec"),
)

STEPS = {
    "materials": marked("Materials"),
    "sample": marked("Sample"),
    "cut": marked("Cutting"),
    "print": marked("Printing"),
    "embroidery": marked("Embroidery"),
    "issue": marked("Issuing"),
    "sew": marked("Sewing"),
    "wash": marked("Washing"),
    "finish": marked("Finishing"),
    "qc": marked("QC"),
    "pack": marked("Packing"),
    "ship": marked("Shipping"),
}
"""Names of the steps that every shop has; a shop's own steps are shown as it calls them."""

CHANCES = (
    (0.95, marked("almost certainly")),
    (0.8, marked("very likely")),
    (0.6, marked("probably")),
    (0.4, marked("could go either way")),
    (0.2, marked("probably not")),
    (0.05, marked("very unlikely")),
    (0.0, marked("almost certainly not")),
)
"""Lowest probability of being on time for each answer; 0.8 and 0.2 are where the outlook changes its word."""


ATTENTION = {
    Attention.LATE: marked("Late"),
    Attention.AT_RISK: marked("At risk"),
    Attention.CHECK: marked("To check"),
    Attention.ON_TRACK: marked("On track"),
    Attention.UNKNOWN: marked("No data"),
    Attention.WAITING: marked("Waiting"),
    Attention.DONE: marked("Done"),
}

SIGHTS = {
    Sight.WATCHING: marked("watching"),
    Sight.STARTING: marked("starting"),
    Sight.PAUSED: marked("paused"),
    Sight.COVERED: marked("sees nothing"),
    Sight.BLIND: marked("blind"),
    Sight.SILENT: marked("no pictures"),
    Sight.STOPPED: marked("switched off"),
    Sight.ENDED: marked("video ended"),
}

REASONS = {
    GapReason.UNREACHABLE: marked("cannot be reached"),
    GapReason.DISCONNECTED: marked("connection lost"),
    GapReason.UNREADABLE: marked("pictures unreadable"),
    GapReason.FROZEN: marked("the picture stands still"),
    GapReason.DARK: marked("dark"),
    GapReason.BLOCKED: marked("covered"),
    GapReason.MOVED: marked("it was moved: put it back, or confirm the new view"),
    GapReason.CLOCK: marked("the computer's clock was set or is wrong"),
}
"""Why a camera is blind; a pause and Fairloom not running are states of their own."""

PROBLEMS = {
    "the camera refused the user name or password": marked("wrong user name or password"),
    "the camera knows no such stream": marked("no such stream: check its address"),
    "the camera did not answer in time": marked("no answer: check power and network"),
    "Connection refused": marked("no answer: check power and network"),
    "No route to host": marked("no answer: check power and network"),
}
"""What the capture says of a lost camera, where that tells people more than the reason does."""


class Wording:
    """Puts values into words.

    Args:
        words: Translations of the reader's language.
        zone: The shop's time zone.
        now: Aware UTC; dates and times that are not of today say so.
    """

    def __init__(self, words: gettext.NullTranslations, *, zone: ZoneInfo, now: datetime) -> None:
        self._words, self._zone, self._now = words, zone, now.astimezone(zone)

    def day(self, day: date) -> str:
        """A date with its weekday: ``Thu 12 Mar``; with its year where that is not this one."""
        said = self._words.gettext("%(weekday)s %(day)d %(month)s") % {
            "weekday": self._words.gettext(WEEKDAYS[day.weekday()]),
            "day": day.day,
            "month": self._words.gettext(MONTHS[day.month - 1]),
        }
        return self._with_year(said, day)

    def days(self, first: date, last: date) -> str:
        """A range of dates, short: ``12-15 Mar``; a single date when both are the same."""
        if first == last:
            return self._short(first)
        if (first.year, first.month) == (last.year, last.month):
            template, month = self._words.gettext("%(first)d–%(last)d %(month)s"), MONTHS[first.month - 1]
            said = template % {"first": first.day, "last": last.day, "month": self._words.gettext(month)}
            return self._with_year(said, last)
        return f"{self._short(first)} – {self._short(last)}"

    def moment(self, at: datetime) -> str:
        """A time of day, with its date where that is not today."""
        local = at.astimezone(self._zone)
        clock = f"{local:%H:%M}"
        return clock if local.date() == self._now.date() else f"{self._short(local.date())} {clock}"

    def finish(self, finish: FinishInterval) -> str:
        """The middle of a finish: a day, or a time when it is today."""
        local = finish.p50.astimezone(self._zone)
        if local.date() == self._now.date():
            return self._words.gettext("today %(time)s") % {"time": f"{local:%H:%M}"}
        return self.day(local.date())

    def finish_range(self, finish: FinishInterval) -> str:
        """From when to when an order may be finished, eight times in ten; in times of day when all of it is today."""
        first, last = finish.p10.astimezone(self._zone), finish.p90.astimezone(self._zone)
        if first.date() == last.date() == self._now.date():
            return f"{first:%H:%M}–{last:%H:%M}"
        return self.days(first.date(), last.date())

    def due(self, days_left: int) -> str:
        """How long there is until the due date."""
        if days_left == 0:
            return self._words.gettext("due today")
        if days_left > 0:
            return self._words.ngettext("%(num)d day left", "%(num)d days left", days_left) % {"num": days_left}
        over = -days_left
        return self._words.ngettext("%(num)d day over", "%(num)d days over", over) % {"num": over}

    def quantity(self, number: int, unit: OrderUnit) -> str:
        """So many of what the customer ordered."""
        forms = {
            OrderUnit.PIECE: self._words.ngettext("%(num)d piece", "%(num)d pieces", number),
            OrderUnit.PAIR: self._words.ngettext("%(num)d pair", "%(num)d pairs", number),
            OrderUnit.SET: self._words.ngettext("%(num)d set", "%(num)d sets", number),
        }
        return forms[unit] % {"num": number}

    def step(self, step: StepId) -> str:
        """A step's name; the shop's own as it writes them."""
        return self._words.gettext(STEPS[step]) if step in STEPS else step

    def line(self, line: OrderLine) -> str:
        """A colour and size."""
        return line.label if line.colour or line.size else self._words.gettext("all")

    def chance(self, probability: float) -> str:
        """Whether an order will be in time, as an answer."""
        return self._words.gettext(next(words for least, words in CHANCES if probability >= least))

    def attention(self, attention: Attention) -> str:
        """How an order stands, in a word."""
        return self._words.gettext(ATTENTION[attention])

    def sight(self, seen: CameraSight) -> str:
        """How a camera is doing, since when, and why."""
        words = self._words.gettext(SIGHTS[seen.sight])
        if seen.since is not None:
            said = self._words.gettext("%(state)s since %(moment)s")
            words = said % {"state": words, "moment": self.moment(seen.since)}
        if seen.reason in REASONS and seen.sight in {Sight.BLIND, Sight.COVERED, Sight.WATCHING}:
            known = PROBLEMS.get(seen.status.problem or "") if seen.sight is Sight.BLIND else None
            why = self._words.gettext(known or REASONS[seen.reason])
            words = self._words.gettext("%(state)s (%(reason)s)") % {"state": words, "reason": why}
        return words

    def listed(self, names: Sequence[str]) -> str:
        """Names in a row; of more than four the first three and how many follow."""
        shown = names if len(names) <= 4 else names[:3]
        words = self._words.gettext(", ").join(shown)
        if len(shown) == len(names):
            return words
        return self._words.gettext("%(names)s and %(number)d more") % {"names": words, "number": len(names) - 3}

    @staticmethod
    def percent(share: float) -> str:
        """A share as whole per cent; 0 and 100 only for exactly that."""
        if 0.0 < share < 0.01:
            return "<1%"
        if 0.99 < share < 1.0:
            return ">99%"
        return f"{share * 100:.0f}%"

    @staticmethod
    def percents(share: Interval) -> str:
        """An interval of shares, short: ``52-66%``; empty when it is narrower than a per cent."""
        low, high = round(share.p10 * 100), round(share.p90 * 100)
        return f"{low}–{high}%" if low < high else ""

    def _short(self, day: date) -> str:
        month = self._words.gettext(MONTHS[day.month - 1])
        return self._with_year(self._words.gettext("%(day)d %(month)s") % {"day": day.day, "month": month}, day)

    def _with_year(self, said: str, day: date) -> str:
        if day.year == self._now.year:
            return said
        return self._words.gettext("%(date)s %(year)d") % {"date": said, "year": day.year}
