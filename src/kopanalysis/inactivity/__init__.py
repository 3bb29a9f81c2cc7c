"""Why cooperatives become inactive: transitions, survival, and later hazards and the watch-list."""
