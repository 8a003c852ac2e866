"""Forethought: plan, prioritise and predict, from shared data to a decision."""
