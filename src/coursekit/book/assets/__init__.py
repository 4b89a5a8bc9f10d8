"""What is made once by a command and committed: the math font, README's picture."""
