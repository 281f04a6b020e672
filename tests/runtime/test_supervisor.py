import signal
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from hotgate.runtime import children, processes, supervisor
from hotgate.runtime.supervisor import Child, Supervisor


class Told(list[str]):
    def has(self, part: str) -> bool:
        return any(part in line for line in self)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def keeper(told: Told) -> Iterator[Supervisor]:
    made = Supervisor(told.append)
    yield made
    for child in made.children:
        if child.process:
            processes.end(child.process, signal.SIGKILL, 5)


def child(name: str, program: str) -> Child:
    return Child(name, lambda: children.python(["-c", program], {"PYTHONUNBUFFERED": "1"}), grace_seconds=1)


def tick_until(keeper: Supervisor, is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        keeper.tick(0.05)


def test_lines_carry_the_name_of_their_child(keeper: Supervisor, told: Told) -> None:
    keeper.add(child("web", "print('ready'); import time; time.sleep(60)"))
    tick_until(keeper, lambda: told == ["web | ready"])
    keeper.close()


def test_a_crashed_child_starts_again_later_and_later(
    keeper: Supervisor, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "BACK_OFF_SECONDS", (0.05, 0.1, 0.2))
    keeper.add(child("aaa", "raise SystemExit(3)"))
    tick_until(keeper, lambda: told.has("again in 0.2 s"))
    assert told[:2] == ["aaa ended (code 3); again in 0.05 s", "aaa ended (code 3); again in 0.1 s"]
    keeper.close()


def test_the_last_words_of_a_crash_are_shown(keeper: Supervisor, told: Told) -> None:
    keeper.add(child("worker", "import os; os.write(1, b'why\\n'); os.kill(os.getpid(), 9)"))
    tick_until(keeper, lambda: told.has("worker ended (SIGKILL)"))
    assert told[0] == "worker | why"
    keeper.close()


def test_whoever_ignores_the_request_to_end_is_killed(keeper: Supervisor, told: Told) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    web = child("web", deaf)
    keeper.add(web)
    tick_until(keeper, lambda: told.has("deaf"))
    keeper.close()
    assert web.process is not None
    assert web.process.returncode == -signal.SIGKILL


def test_grandchildren_end_with_a_killed_child(keeper: Supervisor, told: Told) -> None:
    parent = (
        "import subprocess, sys, time;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid); time.sleep(60)"
    )
    web = child("web", parent)
    keeper.add(web)
    tick_until(keeper, lambda: bool(told))
    assert web.process is not None
    web.process.kill()
    tick_until(keeper, lambda: told.has("web ended"))
    grandchild = int(told[0].split()[-1])
    tick_until(keeper, lambda: not processes.command_line(grandchild))
    keeper.close()


def test_a_signal_asks_to_stop(keeper: Supervisor) -> None:
    with keeper.listening_to_signals():
        signal.raise_signal(signal.SIGTERM)
        keeper.run()
    keeper.close()
    assert keeper.stop_requests == 1


def test_children_of_a_killed_supervisor_are_found_by_their_mark() -> None:
    left = children.python(["-c", "import time; time.sleep(60)"], {"SUPERVISED_BY_HOTGATE": "/tmp/one"})
    other = children.python(["-c", "import time; time.sleep(60)"], {"SUPERVISED_BY_HOTGATE": "/tmp/two"})
    deadline = time.monotonic() + 5
    while left.pid not in processes.stop_marked("SUPERVISED_BY_HOTGATE=/tmp/one", 5):
        assert time.monotonic() < deadline  # the mark shows once the child has become Python
        time.sleep(0.05)
    assert left.wait(5) == -signal.SIGTERM
    assert other.poll() is None
    processes.end(other, signal.SIGKILL, 5)


@pytest.mark.parametrize(
    ("line", "is_shown"),
    [
        ("LOG:  checkpoint complete", False),
        ("ERROR:  permission denied for table nas", True),
        ("FATAL:  the database system is starting up", False),
        ("FATAL:  terminating connection due to administrator command", False),
        ("PANIC:  could not write to file: No space left on device", True),
    ],
)
def test_postgres_is_quiet_about_everyday_things(line: str, is_shown: bool) -> None:
    assert children.is_worth_showing(line) is is_shown


def test_back_off_ends_at_its_last_step() -> None:
    assert [supervisor.back_off_seconds(n) for n in (1, 2, 6, 60)] == [0.5, 1.0, 30.0, 30.0]


def test_python_is_this_one() -> None:
    process = children.python(["-c", "import sys; print(sys.executable)"], {})
    output, _ = process.communicate(timeout=10)
    assert output.decode().strip() == sys.executable
