"""Reading a chapter's source: blocks, exercises, what an exercise needs."""
