"""Early warning: which of thousands of series changed, and how sure that is."""
