"""What a column or label of an order sheet can mean, and the words shops use for it.

A header is compared by its key: full-width folded, lower case, without spaces, dots, dashes and colons. A bilingual
header ("订单号 Order No.") is understood by either half.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final

from tracker.intake.grid import clean
from tracker.intake.limits import MAX_HEADER_CHARS


class Field(StrEnum):
    """Meaning of a column or label; the values are what ``--map`` and remembered mappings use."""

    ORDER = "order"
    CUSTOMER = "customer"
    STYLE = "style"
    STYLE_FAMILY = "style_family"
    COLOUR = "colour"
    SIZE = "size"
    QUANTITY = "quantity"
    UNIT = "unit"
    REQUESTED = "requested"
    PROMISED = "promised"
    OVER = "over"
    SHORT = "short"
    TOLERANCE = "tolerance"
    STATE = "state"
    ROUTE = "route"
    SEQ = "seq"
    OPERATION = "operation"
    STEP = "step"
    SMV = "smv"
    SECONDS = "seconds"
    PIECE_PRICE = "piece_price"
    IGNORE = "ignore"


REQUIRED: Final = (Field.ORDER, Field.CUSTOMER, Field.STYLE)
"""What every order needs, beside quantities."""

ORDER_FACTS: Final = (
    Field.CUSTOMER,
    Field.STYLE,
    Field.STYLE_FAMILY,
    Field.UNIT,
    Field.REQUESTED,
    Field.PROMISED,
    Field.OVER,
    Field.SHORT,
    Field.TOLERANCE,
    Field.STATE,
    Field.ROUTE,
)
"""What is the same in all rows of one order."""

WEIGHTS: Final = (Field.SMV, Field.SECONDS, Field.PIECE_PRICE)
"""Columns of an operation bulletin that can serve as weight, the best first."""

HEADERS: Final[dict[Field, tuple[str, ...]]] = {
    Field.ORDER: (
        "order", "order no", "order nr", "order number", "order id", "order #", "po", "po no", "po number", "po #",
        "purchase order", "订单号", "订单编号", "订单号码", "订单", "单号", "合同号", "制单号", "生产单号", "PO号",
    ),
    Field.CUSTOMER: (
        "customer", "customer name", "client", "buyer", "brand", "客户", "客户名称", "客户名", "客人", "品牌",
    ),
    Field.STYLE: (
        "style", "style no", "style nr", "style number", "style name", "style #", "款号", "款式", "款式号", "款名",
        "款式名称", "款式编号",
    ),
    Field.STYLE_FAMILY: (
        "style family", "garment type", "product type", "category", "品类", "品种", "款式类别", "类别", "服装类别",
    ),
    Field.COLOUR: (
        "colour", "color", "colour name", "color name", "颜色", "色号", "颜色名称", "色别", "颜色/色号",
        "colour/size", "color/size", "颜色/尺码", "颜色\\尺码", "colour\\size", "color\\size", "颜色尺码",
    ),
    Field.SIZE: ("size", "sizes", "尺码", "尺寸", "码数", "规格", "尺码规格"),
    Field.QUANTITY: (
        "quantity", "qty", "qty pcs", "order qty", "order quantity", "pieces", "pcs", "数量", "件数", "订单数量",
        "订单数", "订数", "下单数量", "数量/件",
    ),
    Field.UNIT: ("unit", "uom", "unit of measure", "单位", "计量单位"),
    Field.REQUESTED: (
        "requested", "requested date", "requested delivery", "delivery date", "delivery", "due", "due date",
        "ship date", "交期", "交货期", "交货日期", "客户交期", "要求交期", "出货日期", "货期", "客期",
    ),
    Field.PROMISED: (
        "promised", "promised date", "promised delivery", "confirmed date", "承诺交期", "承诺日期", "确认交期",
        "答应交期", "工厂交期", "回复交期",
    ),
    Field.OVER: (
        "over", "over tolerance", "over %", "over tolerance %", "over shipment", "溢装", "溢装率", "多装", "溢交",
    ),
    Field.SHORT: (
        "short", "short tolerance", "short %", "short tolerance %", "short shipment", "短装", "短装率", "少装", "短交",
    ),
    Field.TOLERANCE: (
        "tolerance", "tolerance %", "over/short", "over/short tolerance", "over/short %", "溢短装", "溢短装率", "公差",
        "允差", "数量公差",
    ),
    Field.STATE: ("state", "status", "order status", "状态", "订单状态"),
    Field.ROUTE: ("route", "routing", "process route", "路线", "工艺路线", "生产路线", "工序路线", "流程", "工艺流程"),
    Field.SEQ: ("seq", "sequence", "no", "nr", "s/n", "#", "序号", "序", "行号", "编号", "工序号", "工序编号"),
    Field.OPERATION: (
        "operation", "operation name", "operations", "operation description", "process", "工序", "工序名称", "工序名",
        "工序内容", "工序描述", "作业内容",
    ),
    Field.STEP: ("step", "department", "dept", "section", "步骤", "工段", "部门", "环节", "车间"),
    Field.SMV: (
        "smv", "sam", "minutes", "minute", "min", "mins", "standard minutes", "time (min)", "smv (min)", "sam (min)",
        "标准工时", "工时", "分钟", "工时(分)", "工时(分钟)", "标准工时(分)", "标准工时(分钟)", "时间(分)",
        "时间(分钟)",
    ),
    Field.SECONDS: (
        "seconds", "second", "sec", "secs", "time (sec)", "time (s)", "observed seconds", "cycle time (sec)", "秒",
        "秒数", "工时(秒)", "标准工时(秒)", "时间(秒)", "标准时间(秒)",
    ),
    Field.PIECE_PRICE: (
        "piece price", "piece rate", "rate per piece", "工价", "单件工价", "计件单价", "工序单价", "工价(元)",
        "单价(元/件)",
    ),
    Field.IGNORE: (
        "remark", "remarks", "note", "notes", "comment", "comments", "price", "unit price", "amount", "currency",
        "picture", "image", "photo", "order date", "machine", "machine type", "备注", "说明", "单价", "金额",
        "图片", "款图", "下单日期", "制单日期", "机器", "机种", "设备",
    ),
}  # fmt: skip
"""Words per field; the first English and the first Chinese one are what messages and templates show."""

TOTAL_LABEL: Final = re.compile(
    r"(grand |sub ?-?)?total( (qty|quantity|pcs|pieces|smv|sam|minutes|price))?|sum|ttl"
    r"|[合总小共] ?计|总数|总数量|总 ?合计",
    re.IGNORECASE,
)
"""A label that makes a row or column a printed total."""

_TOTAL_OF = re.compile(r".{1,20}(合计|小计|总计|共计)|(sub-?)?total (of|for) .{1,30}", re.IGNORECASE)
"""Totals of something: ``红色小计``, ``Total for PO-1``."""

_LIKE: Final = 0.5
"""Two headers less alike than this have nothing to do with each other."""

_DROPPED = re.compile(r"[^\w()%/\\#]|_")
_CJK = re.compile(r"[\u3400-\u9fff]+")
_BRACKETS = re.compile(r"\([^)]*\)")


def key_of(text: str) -> str:
    """The form in which headers are compared.

    >>> key_of("Order  No.:"), key_of("数 量")
    ('orderno', '数量')
    """
    return _DROPPED.sub("", clean(text).casefold())


_BY_KEY: Final = {key_of(word): meaning for meaning, words in HEADERS.items() for word in words}


@functools.lru_cache(maxsize=4096)
def known_field(text: str) -> Field | None:
    """What a header or label means by itself; ``None`` when nobody can tell.

    >>> known_field("订单号 Order No."), known_field("Qty (pcs)"), known_field("货号")
    (<Field.ORDER: 'order'>, <Field.QUANTITY: 'quantity'>, None)
    """
    if len(text) > MAX_HEADER_CHARS:
        return None
    key = key_of(text)
    if key in _BY_KEY:
        return _BY_KEY[key]
    bare = _BRACKETS.sub("", key)
    if bare in _BY_KEY:
        return _BY_KEY[bare]
    halves = ("".join(_CJK.findall(bare)), _CJK.sub("", bare).strip("/\\()"))
    if not all(halves):
        return None
    meanings = {_BY_KEY[half] for half in halves if half in _BY_KEY}
    return meanings.pop() if len(meanings) == 1 else None


def is_total(text: str) -> bool:
    """Whether a label announces a printed total.

    >>> is_total("合 计:"), is_total("Grand Total"), is_total("红色小计"), is_total("Total Sports Ltd")
    (True, True, True, False)
    """
    if len(text) > MAX_HEADER_CHARS:
        return False
    label = clean(text).rstrip(": ")
    if TOTAL_LABEL.fullmatch(label):
        return True
    if _TOTAL_OF.fullmatch(label):
        return True
    halves = ("".join(_CJK.findall(label)), _CJK.sub("", label).strip(" /"))
    return all(TOTAL_LABEL.fullmatch(half) for half in halves)


def nearest_field(text: str, *, among: Collection[Field] = ()) -> tuple[Field, str, float] | None:
    """The known header most like an unknown one: its field, its wording, and how alike they are (0..1).

    Args:
        among: Fields that are looked for first, because nothing else on the sheet says them.
    """
    key = key_of(text[:MAX_HEADER_CHARS])
    wanted = [known for known, field in _BY_KEY.items() if field in among]
    best = difflib.get_close_matches(key, wanted, n=1, cutoff=_LIKE) or difflib.get_close_matches(
        key, _BY_KEY, n=1, cutoff=_LIKE
    )
    if not best:
        return None
    field = _BY_KEY[best[0]]
    wording = next(word for word in HEADERS[field] if key_of(word) == best[0])
    return field, wording, difflib.SequenceMatcher(None, key, best[0]).ratio()


def spoken(field: Field) -> str:
    """How messages name a field: ``order (订单号)``."""
    words = HEADERS[field]
    chinese = next((word for word in words if _CJK.search(word)), None)
    return f"{words[0]} ({chinese})" if chinese else words[0]
