"""Answers as bytes, made once for all who ask in the same moment: a hot page is not rendered for every visitor."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pages.views import PublicPage

MOST_ANSWERS = 2_000


@dataclass(frozen=True)
class Answer:
    """`content` is true in [made_at, until), of the page's facts as they then were; `changes_at` as the clock alone
    changes what it shows, which may be later: what only counts seconds is made anew before.
    """

    content: bytes
    made_at: datetime
    until: datetime | None
    changes_at: datetime | None


class ReadyAnswers:
    """Of one kind. Whoever asks has the page at hand and says what time it is, so that nothing kept here outlives
    a change that was told, nor an instant.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[PublicPage, Answer]] = OrderedDict()

    def of(self, page: PublicPage, now: datetime, make: Callable[[], Answer], *, variant: str = "") -> Answer:
        """The answer about `page` in this `variant` (a language), made now where none is ready."""
        name = (page.page.short_id, variant)
        about, answer = self._kept.get(name, (None, None))
        if answer is not None and about is page and _is_true(answer, now):
            return answer
        answer = make()
        self._kept[name] = (page, answer)
        self._kept.move_to_end(name)
        while len(self._kept) > MOST_ANSWERS:
            self._kept.popitem(last=False)
        return answer


def _is_true(answer: Answer, now: datetime) -> bool:
    return answer.made_at <= now and (answer.until is None or now < answer.until)
