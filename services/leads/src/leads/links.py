"""The links in a registrant's mails: derived or signed when they are written, so that nothing secret is stored."""

from uuid import UUID

from chassis.keyring import KeyRing
from chassis.passes import Pass
from chassis.signing import SigningKeys

from leads.errors import RegistrationUnknown

CONFIRM = "confirm-registration"
DELETE = "delete-registration"


class Links:
    """`<registration id>.<secret>` is a token: one purpose's does not serve the other."""

    def __init__(self, ring: KeyRing, signing: SigningKeys, public_url: str) -> None:
        self._ring = ring
        self._signing = signing
        self._public_url = public_url

    def token(self, purpose: str, registration_id: UUID) -> str:
        return self._ring.token(purpose, str(registration_id))

    def registration_of(self, purpose: str, token: str) -> UUID:
        """The registration that `token` was made for; raises RegistrationUnknown when it was not made for `purpose`."""
        name = self._ring.named_in(purpose, token)
        if name is None:
            raise RegistrationUnknown
        return UUID(name)

    def confirm_url(self, registration_id: UUID) -> str:
        """A page that asks first; behind # the token reaches no log and no scanner's request."""
        return f"{self._public_url}/r/confirm#{self.token(CONFIRM, registration_id)}"

    def delete_url(self, registration_id: UUID) -> str:
        return self.delete_page(self.token(DELETE, registration_id))

    def delete_page(self, token: str) -> str:
        return f"{self._public_url}/r/delete#{token}"

    def one_click_url(self, registration_id: UUID) -> str:
        """What a mail program POSTs to (RFC 8058): the whole token must stand in the address."""
        token = self.token(DELETE, registration_id)
        return f"{self._public_url}/api/leads/v1/registrations/unsubscribe?token={token}"

    def page_url(self, short_id: str) -> str:
        return f"{self._public_url}/p/{short_id}"

    def page_url_with(self, short_id: str, admitted: Pass) -> str:
        """The page for the bearer of a pass."""
        return f"{self.page_url(short_id)}?pass={self._signing.sign(admitted.claims())}"
