"""Whatever ends a run from outside, the same command goes on from where it was."""

import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from training.toy import (
    ENVIRONMENT,
    StoppedError,
    crash_at,
    same_weights,
    toy_batches,
    toy_fit,
    toy_model,
)

from n2t.training import CheckpointError, Interrupted, checkpoints, history, loop
from n2t.training.losses import classification_loss

HERE = Path(__file__).parent


def test_twenty_kills_at_random_moments_writing_included_change_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, HERE / "killed_run.py", tmp_path, "0"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("20 kills")


def signal_at(call, number):
    """A loss that sends its own process a signal at its ``call``-th call."""
    calls = []

    def loss(model, batch):
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), number)
        return classification_loss(model, batch)

    return loss


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_says_where_and_exits_and_the_run_goes_on(
    number, tmp_path, capfd
):
    whole, resumed = toy_model(), toy_model(seed=9)
    expected = toy_fit(whole)
    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as caught:
        toy_fit(toy_model(), loss=signal_at(7, number), run_dir=tmp_path)
    saved = tmp_path / "step-00000007"
    assert caught.value.code == 128 + number and caught.value.saved == saved
    assert f"saved {saved}" in capfd.readouterr().err
    assert signal.getsignal(number) is before
    assert toy_fit(resumed, run_dir=tmp_path) == expected
    assert same_weights(resumed, whole)


def test_ctrl_break_saves_where_there_is_that(tmp_path, monkeypatch):
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    with pytest.raises(Interrupted) as caught:
        toy_fit(toy_model(), loss=signal_at(7, signal.SIGBREAK), run_dir=tmp_path)
    assert caught.value.saved == tmp_path / "step-00000007"


def test_a_resumed_run_counts_the_seconds_of_both_parts(tmp_path, monkeypatch):
    """An update takes 1 second by this clock, and 10 of this processor."""
    clock, processor = itertools.count(), itertools.count(step=10)
    ours = dict(perf_counter=clock.__next__, process_time=processor.__next__)
    monkeypatch.setattr(loop, "time", SimpleNamespace(**ours))
    with pytest.raises(StoppedError):  # what comes after update 4 is lost
        config = dict(checkpoint_every=4)
        toy_fit(toy_model(), config, loss=crash_at(7), run_dir=tmp_path)
    curves = toy_fit(toy_model(), run_dir=tmp_path)
    assert (curves.seconds, curves.processor_seconds) == (4 + 8, 40 + 80)
    last = history.read_rows(tmp_path / history.METRICS_FILE)[-1]
    assert (last["seconds"], last["processor_seconds"]) == (12, 120)


@pytest.fixture
def at_the_prompt():
    """SIGINT as Python has it at a prompt; begun in the background, it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_without_a_run_dir_an_interrupt_is_pythons_own(at_the_prompt):
    with pytest.raises(KeyboardInterrupt):
        toy_fit(toy_model(), loss=signal_at(3, signal.SIGINT))


def test_a_second_interrupt_stops_at_once(tmp_path):
    def impatient(model, batch):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return classification_loss(model, batch)

    with pytest.raises(KeyboardInterrupt):
        toy_fit(toy_model(), loss=impatient, run_dir=tmp_path)
    assert not checkpoints.steps(tmp_path), "no update was made, none is saved"


def test_training_in_a_thread_leaves_signals_alone(tmp_path):
    before, failures = signal.getsignal(signal.SIGTERM), []

    def work():
        try:
            toy_fit(toy_model(), run_dir=tmp_path)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not failures and signal.getsignal(signal.SIGTERM) is before


def test_a_real_limit_on_file_sizes_leaves_the_last_good_checkpoint(tmp_path):
    """The nearest thing to a full disk that needs no rights: RLIMIT_FSIZE."""
    toy_fit(toy_model(), dict(max_steps=4), run_dir=tmp_path)
    weights = {"big": toy_batches()[0][0].repeat(500, 8)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(CheckpointError, match="could not be written.*00000004"):
            checkpoints.save(tmp_path, 8, weights, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert checkpoints.latest(tmp_path) == tmp_path / "step-00000004"
