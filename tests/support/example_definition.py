"""A small study definition, and how to parse others like it."""

from pathlib import Path

from kagglebot.study_config.load import parse_definition

TEXT = """\
family = "cnn"
description = "for the tests"

[validation]
fraction = 0.25

[space]
filters = { low = 4, high = 16 }
head = { choices = ["pooling", "dense"] }
dense_units = { low = 8, high = 16, when = { head = "dense" } }

[fixed]
blocks = 2

[[trials]]
filters = 8

[[trials]]
head = "dense"
filters = 4
"""


def parse(text: str = TEXT):
    return parse_definition(text.encode(), Path("studies/mine.toml"), "mine")
