"""Model families: parameters in, a model out; one module a family, one registry."""
