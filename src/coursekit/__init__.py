"""What turns the chapters into a site, notebooks and assignments."""
