"""Routes for orders: the default one with style-family weights, and the one a sheet states.

Weights are minutes of one unit. Where the figures come from, and how good they are:

===============  ======  ==========================================================================================
figure           min     source
===============  ======  ==========================================================================================
t-shirt, sew     6       midpoint of 4-8, published SMV of basic T-shirts
polo, sew        13      published SMV of polo shirts
shirt, sew       20      midpoint of 18-22, published SMV of shirts
jacket, sew      40      midpoint of 35-45, published SMV of jackets
other, sew       22.5    median SMV of 691 sewing rows, UCI "Productivity Prediction of Garment Employees"
                         (doi 10.24432/C51S6D); used for every family without a figure of its own
finishing, all   3.9     median SMV of the same set's 506 finishing rows; they stay within 2.9-5.1 min while sewing
                         runs from 10 to 55, so finishing is a constant of the piece, not a share of sewing
t-shirt, finish  2.9     smallest of those rows: a T-shirt is lighter work than anything in that set
its split        50/20/30 %  trimming and ironing / checking / packing: an assumption, nothing is published
cut              10 %    of sewing: an assumption, nothing is published; lays make cutting a small part everywhere
===============  ======  ==========================================================================================

A wrong default shifts work-content %, never deliverable %; an operation bulletin replaces it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from tracker.domain.orders import Operation, Route, Step, WeightSource
from tracker.domain.rules import StepId
from tracker.intake.values import CellError

STEPS: Final[dict[str, tuple[str, ...]]] = {
    "materials": ("materials", "material", "materials in", "备料", "面料", "物料", "到料"),
    "sample": ("sample", "sample approved", "样衣", "打样", "产前样", "批样"),
    "cut": ("cut", "cutting", "裁剪", "裁", "裁床", "开裁", "裁断"),
    "print": ("print", "printing", "印花", "印", "丝印", "烫画"),
    "embroidery": ("embroidery", "embroider", "绣花", "绣", "刺绣", "电绣"),
    "issue": ("issue", "issuing", "发料", "发片", "分发"),
    "sew": ("sew", "sewing", "stitch", "stitching", "assembly", "缝制", "车缝", "缝纫", "车间", "车位", "缝"),
    "wash": ("wash", "washing", "laundry", "洗水", "水洗", "洗"),
    "finish": (
        "finish",
        "finishing",
        "iron",
        "ironing",
        "press",
        "pressing",
        "后整",
        "后道",
        "整烫",
        "烫",
        "熨烫",
        "尾部",
    ),
    "qc": ("qc", "inspect", "inspection", "check", "checking", "quality", "质检", "检验", "查衫", "品检", "验货"),
    "pack": ("pack", "packing", "包装", "装箱"),
    "ship": ("ship", "shipping", "shipped", "出货", "发货"),
}
"""Known steps in the order pieces usually go through them, with the words shops use."""

MILESTONES: Final = frozenset({"materials", "sample", "issue", "ship"})
"""Steps that happen to an order, without work content of their own."""

DEFAULT_STEPS: Final = ("cut", "sew", "finish", "qc", "pack")
"""What nearly every order goes through; printing, embroidery and washing only where the sheet says so."""

FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "t-shirt": ("t-shirt", "tshirt", "t shirt", "tee", "t恤", "t恤衫", "圆领衫", "短袖t恤"),
    "polo": ("polo", "polo shirt", "polo衫", "翻领衫"),
    "shirt": ("shirt", "formal shirt", "blouse", "衬衫", "衬衣"),
    "jacket": ("jacket", "coat", "夹克", "外套", "西装"),
    "other": ("other", "其他", "其它"),
}
"""Style families with weights, and the words for them."""

OTHER_FAMILY: Final = "other"
"""The family of every style whose own family has no weights."""

SEW_MINUTES: Final = {"t-shirt": 6.0, "polo": 13.0, "shirt": 20.0, "jacket": 40.0, OTHER_FAMILY: 22.5}
FINISHING_MINUTES: Final = {"t-shirt": 2.9}
FINISHING_MINUTES_OTHERWISE: Final = 3.9
FINISHING_SPLIT: Final = {"finish": 0.5, "qc": 0.2, "pack": 0.3}
CUT_SHARE_OF_SEWING: Final = 0.10
OTHER_STEP_SHARE_OF_SEWING: Final = 0.10
"""For in-house printing, embroidery, washing and steps of the shop's own: an assumption, as for cutting."""

_SEPARATOR = re.compile(r"\s*(?:[-—–]+>?|[>→»,、;|+])\s*")
_OUTSOURCED = re.compile(r"\s*(?:\*|\((?:out|outsourced|外发|外协|外加工)\))$", re.IGNORECASE)
_SLUG = re.compile(r"[^\W_][\w ]{0,30}")


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One step as a sheet states it."""

    id: StepId
    outsourced: bool


def family_of(text: str) -> str:
    """The style family a word or a style's name stands for; ``other`` when none is recognised.

    >>> family_of("短袖T恤"), family_of("Men's polo shirt, pique"), family_of("A-100")
    ('t-shirt', 'polo', 'other')
    """
    lowered = text.casefold()
    found = [
        (len(word), family) for family, words in FAMILIES.items() for word in words if _has_word(lowered, word)
    ]  # the longest word decides: "t-shirt" holds "shirt"
    return max(found)[1] if found else OTHER_FAMILY


def step_of(word: str) -> StepId:
    """The step a word stands for: a known one, or the shop's own in lower case.

    Raises:
        CellError: Empty, unfit as a name, or so like a known step that it is probably mistyped.
    """
    lowered = word.strip().casefold()
    for step, words in STEPS.items():
        if lowered in words:
            return StepId(step)
    if not _SLUG.fullmatch(lowered):
        raise CellError(f"expected a step such as cut, sew or pack, got {word[:40]!r}")
    near = difflib.get_close_matches(lowered, STEPS, n=1, cutoff=0.6)
    if near:
        raise CellError(f"step {word!r} is not known; did you mean {near[0]}?")
    return StepId(lowered)


def parse_route(text: str) -> tuple[RouteStep, ...]:
    """The steps of a route column.

    Args:
        text: Steps in order, separated by ``>``; ``*`` or ``(外发)`` behind one means it is done elsewhere.

    Raises:
        CellError: An unknown or repeated step, or none with work in the shop.

    >>> [(step.id, step.outsourced) for step in parse_route("cut > print* > 车缝 > qc")]
    [('cut', False), ('print', True), ('sew', False), ('qc', False)]
    """
    steps: list[RouteStep] = []
    for part in _SEPARATOR.split(text.strip()):
        bare = _OUTSOURCED.sub("", part)
        step = RouteStep(step_of(bare), outsourced=bare != part)
        if any(known.id == step.id for known in steps):
            raise CellError(f"step {step.id} appears twice in {text!r}")
        steps.append(step)
    if not any(_own_work(step) for step in steps):
        raise CellError(f"no step of {text!r} is work done in the shop")
    return tuple(steps)


def route_text(route: Route) -> str:
    """The route as a route column holds it; ``parse_route`` reads it back."""
    return " > ".join(f"{step.id}*" if step.outsourced else step.id for step in route.steps)


def default_minutes(family: str, step: str) -> float:
    """Minutes one unit takes in one step, where no bulletin says; 0 for milestones.

    Args:
        family: A key of ``FAMILIES``; any other counts as ``other``.
        step: Step id.
    """
    sewing = SEW_MINUTES.get(family, SEW_MINUTES[OTHER_FAMILY])
    finishing = FINISHING_MINUTES.get(family, FINISHING_MINUTES_OTHERWISE)
    if step in MILESTONES:
        return 0.0
    if step == "sew":
        return sewing
    if step in FINISHING_SPLIT:
        return round(finishing * FINISHING_SPLIT[step], 4)
    return round(sewing * (CUT_SHARE_OF_SEWING if step == "cut" else OTHER_STEP_SHARE_OF_SEWING), 4)


def default_route(family: str, stated: tuple[RouteStep, ...] | None = None) -> Route:
    """The route of an order without a bulletin.

    Args:
        family: Style family.
        stated: Steps of the sheet's route column; ``None`` means ``DEFAULT_STEPS``.
    """
    chosen = stated or tuple(RouteStep(StepId(step), outsourced=False) for step in DEFAULT_STEPS)
    steps = tuple(
        Step(step.id, 0.0 if step.outsourced else default_minutes(family, step.id), step.outsourced) for step in chosen
    )
    return Route(steps, (), WeightSource.STYLE_FAMILY)


def bulletin_route(
    family: str, operations: tuple[Operation, ...], source: WeightSource, *, stated: tuple[RouteStep, ...] | None = None
) -> tuple[Route, tuple[StepId, ...]]:
    """The route of an order with a bulletin, and the steps whose weights are still defaults.

    A bulletin often covers sewing alone. The order still goes through cutting, checking and packing, so steps without
    operations get their default minutes, scaled by what the bulletin's steps weigh against their own defaults.

    Args:
        family: Style family.
        operations: The bulletin's rows.
        source: What their weights are.
        stated: Steps of the sheet's route column; ``None`` means the default steps and those of the bulletin.

    Raises:
        CellError: An operation belongs to a step that the stated route lacks or sends out, or whose place in the
            route nobody knows.
    """
    weights: dict[StepId, float] = {}
    for operation in operations:
        weights[operation.step] = weights.get(operation.step, 0.0) + operation.weight
    chosen = stated or _around(tuple(weights))
    own = {step.id for step in chosen if not step.outsourced}
    for operation in operations:
        if operation.step not in own:
            raise CellError(
                f"operation {operation.name!r} belongs to step {operation.step}, which the route "
                f"{' > '.join(step.id for step in chosen)} does not do in the shop"
            )
    scale = sum(weights.values()) / sum(default_minutes(family, step) or 1.0 for step in weights)
    defaulted = tuple(step.id for step in chosen if step.id not in weights and _own_work(step))
    steps = tuple(
        Step(
            step.id,
            0.0 if step.outsourced else weights.get(step.id, round(default_minutes(family, step.id) * scale, 4)),
            step.outsourced,
        )
        for step in chosen
    )
    return Route(steps, operations, source), defaulted


def _around(steps: tuple[StepId, ...]) -> tuple[RouteStep, ...]:
    known = list(STEPS)
    for step in steps:
        if step not in STEPS:
            raise CellError(f"step {step!r} has no usual place; state the order's route in a route (路线) column")
    wanted = sorted({*DEFAULT_STEPS, *steps}, key=known.index)
    return tuple(RouteStep(StepId(step), outsourced=False) for step in wanted)


def _own_work(step: RouteStep) -> bool:
    return not step.outsourced and step.id not in MILESTONES


def _has_word(text: str, word: str) -> bool:
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None
