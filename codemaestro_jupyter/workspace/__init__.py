"""The project as it stands: files, symbols, git, notebooks, the kernel's variables, and what went wrong."""
