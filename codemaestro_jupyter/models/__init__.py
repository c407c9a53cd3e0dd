"""Language models: one narrow protocol, found or configured, streamed, counted and priced. None is needed."""
