"""Simulation of service pathways: from today's waiting list and a forecast to staff and waits."""
