"""What pages asks of the object store: the products' previews, which are its covers."""

from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.object_store import MISSING, ObjectStore, error_code
from chassis.settings import ObjectStoreSettings

from pages.errors import StorageUnavailable

log = telemetry.logger(__name__)
LARGEST_BYTES = 20_000_000


class S3Previews(ObjectStore):
    """Previews, read whole."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        super().__init__(settings, read_timeout=5, attempts=2)

    async def read(self, key: str) -> bytes | None:
        try:
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
