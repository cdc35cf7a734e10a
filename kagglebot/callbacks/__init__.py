"""Events of a running search, and the callbacks that handle them."""
