"""Statistics shared by the methods: random streams, quantiles, bootstrap."""
