"""Specifies nuonuo/studio/shell/jobs.py: what runs in a process of its own, and how it is stopped."""

import os
import re
import sys
import time

import pytest

from nuonuo.studio.shell import jobs
from tests.browser.driver import ROOT
from tests.studio import job_work


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


def test_a_job_whose_process_cannot_be_started_fails_and_the_next_one_runs(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(jobs.sys, "executable", "/no/such/python")
        broken.setenv("PATH", "/no/such/folder")
        job = jobs.start(job_work.add, 1, 2)
        job.wait(20)
    assert (job.state, job.running) == ("failed", False)
    assert job.error == "the job's process cannot be started: No such file or directory: '/no/such/python'"
    after = jobs.start(job_work.add, 1, 2)
    after.wait(60)
    assert after.result == 3


def test_a_job_whose_result_cannot_be_read_fails(monkeypatch):
    job = jobs.start(job_work.give_what_only_the_job_knows)
    job.wait(60)
    assert (job.state, job.running) == ("failed", False)
    assert job.error.startswith("what the job's process said cannot be read: ")


@pytest.mark.parametrize("fill", [job_work.fill_memory, job_work.fill_memory_by_torch])
def test_a_job_that_needs_too_much_memory_says_so(fill):
    job = jobs.start(fill)
    job.wait(60)
    assert job.state == "failed"
    assert job.error.startswith("it needs more memory than a job may have, which is ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits a process's own memory")
def test_a_jobs_memory_is_limited_by_the_system():
    job = jobs.start(job_work.say_limit)
    job.wait(60)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert machine / 2 / jobs.AT_ONCE - job.result in (0, 0.5)


def test_a_waiting_job_says_how_many_go_first_and_one_too_many_is_refused(monkeypatch):
    monkeypatch.setattr(jobs, "TURNS", jobs.Turns(1, in_all=3))
    long, second, third, fourth = (jobs.start(job_work.linger) for _ in range(4))
    until(lambda: long.fraction > 0)
    assert (second.message, third.message) == ("waiting, 1 job goes first", "waiting, 2 jobs go first")
    assert fourth.state == "failed"
    assert fourth.error == "3 jobs wait or run on this server, and no more are taken: try again later"
    for job in (second, third, long):
        job.cancel()
        job.wait(10)


def test_a_job_says_how_long_it_will_still_take():
    job = jobs.start(job_work.linger)
    until(lambda: job.fraction > 0.02)
    assert re.fullmatch(r"step \d+, \d+ s left", job.message)
    job.cancel()
    job.wait(10)
    assert job.message == "cancelled"
