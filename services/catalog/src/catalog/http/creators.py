"""Creators: registration, and what they are called."""

from datetime import datetime
from uuid import UUID

from chassis.api import IdempotentRoute, InTransaction, RequestModel, ResponseModel, WithDatabase, etag
from chassis.auth import SignedIn
from chassis.problems import problems
from chassis.ratelimit import per_address
from chassis.scopes import ReadsAccount
from chassis.texts import EmailAddress, Name
from fastapi import APIRouter, Depends, Request, Response

from catalog import store
from catalog.http.api_keys import ApiKeyFacts
from catalog.http.file_uploads import UploadFacts
from catalog.http.needs import EvenThoughLive, IsCurrent, WithObjects, WithPasswords
from catalog.http.passwords import GivenPassword, Password, count_try
from catalog.http.products import ProductBody, body_of
from catalog.models import Creator, Notice
from catalog.use_cases.change_creator import Changes, change_creator
from catalog.use_cases.change_password import change_password
from catalog.use_cases.keep_session import end_all_sessions
from catalog.use_cases.leave import erase_account, export_account
from catalog.use_cases.register_creator import register_creator

router = APIRouter(route_class=IdempotentRoute, tags=["creators"])


class Registration(RequestModel):
    email: EmailAddress
    password: Password
    name: Name


class NotificationChanges(RequestModel):
    """Mails that you want (true) or not; what is not named stays."""

    sales: bool = True
    disputes: bool = True
    page_expiring: bool = True
    page_expired: bool = True


class CreatorChanges(RequestModel):
    name: Name | None = None
    notifications: NotificationChanges | None = None

    def asked(self) -> Changes:
        chosen = self.notifications.model_dump(exclude_unset=True) if self.notifications else {}
        return Changes(self.name, {Notice(notice): wanted for notice, wanted in chosen.items()})


class Erasure(RequestModel):
    """The password, again: this cannot be undone."""

    password: GivenPassword


class PasswordChange(RequestModel):
    """The password that is, and the one that shall be."""

    password: GivenPassword
    new_password: Password


class StripeAccountBody(ResponseModel):
    """As Stripe last told it. Priced products can be sold when `chargesEnabled`."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    country: str | None
    default_currency: str | None


class NotificationsBody(ResponseModel):
    """Mails that are sent; none before the address is verified."""

    sales: bool
    disputes: bool
    page_expiring: bool
    page_expired: bool


class CreatorBody(ResponseModel):
    id: UUID
    email: str
    email_verified: bool
    name: str
    created_at: datetime
    updated_at: datetime
    stripe_account: StripeAccountBody | None
    notifications: NotificationsBody
    version: int


class ExportedFile(ResponseModel):
    id: UUID
    product_id: UUID
    file_name: str
    file_type: str
    file_size_bytes: int
    sha256: str
    uploaded_at: datetime
    url: str


class ExportedUpload(UploadFacts):
    completed_at: datetime | None


class ExportedSession(ResponseModel):
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_because: str | None


class ExportBody(ResponseModel):
    creator: CreatorBody
    products: list[ProductBody]
    files: list[ExportedFile]
    uploads: list[ExportedUpload]
    api_keys: list[ApiKeyFacts]
    sessions: list[ExportedSession]


@router.post(
    "/v1/creators",
    status_code=201,
    summary="Register as a creator",
    dependencies=[Depends(per_address("register", 200, 600))],
    responses=problems(409, 422, 429),
)
async def post_creator(
    wanted: Registration, tx: InTransaction, passwords: WithPasswords, answer: Response
) -> CreatorBody:
    """409 `email-taken` when there is an account with this address already."""
    kept = await passwords.hash(wanted.password)
    return _shown(await register_creator(tx, wanted.email, wanted.name, kept), answer)


@router.get("/v1/creators/me", summary="Who you are", responses=problems(401, 404))
async def get_creator(who: ReadsAccount, db: WithDatabase, answer: Response) -> CreatorBody:
    async with db.reading() as session:
        return _shown(await store.creator(session, who.creator_id), answer)


@router.patch(
    "/v1/creators/me",
    summary="Change your name, or what you are written about",
    responses=problems(401, 404, 412, 422, 428),
)
async def patch_creator(
    changes: CreatorChanges, who: SignedIn, tx: InTransaction, is_current: IsCurrent, answer: Response
) -> CreatorBody:
    return _shown(await change_creator(tx, who.creator_id, is_current, changes.asked()), answer)


@router.post(
    "/v1/creators/me/password",
    status_code=204,
    summary="Change your password",
    responses=problems(401, 403, 404, 422, 429),
)
async def post_password(
    given: PasswordChange, request: Request, who: SignedIn, db: WithDatabase, passwords: WithPasswords
) -> None:
    """Signs you out on every device."""
    await count_try(request, who)
    await change_password(db, passwords, who.creator_id, given.password, given.new_password)


@router.delete("/v1/creators/me/sessions", status_code=204, summary="Sign out on every device", responses=problems(401))
async def delete_sessions(who: SignedIn, tx: InTransaction) -> None:
    """Access tokens that are about live out their 15 minutes."""
    await end_all_sessions(tx, who.creator_id, "signed-out-everywhere")


@router.get(
    "/v1/creators/me/export",
    summary="All that is kept of you, and where your files are",
    responses=problems(401, 404),
)
async def export_creator(who: SignedIn, db: WithDatabase, objects: WithObjects) -> ExportBody:
    """The files' addresses are good for an hour."""
    found = await export_account(db, objects, who.creator_id)
    now = db.clock.now()
    return ExportBody(
        creator=CreatorBody.model_validate(found.creator),
        products=[body_of(product, now) for product in found.products],
        files=[ExportedFile(**file.model_dump(), url=found.addresses[file.id]) for file in found.files],
        uploads=[ExportedUpload.model_validate(upload) for upload in found.uploads],
        api_keys=[ApiKeyFacts.model_validate(key) for key in found.api_keys],
        sessions=[ExportedSession.model_validate(session) for session in found.sessions],
    )


@router.delete(
    "/v1/creators/me",
    status_code=204,
    summary="Erase your account",
    responses=problems(401, 403, 404, 409, 422, 429),
)
async def delete_creator(
    given: Erasure,
    request: Request,
    who: SignedIn,
    db: WithDatabase,
    passwords: WithPasswords,
    even_though_live: EvenThoughLive = False,
) -> None:
    """For ever: products are withdrawn and pages closed. Who bought keeps what they bought; orders stay, as the law
    wants, without your name. What was never sold is forgotten with its files, a month later if it was for sale.

    409 `creator-has-live-pages` while pages have not closed; with `evenThoughLive` they close with your account.
    """
    await count_try(request, who)
    await erase_account(db, passwords, who.creator_id, given.password, even_though_live=even_though_live)


def _shown(creator: Creator, answer: Response) -> CreatorBody:
    answer.headers["ETag"] = etag(creator.version)
    return CreatorBody.model_validate(creator)
