from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluate_cases import draw

from tracker.domain.errors import SourceError
from tracker.evaluate.pictures import as_picture, find_pictures, read_picture


def encoded(picture: np.ndarray, suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, picture)
    assert done
    return data.tobytes()


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an EXIF segment that says how to turn it (TIFF, big endian, one entry: tag 0x0112)."""
    tiff = b"MM\x00\x2a\x00\x00\x00\x08" + b"\x00\x01" + b"\x01\x12\x00\x03\x00\x00\x00\x01"
    tiff += orientation.to_bytes(2, "big") + b"\x00\x00" + b"\x00\x00\x00\x00"
    segment = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + jpeg[2:]


def half_white(width: int = 60, height: int = 40) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = 255
    return picture


@pytest.mark.parametrize(
    ("picture", "suffix"),
    [
        (half_white(), ".png"),
        (half_white()[..., 0], ".png"),  # grey
        (half_white().astype(np.uint16) * 257, ".png"),  # 16 bits a channel
        ((half_white()[..., 0]).astype(np.uint16) * 257, ".tif"),  # 16 bits, grey
        (np.dstack([half_white(), np.full((40, 60), 9, np.uint8)]), ".png"),  # nearly transparent
        (half_white(), ".jpg"),
        (half_white(), ".webp"),
        (half_white(), ".bmp"),
    ],
)
def test_pictures_of_any_kind_become_bgr(tmp_path: Path, picture: np.ndarray, suffix: str) -> None:
    path = tmp_path / f"件 1{suffix}"
    path.write_bytes(encoded(picture, suffix))
    got = read_picture(path)
    assert (got.shape, got.dtype) == ((40, 60, 3), np.uint8)
    assert int(got[20, 10].min()) > 240
    assert int(got[20, 50].max()) < 15


def test_a_turned_photo_is_read_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.JPG"
    path.write_bytes(with_orientation(encoded(half_white(), ".jpg"), 6))  # turn by 90 degrees to the right
    got = read_picture(path)
    assert got.shape == (60, 40, 3)
    assert int(got[10, 20].min()) > 240  # what was left is on top
    assert read_picture(path, (40, 60)).shape == (60, 40, 3)


def test_labels_of_the_unturned_photo_get_the_unturned_photo(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(with_orientation(encoded(half_white(), ".jpg"), 6))
    assert read_picture(path, (60, 40)).shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged or no picture; got 0 bytes"),
        (b"not a picture", "damaged or no picture"),
        (encoded(half_white(), ".jpg")[:-40], "damaged"),  # OpenCV would fill the rest with grey
        (encoded(half_white(), ".png")[:-20], "damaged"),
        (encoded(half_white(), ".png"), "expected 99x40; got 60x40"),  # not the picture of these labels
        (with_orientation(encoded(half_white(), ".jpg"), 1), "expected 99x40"),
    ],
)
def test_a_picture_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=words):
        read_picture(path, (99, 40))


def test_swapped_sides_without_an_orientation_are_another_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(half_white(), ".png"))
    with pytest.raises(SourceError, match="expected 40x60; got 60x40"):
        read_picture(path, (40, 60))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot read"):
        read_picture(tmp_path / "none.jpg")


def test_only_pictures_are_found(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "1.png", ".cache/3.png", "__MACOSX/4.png", "b/._5.jpg"):
        draw((tmp_path / name).with_suffix(".png"))
        (tmp_path / name).with_suffix(".png").rename(tmp_path / name)
    (tmp_path / "notes.txt").write_text("1")
    (tmp_path / "folder.png").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)] == ["1.png", "b/2.JPG"]


def test_picture_has_the_colours_of_its_source() -> None:
    bgr = np.zeros((8, 12, 3), np.uint8)
    bgr[:, :6] = (0, 0, 255)
    picture = as_picture(bgr)
    assert (picture.width, picture.height) == (12, 8)
    # Red in television range (ITU-R BT.601): Y 81, U 90, V 240.
    assert [int(plane[0, 0]) for plane in (picture.y, picture.u, picture.v)] == pytest.approx([81, 90, 240], abs=2)
    assert int(picture.y[0, 11]) == 16


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 6), (6, 7), (9, 5)])
def test_odd_sides_stay_odd(width: int, height: int) -> None:
    picture = as_picture(np.full((height, width, 3), 255, np.uint8))
    assert (picture.width, picture.height) == (width, height)
    assert int(picture.y[-1, -1]) == 235
