"""One module for each kind of insight, found through entry points."""
