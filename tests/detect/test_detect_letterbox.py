"""Letterboxing: the tensor shows the picture, and boxes find back."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from detect_samples import BGR, RGB, flat_picture, picture_of, smooth_bgr
from hypothesis import given
from hypothesis import strategies as st

from tracker.detect.card import InputSpec
from tracker.detect.letterbox import Letterbox, place
from tracker.domain.frames import Picture

SIDES = st.integers(2, 2000)
SPECS = st.builds(
    InputSpec,
    width=st.integers(1, 20).map(lambda n: 32 * n),
    height=st.integers(1, 20).map(lambda n: 32 * n),
    colour=st.sampled_from(["rgb", "bgr"]),
    scale=st.sampled_from([1.0, 1 / 255]),
    letterbox=st.sampled_from(["centre", "top-left"]),
    pad=st.just(114),
    shape=st.sampled_from(["fixed", "picture"]),
)


@given(SPECS, SIDES, SIDES)
def test_picture_lies_inside_the_tensor_and_keeps_its_shape(spec, width, height):
    placed = place(spec, width, height)
    input_width, input_height = placed.input_size
    assert 0 <= placed.left <= placed.left + placed.width <= input_width <= spec.width
    assert 0 <= placed.top <= placed.top + placed.height <= input_height <= spec.height
    ratio = min(spec.width / width, spec.height / height)
    # sides are even, so each may be off by one pixel, and by two where less than two would remain
    assert abs(placed.width - width * ratio) <= (1 if width * ratio >= 1 else 2)
    assert abs(placed.height - height * ratio) <= (1 if height * ratio >= 1 else 2)


@given(SPECS, SIDES, SIDES, st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_box_finds_back_from_tensor_to_picture(spec, width, height, shares):
    placed = place(spec, width, height)
    box = np.array([shares[0] * width, shares[1] * height, shares[2] * width, shares[3] * height], np.float32)
    inner = np.array([placed.width / width, placed.height / height] * 2)
    in_tensor = box * inner + [placed.left, placed.top] * 2
    back = placed.to_picture(tuple(in_tensor.tolist()), flat_picture(width, height))
    assert np.abs(back - box).max() < 0.01


@pytest.mark.parametrize(
    ("width", "height", "box"),
    [
        (640, 360, (100, 50, 300, 200)),  # a wide picture, padded above and below
        (360, 640, (30, 400, 120, 600)),  # a tall one, padded left and right
        (64, 64, (10, 10, 30, 40)),  # as large as the input
        (40, 30, (10, 6, 30, 20)),  # smaller than the input: enlarged
        (641, 361, (101, 51, 301, 201)),  # odd sides
        (1921, 1079, (3, 5, 900, 1079)),  # odd, large, up to the edge
    ],
)
@pytest.mark.parametrize("spec", [RGB, BGR], ids=["centre", "top-left"])
def test_drawn_box_is_found_where_it_was_drawn(spec, width, height, box):
    left, top, right, bottom = box
    picture = flat_picture(width, height, y=16)
    picture.y[top:bottom, left:right] = 235
    tensor, placed = Letterbox(spec).fill(picture)
    bright = np.argwhere(tensor[0, 1] > 200 * spec.scale)
    (y0, x0), (y1, x1) = bright.min(axis=0), bright.max(axis=0) + 1
    back = np.array(placed.to_picture((x0, y0, x1, y1), picture))
    # one tensor pixel, whatever that is in the picture
    assert np.abs(back - box).max() <= 1 + max(placed.x_scale, placed.y_scale)


def test_boxes_are_clipped_to_the_picture():
    picture = flat_picture(100, 60)
    assert place(RGB, 100, 60).to_picture((-50, -50, 500, 500), picture) == (0, 0, 100, 60)


@pytest.mark.parametrize("spec", [RGB, BGR], ids=["rgb, centre", "bgr, top-left"])
@pytest.mark.parametrize(("width", "height"), [(320, 180), (180, 320), (64, 64), (1280, 720)])
def test_tensor_is_what_converting_the_whole_picture_gives(spec, width, height):
    bgr = smooth_bgr(width, height, np.random.default_rng(width))
    picture = picture_of(bgr)
    tensor, placed = Letterbox(spec).fill(picture)
    planar = np.concatenate([plane.reshape(-1) for plane in (picture.y, picture.u, picture.v)])
    whole = cv2.cvtColor(planar.reshape(height * 3 // 2, width), cv2.COLOR_YUV2RGB_I420)
    small = cv2.resize(whole, (placed.width, placed.height), interpolation=cv2.INTER_LINEAR)
    expected = np.full((spec.height, spec.width, 3), spec.pad, np.float32)
    expected[placed.top : placed.top + placed.height, placed.left : placed.left + placed.width] = small
    expected = expected if spec.colour == "rgb" else expected[..., ::-1]
    levels = tensor[0].transpose(1, 2, 0) / np.float32(spec.scale)
    assert np.abs(levels - expected).max() <= 6
    assert np.abs(levels - expected).mean() < 1


def test_full_range_picture_gives_the_same_tensor_as_its_television_twin():
    rng = np.random.default_rng(3)
    television = picture_of(smooth_bgr(320, 180, rng))
    full = Picture(
        y=((television.y.astype(float) - 16) * 255 / 219).round().clip(0, 255).astype(np.uint8),
        u=((television.u.astype(float) - 128) * 255 / 224 + 128).round().clip(0, 255).astype(np.uint8),
        v=((television.v.astype(float) - 128) * 255 / 224 + 128).round().clip(0, 255).astype(np.uint8),
        full_range=True,
    )
    here, there = (Letterbox(BGR).fill(picture)[0] for picture in (television, full))
    assert np.abs(here - there).max() <= 4


def test_nothing_of_the_last_picture_remains_when_the_size_changes():
    letterbox = Letterbox(RGB)
    letterbox.fill(flat_picture(64, 64, y=235))
    again = letterbox.fill(flat_picture(64, 20, y=16))[0].copy()
    assert np.array_equal(again, Letterbox(RGB).fill(flat_picture(64, 20, y=16))[0])
    assert np.allclose(again[0, :, 0], 114 / 255)  # padding above the picture


def test_decoders_read_only_padded_planes_are_taken_as_they_are():
    wide = np.random.default_rng(0).integers(16, 235, (48, 80), np.uint8)
    wide.flags.writeable = False
    padded = Picture(wide[:, :64], wide[:24, :32], wide[:24, :32], full_range=False)
    plain = Picture(*(np.ascontiguousarray(plane) for plane in (padded.y, padded.u, padded.v)), full_range=False)
    assert np.array_equal(Letterbox(RGB).fill(padded)[0], Letterbox(RGB).fill(plain)[0])


def test_bgr_input_is_rgb_input_turned_round():
    picture = picture_of(smooth_bgr(64, 64, np.random.default_rng(1)))
    rgb, bgr = (Letterbox(replace(RGB, colour=colour)).fill(picture)[0] for colour in ("rgb", "bgr"))
    assert np.array_equal(rgb, bgr[:, ::-1])


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (1920, 1080, (320, 192)),  # most cameras: 320 x 180, and the next multiple of 32
        (1080, 1920, (192, 320)),  # hung upright
        (640, 480, (320, 256)),
        (500, 500, (320, 320)),
        (4000, 100, (320, 32)),  # never less than one stride
    ],
)
def test_input_is_shaped_like_the_picture(width, height, size):
    spec = replace(RGB, width=320, height=320, shape="picture")
    tensor, placed = Letterbox(spec).fill(flat_picture(width, height))
    assert placed.input_size == size
    assert tensor.shape == (1, 3, size[1], size[0])
    assert place(replace(spec, shape="fixed"), width, height).input_size == (320, 320)


def test_tensor_is_kept_while_pictures_keep_their_shape():
    letterbox = Letterbox(replace(RGB, width=128, height=128, shape="picture"))
    first, _ = letterbox.fill(flat_picture(64, 36))
    again, _ = letterbox.fill(flat_picture(128, 72))
    other, _ = letterbox.fill(flat_picture(36, 64))
    assert again is first
    assert (first.shape, other.shape) == ((1, 3, 96, 128), (1, 3, 128, 96))


def test_stretched_picture_fills_the_input_and_boxes_find_back():
    spec = replace(RGB, letterbox="stretch", width=96)
    tensor, placed = Letterbox(spec).fill(flat_picture(640, 360, y=200))
    assert tensor.min() == tensor.max()  # no padding anywhere
    assert (placed.left, placed.top, placed.width, placed.height) == (0, 0, 96, 64)
    assert placed.to_picture((48.0, 32.0, 96.0, 64.0), flat_picture(640, 360)) == (320, 180, 640, 360)


def test_channels_are_normalised_each_on_its_own_and_the_padding_too():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    picture = picture_of(smooth_bgr(64, 32, np.random.default_rng(3)))
    plain, _ = Letterbox(RGB).fill(picture)
    normalised, _ = Letterbox(replace(RGB, mean=mean, std=std)).fill(picture)
    expected = (plain - np.array(mean).reshape(3, 1, 1)) / np.array(std).reshape(3, 1, 1)
    assert np.abs(normalised - expected).max() < 1e-5
