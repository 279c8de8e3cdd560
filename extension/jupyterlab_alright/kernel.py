"""Starts the kernel that the wheel's kernel spec names: `python -m jupyterlab_alright.kernel [OPTIONS OF NODE] CONNECTION_FILE`.

A wheel can't know where Node and the npm package alright-ts are, so they are looked for when a kernel starts: Node on the PATH
(or ALRIGHT_NODE), alright-ts in ALRIGHT_TS, in the node_modules of the notebook's folder or one above it, of this environment,
of the user's home, or among npm's global packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

MAIN = Path("dist", "kernel", "main.js")
LEAST_NODE = 20


def fail(*lines):
    print("\n".join(("The ALRIGHT kernel can't start.", *lines)), file=sys.stderr)
    sys.exit(1)


def find_node():
    named = os.environ.get("ALRIGHT_NODE") or "node"
    node = shutil.which(named)
    if node is None:
        fail(
            f"There is no {named} on the PATH. Install Node {LEAST_NODE} or later (nodejs.org), or name it in ALRIGHT_NODE."
        )
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    major = version.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < LEAST_NODE:
        fail(
            f"{node} is {version or 'no Node'}; Node {LEAST_NODE} or later is needed (nodejs.org). Another one can be named in ALRIGHT_NODE."
        )
    return node


def npm_global():
    npm = shutil.which("npm")
    if npm is None:
        return None
    found = subprocess.run([npm, "root", "--global"], capture_output=True, text=True)
    return Path(found.stdout.strip()) / "alright-ts" if found.returncode == 0 else None


def places():
    """Folders of the package, the nearest to the notebook first."""
    if os.environ.get("ALRIGHT_TS"):
        yield Path(os.environ["ALRIGHT_TS"])
        return
    here = Path.cwd()
    roots = [here, *here.parents, Path(sys.prefix), Path.home()]
    yield from (root / "node_modules" / "alright-ts" for root in dict.fromkeys(roots))
    # Asked last, since npm takes a second to start.
    found = npm_global()
    if found is not None:
        yield found


def find_package():
    for folder in places():
        if (folder / MAIN).is_file():
            return folder
    if os.environ.get("ALRIGHT_TS"):
        fail(f"ALRIGHT_TS is {os.environ['ALRIGHT_TS']}, and has no {MAIN}: name the folder of the package alright-ts.")
    fail(
        f"No alright-ts was found in a node_modules of {Path.cwd()} or above it, of {sys.prefix}, of {Path.home()}, or of npm's global packages.",
        "Install it in one of them (npm install --ignore-scripts alright-ts-VERSION.tgz), or name its folder in ALRIGHT_TS.",
    )


def main():
    node = find_node()
    package = find_package()
    *options, connection = sys.argv[1:] or [""]
    command = [node, *options, str(package / MAIN), connection]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    # In place of this process, so that the signals and the end of the kernel are the kernel's own.
    os.execv(node, command)


if __name__ == "__main__":
    main()
