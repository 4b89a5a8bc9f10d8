"""What runs beside a student's code when it is graded: a recorder, and little else.

The grader stays in another process. It sends inputs; what is here calls the student's
answer on them and sends back what happened: values, gradients, what changed, peak
memory, library functions called. No wanted value is ever in this process. Nothing here
imports another room of `coursekit`.
"""
