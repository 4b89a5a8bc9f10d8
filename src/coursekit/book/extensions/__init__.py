"""What the course adds to Sphinx, one extension a file; `_config.yml` names them."""
