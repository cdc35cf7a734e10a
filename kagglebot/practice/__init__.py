"""A competition to practise on, and a server on this machine that speaks Kaggle's protocol.

Doors: ``PracticeServer`` serves competitions. ``write_competition`` makes one of scikit-learn's digits, in
the form of digit-recognizer; ``from_archive`` takes a zip file.
``Faults`` lists what the server can be told to get wrong.
"""

from kagglebot.practice.competition import PracticeCompetition, from_archive, write_competition
from kagglebot.practice.faults import Faults
from kagglebot.practice.server import PracticeServer

__all__ = ["Faults", "PracticeCompetition", "PracticeServer", "from_archive", "write_competition"]
