"""What catalog writes to creators. Each looks up whom and what when it is sent; None when it is no longer to be."""

from collections.abc import Mapping
from uuid import UUID

from chassis.mail import Composer, OutgoingMail
from sqlmodel.ext.asyncio.session import AsyncSession
from storefront import Storefront, mails

from catalog import store
from catalog.links import Links
from catalog.models import Creator, Letter, LetterPurpose


class CreatorMails:
    """Composers, by what the mail is about."""

    def __init__(self, shop: Storefront, links: Links) -> None:
        self._shop = shop
        self._links = links
        self._console_url = f"{shop.public_url}/"

    def composers(self) -> Mapping[str, Composer]:
        """By kind, as `Tx.owe_mail` names it."""
        return {
            "welcome": self.welcome,
            LetterPurpose.VERIFY_EMAIL: self.letter,
            LetterPurpose.RESET_PASSWORD: self.letter,
            LetterPurpose.CHANGE_EMAIL: self.letter,
            LetterPurpose.EMAIL_CHANGED: self.letter,
            LetterPurpose.PASSWORD_CHANGED: self.letter,
        }

    async def welcome(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        """About a creator; asks to verify the address unless that was done meanwhile."""
        creator = await session.get(Creator, about)
        if creator is None or creator.erased_at is not None:
            return None
        letter = await store.letter_for(session, about, LetterPurpose.VERIFY_EMAIL)
        asks = letter is not None and not creator.email_verified
        verify_url = self._links.letter_url(LetterPurpose.VERIFY_EMAIL, letter.id) if letter and asks else None
        view = mails.WelcomeCreator(name=creator.name, console_url=self._console_url, verify_url=verify_url)
        return self._to(creator.email, view)

    async def letter(self, session: AsyncSession, about: UUID) -> OutgoingMail | None:
        """About a letter that was not answered or replaced meanwhile."""
        letter = await session.get(Letter, about)
        creator = await session.get(Creator, letter.creator_id) if letter else None
        return self._to(letter.email, self._written(letter, creator.name)) if letter and creator else None

    def _written(self, letter: Letter, name: str) -> mails.MailView:
        """What asks leads to a page that asks again; what tells, tells."""
        if letter.purpose is LetterPurpose.EMAIL_CHANGED:
            return mails.AccountChanged(name=name, changed="address")
        if letter.purpose is LetterPurpose.PASSWORD_CHANGED:
            return mails.AccountChanged(name=name, changed="password")
        view = _ASKING[letter.purpose]
        link_url = self._links.letter_url(letter.purpose, letter.id)
        return view(name=name, link_url=link_url, link_ends_at=letter.expires_at)

    def _to(self, email: str, view: mails.MailView) -> OutgoingMail:
        mail = self._shop.write(view)
        return OutgoingMail(email, mail.subject, mail.text, mail.html)


_ASKING: dict[LetterPurpose, type[mails.AccountLink]] = {
    LetterPurpose.VERIFY_EMAIL: mails.VerifyEmail,
    LetterPurpose.RESET_PASSWORD: mails.ResetPassword,
    LetterPurpose.CHANGE_EMAIL: mails.ChangeEmail,
}
