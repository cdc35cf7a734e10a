"""The choice of the trials that final models are made of; ``planning`` is the door."""
