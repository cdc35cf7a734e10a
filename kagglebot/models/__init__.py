"""Model families: each turns parameters into a model that an engine of ``training`` can train.

Doors: ``registry.get_family`` returns a family by name, ``base.Family`` is its type. Each family has a module.
"""
