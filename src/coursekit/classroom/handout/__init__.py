"""What a class is given: notebooks that stand alone, starters, variants."""
