"""Dates, shares and names as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serve_shop import NOW, camera

from tracker.domain.estimates import FinishInterval, Interval
from tracker.domain.frames import CameraId, GapReason
from tracker.domain.orders import OrderLine, OrderUnit
from tracker.domain.rules import StepId
from tracker.serve.language import TRANSLATIONS, Language
from tracker.serve.sight import CameraSight, Sight
from tracker.serve.wording import Wording

ENGLISH, CHINESE = (
    Wording(TRANSLATIONS[language], zone=ZoneInfo("Asia/Shanghai"), now=NOW)
    for language in (Language.ENGLISH, Language.CHINESE)
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in March in Shanghai."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "english", "chinese"),
    [
        (date(2026, 3, 12), "Thu 12 Mar", "3月12日 周四"),
        (date(2027, 1, 3), "Sun 3 Jan 2027", "2027年1月3日 周日"),  # another year says so
        (date(2025, 12, 31), "Wed 31 Dec 2025", "2025年12月31日 周三"),
    ],
)
def test_days(day: date, english: str, chinese: str) -> None:
    assert (ENGLISH.day(day), CHINESE.day(day)) == (english, chinese)


@pytest.mark.parametrize(
    ("first", "last", "english", "chinese"),
    [
        (date(2026, 3, 12), date(2026, 3, 15), "12–15 Mar", "3月12–15日"),
        (date(2026, 3, 12), date(2026, 3, 12), "12 Mar", "3月12日"),
        (date(2026, 3, 30), date(2026, 4, 2), "30 Mar – 2 Apr", "3月30日 – 4月2日"),
        (date(2027, 1, 3), date(2027, 1, 5), "3–5 Jan 2027", "2027年1月3–5日"),
        (date(2026, 3, 12), date(2027, 3, 12), "12 Mar – 12 Mar 2027", "3月12日 – 2027年3月12日"),
    ],
)
def test_ranges_of_days(first: date, last: date, english: str, chinese: str) -> None:
    assert (ENGLISH.days(first, last), CHINESE.days(first, last)) == (english, chinese)


@pytest.mark.parametrize(
    ("instant", "english", "chinese"),
    [
        (at(12, 10, 42), "10:42", "10:42"),
        (at(12, 0, 0), "00:00", "00:00"),  # the first minute of today, still yesterday in UTC
        (at(11, 23, 59), "11 Mar 23:59", "3月11日 23:59"),
    ],
)
def test_moments_name_the_day_when_it_is_not_today(instant: datetime, english: str, chinese: str) -> None:
    assert (ENGLISH.moment(instant), CHINESE.moment(instant)) == (english, chinese)


@pytest.mark.parametrize(
    ("finish", "middle", "interval"),
    [
        ((at(12, 15), at(12, 16, 30), at(12, 17)), "today 16:30", "15:00–17:00"),
        ((at(12, 15), at(12, 16, 30), at(13, 9)), "today 16:30", "12–13 Mar"),
        ((at(13, 9), at(14, 9), at(17, 9)), "Sat 14 Mar", "13–17 Mar"),
        ((at(11, 9), at(11, 9), at(11, 9)), "Wed 11 Mar", "11 Mar"),  # done
    ],
)
def test_finishes(finish: tuple[datetime, datetime, datetime], middle: str, interval: str) -> None:
    told = FinishInterval(*finish)
    assert (ENGLISH.finish(told), ENGLISH.finish_range(told)) == (middle, interval)


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0, "due today", "今天到期"),
        (1, "1 day left", "还剩 1 天"),
        (9, "9 days left", "还剩 9 天"),
        (-1, "1 day over", "超期 1 天"),
        (-30, "30 days over", "超期 30 天"),
    ],
)
def test_time_until_due(days: int, english: str, chinese: str) -> None:
    assert (ENGLISH.due(days), CHINESE.due(days)) == (english, chinese)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0%"),
        (0.0001, "<1%"),  # something is not nothing
        (0.01, "1%"),
        (0.5, "50%"),
        (0.99, "99%"),
        (0.9999, ">99%"),  # nearly all is not all
        (1.0, "100%"),
        (1.05, "105%"),
    ],
)
def test_shares(share: float, words: str) -> None:
    assert Wording.percent(share) == words


@given(st.floats(0, 1))
def test_only_nothing_reads_as_0_and_only_all_as_100(share: float) -> None:
    assert (Wording.percent(share) == "0%") == (share == 0.0)
    assert (Wording.percent(share) == "100%") == (share == 1.0)


def test_intervals_of_shares() -> None:
    assert Wording.percents(Interval(0.52, 0.58, 0.66)) == "52–66%"
    assert Wording.percents(Interval(0.581, 0.582, 0.583)) == ""


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "almost certainly"),
        (0.95, "almost certainly"),
        (0.94, "very likely"),
        (0.8, "very likely"),  # where the outlook begins to say on track
        (0.79, "probably"),
        (0.5, "could go either way"),
        (0.2, "probably not"),
        (0.19, "very unlikely"),  # where the outlook begins to say late
        (0.0, "almost certainly not"),
    ],
)
def test_chances_in_words(probability: float, words: str) -> None:
    assert ENGLISH.chance(probability) == words


def test_quantities_steps_and_lines() -> None:
    assert [ENGLISH.quantity(n, OrderUnit.SET) for n in (1, 2)] == ["1 set", "2 sets"]
    assert CHINESE.quantity(2, OrderUnit.PAIR) == "2 双"
    assert (ENGLISH.step(StepId("qc")), CHINESE.step(StepId("sew"))) == ("QC", "缝制")
    assert CHINESE.step(StepId("锁眼")) == "锁眼"  # the shop's own
    assert [CHINESE.line(OrderLine(*names, 1)) for names in (("navy", "M"), ("", ""))] == ["navy M", "全部"]


def test_long_lists_are_cut() -> None:
    assert ENGLISH.listed(("A", "B", "C", "D")) == "A, B, C, D"
    assert ENGLISH.listed(("A", "B", "C", "D", "E")) == "A, B, C and 2 more"
    assert CHINESE.listed(("A", "B")) == "A、B"


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
@pytest.mark.parametrize("sight", list(Sight))
@pytest.mark.parametrize("reason", [None, *GapReason])
def test_every_state_of_a_camera_has_words(language: Wording, sight: Sight, reason: GapReason | None) -> None:
    seen = CameraSight(sight, NOW - timedelta(hours=1), reason, camera(CameraId("tray"), "counts"))
    assert "13:32" in language.sight(seen)


def test_a_blind_camera_says_why() -> None:
    seen = CameraSight(Sight.BLIND, at(12, 10, 42), GapReason.DISCONNECTED, camera(CameraId("tray"), "counts"))
    assert ENGLISH.sight(seen) == "blind since 10:42 (connection lost)"
    assert CHINESE.sight(seen) == "10:42 起看不见（连接中断）"


@pytest.mark.parametrize(
    ("sight", "reason", "problem", "said"),
    [
        (Sight.BLIND, GapReason.UNREACHABLE, "the camera refused the user name or password", "用户名或密码不对"),
        (Sight.BLIND, GapReason.UNREACHABLE, "some words of a library", "连不上"),  # no library's English on the page
        (Sight.BLIND, GapReason.MOVED, None, "请移回原位，或确认新画面"),  # a person is asked
        (Sight.COVERED, GapReason.DARK, None, "太暗"),
        (Sight.WATCHING, GapReason.CLOCK, None, "电脑时间被改过或不准"),
    ],
)
def test_what_is_wrong_is_said_so_that_it_can_be_mended(
    sight: Sight, reason: GapReason, problem: str | None, said: str
) -> None:
    status = camera(CameraId("tray"), "counts", problem=problem)
    assert said in CHINESE.sight(CameraSight(sight, None, reason, status))


def test_a_video_that_has_ended_is_told_from_a_camera_that_is_lost() -> None:
    seen = CameraSight(Sight.ENDED, at(12, 10, 42), None, camera(CameraId("tray"), "counts"))
    assert ENGLISH.sight(seen) == "video ended since 10:42"
    assert CHINESE.sight(seen) == "10:42 起录像已播完"
