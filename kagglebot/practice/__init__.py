"""A competition to practise on, and a server on this machine that speaks Kaggle's protocol."""

from kagglebot.practice.competition import PracticeCompetition, from_archive, write_competition
from kagglebot.practice.corpora import LAYOUTS, write_corpus
from kagglebot.practice.faults import Faults
from kagglebot.practice.server import PracticeServer
from kagglebot.practice.writers import Spoil

__all__ = [
    "LAYOUTS",
    "Faults",
    "PracticeCompetition",
    "PracticeServer",
    "Spoil",
    "from_archive",
    "write_competition",
    "write_corpus",
]
