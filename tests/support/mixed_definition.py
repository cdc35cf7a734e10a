"""A definition with two model families that need no weights, each with settings of its own."""

from pathlib import Path

from kagglebot.study_config.load import parse_definition
from kagglebot.study_config.schema import Definition

MIXED = """\
family = ["dense", "cnn"]
[sampler]
startup_trials = 40
startup_prior = 0.75
[fixed]
schedule = "constant"
[fixed.cnn]
blocks = 2
[space]
learning_rate = { low = 1e-4, high = 1e-2, log = true }
label_smoothing = { choices = [0.0, 0.1], when = { family = "cnn", metric = "accuracy" } }
[space.dense]
layers = { low = 1, high = 2 }
units_2 = { low = 4, high = 8, when = { layers = ">= 2" } }
epochs = { low = 2, high = 8 }
[space.cnn]
head = { choices = ["pooling", "dense"] }
dense_units = { low = 8, high = 16, when = { head = "dense" } }
epochs = { low = 4, high = 12 }
[[trials]]
layers = 1
learning_rate = 1e-3
[[trials]]
family = "cnn"
head = "dense"
dense_units = 9
learning_rate = 1e-3
"""


def parse_mixed(text: str = MIXED) -> Definition:
    return parse_definition(text.encode(), Path("mixed.toml"), "mixed")
