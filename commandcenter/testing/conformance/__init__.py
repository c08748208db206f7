"""The conformance test of plugins: what `commandcenter plugin check` looks at, and CI."""
