"""The site, the readers' notebooks, execution, plans."""
