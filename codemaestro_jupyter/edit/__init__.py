"""Plan → changed files and cells, all or nothing: decompose, execute, verify, serialize, and undo byte for byte.

`engine.Engine` is the way in; `pipeline.run` is the same without a disk.
"""
