"""A Reading for other eyes: as JSON for programs, as text for a terminal, as a page for a browser. Reads records, decides nothing."""
