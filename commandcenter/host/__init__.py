"""Everything about plugins: what they declare, how they are found, called and guarded."""
