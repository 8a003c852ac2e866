"""The synthetic county: a fictional place with a stated truth, and its messy extracts."""
