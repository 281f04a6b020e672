import os
import pathlib
import pwd
from dataclasses import replace

import pytest

from hotgate.environment import Environment
from hotgate.runtime import state
from hotgate.runtime.errors import CannotStart


def test_the_key_is_made_once_and_only_we_read_it(here: Environment) -> None:
    first = state.prepare(here)
    assert first.key is not None
    assert here.key_path.stat().st_mode & 0o777 == 0o600
    assert here.state.stat().st_mode & 0o777 == 0o711
    assert bytes.fromhex(here.key_path.read_text().strip()) == first.key


def test_a_given_key_is_not_written_down(here: Environment) -> None:
    given = replace(here, key=bytes(32))
    assert state.prepare(given) == given
    assert not here.key_path.exists()


def test_a_lost_key_is_never_replaced_while_there_is_data(here: Environment) -> None:
    (here.state / "data").mkdir(parents=True)
    with pytest.raises(CannotStart, match="was made with a key that is gone"):
        state.prepare(here)


def test_two_do_not_run_on_one_folder(here: Environment) -> None:
    state.prepare(here)
    with state.hold_lock(here), pytest.raises(CannotStart, match=rf"already runs .*process {os.getpid()}"):
        state.hold_lock(here)
    state.hold_lock(here).close()


def test_an_existing_folder_keeps_its_rights(here: Environment) -> None:
    here.state.mkdir(mode=0o700)
    state.prepare(here)
    assert here.state.stat().st_mode & 0o777 == 0o700


def test_a_closed_folder_above_is_named_and_left_closed(folder: pathlib.Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    stranger = pwd.getpwnam("nobody")
    with pytest.raises(CannotStart, match=f"{stranger.pw_name} cannot enter {closed}"):
        state.check_reachable(closed / "data", stranger)
    assert closed.stat().st_mode & 0o777 == 0o700
    state.check_reachable(closed / "data", None)


def test_a_folder_that_cannot_be_made_is_one_line(here: Environment) -> None:
    here.state.parent.joinpath("file").write_text("")
    with pytest.raises(CannotStart, match="Not a directory"):
        state.prepare(replace(here, state=here.state.parent / "file" / "state"))
