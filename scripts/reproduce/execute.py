"""Executes a notebook through its own kernel: python execute.py SOURCE TARGET WORKDIR SECONDS.

Prints one JSON object a line: {"cell": i, "of": n, "seconds": s} after each code cell, and {"error": text} where one fails. The executed notebook is
written also then. Exit status 1 after an error.
"""

import json
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


def main(source, target, workdir, seconds):
    notebook = nbformat.read(source, as_version=4)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    begun = {}

    def say(**line):
        print(json.dumps(line), flush=True)

    def start(cell, cell_index):
        begun[cell_index] = time.monotonic()

    def executed(cell, cell_index, execute_reply):
        if cell_index in begun:
            took = time.monotonic() - begun[cell_index]
            say(cell=code.index(cell_index) + 1, of=len(code), seconds=round(took, 2))

    client = NotebookClient(
        notebook,
        timeout=int(seconds),
        resources={"metadata": {"path": workdir}},
        store_widget_state=False,
        on_cell_start=start,
        on_cell_executed=executed,
    )
    status = 0
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        say(error=str(error))
        status = 1
    nbformat.write(notebook, target)
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
