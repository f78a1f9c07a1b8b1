"""What delivery asks of the object store."""

from botocore.exceptions import BotoCoreError, ClientError
from chassis import telemetry
from chassis.object_store import MISSING, ObjectStore, attachment, error_code
from chassis.settings import ObjectStoreSettings

from delivery.errors import StorageUnavailable
from delivery.ports import DOWNLOAD_SECONDS

log = telemetry.logger(__name__)


class S3Objects(ObjectStore):
    """Whether the file is there, and where, for a minute."""

    def __init__(self, settings: ObjectStoreSettings) -> None:
        super().__init__(settings, read_timeout=5, attempts=2)

    async def exists(self, key: str) -> bool:
        """Raises StorageUnavailable when the store does not answer."""
        try:
            await self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error_code(error) in MISSING:
                return False
            log.warning("object store refused", exc_info=error)
            raise StorageUnavailable from error
        except (BotoCoreError, OSError) as error:
            log.warning("object store not reachable", exc_info=error)
            raise StorageUnavailable from error
        return True

    async def sign_download(self, key: str, file_name: str, file_type: str) -> str:
        """Signed offline, for DOWNLOAD_SECONDS; the name as RFC 6266 has it, for old readers and new."""
        parameters = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentDisposition": attachment(file_name),
            "ResponseContentType": file_type,
        }
        url: str = await self.signer.generate_presigned_url("get_object", parameters, DOWNLOAD_SECONDS)
        return url
