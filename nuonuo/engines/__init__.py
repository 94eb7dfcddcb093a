"""Stage one on an engine that may be of another machine: by meaning, by codes and by words, each with equal results."""
