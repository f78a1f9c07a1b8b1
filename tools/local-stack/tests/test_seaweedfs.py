from pathlib import Path

import pytest
from local_stack import ports
from local_stack.parts import seaweedfs
from local_stack.places import State


def test_our_sockets_are_removed_and_another_users_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "SOCKETS", tmp_path)
    theirs, ours, elsewhere = (
        tmp_path / f"seaweedfs-{name}.sock" for name in ("filer-grpc-1", "s3-grpc-1", "s3-grpc-2")
    )
    for socket in (theirs, ours, elsewhere):
        socket.touch()
    unlink = Path.unlink

    def unlink_ours(socket: Path, *, missing_ok: bool) -> None:
        if socket == theirs:
            raise PermissionError
        unlink(socket, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_ours)
    secrets = {"s3_access_key_id": "", "s3_secret_access_key": ""}
    seaweedfs.part(State(tmp_path), dict.fromkeys(ports.NAMES, 1), secrets, []).tidy()
    assert {*tmp_path.glob("*.sock")} == {theirs, elsewhere}
