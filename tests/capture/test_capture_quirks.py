"""What RTSP cameras do that others do not: a real server with real H.264 and the quirks of many makes."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from rtsp_camera import Film, Habits, RtspCamera, wandering_square

from tracker.capture import StreamFeed, resolve_url
from tracker.capture.feeds import TimedPicture

pytestmark = [pytest.mark.socket, pytest.mark.timeout(120)]

FILM = Film.of(wandering_square(20))
HEVC = Film.of(wandering_square(20), codec="hevc")


def seen(camera: RtspCamera, count: int) -> list[TimedPicture]:
    """The first pictures that a feed gets from the camera."""
    template, environ = camera.template()
    feed = StreamFeed(resolve_url(template, environ))
    pictures = (item for item in feed.pictures(lambda _: None) if isinstance(item, TimedPicture))
    return list(islice(pictures, count))


@pytest.mark.parametrize(
    ("film", "habits"),
    [
        (FILM, Habits()),
        (HEVC, Habits()),
        (FILM, Habits(auth="basic", password="c@n/a?r#y:%1 车")),
        (FILM, Habits(auth="digest")),
        (FILM, Habits(auth="digest", qop=None)),  # RFC 2069, as older cameras do it
        (FILM, Habits(auth="digest", qop="auth,auth-int")),
        (FILM, Habits(auth="digest", nonce_uses=2)),  # the nonce is stale before PLAY
        (FILM, Habits(auth="digest", algorithms=("SHA-256", "MD5"))),  # two offers, the readable one last
        (FILM, Habits(answer_after_s=0.1)),
        (FILM, Habits(parameters="sdp")),
        (FILM, Habits(parameters="stream")),  # the description says nothing about the picture's size
        (FILM, Habits(sound=True)),  # sound first, video second
        (FILM, Habits(stamps=False)),
    ],
)
def test_every_make_of_camera_is_read(film: Film, habits: Habits) -> None:
    with RtspCamera(film, habits) as camera:
        pictures = seen(camera, 5)
    assert [item.picture.width for item in pictures] == [64] * 5
    assert all(later.elapsed_us > earlier.elapsed_us for earlier, later in pairwise(pictures))
