"""What is measured and recorded; each file is a program of its own."""
