"""A login before all pages, where the server's secrets have `[auth]`: Streamlit's own, by OpenID Connect."""

from urllib.parse import urlsplit

import streamlit as st

from nuonuo.studio.shell.serving import local


def require() -> None:
    """Show nothing but the way to log in until the visitor has; call in each run before anything of a bank is read."""
    if st.user.get("is_logged_in") is False:  # absent where no login is set up
        st.title("NuoNuo Explorer")
        st.button("Log in", on_click=st.login, key="login", type="primary")
        st.stop()


def shared() -> bool:
    """Whether others than this machine's user see the page: behind a login, or asked for by another name than its own.

    They are told names of banks, and no folders.
    """
    host = urlsplit(f"//{st.context.headers.get('Host') or 'localhost'}").hostname
    return st.user.get("is_logged_in") is not None or not local(host or "")
