"""Wrong and right answers, run against the graders."""
