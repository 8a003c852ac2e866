"""Declared uses of data: specification, run, receipt, blocks, publication."""
