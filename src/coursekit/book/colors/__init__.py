"""Colors that mean something: a tint a part of the course, a color a role."""
