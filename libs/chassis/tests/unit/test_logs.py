"""What a log line holds, and what it never holds."""

import json
import logging

import pytest
from chassis import telemetry
from chassis.clock import new_id
from chassis.testing import sign_pass


def test_a_pass_or_a_token_stands_in_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    token = sign_pass(new_id())
    telemetry.configure_logs("test", "info")
    address = f"/p/abcdefghij12?pass={token}&utm=mail"
    telemetry.logger("ours").info("request", url=address, headers={"x": [f"Bearer {token}"]})
    logging.getLogger("theirs").warning("GET %s", "/x?token=0197.secret_secret&pass=short")
    try:
        raise ValueError(address)
    except ValueError as error:
        telemetry.logger("ours").error("failed", exc_info=error)
    telemetry.configure_logs("test", "warning")
    written = capsys.readouterr().out
    lines = [json.loads(line) for line in written.splitlines()]
    assert lines[0]["url"] == "/p/abcdefghij12?pass=[secret]&utm=mail"
    assert lines[1]["event"] == "GET /x?token=[secret]&pass=[secret]"
    assert "ValueError" in lines[2]["exception"]
    assert token.split(".")[2] not in written
    assert "secret_secret" not in written


def test_what_a_caller_sends_begins_no_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs("test", "info")
    forged = 'x\n{"level": "info", "event": "signed in"}\r\u2028\x1b[31m'
    telemetry.logger("ours").info("request", agent=forged)
    logging.getLogger("theirs").warning("asked %s", forged)
    telemetry.configure_logs("test", "warning")
    written = capsys.readouterr().out
    assert len(written.splitlines()) == 2
    assert json.loads(written.splitlines()[0])["agent"] == forged
    assert "\x1b" not in written
