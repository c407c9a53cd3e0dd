"""Turn a request into an answer or a plan; so far without a model, from what the project itself says."""
