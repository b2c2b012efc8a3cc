"""Codes on paper: what is written is read back, and what was garbled is noticed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.cards import BundleTicket, CardNumber, OrderCard, _sealed, read_code
from tracker.domain.errors import ConfigError
from tracker.domain.orders import OrderId
from tracker.domain.rules import StepId

ORDERS = st.text(min_size=1, max_size=64).filter(str.strip).map(OrderId)


@given(order=ORDERS, line=st.integers(0, 99), bundle=st.integers(1, 999), quantity=st.integers(1, 999))
def test_a_ticket_is_read_back_and_is_ascii(order: OrderId, line: int, bundle: int, quantity: int) -> None:
    ticket = BundleTicket(order, line, bundle, quantity)
    assert ticket.code.isascii()
    assert read_code(f" {ticket.code}\r\n") == ticket


@given(order=ORDERS, card=st.integers(0, 586))
def test_a_card_is_read_back(order: OrderId, card: int) -> None:
    assert read_code(OrderCard(CardNumber(card), order).code) == OrderCard(CardNumber(card), order)


TICKET = BundleTicket(OrderId("PO-1001"), 1, 12, 10)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("6901234567892", "is not ours"),  # a tin of tea
        ("", "is not ours"),
        ("FT1", "garbled"),
        ("FT1:0000:1:2:3:PO", "garbled"),
        (TICKET.code.replace("PO", "P0"), "garbled"),  # mistyped
        (TICKET.code.translate(str.maketrans(":-", "Öß")), "is not ours"),  # a scanner on a German keyboard
        (TICKET.code.lower(), "is not ours"),  # caps lock
    ],
)
def test_a_code_that_is_not_right_is_refused_and_says_what_is_wrong(code: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        read_code(code)


def test_no_wrong_character_passes_the_check_digits() -> None:
    for place in range(4, len(TICKET.code)):
        for sign in string.ascii_uppercase + string.digits:
            wrong = TICKET.code[:place] + sign + TICKET.code[place + 1 :]
            if wrong != TICKET.code:
                with pytest.raises(ConfigError):
                    read_code(wrong)


def test_a_code_with_right_digits_and_a_wrong_shape_is_refused() -> None:
    for body in ("1:2:PO", "0:1:1:PO", "1:1:0:PO", "1:1:1:", "x:1:1:PO"):
        with pytest.raises(ConfigError, match="garbled"):
            read_code(_sealed("FT1", body))


def test_the_same_ticket_at_the_same_step_is_the_same_event() -> None:
    sew, qc = StepId("sew"), StepId("qc")
    other = BundleTicket(OrderId("PO-1001"), 1, 13, 10)
    assert TICKET.event_id(sew) == read_code(TICKET.code).event_id(sew)
    assert len({TICKET.event_id(sew), TICKET.event_id(qc), other.event_id(sew)}) == 3
