"""Study definitions, ``studies/NAME.toml``.

Doors: ``load`` reads and checks one; ``schema.Definition`` holds it; ``space`` draws settings from its
``[space]``; ``restrict`` narrows that for one search (``--set``, ``--fix``); ``lookup`` lists the files.
"""
