"""Starts kernels one after the other and leaves them idle; prints a JSON line for each, and one at the end of all of them.

    python idle_kernels.py ARGV-AS-JSON COUNT RESERVE-IN-MB SETTLE-IN-SECONDS

Memory is PSS: pages that several processes share are counted once, divided among them. It ends before COUNT where less than
the reserve would be left free, by what the kernels so far have taken.
"""

import json
import sys
import tempfile
import time

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

argv, count, reserve, settle = json.loads(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])


class Manager(KernelManager):
    @property
    def kernel_spec(self):
        return KernelSpec(argv=argv, display_name="alright", language="typescript", interrupt_mode="message")


def processes(manager):
    process = psutil.Process(manager.provisioner.pid)
    return [process, *process.children(recursive=True)]


def megabytes(manager):
    total = 0
    for one in processes(manager):
        try:
            total += one.memory_full_info().pss
        except psutil.NoSuchProcess:
            pass
    return total / 1e6


def cpu_seconds(managers):
    return sum(one.cpu_times().user + one.cpu_times().system for manager in managers for one in processes(manager))


def say(row):
    print(json.dumps(row), flush=True)


managers = []
free_before = psutil.virtual_memory().available / 1e6
try:
    while len(managers) < count:
        free = psutil.virtual_memory().available / 1e6
        taken = (free_before - free) / len(managers) if managers else 250
        if free - taken < reserve:
            break
        begin = time.perf_counter()
        manager = Manager()
        manager.start_kernel(cwd=tempfile.mkdtemp(prefix="bench-idle-"), stderr=open("/dev/null", "w"))
        managers.append(manager)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=120)
        ready = time.perf_counter() - begin
        # What every student does first, so that the compiler is there.
        reply = client.execute_interactive("const answer: number = 6 * 7;\nanswer", timeout=120, output_hook=lambda _: None)
        assert reply["content"]["status"] == "ok", reply["content"]
        answered = time.perf_counter() - begin
        client.stop_channels()
        time.sleep(settle)
        say({"kernel": len(managers), "ready": ready, "answered": answered, "pss": megabytes(manager)})
    time.sleep(2 * settle)
    before, begin = cpu_seconds(managers), time.perf_counter()
    time.sleep(5)
    idle = (cpu_seconds(managers) - before) / (time.perf_counter() - begin)
    each = [megabytes(manager) for manager in managers]
    taken = free_before - psutil.virtual_memory().available / 1e6
    total = psutil.virtual_memory().total / 1e6
    say({"kernels": len(managers), "pss": each, "taken": taken, "freeBefore": free_before, "total": total, "idleCores": idle})
finally:
    for manager in managers:
        manager.shutdown_kernel(now=True)
