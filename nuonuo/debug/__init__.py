"""The recall debugger: why a recall missed, what would fix it, and for whom else that would change something."""
