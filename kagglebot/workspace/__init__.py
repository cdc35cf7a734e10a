"""The public API: a workspace, with one method for each command.

Door: ``Workspace``. Its methods are in a module for each concern: ``data``, ``search``, ``studies``, ``models``
and ``submissions``. They call the rooms below, which do the work.
"""

from kagglebot.workspace.workspace import Workspace

__all__ = ["Workspace"]
