"""The links in creators' mails: derived when they are written, so that nothing secret is stored."""

from uuid import UUID

from chassis.keyring import KeyRing

from catalog.errors import LinkUnknown
from catalog.models import LetterPurpose, Notice

PATHS = {
    LetterPurpose.VERIFY_EMAIL: "/account/verify",
    LetterPurpose.RESET_PASSWORD: "/account/password",
    LetterPurpose.CHANGE_EMAIL: "/account/email",
}
"""The pages that ask first, as the gateway has them. Behind # the token reaches no log and no scanner's request."""

NOTICES_PATH = "/account/notices"
_UNSUBSCRIBE = "unsubscribe"


class Links:
    """`<letter id>.<secret>` is a token: one purpose's does not serve the other."""

    def __init__(self, ring: KeyRing, public_url: str) -> None:
        self._ring = ring
        self._origin = f"{public_url}/api/catalog"

    def letter_url(self, purpose: LetterPurpose, letter_id: UUID) -> str:
        return f"{self._origin}{PATHS[purpose]}#{self._ring.token(purpose, str(letter_id))}"

    def letter_of(self, purpose: LetterPurpose, token: str) -> UUID:
        """The letter that `token` was made for; raises LinkUnknown when it was not made for `purpose`."""
        name = self._ring.named_in(purpose, token)
        if name is None:
            raise LinkUnknown
        return UUID(name)

    def notices_url(self, creator_id: UUID, notice: Notice) -> str:
        """The page that asks before mails of a kind are turned off. Such links do not run out."""
        return f"{self._origin}{NOTICES_PATH}#{self._notice_token(creator_id, notice)}"

    def one_click_url(self, creator_id: UUID, notice: Notice) -> str:
        """What a mail program POSTs to (RFC 8058): the whole token must stand in the address."""
        return f"{self._origin}/v1/notifications/unsubscribe?token={self._notice_token(creator_id, notice)}"

    def notice_of(self, token: str) -> tuple[UUID, Notice]:
        """Whose mails of which kind; raises LinkUnknown."""
        name = self._ring.named_in(_UNSUBSCRIBE, token)
        if name is None:
            raise LinkUnknown
        creator_id, _, notice = name.partition(".")
        return UUID(creator_id), Notice(notice)

    def _notice_token(self, creator_id: UUID, notice: Notice) -> str:
        return self._ring.token(_UNSUBSCRIBE, f"{creator_id}.{notice}")
