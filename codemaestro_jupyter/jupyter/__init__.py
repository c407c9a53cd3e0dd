"""The notebook's door: extension, magics, the comm to the panel, widgets that work in any front end."""
