"""Whether anything stored is near the query, said where it is not, with how often that would be a false alarm."""

from nuonuo import Memory, Trace
from nuonuo.memory.novelty import free_energy, novelty
from nuonuo.studio.shell import sets

MOST = 500  # questions of a set on which false alarms are counted


def said(memory: Memory, trace: Trace) -> str:
    """A sentence if nothing stored is near the query, else nothing: Markdown."""
    bank = memory.bank
    found = novelty(bank, trace.probe) if len(memory) else None
    if found is None or not found.new:
        return ""
    numbers = f"F = {found.energy:.3f}, where the median memory has {found.median:.3f} to all others".replace("-", "−")
    return f"**Nothing stored is near this query** ({numbers}){_alarms(memory, found.median)}. What follows is a guess."


def _alarms(memory: Memory, median: float) -> str:
    """How many of the bank's own questions, which do have an answer, would be called so too."""
    own = [q for q in sets.askable(memory) if q.answerable][:MOST]
    if not own or memory.encoder is None or any(q.embedding is not None for q in own):
        return ""
    x = memory.encoder.encode([q.query for q in own]).to(memory.device)
    false = int((free_energy(x @ memory.bank.X.mT) > median).sum())
    return f"; of its {len(own):,} own questions {false:,} would be called so too"
