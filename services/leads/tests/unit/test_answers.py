"""A registrant's answers against a page's form."""

import json
from typing import Any

import hypothesis
import pytest
from contracts.pages import FieldType, FormField
from hypothesis import strategies as st
from leads.answers import check_answers, from_html_form
from leads.errors import AnswersRefused


def question(kind: FieldType, *, required: bool = False) -> FormField:
    return FormField(name="answer", label="?", type=kind, required=required, options=["S", "M"])


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        (FieldType.TEXT, "  a size  ", "a size"),
        (FieldType.NUMBER, 3, 3),
        (FieldType.NUMBER, -2.5, -2.5),
        (FieldType.DATE, "2026-02-28", "2026-02-28"),
        (FieldType.CHECKBOX, False, False),
        (FieldType.CONSENT, True, True),
        (FieldType.SELECT, "M", "M"),
    ],
)
def test_each_type_keeps_what_answers_it(kind: FieldType, given: Any, kept: Any) -> None:
    assert check_answers([question(kind)], {"answer": given}) == {"answer": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (FieldType.TEXT, 3),
        (FieldType.TEXT, "x" * 1001),
        (FieldType.TEXT, "nul \x00"),
        (FieldType.TEXT, "half \ud800"),
        (FieldType.NUMBER, "three"),
        (FieldType.NUMBER, True),
        (FieldType.NUMBER, float("nan")),
        (FieldType.NUMBER, float("inf")),
        (FieldType.NUMBER, 10**16),
        (FieldType.DATE, "28.02.2026"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATE, "20260228"),
        (FieldType.DATE, "2026-W09-6"),
        (FieldType.DATE, 20260228),
        (FieldType.CHECKBOX, "yes"),
        (FieldType.CONSENT, 1),
        (FieldType.SELECT, "XL"),
        (FieldType.SELECT, ["S"]),
        (FieldType.SELECT, {"S": 1}),
    ],
)
def test_what_does_not_answer_its_field_is_refused_by_its_pointer(kind: FieldType, given: Any) -> None:
    with pytest.raises(AnswersRefused) as refused:
        check_answers([question(kind)], {"answer": given})
    (error,) = refused.value.more["errors"]
    assert error["pointer"] == "#/customFields/answer"


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("given", [{}, {"answer": None}, {"answer": "  "}])
def test_an_empty_answer_is_left_out_where_it_is_optional_and_refused_where_not(
    kind: FieldType, given: dict[str, Any]
) -> None:
    assert check_answers([question(kind)], given) == {}
    with pytest.raises(AnswersRefused):
        check_answers([question(kind, required=True)], given)


@pytest.mark.parametrize("kind", [FieldType.CHECKBOX, FieldType.CONSENT])
def test_what_must_be_ticked_is_not_left_unticked(kind: FieldType) -> None:
    with pytest.raises(AnswersRefused):
        check_answers([question(kind, required=True)], {"answer": False})


def test_every_field_at_fault_is_named_at_once() -> None:
    with pytest.raises(AnswersRefused) as refused:
        check_answers([question(FieldType.NUMBER)], {"answer": "x", "a/b~c": "y"})
    pointers = {error["pointer"] for error in refused.value.more["errors"]}
    assert pointers == {"#/customFields/answer", "#/customFields/a~1b~0c"}


@pytest.mark.parametrize(
    ("kind", "sent", "meant"),
    [
        (FieldType.NUMBER, "3", 3),
        (FieldType.NUMBER, "-2.5", -2.5),
        (FieldType.NUMBER, "three", "three"),
        (FieldType.CHECKBOX, "true", True),
        (FieldType.CONSENT, "on", False),
        (FieldType.TEXT, "7", "7"),
    ],
)
def test_a_form_without_a_script_means_the_same_as_json(kind: FieldType, sent: str, meant: Any) -> None:
    found = from_html_form([question(kind)], {"email": "a@example.com", "customFields.answer": sent})
    assert found == {"answer": meant}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@hypothesis.given(kind=st.sampled_from(FieldType), required=st.booleans(), value=JSON)
def test_an_answer_is_refused_or_can_be_kept_and_means_the_same_again(
    kind: FieldType, required: bool, value: Any
) -> None:
    form = [question(kind, required=required)]
    try:
        kept = check_answers(form, {"answer": value})
    except AnswersRefused:
        return
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    assert "\\u0000" not in json.dumps(kept)
    assert check_answers(form, kept) == kept
