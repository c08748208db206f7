"""Commands and queries on the store, each checked against the viewer."""
