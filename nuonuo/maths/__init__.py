"""One equation or algorithm a module, each with its paper."""
