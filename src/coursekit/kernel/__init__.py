"""What runs beside a student's code: draws, visible checks, the guard."""
