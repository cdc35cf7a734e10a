"""Small study definitions, and how to parse others like them."""

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
#: A perceptron whose first three trials are given.
THREE_RATES = """\
family = "mlp"
[space]
learning_rate = { low = 1e-7, high = 1e-2, log = true }
[fixed]
layers = 1
epochs = 3
[[trials]]
learning_rate = 1e-7
[[trials]]
learning_rate = 1e-2
[[trials]]
learning_rate = 2e-7
"""


def parse(text: str = TEXT):
    return parse_definition(text.encode(), Path("studies/mine.toml"), "mine")
