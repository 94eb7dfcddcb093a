"""A login before all pages, where the server's secrets have `[auth]`: Streamlit's own, by OpenID Connect."""

import streamlit as st


def require() -> None:
    """Show nothing but the way to log in until the visitor has; call in each run before anything of a bank is read."""
    if st.user.get("is_logged_in") is False:  # absent where no login is set up
        st.title("NuoNuo Explorer")
        st.button("Log in", on_click=st.login, key="login", type="primary")
        st.stop()
