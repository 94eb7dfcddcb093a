"""A LlamaIndex retriever over a bank: pip install 'nuonuo[llamaindex]'.

from nuonuo.integrations.llamaindex import NuoNuoRetriever

NuoNuoRetriever(memory, Asking(k=5)).retrieve("DB performance is terrible")
"""

from nuonuo.integrations.found import found
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as reason:
    raise ImportError("the LlamaIndex retriever needs llama-index-core: pip install 'nuonuo[llamaindex]'") from reason


class NuoNuoRetriever(BaseRetriever):
    """The candidates of a recall as nodes, best first: the target, with score, cue, ids and metadata."""

    def __init__(self, memory: Memory, asking: Asking | None = None) -> None:
        super().__init__()
        self._memory, self._asking = memory, asking

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=TextNode(id_=str(one.id), text=one.target, metadata=one.metadata), score=one.score)
            for one in found(self._memory, query_bundle.query_str, self._asking)
        ]
