"""One start of one kernel, measured through jupyter_client; prints one JSON object.

    python kernel.py NAME ARGV-AS-JSON KIND     (KIND: our, our-off, ts, python)
"""

import json
import queue
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil
import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

name, argv, kind = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
PYTHON = kind == "python"
LIMIT = 120


class Manager(KernelManager):
    @property
    def kernel_spec(self):
        return KernelSpec(argv=argv, display_name=name, language="python" if PYTHON else "typescript", interrupt_mode="message")


folder = tempfile.mkdtemp(prefix="bench-kernel-")
begin = time.perf_counter()
manager = Manager()
manager.start_kernel(cwd=folder, stderr=open("/dev/null", "w"))
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
ready = time.perf_counter() - begin


def run(code, timeout=LIMIT):
    """The seconds to the reply and to idle, the printed text, the result."""
    start = time.perf_counter()
    msg_id = client.execute(code)
    text, result, idle, replied = [], None, None, None
    while idle is None or replied is None:
        left = start + timeout - time.perf_counter()
        if left <= 0:
            break
        try:
            if idle is None:
                message = client.get_iopub_msg(timeout=min(left, 5))
                if message["parent_header"].get("msg_id") != msg_id:
                    continue
                content = message["content"]
                if message["msg_type"] == "stream":
                    text.append(content["text"])
                elif message["msg_type"] in ("execute_result", "display_data"):
                    result = content["data"].get("text/plain")
                elif message["msg_type"] == "error":
                    raise SystemExit(f"{name}: {code[:60]!r} failed: {content['evalue'][:500]}")
                elif content.get("execution_state") == "idle":
                    idle = time.perf_counter() - start
            if replied is None:
                reply = client.get_shell_msg(timeout=0 if idle is None else min(left, 5))
                if reply["parent_header"].get("msg_id") == msg_id:
                    replied = time.perf_counter() - start
        except queue.Empty:
            if replied is not None and idle is None and time.perf_counter() - start > 15:
                break  # tslab loses "idle" when it prints much
    done = max(idle or 0, replied or 0) or float("nan")
    return done, "".join(text), result


def memory():
    """Megabytes (PSS) of all its processes."""
    process = psutil.Process(manager.provisioner.pid)
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.NoSuchProcess:
            pass
    return total / 1e6


def number(text):
    return float(str(text).strip().strip("'"))


out = {"ready": ready}
# The first cell, at once; for what it costs while the compiler still loads.
out["first"] = run("%typecheck off\n1 + 1" if kind == "our-off" else "1 + 1")[0]
out["later"] = median(run(f"x{i} = {i}\nx{i} + 1" if PYTHON else f"const x{i} = {i};\nx{i} + 1")[0] for i in range(20))
if not PYTHON:
    loop = "let s = 0; for (let i = 0; i < 5e7; i++) s += i;"
    if name == "tslab":
        loop = loop.replace("5e7", "5e6")  # ten times as few, and counted as ten times as long
    factor = 10 if name == "tslab" else 1
    clock = "performance.now()"
    result = run(f"const t0 = {clock}; {loop} const t1 = {clock}; console.log(t1 - t0)")[1]
    out["topLevel"] = factor * number(result) / 1000
    inner = "let s = 0; for (let i = 0; i < 5e7; i++) s += i; return s;"
    run(f"function inside() {{ {inner} }}")
    out["inFunction"] = number(run(f"const b0 = {clock}; inside(); console.log({clock} - b0)")[1]) / 1000

text = run("for i in range(20000): print(i)" if PYTHON else "for (let i = 0; i < 20000; i++) console.log(i)", timeout=60)
out["lines"] = len(text[1].split())
out["linesSeconds"] = text[0]

# While a cell spins. Python's kernel answers control from a thread, the heartbeat from another.
code = "import time\nend = time.time() + 4\nwhile time.time() < end: pass" if PYTHON else "{ const end = Date.now() + 4000; while (Date.now() < end); }"
client.execute(code)
time.sleep(1)
context = zmq.Context.instance()
heart = context.socket(zmq.REQ)
heart.linger = 0
heart.connect(f"tcp://127.0.0.1:{client.hb_port}")


def beats():
    for _ in range(10):
        begin = time.perf_counter()
        heart.send(b"ping")
        if not heart.poll(2000):
            yield 2.0
            return
        heart.recv()
        yield time.perf_counter() - begin


def controls():
    for _ in range(10):
        message = client.session.msg("kernel_info_request")
        begin = time.perf_counter()
        client.control_channel.send(message)
        try:
            client.get_control_msg(timeout=2)
        except queue.Empty:
            yield 2.0
            return
        yield time.perf_counter() - begin


out["heartbeat"] = max(beats())
out["control"] = max(controls())
heart.close(0)
client.stop_channels()
manager.shutdown_kernel(now=True)

# Memory of a kernel of its own: idle, and after 50 cells.
manager = Manager()
manager.start_kernel(cwd=folder, stderr=open("/dev/null", "w"))
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=60)
time.sleep(5)
out["idleMemory"] = memory()
for i in range(50):
    run(f"y{i} = list(range({i}))\ny{i}[-1:]" if PYTHON else f"const y{i} = Array.from({{ length: {i} }}, (_, n) => n);\ny{i}.length")
time.sleep(2)
out["usedMemory"] = memory()
client.stop_channels()
manager.shutdown_kernel(now=True)
print(json.dumps(out))
