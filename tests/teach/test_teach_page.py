"""The labelling page answers whoever holds the address, from this machine, and nobody else."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from teach_things import collection_of

from tracker.teach import page
from tracker.teach.collection import Collection, State
from tracker.teach.page import label_app
from tracker.teach.words import CHINESE

OWN = "http://127.0.0.1:8733"


class Client:
    """Asks the application in this process; no socket is opened."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def ask(self, method: str, path: str, **options: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=OWN) as client:
                return await client.request(method, path, **options)  # type: ignore[arg-type]

        return asyncio.run(asked())

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)


SAID = json.dumps({"state": "accepted", "boxes": [{"label": "garment", "xyxy": [0, 0, 0.5, 0.5], "score": 1}]})
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return collection_of(tmp_path / "set</script>", 4)


@pytest.fixture
def client(collection: Collection) -> Client:
    return Client(label_app(collection, "secret"))


def post(client: Client, path: str = "/secret/pictures/0001", body: str = SAID, **headers: str) -> httpx.Response:
    return client.ask("POST", path, content=body, headers={"Origin": OWN} | JSON | headers)


def test_the_page_and_all_it_needs_come_from_here(client: Client) -> None:
    got = client.get("/secret/?lang=en")
    assert "Label pictures" in got.text
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "no-store"
    for name in ("page.css", "label.css", "label.js", "geometry.js", "icon.svg"):
        assert f"/static/{name}" in got.text
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/static/page.py").status_code == 404


def test_it_speaks_chinese_as_the_other_pages_do(client: Client) -> None:
    assert "标注图片" in client.get("/secret/?lang=zh").text


def test_pictures_come_with_size_part_and_proposals_without_classes_of_people(client: Client) -> None:
    listed = client.get("/secret/pictures").json()
    assert listed["labels"] == ["garment", "bundle"]
    assert [one["part"] for one in listed["pictures"]] == ["learn", "learn", "learn", "kept"]
    assert listed["pictures"][0]["boxes"][0]["label"] == "garment"
    assert client.get("/secret/pictures/0001.jpg").headers["content-type"] == "image/jpeg"
    assert client.get("/secret/pictures/0099.jpg").status_code == 404


def test_a_decision_is_on_disk_when_the_answer_comes(client: Client, collection: Collection) -> None:
    assert post(client).json() == {"saved": "0001"}
    assert Collection.load(collection.folder).decision("0001").state is State.ACCEPTED


def test_a_destroyed_picture_is_gone(client: Client, collection: Collection) -> None:
    file = collection.file("0002")
    assert client.ask("DELETE", "/secret/pictures/0002", headers={"Origin": OWN}).status_code == 200
    assert not file.exists()
    assert client.ask("DELETE", "/secret/pictures/0002", headers={"Origin": OWN}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/wrong/", "/wrong/pictures", "/wrong/pictures/0001.jpg", "/", "/secret/pictures/..%2f"]
)
def test_without_the_right_address_nothing_is_there(client: Client, path: str) -> None:
    assert client.get(path).status_code in {404, 405}


REFUSED = (
    ({"path": "/wrong/pictures/0001"}, 404),  # guessed
    ({"path": "/secret/pictures/0099"}, 404),  # no such picture
    ({"Origin": "http://evil.example"}, 403),  # another site's page asks
    ({"Origin": "null"}, 403),  # a sandboxed one
    ({"Host": "evil.example"}, 400),  # a name that was pointed here
    ({"Content-Type": "text/plain"}, 415),  # what a form can send without asking
    ({"body": "{"}, 422),  # no JSON
    ({"body": '{"state": "gone", "boxes": []}'}, 422),  # no such state
    ({"body": '{"state": "open", "boxes": [{"label": "hand", "xyxy": [0, 0, 2, 1]}]}'}, 422),  # outside
    ({"body": "[" * 150_000}, 422),  # deep
    ({"body": " " * 300_000}, 413),  # long
)


@pytest.mark.parametrize(("given", "status"), REFUSED)
def test_a_change_that_does_not_come_from_the_page_is_refused(
    client: Client, collection: Collection, given: dict[str, str], status: int
) -> None:
    assert post(client, **given).status_code == status
    assert collection.decision("0001").state is State.OPEN


def test_a_request_without_origin_changes_nothing(client: Client, collection: Collection) -> None:
    assert client.ask("POST", "/secret/pictures/0001", content=SAID, headers=JSON).status_code == 403
    assert client.ask("DELETE", "/secret/pictures/0001").status_code == 403
    assert collection.file("0001").exists()


def test_every_word_on_the_page_has_its_chinese() -> None:
    html = (page.HERE / "templates" / "label.html").read_text(encoding="utf-8")
    script = (page.HERE / "static" / "label.js").read_text(encoding="utf-8")
    said = set(re.findall(r'say\["([^"]+)"\]', html)) | set(re.findall(r'(?:say|told)\("([^"]+)"', script))
    assert said
    assert said <= set(CHINESE)
