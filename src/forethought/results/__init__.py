"""How results look and read: charts, maps, alternative text, words for numbers."""
