"""Lessons: guided walks through the pages, each step with a prediction and what the engine then computed."""
