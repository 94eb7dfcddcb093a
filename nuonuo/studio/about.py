"""What a bank is made of, in words and numbers."""

import streamlit as st

from nuonuo import Memory
from nuonuo.studio import banks


def sentence(memory: Memory) -> str:
    """How much is stored, and where."""
    count = f"{len(memory):,} {'memory' if len(memory) == 1 else 'memories'}"
    held = f"{count}, reached by {memory.cues:,} {'cue' if memory.cues == 1 else 'cues'}"
    if memory.path is not None:
        return f"{held}, kept in a file on this machine."
    if banks.is_changed():
        return f"{held}, in your own copy of a sample. It lasts as long as this tab: give it a name below to keep it."
    return f"{held}, in a sample. Change anything: the sample itself stays as it is."


def details(memory: Memory) -> None:
    """Encoder, device, size, seed and the state of the whitening."""
    facts = memory.describe()
    bank = memory.bank
    with st.expander("How this bank is made"):
        one, two, three, four = st.columns(4)
        one.metric("Encoder", facts["encoder"] or "none")
        two.metric("Device", memory.device.type)
        three.metric("Embedding size d", facts["dimension"])
        four.metric("Seed", facts["seed"])
        size = sum(t.numel() * t.element_size() for t in (bank.X, bank.keys, bank.T))
        one.metric("In memory", f"{size / 2**20:.1f} MiB")
        two.metric("Code units D", f"{facts['units']:,}")
        three.metric("Winners k", facts["winners"])
        four.metric("Whitening fitted on", f"{facts['fitted_on']:,} cues")
        st.caption(
            f"Whitening: exponent {facts['exponent']:g}, ridge {facts['ridge']:g}, shrunk {facts['shrinkage']:.0%} of "
            "the way to plain cosine (the fewer cues, the more). "
            "It is fitted again whenever the number of cues has changed by a tenth."
        )
        if memory.path is not None:
            st.code(str(memory.path), language=None)
