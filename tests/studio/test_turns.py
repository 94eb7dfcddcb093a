"""Specifies nuonuo/studio/shell/turns.py: whose job runs next."""

import threading
from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from nuonuo.studio.shell.turns import Turns


@dataclass(eq=False)
class Entry:
    """What stands in the queue."""

    owner: str | None
    background: bool = False


def joined(turns, *entries):
    for entry in entries:
        assert turns.join(entry) is None
    return entries


def served(turns, entries) -> list:
    """The entries in the order in which they have their turns, one after another."""
    order = []
    while len(order) < len(entries):
        one = next(entry for entry in entries if entry not in order and turns.take(entry, 0))
        order.append(one)
        turns.leave(one)
    return order


def test_tabs_take_turns_and_a_tab_with_many_jobs_does_not_hold_up_one_with_few():
    turns = Turns(1)
    a, b, c, d = joined(turns, Entry("a"), Entry("a"), Entry("a"), Entry("b"))
    assert turns.take(a, 0)
    assert [turns.before(one) for one in (a, b, c, d)] == [0, 2, 3, 1]  # the running one, and b's
    assert not turns.take(b, 0)
    turns.leave(a)
    assert served(turns, [b, c, d]) == [d, b, c]


def test_what_nobody_pressed_a_button_for_goes_last():
    turns = Turns(1)
    own, other, asked = joined(turns, Entry("a", background=True), Entry("b", background=True), Entry("a"))
    assert served(turns, [own, other, asked])[0] is asked


def test_a_tab_and_a_server_take_only_so_many_jobs_and_say_so():
    turns = Turns(1, of_one=2, in_all=3)
    first, _ = joined(turns, Entry("a"), Entry("a"))
    assert turns.take(first, 0)  # a running one counts
    assert turns.join(Entry("a")) == (
        "this tab has 2 jobs waiting or running, and no more are taken: cancel one, or wait"
    )
    joined(turns, Entry(None))
    assert turns.join(Entry("b")) == "3 jobs wait or run on this server, and no more are taken: try again later"
    turns.leave(first)
    joined(turns, Entry("b"))


def test_a_job_outside_a_page_has_no_limit_of_its_own():
    turns = Turns(1, of_one=1)
    joined(turns, Entry(None), Entry(None), Entry(None))


def test_one_that_goes_lets_the_next_run_at_once():
    turns = Turns(1)
    first, second = joined(turns, Entry("a"), Entry("b"))
    assert turns.take(first, 0)
    waiting = threading.Thread(target=turns.take, args=(second, 20))
    waiting.start()
    turns.leave(first)
    waiting.join(10)
    assert not waiting.is_alive()


jobs = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12)


@given(jobs, st.integers(1, 3))
@example([("b", False), ("b", True), ("a", False), ("a", True)], 3)
def test_everyone_is_served_never_more_at_once_and_the_position_told_is_true(wanted, at_once):
    turns = Turns(at_once, of_one=99)
    left = list(joined(turns, *(Entry(*job) for job in wanted)))
    running: list = []
    while left or running:
        told = {turns.before(entry) - len(running): entry for entry in left}
        assert sorted(told) == list(range(len(left)))  # places are 0, 1, 2 …
        took: list = []
        while more := [entry for entry in left if entry not in took and turns.take(entry, 0)]:
            took += more  # one that was passed over may be next once another has its turn
        if took:
            assert told[0] in took  # who is told to be next, is next
        running += took
        left = [entry for entry in left if entry not in took]
        assert len(running) == at_once or not left
        turns.leave(running.pop(0))


@given(st.integers(1, 6), st.integers(1, 6))
def test_between_two_jobs_of_one_tab_another_that_waits_has_its_turn(many, few):
    turns = Turns(1, of_one=99)
    entries = joined(turns, *(Entry("a") for _ in range(many)), *(Entry("b") for _ in range(few)))
    owners = "".join(entry.owner for entry in served(turns, list(entries)))
    both = min(many, few)
    assert owners[: 2 * both] in ("ab" * both, "ba" * both)
