"""The Streamlit side of the explorer: its look, its figures on a page and its shared controls."""
