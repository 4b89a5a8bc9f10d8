"""From a platform's download to the course folder: whose, which, when."""
