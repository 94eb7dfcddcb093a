"""Text checks: causes of a miss that lie in what the texts say, leave out, or say beside one another."""

import re
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import torch

from nuonuo.debug.case import Case, score_of
from nuonuo.debug.causes import Evidence
from nuonuo.debug.keyed import By, Sessions, counts_of, texts
from nuonuo.debug.language import language
from nuonuo.debug.ranking import rank
from nuonuo.debug.rule import SEVERAL
from nuonuo.debug.saying import dates, identifiers, opposed, overlap, script, times
from nuonuo.debug.text_causes import (
    ByAnswer,
    CutShort,
    Duplicates,
    Foreign,
    Identifier,
    InContext,
    Negated,
    OneSentence,
    Stale,
    Undated,
)
from nuonuo.debug.word_causes import Crowded, Named, OtherWords, Outvoted
from nuonuo.memory.bank import Bank
from nuonuo.memory.mentions import form, plain

COPY = 0.95  # cosine of two cues from which they are one question to an encoder
STRANGE = 0.2  # share of unknown word pieces from which a text is not read
TWIN, SAME = 0.7, 0.85  # cosine of two memories that answer the same query, with dates in their texts, and beside them
TOPIC = 0.5  # and of two that are about the same
HALF = 0.4  # share of the words of two memories that both have, where one says the opposite of the other
COMMON = 0.05  # share of the texts from which a word says little
AHEAD = 20  # memories before it that are looked at
_sessions: WeakKeyDictionary[Bank, Sessions] = WeakKeyDictionary()


def sessions_of(bank: Bank) -> Sessions:
    """The sessions of a bank, put in order once."""
    if bank not in _sessions:
        _sessions[bank] = Sessions(bank)
    return _sessions[bank]


def _best(case: Case, some: Sequence[str]) -> tuple[int, str] | None:
    """The text that would bring the expected memory highest, with that rank; None if none brings it among the first."""
    found = sorted(zip(case.would(some), some, strict=False))
    return found[0] if found and found[0][0] <= case.within else None


def cut_short(case: Case) -> Evidence | None:
    """The encoder reads only the beginning of its text, and a part that it does not read would be found."""
    encoder = case.memory.encoder
    if encoder is None or encoder.pieces is None:
        return None
    if case.first and (case.rank > 1 or case.trace.outcome.agree):  # found by its words, and not told apart at rest
        return None
    (parts,) = texts(case.bank, encoder, By.PART, [case.expected])
    best = _best(case, parts)
    if best is None:
        return None
    every = counts_of(case.bank, encoder.pieces)
    mine = max((every[cue] for cue in case.bank.rows[case.expected].cues), key=lambda one: one.pieces)
    cut = sum(every[text].cut for text in case.bank.texts)
    return CutShort(mine.pieces, mine.limit, _nearest(case, best[1]), best[0], cut, len(case.bank.texts))


def _nearest(case: Case, part: str) -> str:
    """The sentence of a part that is nearest to the query."""
    some = [s.strip() for s in re.split(r"(?<=[.!?。！？])\s+|\n+", part) if s.strip()]
    if not some or case.memory.encoder is None:
        return part
    near = case.memory.encoder.encode(some).to(case.bank.device) @ case.trace.probe.to(case.bank.device)
    return some[int(near.argmax())]


def foreign(case: Case) -> Evidence | None:
    """Query and memory are in different scripts, or the encoder knows too few of their word pieces."""
    encoder, query = case.memory.encoder, case.trace.noisy_query
    if case.first or encoder is None or encoder.pieces is None or query is None:
        return None
    asked, stored = encoder.pieces.count([query, case.cue(case.expected)])
    both = (query, case.text(case.expected))
    tongues = script(both[0]), script(both[1])
    if tongues[0] == tongues[1]:
        known = language(both[0]), language(both[1])
        tongues = (known[0] or "", known[1] or "") if all(known) and known[0] != known[1] else ("", "")
    if max(asked.strange, stored.strange) < STRANGE and tongues[0] == tongues[1]:
        return None
    return Foreign(asked.strange, stored.strange, tongues)


def stale(case: Case) -> Evidence | None:
    """A memory that answers the same at another date comes before it."""
    if case.first:
        return None
    own = dates(case.text(case.expected))
    twin = TWIN if own else SAME
    own = own or dates(case.bank.rows[case.expected].about.when or "")
    for rival in case.before[: max(case.within, SEVERAL)] if own else ():
        theirs = dates(case.text(rival.id)) if twin == TWIN else dates(case.bank.rows[rival.id].about.when or "")
        cosine = _cosine(case, rival.id)
        if theirs and theirs[0] != own[0] and cosine >= twin:
            return Stale(rival.id, rival.cue, str(own[0]), str(theirs[0]), own[0] > theirs[0], cosine)
    return None


def duplicates(case: Case) -> Evidence | None:
    """Copies of other memories take so many places that it is not among the first."""
    ahead = case.trace.candidates[: case.rank - 1]
    if case.first or not case.mine or len(ahead) < 2:
        return None
    rows = torch.tensor([case.row_of(c.id) for c in ahead], device=case.bank.device)
    near = case.bank.X[rows] @ case.bank.X[rows].mT >= COPY
    copies = tuple(c.id for place, c in enumerate(ahead) if bool(near[place, :place].any()) and c.id not in case.right)
    folded = case.rank - len(copies)
    if not copies or folded > case.within:
        return None
    shown = next(c for place, c in enumerate(ahead) if bool(near[place + 1 :, place].any()))
    return Duplicates(copies, folded, case.within, case.rank, shown.cue)


def negated(case: Case) -> Evidence | None:
    """The rival says the opposite of what query and memory say, and embeds alike."""
    rival, query = case.rival, case.trace.noisy_query
    if case.first or rival is None or query is None or rival not in case.before:
        return None
    cosine, near = _cosine(case, rival.id), overlap(case.cue(case.expected), case.cue(rival.id))
    alike = cosine >= TWIN and near >= HALF
    words = opposed(query, case.cue(case.expected), case.cue(rival.id)) if alike else None
    return Negated(rival.id, rival.cue, *words, cosine) if words else None


def identifier(case: Case) -> Evidence | None:
    """A token with digits or in capitals stands in query and memory, and not in the rival that comes before it."""
    rival, query = case.rival, case.trace.noisy_query
    if case.first or rival is None or query is None or rival not in case.before:
        return None
    mine, theirs = (case.text(i).casefold() for i in (case.expected, rival.id))
    for token in identifiers(query):
        if token.casefold() in mine and token.casefold() not in theirs:
            scores = (float(case.bm25[case.bank.ids.index(i)]) for i in (case.expected, rival.id))
            return Identifier(token, rival.id, rival.cue, case.trace.asking.words, *scores)
    return None


def named(case: Case) -> Evidence | None:
    """The query calls it by its title, and a rival comes before it all the same."""
    rival, title = case.rival, form(case.bank.rows[case.expected].about.title)
    if case.first or rival is None or rival not in case.before or not title:
        return None
    if not re.search(rf"(?<!\w){re.escape(title)}(?!\w)", plain(case.trace.noisy_query or ""), re.I):
        return None
    lead = score_of(rival).total - case.score.total if rival.id != case.trace.answer.id else 0.0
    lead = lead or score_of(rival).own - case.score.own
    by_words = score_of(rival).words - case.score.words
    told = (rival.id, rival.cue, case.rank, case.place(case.bm25), lead, by_words)
    return Named(case.bank.rows[case.expected].about.title or "", *told)


def undated(case: Case) -> Evidence | None:
    """The query asks about a time, and with its date before the text the memory would be found."""
    when, asked = case.bank.rows[case.expected].about.when, times(case.trace.noisy_query or "")
    if case.first or not when or not asked:
        return None
    (dated,) = texts(case.bank, None, By.DATED, [case.expected])
    best = _best(case, dated)
    return Undated(asked[0], when, best[1], best[0]) if best else None


def one_sentence(case: Case) -> Evidence | None:
    """One of its sentences would be found by itself."""
    if case.first:
        return None
    (some,) = texts(case.bank, None, By.SENTENCE, [case.expected])
    best = _best(case, some)
    return OneSentence(best[1], len(some), best[0]) if best else None


def in_context(case: Case) -> Evidence | None:
    """What it is about is said before or after it: that is found, or it would be found with it."""
    if case.first:
        return None
    around = sessions_of(case.bank)
    row = case.bank.rows[case.expected]
    text, beside = around.text(row), [one.id for one in around.beside(row) if one.id not in case.right]
    ranks = case.would(text)
    if not beside or not ranks:
        return None
    place, one = min((rank(case.totals, case.bank.ids.index(i)), i) for i in beside)
    if ranks[0] > case.within and place > case.within:
        return None
    return InContext(case.cue(one), place, text[0], ranks[0])


def by_answer(case: Case) -> Evidence | None:
    """Its target would be found where its cue is not."""
    if case.first:
        return None
    (some,) = texts(case.bank, None, By.ANSWER, [case.expected])
    best = _best(case, some)
    return ByAnswer(best[1], best[0]) if best else None


def outvoted(case: Case) -> Evidence | None:
    """By shared words alone it would be among the first."""
    if case.first or not float(case.bm25[case.position]):
        return None
    by_words = case.place(case.bm25)
    if by_words > case.within:
        return None
    meaning = case.own - case.trace.asking.words * case.bm25
    return Outvoted(by_words, case.place(meaning), tuple(case.shared(case.expected)))


def crowded(case: Case) -> Evidence | None:
    """Most of the memories before it are about the same."""
    ahead = [c for c in case.before if c.id not in case.right][:AHEAD]
    if case.first or len(ahead) < case.within:
        return None
    cosines = [_cosine(case, c.id) for c in ahead]
    alike = [(cosine, c) for cosine, c in zip(cosines, ahead, strict=True) if cosine >= TOPIC]
    if 2 * len(alike) <= len(ahead):
        return None
    median = float(torch.tensor([cosine for cosine, _ in alike]).median())
    return Crowded(case.rank - 1, len(alike), median, alike[0][1].cue)


def other_words(case: Case) -> Evidence | None:
    """What query and memory share stands in many texts: it is asked for in other words than its own."""
    rival = case.rival
    if case.first or rival is None or rival not in case.before or case.trace.noisy_query is None:
        return None
    words = case.bank.reading.words
    shared = [(word, int((words.scores(word) > 0).sum())) for word in case.shared(case.expected)]
    if any(count <= COMMON * words.n for _, count in shared):
        return None
    mine, theirs = case.score, score_of(rival)
    lead = theirs.total - mine.total if rival.id != case.trace.answer.id else theirs.own - mine.own
    return OtherWords(tuple(shared), words.n, rival.cue, rival.id, lead, theirs.words - mine.words)


def _cosine(case: Case, other: int) -> float:
    """Of the cues by which the expected memory and another answer."""
    return float(case.bank.X[case.row_of(case.expected)] @ case.bank.X[case.row_of(other)])
