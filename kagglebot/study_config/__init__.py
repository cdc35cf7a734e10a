"""Study definitions: `studies/NAME.toml`, read and checked."""
