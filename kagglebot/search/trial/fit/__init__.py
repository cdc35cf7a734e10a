"""The training of a trial while it runs: ``callback`` joins its learning curves, time budget and checkpoints."""
