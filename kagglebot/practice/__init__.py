"""A competition to practise on, and a server on this machine that speaks Kaggle's protocol."""

from kagglebot.practice.competition import PracticeCompetition, from_archive, write_competition
from kagglebot.practice.faults import Faults
from kagglebot.practice.server import PracticeServer

__all__ = ["Faults", "PracticeCompetition", "PracticeServer", "from_archive", "write_competition"]
