"""Cause: the names of what can be wrong with a recall. Kinds of rest are those of outcome.py."""

from enum import StrEnum


class Cause(StrEnum):
    """Why a recall did not bring back what was expected."""

    NOT_STORED = "not stored"
    NOISE = "noise beyond the basin"
    # what the encoder makes of the texts
    CUT_SHORT = "cut short"
    FOREIGN = "another language"
    NEGATION = "negation or opposite"
    # what is stored beside it
    STALE = "stale twin"
    DUPLICATES = "duplicates fill the first"
    NEAR_DUPLICATE = "near-duplicate"
    # what decides and is not compared, or too little
    IDENTIFIER = "an identifier decides"
    NAMED = "named in the query"
    UNDATED = "date not in the text"
    SENTENCE = "one sentence among others"
    CONTEXT = "said in its context"
    ANSWER = "only its answer says it"
    WORDS = "its words are outvoted"
    # links
    WEAK_LINK = "its link carries too little"
    SECOND_HOP = "needs a second hop"
    PUSHED_OUT = "links bring others first"
    # the ranking
    UNRELATED = "no relation seen"
    CROWDED = "many on its topic"
    OTHER_WORDS = "asked in other words"
    PART = "part recalled"
    NOT_A_CANDIDATE = "not a candidate"
    RIVAL = "a rival wins"
    # settling and hops, after the ranking
    SETTLED_ELSEWHERE = "settled elsewhere"
    METASTABLE = "metastable state"
    AVERAGE = "average of all"
    COLLISION = "code collision"
    HOP_BROKEN = "hop broken"


SETTLING = frozenset({Cause.SETTLED_ELSEWHERE, Cause.METASTABLE, Cause.AVERAGE})  # right by rank, and not at rest
HOPS = frozenset({Cause.COLLISION, Cause.HOP_BROKEN})
