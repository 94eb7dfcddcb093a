"""Chains to follow on the hops page: one-click ones, each showing a phenomenon, and chains of one's own."""

import streamlit as st

from nuonuo import Memory, Trace
from nuonuo.explain.hops.chains import chain_items, look_alikes
from nuonuo.studio.shell import banks, known, look, state
from nuonuo.studio.shell.presets import take as take_preset

CROWD = 60  # look-alike sentences: enough for a plain sum over raw codes to collapse (measured: 50 are not)


def presets() -> None:
    """A story that holds, a crowd of look-alikes in which Hebb's sum collapses, and a cue with two targets."""
    look.label("Chains to try", key="label-chains")
    with st.container(horizontal=True):
        st.button("Follow a story", on_click=follow_story, key="try-story")
        st.button(f"{CROWD} similar sentences, Hebb's plain sum: collapse", on_click=collapse, key="try-collapse")
        st.button("One cue, two targets", on_click=fork, key="try-fork")
    st.caption(
        f"The second adds {CROWD} sentences made of the same few words to your own copy of the stories, and links each "
        "to the next; the third gives a sentence of a story a second target."
    )


def _story() -> tuple[str, int | None]:
    """Go to the stories; their opening query and the memory expected for it."""
    st.session_state.bank = "stories"
    return banks.opening(banks.current())


def follow_story() -> None:
    """Follow the first story with what works."""
    query, want = _story()
    take_preset(q=query, want=want)


@state.told
def collapse() -> None:
    """Add look-alikes to a copy of the stories, and follow them by a plain sum over codes without whitening."""
    _story()
    items = look_alikes(CROWD + 1)
    memory = banks.changeable()
    if banks.find(memory, items[0].cues[0]) is None:
        memory.add_many(items)
    take_preset(q=items[0].cues[0], want=None, sep="linear", whiten=False)


@state.told
def fork() -> None:
    """Give the second sentence of the second story another continuation."""
    _story()
    memory, about = banks.changeable(), banks.samples()["stories"]["also"][0]
    want = banks.find(memory, about["wanted"])
    other = "They folded it up again and hung it in the hall, where it was much admired."
    if want is not None and not any(row.target == other for row in memory):
        memory.add(memory.get(want).target, other)
    take_preset(q=about["query"], want=want)


def builder(memory: Memory, trace: Trace) -> None:
    """Lines that become a chain, typed or picked among the memories met here."""
    s = st.session_state
    st.subheader("Build a chain of your own")
    if memory.encoder is None:
        st.caption(f"{known.NO_ENCODER}: a chain of new texts cannot be stored in it.")
        return
    s.setdefault("chain_lines", "")
    left, right = st.columns([3, 2], gap="large")
    left.text_area(
        "One memory per line; each will recall the next",
        key="chain_lines",
        height=150,
        placeholder="The alarm rings\nPut the kettle on\nThe kettle is empty\nBuy a new kettle",
    )
    left.button("Remember this chain and follow it", on_click=remember, key="chain-add")
    names: dict[int, str] = {c.id: c.cue for c in trace.candidates}
    if s.pick is not None and s.pick in memory:
        names.setdefault(s.pick, memory.get(s.pick).cues[0])
    elif s.pick is not None:
        s.pick = None
    right.selectbox(
        "Or pick a memory", list(names), format_func=lambda i: names[i], key="pick", placeholder="one of this page"
    )
    if s.pick is not None:
        right.button("Add it as a line", on_click=add_line, args=(names,), key="chain-pick")
    where = "your own copy of this sample" if banks.is_sample() else "this bank"
    right.caption(f"A click in a figure picks a memory too. The chain is kept in {where}.")


def add_line(names: dict[int, str]) -> None:
    """The picked memory as one more line of the chain that is being built."""
    s = st.session_state
    text = names.get(s.pick, "")
    s.chain_lines = f"{s.get('chain_lines', '').rstrip()}\n{' '.join(text.split())}".lstrip()


@state.told
def remember() -> None:
    """Store the typed lines as a chain and ask its first line."""
    s = st.session_state
    try:
        items = chain_items(s.chain_lines)
    except ValueError as reason:
        s.notices.append(f"{str(reason)[0].upper()}{str(reason)[1:]}.")
        return
    banks.changeable().add_many(items)
    state.ask(items[0].cues[0], None, hops=min(12, len(items)))
