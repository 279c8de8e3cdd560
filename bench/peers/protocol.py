"""Answers the benchmark's questions, one line of JSON each: `start`, `step KIND N` (train on batch N of its kind), `end`."""

import json
import os
import resource
import sys
import time

# Only answers may reach the real standard output; whatever libraries print goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def question():
    """The next question as a list of words; None where there are no more."""
    line = sys.stdin.readline()
    return line.split() if line else None


def answer(value):
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def peak_megabytes():
    """This process's largest resident memory so far. The benchmark itself reads the whole tree's where it can."""
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def serve(about, step):
    """For peers that are a function: `step(N)` trains on batch N and returns the loss."""
    while (words := question()) is not None:
        if words[0] == "start":
            answer(about)
        elif words[0] == "step":
            start, used = time.perf_counter(), time.process_time()
            loss = step(int(words[-1]))
            answer(dict(seconds=time.perf_counter() - start, processor=time.process_time() - used, loss=loss))
        else:
            answer(dict(peakMegabytes=peak_megabytes()))
