"""Money: what support will cost, who pays, why it changes, and how sure that is."""
