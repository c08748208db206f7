"""What is seen: layouts, the kit of parts, pages, the map and its tiles."""
