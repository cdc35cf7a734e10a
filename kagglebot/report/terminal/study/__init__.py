"""The view of one study. Others use ``summary`` alone: ``describe_study`` and ``counts``."""
