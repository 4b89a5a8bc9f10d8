"""A run's folder belongs to one run at a time, and to nobody after a crash."""

import errno
import json
import os
import subprocess
import sys
import threading

import pytest
import torch
from training.toy import ENVIRONMENT, toy_fit, toy_model

from n2t.training import checkpoints, claims, classification_loss, history
from n2t.training.claims import InUseError, claimed
from n2t.training.distributed import World

ALONE = World(0, 1, torch.device("cpu"))
HOLD = """
import sys, pathlib, torch
from n2t.training.claims import claimed
from n2t.training.distributed import World
with claimed(pathlib.Path(sys.argv[1]), World(0, 1, torch.device("cpu"))):
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process, that has the folder until it is killed."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    pipe = subprocess.PIPE
    child = subprocess.Popen(
        command, stdin=pipe, stdout=pipe, env=ENVIRONMENT, text=True
    )
    assert child.stdout.readline() == "mine\n"
    yield child
    child.kill()
    child.communicate()


def test_a_second_run_is_told_who_has_the_folder_and_a_crash_frees_it(tmp_path, holder):
    with pytest.raises(InUseError) as caught:
        toy_fit(toy_model(), run_dir=tmp_path)
    said = str(caught.value)
    who = json.loads((tmp_path / claims.HOLDER).read_text("utf-8"))
    assert who["process"] == holder.pid
    assert f"process {holder.pid} on {who['machine']} since {who['since']}" in said
    assert str(tmp_path) in said
    assert not checkpoints.steps(tmp_path)
    assert not (tmp_path / history.METRICS_FILE).exists()
    holder.kill()
    holder.wait()
    assert (tmp_path / claims.HOLDER).exists()  # a crash tidies nothing up
    toy_fit(toy_model(), {"log_every": 1}, run_dir=tmp_path)
    assert history.read(tmp_path).steps == list(range(1, 13))
    assert not (tmp_path / claims.HOLDER).exists()


def test_a_claim_says_whose_it_is_and_may_be_made_twice_by_the_same_run(tmp_path):
    with claimed(tmp_path, ALONE):
        with claimed(tmp_path, ALONE):
            pass
        who = json.loads((tmp_path / claims.HOLDER).read_text("utf-8"))
        assert who["process"] == os.getpid()
    assert not (tmp_path / claims.HOLDER).exists()


def test_a_run_that_failed_leaves_its_folder_to_the_next(tmp_path):
    def broken(model, batch):
        raise KeyError("a mistake of the learner's")

    with pytest.raises(KeyError):
        toy_fit(toy_model(), run_dir=tmp_path, loss=broken)
    toy_fit(toy_model(), run_dir=tmp_path)


def test_a_second_run_in_another_thread_is_refused_and_writes_nothing(tmp_path):
    failures = []

    def second():
        try:
            toy_fit(toy_model(), {"log_every": 1}, run_dir=tmp_path)
        except InUseError as error:
            failures.append(error)

    def loss(model, batch):
        if not failures:
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()
        return classification_loss(model, batch)

    toy_fit(toy_model(), {"log_every": 1}, run_dir=tmp_path, loss=loss)
    assert len(failures) == 1
    rows = history.read_rows(tmp_path / history.METRICS_FILE)
    assert [row["step"] for row in rows] == list(range(1, 13))


def test_a_disk_that_knows_no_locks_is_told_of_and_trained_on(tmp_path, monkeypatch):
    def unknown(lock):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(claims.FileLock, "acquire", unknown)
    with pytest.warns(UserWarning, match="cannot be locked: .*No locks available"):
        toy_fit(toy_model(), run_dir=tmp_path)
    assert checkpoints.steps(tmp_path)


class Told(World):
    """One of several processes, whose writer was refused."""

    def most(self, number):
        return 1


def test_every_process_of_a_run_hears_that_its_writer_was_refused(tmp_path):
    (tmp_path / claims.HOLDER).write_text('{"process": 7', encoding="utf-8")  # cut
    with (
        pytest.raises(InUseError, match="in use by another process"),
        claimed(tmp_path, Told(1, 2, torch.device("cpu"))),
    ):
        pass


def test_processes_that_do_not_write_need_no_lock(tmp_path):
    with claimed(tmp_path, ALONE), claimed(tmp_path, World(1, 1, ALONE.device)):
        pass
    with claimed(None, ALONE):
        pass
