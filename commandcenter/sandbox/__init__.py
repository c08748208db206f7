"""Processes of their own for plugins: started, spoken to, watched, ended; knows no database."""
