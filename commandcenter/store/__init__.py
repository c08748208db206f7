"""The truth: tables, transactions, migrations and the log of moves."""
