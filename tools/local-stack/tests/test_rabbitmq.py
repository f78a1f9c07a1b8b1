from collections import defaultdict
from pathlib import Path

from local_stack.parts import rabbitmq
from local_stack.places import State


async def test_a_node_is_configured_by_nothing_of_the_machine(tmp_path: Path) -> None:
    part = rabbitmq.part(State(tmp_path), defaultdict(int), defaultdict(str))
    await part.prepare()
    home = tmp_path / "rabbitmq"
    assert part.env["RABBITMQ_CONFIG_FILES"] == str(home / "conf.d")
    told = {name: Path(path) for name, path in part.env.items() if name.endswith(("_FILE", "_FILES"))}
    assert {name for name, path in told.items() if path.is_relative_to(home) and path.exists()} == set(told)


async def test_a_cookie_that_was_never_finished_is_written_anew(tmp_path: Path) -> None:
    cookie = tmp_path / "rabbitmq" / ".erlang.cookie"
    cookie.parent.mkdir()
    cookie.touch(mode=0o644)
    part = rabbitmq.part(State(tmp_path), defaultdict(int), {"erlang_cookie": "secret", "amqp": "secret"})
    for _ in "12":
        await part.prepare()
    assert (cookie.read_text(), cookie.stat().st_mode & 0o777) == ("secret", 0o400)
