"""The only room that touches storage: contracts, ingestion, quality, store, vault."""
