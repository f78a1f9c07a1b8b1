from pathlib import Path

import pytest
from local_stack.places import AlreadyRunning, State


def test_a_directory_has_one_stack(tmp_path: Path) -> None:
    state = State(tmp_path / "deep" / "state")
    assert not state.is_locked()
    with state.locked():
        assert state.is_locked()
        with pytest.raises(AlreadyRunning, match="deep/state"), state.locked():
            pass
    assert not state.is_locked()
