"""The two secrets of a buyer, both derived and never stored: the proof of the thanks page, the download token."""

from uuid import UUID

from chassis.keyring import KeyRing, token_hash

from checkout.models import DownloadKey, Order

PROOF = "order-proof"
ERASURE = "erase-customer"
TOKEN = "download-token"  # noqa: S105 - what it is for, not the secret


class BuyerLinks:
    """Secrets stand behind `#` alone, so that no log, referrer or mail scanner sees them."""

    def __init__(self, keys: KeyRing, public_url: str) -> None:
        self._keys = keys
        self.public_url = public_url.rstrip("/")

    def thanks_url(self, order_id: UUID) -> str:
        return f"{self.public_url}/o?order={order_id}#{self._keys.derive(PROOF, str(order_id))}"

    def page_url(self, short_id: str) -> str:
        return f"{self.public_url}/p/{short_id}"

    def proves(self, proof: str, order_id: UUID) -> bool:
        """Whether `proof` is the order's, compared in constant time."""
        return self._keys.verifies(proof, PROOF, str(order_id))

    def erasure_url(self, customer_id: UUID) -> str:
        """Where a buyer asks to be forgotten: a page that asks once more."""
        return f"{self.public_url}/o/erase?customer={customer_id}#{self._keys.derive(ERASURE, str(customer_id))}"

    def proves_customer(self, proof: str, customer_id: UUID) -> bool:
        return self._keys.verifies(proof, ERASURE, str(customer_id))

    def new_key(self, order_id: UUID, generation: int) -> DownloadKey:
        """What is kept and told of the token of `generation`, made under the current key."""
        token = self._token(order_id, generation, self._keys.current)
        return DownloadKey(self._keys.current, token_hash(token))

    def download_path(self, order: Order) -> str:
        """`/d#<token>`, under the key that the order's link was made with."""
        assert order.link_key_id is not None, "the order gives no access"
        return f"/d#{self._token(order.id, order.link_generation, order.link_key_id)}"

    def _token(self, order_id: UUID, generation: int, key_id: str) -> str:
        return self._keys.derive(TOKEN, str(order_id), str(generation), kid=key_id)
