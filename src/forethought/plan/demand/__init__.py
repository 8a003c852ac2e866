"""Demand for long-term care and support: panels from events, and forecasts of them."""
