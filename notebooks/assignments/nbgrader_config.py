# nbgrader's configuration of an ALRIGHT course, as `alright classroom init` writes it. Change what you like; what each line is for stands above it.
import json
import os
from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader defines it)
course = Path(__file__).resolve().parent
c.CourseDirectory.root = str(course)
c.CourseDirectory.course_id = "alright"

# What students find in place of a solution. nbgrader knows none for TypeScript, and stops without one.
c.ClearSolutions.code_stub = {"typescript": "// YOUR CODE HERE\nthrow new Error('not implemented')"}

# No cell of these assignments takes more than 20 s on two cores; a cell that takes longer than this is interrupted and earns nothing.
c.Execute.timeout = 60
c.Execute.interrupt_on_timeout = True
# Of what a cell prints, this many lines are kept.
c.LimitOutput.max_lines = 1000
# The output of a cell that prints without end is not read for ever.
c.Execute.iopub_timeout = 30
c.Execute.raise_on_iopub_timeout = False

# While a submission is graded: no history of cells, plots as pictures, as many threads as the grading machine can spare for one submission.
os.environ.setdefault("ALRIGHT_HISTORY", "off")
os.environ.setdefault("ALRIGHT_THREADS", "2")


def screened(kernel: str) -> None:
    """Puts a kernel spec in front of the installed one that starts it through screen.sh."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    folder = course / ".grading" / "kernels" / kernel
    try:
        installed = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel:
        return
    spec = installed.to_dict()
    spec["argv"] = ["sh", str(course / "screen.sh"), str(course), *spec["argv"]]
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"kernel.json.{os.getpid()}"
    beside.write_text(json.dumps(spec, indent=2))
    beside.replace(folder / "kernel.json")


# Submissions are programs. While nbgrader grades one, its kernel sees neither the solutions nor the hidden tests nor other submissions (screen.sh).
grading = str(course / ".grading")
paths = [path for path in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if path and path != grading]
os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
screened("alright")
os.environ["JUPYTER_PATH"] = os.pathsep.join([grading, *paths])
