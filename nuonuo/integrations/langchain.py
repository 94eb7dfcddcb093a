"""A LangChain retriever over a bank: pip install 'nuonuo[langchain]'.

from nuonuo.integrations.langchain import NuoNuoRetriever

NuoNuoRetriever(memory=memory, asking=Asking(k=5)).invoke("DB performance is terrible")
"""

from typing import Any

from nuonuo.integrations.found import found
from nuonuo.memory import Memory
from nuonuo.memory.asking import Asking

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import ConfigDict
except ImportError as reason:
    raise ImportError("the LangChain retriever needs langchain-core: pip install 'nuonuo[langchain]'") from reason


class NuoNuoRetriever(BaseRetriever):
    """The candidates of a recall as documents, best first: the target, with score, cue, ids and metadata."""

    memory: Any  # a Memory
    asking: Any = None  # an Asking; its k is how many are returned

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def model_post_init(self, context: Any, /) -> None:
        """Raises ValueError unless memory is a Memory and asking an Asking or None."""
        if not isinstance(self.memory, Memory) or not isinstance(self.asking, Asking | None):
            raise ValueError(
                f"a NuoNuoRetriever must have a Memory and an Asking, got a {type(self.memory).__name__} and a "
                f"{type(self.asking).__name__}"
            )

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(id=str(one.id), page_content=one.target, metadata=one.metadata | {"score": one.score})
            for one in found(self.memory, query, self.asking)
        ]
