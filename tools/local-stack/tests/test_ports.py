import json
import os
import socket
from pathlib import Path

import pytest
from local_stack import ports


def test_ports_are_free_distinct_and_below_the_ephemeral_range(tmp_path: Path) -> None:
    chosen = ports.choose(tmp_path / "ports.json")
    assert set(chosen) == set(ports.NAMES)
    assert len(set(chosen.values())) == len(chosen)
    assert all(port in ports.RANGE and ports.is_free(port) for port in chosen.values())


def test_ports_are_kept_from_start_to_start(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert ports.choose(file) == ports.choose(file)


def test_a_port_that_another_program_took_is_chosen_anew(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    before = ports.choose(file)
    with socket.create_server(("0.0.0.0", before["edge"])):
        after = ports.choose(file, patience=0.2)
    assert after["edge"] != before["edge"]
    assert {**after, "edge": 0} == {**before, "edge": 0}
    assert json.loads(file.read_text()) == after


def test_a_port_is_nobody_elses_from_when_it_is_chosen(tmp_path: Path) -> None:
    port = ports.choose(tmp_path / "ports.json")["edge"]
    with socket.socket() as another_stack, pytest.raises(OSError, match="in use"):
        another_stack.bind(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)):
        assert not ports.is_free(port)


def test_a_damaged_file_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text("{")
    assert json.loads(file.read_text() if ports.choose(file) else "") == ports.choose(file)


def test_where_another_users_store_left_its_socket_is_no_port_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ports.json"
    before = ports.choose(file)
    monkeypatch.setattr(ports, "SOCKETS", tmp_path)
    (tmp_path / f"seaweedfs-master-grpc-{before['s3_master_grpc']}.sock").touch()
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    after = ports.choose(file)
    assert after["s3_master_grpc"] != before["s3_master_grpc"]
    assert {**after, "s3_master_grpc": 0} == {**before, "s3_master_grpc": 0}
