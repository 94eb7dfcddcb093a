"""The recall debugger: why a recall missed, what would mend it, and for whom else that would change something."""
