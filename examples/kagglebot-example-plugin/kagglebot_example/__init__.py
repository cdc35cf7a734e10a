"""A plugin for kagglebot: a model family, a layout, a metric and a callback."""
