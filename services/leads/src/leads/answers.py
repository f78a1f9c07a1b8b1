"""A registrant's answers against a page's form: pure, without a database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from chassis.texts import is_readable
from contracts.pages import FieldType, FormField

from leads.errors import AnswersRefused
from leads.models import Answers

MAX_TEXT = 1000
MAX_NUMBER = 10**15


class NotAnswer(ValueError):
    """Why a value does not answer its field, in words for the registrant."""


def check_answers(form: Sequence[FormField], given: Mapping[str, Any]) -> Answers:
    """`given` as the form's types have it, empty answers left out. Raises AnswersRefused with every field at fault."""
    asked = {field.name for field in form}
    wrong = {pointer(name): "This page does not ask for it." for name in given if name not in asked}
    answers: Answers = {}
    for field in form:
        try:
            answer = _answer(field, given.get(field.name))
        except NotAnswer as error:
            wrong[pointer(field.name)] = str(error)
        else:
            if answer is not None:
                answers[field.name] = answer
    if wrong:
        raise AnswersRefused(wrong)
    return answers


def pointer(name: str) -> str:
    """The JSON pointer (RFC 6901) of the custom field `name`."""
    return "#/customFields/" + name.replace("~", "~0").replace("/", "~1")


def from_html_form(form: Sequence[FormField], sent: Mapping[str, str]) -> dict[str, Any]:
    """The custom fields of a form sent without a script: texts turned into what JSON would have borne."""
    types = {f"customFields.{field.name}": field.type for field in form}
    return {
        name.removeprefix("customFields."): _from_text(types.get(name, FieldType.TEXT), value)
        for name, value in sent.items()
        if name.startswith("customFields.") and value.strip()
    }


def _from_text(kind: FieldType, value: str) -> str | float | bool:
    if kind in {FieldType.CHECKBOX, FieldType.CONSENT}:
        return value == "true"
    if kind is FieldType.NUMBER:
        try:
            return int(value) if value.strip().isdecimal() else float(value)
        except ValueError:
            return value
    return value


def _answer(field: FormField, value: Any) -> str | int | float | bool | None:
    """The answer, None when an optional field is left empty; raises NotAnswer."""
    value = value.strip() if isinstance(value, str) else value
    if value is None or value == "":
        if field.required:
            raise NotAnswer("This is needed.")
        return None
    return _READERS[field.type](field, value)


def _text(_field: FormField, value: Any) -> str:
    if not isinstance(value, str) or not is_readable(value):
        raise NotAnswer("Write a text here.")
    if len(value) > MAX_TEXT:
        raise NotAnswer(f"At most {MAX_TEXT} characters.")
    return value


def _number(_field: FormField, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAnswer("Write a number here.")
    if not abs(value) <= MAX_NUMBER:  # so that NaN is refused too
        raise NotAnswer(f"At most {MAX_NUMBER}.")
    return value


def _date(_field: FormField, value: Any) -> str:
    try:
        found = date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        raise NotAnswer("Write a date as YYYY-MM-DD.") from error
    if found != value:  # 20260228 and 2026-W09-6 are ISO 8601 too
        raise NotAnswer("Write a date as YYYY-MM-DD.")
    return found


def _ticked(field: FormField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise NotAnswer("Say true or false.")
    if field.required and not value:
        raise NotAnswer("This has to be ticked.")
    return value


def _select(field: FormField, value: Any) -> str:
    if not isinstance(value, str) or value not in field.options:
        raise NotAnswer("Choose one of the options.")
    return value


_READERS: Mapping[FieldType, Callable[[FormField, Any], str | int | float | bool]] = {
    FieldType.TEXT: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHECKBOX: _ticked,
    FieldType.CONSENT: _ticked,
    FieldType.SELECT: _select,
}
