"""Many visitors of one server at once: by Streamlit's own protocol without a browser, and in browsers."""
