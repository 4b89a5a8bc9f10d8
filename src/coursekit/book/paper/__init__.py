"""The book on paper: the site's pages as one document, printed by a browser."""
