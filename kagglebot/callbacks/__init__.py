"""Callbacks: what follows a search while it runs.

Doors: ``callback.Callback`` is the base class and ``events`` has what its hooks are called with;
``registry.make_callbacks`` makes callbacks of their names; ``dispatch.Dispatcher`` calls them; ``log`` writes a
search into the study's log. Trackers have a module each. The live table (``cli.live``) and a worker's heartbeat
(``search.workers.heartbeat``) are callbacks too.
"""
