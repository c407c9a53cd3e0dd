"""The conversation: what was meant by what is typed, the turns, and the picture of it all."""
