"""A process that answers questions ends once, however often it is ended, and as well where the system starts none."""

import os

import pytest

from kpatchlint.tree import process as module
from kpatchlint.tree.process import end, started


@pytest.fixture(params=["spawned", "opened"], autouse=True)
def way(request, monkeypatch):
    if request.param == "opened":
        monkeypatch.delattr(os, "posix_spawnp")


def test_it_answers():
    process = started(["cat"], dict(os.environ))
    process.stdin.write(b"a question\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"a question\n"
    end(process)


def test_it_has_the_environment_and_its_errors_are_not_heard(capfd):
    process = started(["sh", "-c", "echo $A; echo heard >&2"], {"A": "x", "PATH": os.environ["PATH"]})
    assert process.stdout.read() == b"x\n"
    end(process)
    assert capfd.readouterr().err == ""


def test_a_program_that_is_not_there():
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        started(["no-such-program-anywhere"], dict(os.environ))
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_that_does_not_listen_is_ended_at_once():
    process = started(["sleep", "1000"], dict(os.environ))
    end(process)
    assert process.stdout.closed


def test_it_is_ended_once(monkeypatch):
    process = started(["cat"], dict(os.environ))
    end(process)
    monkeypatch.setattr(module.os, "kill", lambda *given: pytest.fail("the id may be another's"))
    end(process)
