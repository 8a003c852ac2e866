"""Pure methods to plan: forecasts of demand, work and money."""
