"""What catalog writes to creators. Each looks up whom and what when it is sent."""

from collections.abc import Mapping
from uuid import UUID

from chassis.mail import Composer, OutgoingMail
from sqlmodel.ext.asyncio.session import AsyncSession
from storefront import Storefront, mails

from catalog.models import Creator


def composers(shop: Storefront) -> Mapping[str, Composer]:
    """By kind, as `Tx.owe_mail` names it."""

    async def welcome(session: AsyncSession, about: UUID) -> OutgoingMail | None:
        creator = await session.get(Creator, about)
        if creator is None:
            return None
        mail = shop.write(mails.WelcomeCreator(name=creator.name, console_url=f"{shop.public_url}/"))
        return OutgoingMail(creator.email, mail.subject, mail.text, mail.html)

    return {"welcome": welcome}
