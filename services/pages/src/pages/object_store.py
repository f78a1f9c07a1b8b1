"""What pages asks of the object store: the products' previews, which are its covers."""

import asyncio
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.object_store import MISSING, ObjectStore, error_code
from chassis.settings import ObjectStoreSettings

from pages.errors import StorageUnavailable

log = telemetry.logger(__name__)
LARGEST_BYTES = 20_000_000


class S3Previews(ObjectStore):
    """Previews, read whole. The connection is made for the first that is asked for: many a process draws nothing."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        super().__init__(settings, read_timeout=5, attempts=2)
        self._connecting = asyncio.Lock()
        self._connected = False

    async def __aenter__(self) -> Self:
        return self

    async def connected(self) -> Self:
        async with self._connecting:
            if not self._connected:
                await super().__aenter__()
                self._connected = True
        return self

    async def read(self, key: str) -> bytes | None:
        try:
            await self.connected()
            answer = await self.client.get_object(Bucket=self.bucket, Key=key)
            async with answer["Body"] as body:
                if answer["ContentLength"] > LARGEST_BYTES:
                    return None
                content: bytes = await body.read()
                return content
        except ClientError as error:
            if error_code(error) in MISSING:
                return None
            log.warning("object store refused", exc_info=error)
            raise StorageUnavailable from error
        except (BotoCoreError, OSError) as error:
            log.warning("object store not reachable", exc_info=error)
            raise StorageUnavailable from error
