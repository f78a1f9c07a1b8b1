"""Trouble on demand: slow answers, errors before or after acting, connections that end without an answer."""

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from stripe_sandbox.books import new_id
from stripe_sandbox.errors import Json, Refusal
from stripe_sandbox.store import Store

SETTING = "faults"


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` requests (None: all) that match `method` and the glob `path`.

    `act`: whether the operation is carried out. `answer`: "normal", "error" (with `status` and `code`) or "drop" (the
    connection ends without an answer). `delay_before` and `delay_after` the act are in seconds. An error after
    acting is kept under the idempotency key and replayed, as Stripe keeps its 500s.
    """

    id: str
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    act: bool = True
    answer: str = "normal"
    status: int = 500
    code: str | None = None
    delay_before: float = 0.0
    delay_after: float = 0.0

    def refusal(self) -> Refusal:
        """The error answered."""
        kind = "invalid_request_error" if self.status < 500 else "api_error"
        kind = "card_error" if self.status == 402 else kind
        code = self.code or ("rate_limit" if self.status == 429 else None)
        headers = {"stripe-should-retry": "false"} if self.act and self.status == 500 else {}
        return Refusal("An unknown error occurred.", status=self.status, kind=kind, code=code, headers=headers)


NONE = Fault(id="")


class Faults:
    """The faults that are set."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Json]:
        """As the control shows them."""
        found: list[Json] = self._store.setting(SETTING, [])
        return found

    def add(self, fields: Json) -> Json:
        """Set one; ValueError or TypeError when the description makes no sense."""
        fault = Fault(**{**fields, "id": new_id("fault_", 8)})
        if fault.answer not in ("normal", "error", "drop"):
            raise ValueError("answer is normal, error or drop")
        if not fault.act and fault.answer == "normal":
            raise ValueError("a request that is not acted upon is answered with error or drop")
        with self._store.transaction():
            self._store.set(SETTING, [*self.all(), asdict(fault)])
        return asdict(fault)

    def remove(self, identifier: str | None = None) -> None:
        """Take one away, or all."""
        with self._store.transaction():
            kept = [fault for fault in self.all() if identifier and fault["id"] != identifier]
            self._store.set(SETTING, kept)

    def strike(self, method: str, path: str) -> Fault:
        """The first fault that this request meets, used up by one; or NONE."""
        faults = self.all()
        for fault in faults:
            if fnmatchcase(method, fault["method"]) and fnmatchcase(path, fault["path"]):
                struck = Fault(**fault)
                if fault["times"] is not None:
                    fault["times"] -= 1
                    with self._store.transaction():
                        self._store.set(SETTING, [kept for kept in faults if kept["times"] != 0])
                return struck
        return NONE
