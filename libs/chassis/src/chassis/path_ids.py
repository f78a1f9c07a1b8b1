"""Whose id stands in a path: one name for each thing, at all gateways."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

ApiKeyId = Annotated[UUID, Path(alias="keyId")]
CustomerId = Annotated[UUID, Path(alias="customerId")]
DiscountCodeId = Annotated[UUID, Path(alias="codeId")]
DisputeId = Annotated[UUID, Path(alias="disputeId")]
GrantId = Annotated[UUID, Path(alias="grantId")]
OrderId = Annotated[UUID, Path(alias="orderId")]
PageId = Annotated[UUID, Path(alias="pageId")]
ProductId = Annotated[UUID, Path(alias="productId")]
RegistrationId = Annotated[UUID, Path(alias="registrationId")]
UploadId = Annotated[UUID, Path(alias="uploadId")]
