"""The desk: pages, an API and what runs them, on the same verbs as the command line."""
