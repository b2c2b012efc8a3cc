"""The workshop file: defaults, and faults by name."""

from __future__ import annotations

import datetime as dt

import pytest

from tracker.config import load_workshop
from tracker.domain.errors import ConfigError

FULL = """
name = "东方服装 workshop"
database = "data/shop.db"
calibration = "cameras"
[calendar]
timezone = "Europe/Berlin"
day_starts = "06:00"
shifts = [["08:00", 12:30:00], ["22:00", "02:00"]]
rest_days = ["saturday", "sunday"]
holidays = [2026-12-25]
[detect]
model = "shirts"
threads = 2
[serve]
port = 8080
[scenes]
learn_empty = true
"""


@pytest.fixture
def load(tmp_path):
    def read(text):
        (tmp_path / "workshop.toml").write_text(text, encoding="utf-8")
        return load_workshop(tmp_path)

    return read


def test_name_is_enough(load, tmp_path):
    shop = load('name = "Shop"')
    assert shop.database == tmp_path / "fairloom.db"
    assert shop.calendar.timezone == "Asia/Shanghai"
    assert shop.calendar.rest_weekdays == {6}
    assert (shop.model, shop.provider, shop.port, shop.calibrations) == ("default", "cpu", 8000, ())
    assert not shop.learn_empty  # no picture of a room is kept before somebody asked for it


def test_a_database_on_a_server_stays_as_it_was_written(load):
    url = "postgresql://loom:${PGPASSWORD}@db.example/shop"
    assert load(f'name = "Shop"\ndatabase = "{url}"').database == url  # the secret is looked up where it is opened


def test_everything_is_read(load, tmp_path):
    (tmp_path / "cameras").mkdir()
    for name in ("b.toml", "a.toml", "notes.txt"):
        (tmp_path / "cameras" / name).touch()
    shop = load(FULL)
    assert [path.name for path in shop.calibrations] == ["a.toml", "b.toml"]
    assert shop.calendar.shifts == ((dt.time(8), dt.time(12, 30)), (dt.time(22), dt.time(2)))
    assert shop.calendar.holidays == {dt.date(2026, 12, 25)}
    assert (shop.model, shop.threads, shop.port, shop.database) == ("shirts", 2, 8080, tmp_path / "data" / "shop.db")
    assert shop.learn_empty


def test_provider_with_all_that_belongs_to_it(load, tmp_path):
    text = """name = "Shop"
[detect]
provider = "plugin:Some:1"
provider_options = {precision = "f32"}
provider_library = "libsome.so"
provider_library_sha256 = "{digest}"
""".replace("{digest}", "0" * 64)
    shop = load(text)
    assert (shop.provider, shop.provider_asked) == ("plugin:Some:1", "plugin:Some:1")
    assert shop.provider_options == {"precision": "f32"}
    assert shop.provider_library == tmp_path / "libsome.so"
    assert shop.engines == tmp_path / "engines"


def test_auto_asks_for_no_provider(load):
    shop = load('name = "Shop"\n[detect]\nprovider = "auto"')
    assert (shop.provider, shop.provider_asked) == ("auto", None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Europe/Berlin", "Berlin", "IANA name"),
        ('["saturday", "sunday"]', '["Saturday"]', "calendar.rest_days"),  # spelled with a capital
        (
            '["saturday", "sunday"]',
            '["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
            "working day",
        ),
        ('[["08:00", 12:30:00], ["22:00", "02:00"]]', "[]", "calendar.shifts"),
        ('["08:00", 12:30:00]', '["8 o\'clock", 12:30:00]', "calendar.shifts"),
        ("threads = 2", "threads = 0", "detect.threads"),
        ("threads = 2", 'provider = "gpu"', "expected auto, cpu, cuda"),
        ("threads = 2", 'provider = "cuda:first"', "expected auto"),  # devices have numbers
        ("threads = 2", 'provider = "plugin:Some"', "provider_library_sha256"),  # a name alone loads nothing
        ("threads = 2", 'provider = "auto"\nprovider_options = {device_id = "1"}', "not auto"),
        ("threads = 2", 'provider_library_sha256 = "abc"', "provider_library_sha256"),
        ("threads", "thread", "did you mean 'threads'"),
        ("port = 8080", "port = 70000", "serve.port"),
        ("[serve]", "[server]", "did you mean 'serve'"),
        ("learn_empty = true", "learn_emtpy = true", "did you mean 'learn_empty'"),
        ("learn_empty = true", 'learn_empty = "yes"', "scenes.learn_empty"),
        ('name = "东方服装 workshop"', "", "missing key 'name'"),
    ],
)
def test_fault_is_named(load, old, new, words):
    assert old in FULL
    with pytest.raises(ConfigError) as caught:
        load(FULL.replace(old, new))
    assert words in str(caught.value)


def test_folder_without_a_workshop_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"does not exist.*tracker init"):
        load_workshop(tmp_path)
