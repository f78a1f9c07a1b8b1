"""A creator's customers: forgotten on request."""

from uuid import UUID

from chassis.api import InTransaction
from chassis.auth import SignedIn
from chassis.problems import problems
from fastapi import APIRouter

from checkout.use_cases.erase_customer import erase_customer

router = APIRouter(tags=["customers"])


@router.post(
    "/v1/customers/{customer_id}/erase",
    status_code=204,
    operation_id="eraseCustomer",
    summary="Forget a buyer's address and name",
    responses=problems(401, 404, 422),
)
async def post_erasure(customer_id: UUID, who: SignedIn, tx: InTransaction) -> None:
    """For ever. Their orders stay, without a name; a link that they have opens as long as was promised."""
    await erase_customer(tx, who.creator_id, customer_id)
