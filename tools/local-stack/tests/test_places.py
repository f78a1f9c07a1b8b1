import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from local_stack.places import AlreadyRunning, State


def test_a_directory_has_one_stack(tmp_path: Path) -> None:
    state = State(tmp_path / "deep" / "state")
    assert not state.is_locked()
    with state.locked():
        assert state.is_locked()
        with pytest.raises(AlreadyRunning, match="deep/state"), state.locked(patience=0):
            pass
    assert not state.is_locked()


def test_who_looks_whether_a_directory_is_held_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, looking = State(tmp_path), ExitStack()
    looking.enter_context(state.locked())
    monkeypatch.setattr(time, "sleep", lambda _: looking.close())
    with state.locked():
        assert state.is_locked()


def test_looking_at_a_directory_makes_nothing_in_it(tmp_path: Path) -> None:
    assert not State(tmp_path).is_locked()
    assert list(tmp_path.iterdir()) == []
