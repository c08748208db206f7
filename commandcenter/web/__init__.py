"""The web process: pages, login, REST and the one stream to every screen."""
