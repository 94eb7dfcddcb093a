"""A visitor without a browser: one session of a running explorer, over Streamlit's own websocket protocol."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE = 120  # seconds a page may take on a busy machine


class Visitor:
    """One open tab: what it shows, and what is done in it. Made by `visiting`."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.query = ""
        self.page = ""  # hash of the page's script
        self.said: list[str] = []  # every text of the latest run
        self.boxes: list[str] = []  # exceptions that the latest run shows
        self.fields: dict[str, str] = {}  # text field's label: what it holds
        self.bytes = 0  # that the latest run sent
        self._kept: dict[str, ForwardMsg] = {}  # large messages by their hash, which a browser keeps too
        self._ids: dict[str, str] = {}  # widget's label: its id
        self._socket = socket

    async def run(self, *states: WidgetState) -> None:
        """Run the page's script to its end, and what it says to run after that. States: of all but as it came."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.widget_states.widgets.extend(states)
        message.rerun_script.cached_message_hashes.extend(self._kept)
        self.bytes = 0
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._follow(), PATIENCE)

    async def press(self, label: str, **filled: str) -> None:
        """Press a button, with text filled into the fields whose labels are named (_ for a space)."""
        texts = [WidgetState(id=self._find(name.replace("_", " ")), string_value=text) for name, text in filled.items()]
        await self.run(*texts, WidgetState(id=self._find(label), trigger_value=True))

    async def type(self, label: str, text: str) -> None:
        """Fill in a text field and leave it."""
        await self.run(WidgetState(id=self._find(label), string_value=text))

    async def move(self, label: str, number: float) -> None:
        """Move a slider of numbers."""
        state = WidgetState(id=self._find(label))
        state.double_array_value.data.append(number)
        await self.run(state)

    def says(self, text: str) -> bool:
        """Whether any text of the page holds this."""
        return any(text in said for said in self.said)

    def has(self, label: str) -> bool:
        """Whether the page has this button or field."""
        return label in self._ids

    def _find(self, label: str) -> str:
        assert label in self._ids, f"no {label!r} among {sorted(self._ids)}"
        return self._ids[label]

    async def _follow(self) -> None:
        while True:
            frame = await self._socket.recv()
            self.bytes += len(frame)
            message = ForwardMsg.FromString(frame)
            if message.WhichOneof("type") == "ref_hash":
                kept = self._kept[message.ref_hash]
                kept.metadata.CopyFrom(message.metadata)
                message = kept
            elif message.metadata.cacheable:
                self._kept[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.said, self.boxes, self.fields, self._ids = [], [], {}, {}
            elif kind == "navigation":
                self.page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta":
                self._take(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return  # after FINISHED_EARLY_FOR_RERUN another run follows

    def _take(self, element) -> None:
        kind = element.WhichOneof("type")
        if kind is None:
            return
        inner = getattr(element, kind)
        if kind == "exception":
            self.boxes.append(inner.message)
        if hasattr(inner, "body"):
            self.said.append(inner.body)
        if hasattr(inner, "label") and hasattr(inner, "id"):
            self._ids[inner.label] = inner.id
            if kind in {"text_input", "text_area"}:
                self.fields[inner.label] = inner.value if inner.set_value else inner.default


@asynccontextmanager
async def visiting(url: str, path: str = "", query: str = ""):
    """Open a page in a new session, and leave it at the end. path: the page's name, empty for the first."""
    host = urlsplit(url)
    async with websockets.connect(
        f"ws://{host.netloc}{host.path}/_stcore/stream",
        additional_headers={"Origin": f"http://{host.netloc}"},
        subprotocols=["streamlit"],
        max_size=None,
        proxy=None,
    ) as socket:
        one = Visitor(socket)
        one.query = query
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = path
        await socket.send(message.SerializeToString())
        await asyncio.wait_for(one._follow(), PATIENCE)
        yield one
