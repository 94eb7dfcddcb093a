"""Language: which one a text is in, by py3langid (langid.py: Lui & Baldwin, ACL 2012), which brings its model along."""

from functools import cache
from typing import Any

SURE = 0.8  # probability from which a text is taken to be in a language
SAME = {"pcm": "en", "sco": "en"}  # Nigerian Pidgin and Scots, which short English is taken for
NAMES = {
    **{"ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish"},
    **{"fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian"},
    **{"ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese"},
    **{"ro": "Romanian", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian"},
    **{"vi": "Vietnamese", "zh": "Chinese"},
}


def language(text: str) -> str | None:
    """The language of a text, as its English name or code; None if it is not sure, as of a few words."""
    code, sure = _identifier().classify(text)
    code = SAME.get(code, code)
    return NAMES.get(code, code) if sure >= SURE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
