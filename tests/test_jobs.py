"""Specifies nuonuo/studio/jobs.py: what runs in a process of its own, and how it is stopped."""

import os
import time

import pytest

from nuonuo.studio import jobs
from tests import job_work
from tests.browser.driver import ROOT


@pytest.fixture(autouse=True)
def tests_can_be_found(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_alive(process) -> bool:
    """Whether the system still knows a process that was waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_job_gives_its_result_and_what_it_prints_does_no_harm():
    job = jobs.start(job_work.add, 2, 3)
    assert job.running
    job.wait()
    assert (job.state, job.result, job.fraction, job.message) == ("done", 5, 1.0, "half way")
    job.cancel()
    assert job.state == "done"  # what has ended stays as it is


def test_a_job_that_raises_says_why_and_one_that_dies_says_so():
    failed, died = jobs.start(job_work.fail), jobs.start(job_work.vanish)
    failed.wait()
    died.wait()
    assert (failed.state, failed.error) == ("failed", "seven is not a colour")
    assert (died.state, died.error) == ("failed", "the job's process ended early, with code 3")


def test_cancelling_ends_the_process_and_lets_the_next_job_run():
    long, next_one, never = (jobs.start(*call) for call in [(job_work.linger,), (job_work.add, 1, 1), (job_work.fail,)])
    until(lambda: long.fraction > 0)
    assert (next_one.state, never.state) == ("waiting", "waiting")  # jobs take turns
    never.cancel()
    process = long._process.pid
    assert is_alive(process)
    long.cancel()
    long.wait(10)
    assert not is_alive(process)
    assert (long.state, long.running, long.result) == ("cancelled", False, None)
    next_one.wait()
    assert (next_one.state, next_one.result) == ("done", 2)
    assert (never.state, never._process) == ("cancelled", None)  # it never began


def test_what_a_job_has_handed_over_outlives_its_cancelling():
    job = jobs.start(job_work.hand_over)
    until(lambda: job.fraction > 0)
    assert job.kept == ["one", "two"]  # the latest, and in order with what it says
    job.cancel()
    job.wait(10)
    assert (job.state, job.kept, job.result) == ("cancelled", ["one", "two"], None)
    bare = jobs.start(job_work.add, 1, 1)
    bare.wait()
    assert bare.kept is None


def test_a_job_ends_when_the_program_that_waits_for_it_has_gone():
    process = jobs.begin()
    process.stdin.write(jobs.pickle.dumps((job_work.linger, ())))
    process.stdin.flush()
    assert jobs.pickle.load(process.stdout)[0] == "progress"
    process.stdin.close()
    assert process.wait(20) == 1
    process.stdout.close()


def test_a_job_may_wait_until_its_page_is_drawn():
    job = jobs.start(job_work.add, 1, 2, delay=0.3)
    assert job.state == "waiting"
    job.cancel()
    job.wait(10)
    assert (job.state, job.result) == ("cancelled", None)
