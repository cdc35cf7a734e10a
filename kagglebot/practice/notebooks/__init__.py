"""A user's datasets and notebooks on the server, and the runs of notebooks in processes without network.

Doors: ``datasets.Datasets``, ``notebooks.Notebooks`` and ``notebook_run.NotebookRun``.
"""
