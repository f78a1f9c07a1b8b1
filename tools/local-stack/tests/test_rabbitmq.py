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
