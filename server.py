"""The explorer's server: app.py, and who may connect to it. `nuonuo app` starts it by `streamlit run`."""

from starlette.middleware import Middleware
from streamlit.starlette import App

from nuonuo.files.explorer import explorer_file
from nuonuo.studio.shell.serving import SameOrigin, opened

app = App(explorer_file("app.py"), middleware=[Middleware(SameOrigin)], lifespan=opened)
