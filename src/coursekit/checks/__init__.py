"""What graded answers are asked, what is wanted of them, and what is said of the rest.

One folder a part, one module a chapter. A check takes the student's answer and a NumPy
generator, draws inputs, asks, compares, and raises `AssertionError` with a hint. In a
notebook it runs beside the answer, for the reader; for a mark it runs in the grader's
process, and the answer is a stand-in for one that runs elsewhere. So a check never
calls an answer itself: `asking.ask` does. A graded kernel cannot import this room.
"""
