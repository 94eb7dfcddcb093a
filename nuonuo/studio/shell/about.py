"""What a bank is made of, in words and numbers."""

import streamlit as st

from nuonuo import Memory
from nuonuo.studio.shell import banks, login, scratch


def sentence(memory: Memory) -> str:
    """How much is stored, and where."""
    bank = memory.bank
    count = f"{len(bank.ids):,} {'memory' if len(bank.ids) == 1 else 'memories'}"
    held = f"{count}, reached by {len(bank.owner):,} {'cue' if len(bank.owner) == 1 else 'cues'}"
    if until := banks.kept_until():
        title = banks.samples()[banks.root()]["title"]
        return (
            f"{held}, in your own copy of the sample “{title}”, changed. This page's address names it until "
            f"{until:%-d %B %Y}, or {scratch.KEPT.days} days after it was last opened: give it a name below to keep it."
        )
    if memory.path is not None:
        return f"{held}, kept in a file on this machine."
    return f"{held}, in a sample. Change anything: the sample itself stays as it is."


def address() -> str:
    """What the page's address holds."""
    told = "This page's address repeats it: bank, query, settings and seed"
    if until := banks.kept_until():
        told += (
            f"; your changes to the sample are in it and are kept until {until:%-d %B %Y}, "
            f"or {scratch.KEPT.days} days after they were last opened"
        )
    return f"{told}."


def details(memory: Memory) -> None:
    """Encoder, device, size, seed and the state of the whitening."""
    facts = memory.describe()
    bank = memory.bank
    with st.expander("How this bank is made"):
        one, two, three, four = st.columns(4)
        one.metric("Encoder", facts.encoder or "none")
        two.metric("Device", memory.device.type)
        three.metric("Embedding size d", facts.dimension)
        four.metric("Seed", facts.seed)
        size = sum(log.written.nbytes for log in (bank.cues, bank.index.log, bank.targets))
        one.metric("In memory", f"{size / 2**20:.1f} MiB")
        two.metric("Code units D", f"{facts.units:,}")
        three.metric("Winners k", facts.winners)
        four.metric("Whitening fitted on", f"{facts.fitted_on:,} cues")
        st.caption(
            f"Whitening: exponent {facts.exponent:g}, ridge {facts.ridge:g}, shrunk {facts.shrinkage:.0%} of "
            "the way to plain cosine (the fewer cues, the more). "
            "It is fitted again whenever the number of cues has changed by a tenth."
        )
        if memory.path is not None and not banks.is_changed():
            st.code(memory.path.name if login.shared() else str(memory.path), language=None)
