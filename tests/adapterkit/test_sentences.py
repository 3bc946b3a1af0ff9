"""Sentences with values: English where they are made, told again in other languages wherever they are shown."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal

import pytest

from adapterkit.errors import MalformedResponse, NotFound, Rejected
from adapterkit.payload import Unmappable, read, record, why_unread
from adapterkit.sentences import Sentence, cleaned, in_english, kept, retold, said, say

FRENCH = {
    "The shop has no carrier %(carrier)s; %(hint)s": "La boutique n'a pas de transporteur %(carrier)s ; %(hint)s",
    "choose another": "choisissez-en un autre",
    "7": "sept",
}


def french(text: str) -> str:
    return FRENCH.get(text, text)


def as_it_is(name: str, value: str) -> str:
    return value


def test_a_sentence_is_its_english_text_and_keeps_what_it_was_made_of() -> None:
    sentence = say("Order %(number)s has %(pieces)s of %(amount)s", number="A1", pieces=2, amount=Decimal("12.10"))

    assert sentence == "Order A1 has 2 of 12.10"
    assert sentence.template == "Order %(number)s has %(pieces)s of %(amount)s"
    assert sentence.values == {"number": "A1", "pieces": "2", "amount": "12.10"}


def test_what_is_kept_goes_through_json_and_back_in_another_language() -> None:
    hint = say("choose another")
    told = kept(say("The shop has no carrier %(carrier)s; %(hint)s", carrier="7", hint=hint))

    told = json.loads(json.dumps(told))

    assert told == {
        "text": "The shop has no carrier %(carrier)s; %(hint)s",
        "values": {"carrier": "7", "hint": {"text": "choose another", "values": {}}},
    }
    assert retold(told, french, as_it_is) == "La boutique n'a pas de transporteur 7 ; choisissez-en un autre"
    assert in_english(told) == "The shop has no carrier 7; choose another"


def test_values_are_written_by_the_reader_by_name() -> None:
    told = kept(say("Order %(number)s costs %(amount)s", number="1.5", amount=Decimal("24.20")))
    assert isinstance(told, dict)

    shown = retold(told, str, lambda name, value: value.replace(".", ",") if name == "amount" else value)

    assert shown == "Order 1.5 costs 24,20"


def test_a_plain_text_is_kept_as_it_is() -> None:
    assert (kept("Too many calls"), in_english("Too many calls")) == ("Too many calls", "Too many calls")


@pytest.mark.parametrize("value", ["100 % cotton", "%(number)s", "%s", "{remote}", ""])
def test_a_value_may_hold_anything(value: str) -> None:
    told = kept(say("The shop refuses %(call)s", call=value))
    assert isinstance(told, dict)

    assert retold(told, french, as_it_is) == f"The shop refuses {value}"


def test_a_text_without_values_is_not_formatted() -> None:
    assert in_english(kept(say("Half of 100 % is missing"))) == "Half of 100 % is missing"


def test_a_value_that_a_row_lacks_is_left_out() -> None:
    told = {"text": "Order %(number)s costs %(amount)s", "values": {"number": "A1"}}

    assert retold(told, str, as_it_is) == "Order A1 costs "


def test_a_sentence_said_again_is_the_same() -> None:
    sentence = say("no %(call)s", call="x")

    assert say(sentence) is sentence


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_keeps_its_values(copied: object) -> None:
    again = copied(say("no %(call)s", call="x"))  # type: ignore[operator]

    assert (again, again.template, again.values) == ("no x", "no %(call)s", {"call": "x"})


def test_secrets_are_cleaned_out_of_values_at_any_depth() -> None:
    inner = say("no %(call)s", call="key=abc")
    sentence = cleaned(
        say("The shop: %(why)s, %(carrier)s", why=inner, carrier="abc"), lambda t: t.replace("abc", "***")
    )

    assert isinstance(sentence, Sentence)
    assert sentence == "The shop: no key=***, ***"
    assert "abc" not in json.dumps(kept(sentence))
    assert cleaned("abc", lambda t: t.replace("abc", "***")) == "***"


def test_an_exception_hands_its_sentence_on() -> None:
    sentence = say("no %(call)s", call="x")

    assert said(Unmappable(sentence)) is sentence
    assert said(ValueError("plain")) == "plain"
    assert said(ValueError()) == ""
    assert Rejected(sentence).message is sentence
    assert str(Rejected(sentence, remote="R1")) == "no x: R1"


def test_what_cannot_be_mapped_names_the_way_to_the_field() -> None:
    with pytest.raises(Unmappable, match=r"^details: street is missing$") as caught:
        read({"details": {}}, "details", lambda details: read(record(details), "street", str))

    assert kept(said(caught.value)) == {
        "text": "%(field)s: %(why)s",
        "values": {"field": "details", "why": {"text": "%(field)s is missing", "values": {"field": "street"}}},
    }


def test_a_word_that_stands_for_nothing_is_a_field_that_cannot_be_read() -> None:
    with pytest.raises(Unmappable, match=r"^state is 'perhaps', which cannot be read$"):
        read({"state": "perhaps"}, "state", {"yes": True}.__getitem__)


@pytest.mark.parametrize(
    ("error", "reason", "words"),
    [
        (KeyError("street"), "street is missing", {"text": "%(field)s is missing", "values": {"field": "street"}}),
        (Unmappable(say("%(field)s is empty", field="rows")), "rows is empty", {"text": "%(field)s is empty", "values": {"field": "rows"}}),
        (TypeError("no number"), "TypeError: no number", "TypeError: no number"),
        (NotFound("Not found there"), "Not found there", "Not found there"),
        (
            MalformedResponse("The answer cannot be read", remote="<html>"),
            "The answer cannot be read: <html>",
            {
                "text": "%(message)s: %(remote)s",
                "values": {"message": {"text": "The answer cannot be read", "values": {}}, "remote": "<html>"},
            },
        ),
    ],
)  # fmt: skip
def test_why_a_record_is_unread(error: Exception, reason: str, words: object) -> None:
    assert (why_unread(error), kept(why_unread(error))) == (reason, words)
