"""Study definitions, ``studies/NAME.toml``.

Doors: ``load`` reads and checks one; ``schema.Definition`` holds it, ``sections`` its parts; ``space`` draws
settings from ``[space]``; ``set_and_fix`` narrows that for one search; ``definition_files`` lists the files.
"""
