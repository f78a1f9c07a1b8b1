"""The pages that links in creators' mails lead to. The secret stands behind #; each asks first, and acts on POST
`action_url` {token, …}.
"""

from dataclasses import dataclass
from typing import ClassVar

from storefront.views import View


@dataclass(frozen=True, kw_only=True)
class AskFirst(View):
    """A page that asks before it acts."""

    action_url: str


@dataclass(frozen=True, kw_only=True)
class VerifyEmail(AskFirst):
    """Is this address yours?"""

    template: ClassVar[str] = "storefront/verify_email.html"


@dataclass(frozen=True, kw_only=True)
class ChangeEmail(AskFirst):
    """Shall the account move to this address?"""

    template: ClassVar[str] = "storefront/change_email.html"


@dataclass(frozen=True, kw_only=True)
class ChoosePassword(AskFirst):
    """Another password, typed here."""

    template: ClassVar[str] = "storefront/choose_password.html"


@dataclass(frozen=True, kw_only=True)
class LeaveNotices(AskFirst):
    """No more mails of this kind?"""

    template: ClassVar[str] = "storefront/leave_notices.html"
