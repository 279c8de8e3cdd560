"""How soon a cell answers while a language model trains, and how soon a killed trainer is said in its cell."""

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "conformance"))
from client import Kernel  # noqa: E402

PLOT = "application/vnd.alright.plot.v1+json"
kernel = Kernel()
try:
    kernel.run("%model pythia-tiny\n%data conflict=default\n%set ideal=none evaluation.fraction=0.001 evaluation.every=1000")
    started = kernel.run("const run = %alright λ=0.5 steps=100000 background")
    assert started.reply["status"] == "ok", started.reply
    for _ in range(600):
        if int(kernel.run("run.snapshot().step").result) > 2:
            break
        time.sleep(0.1)
    times = []
    for i in range(50):
        begin = time.perf_counter()
        assert kernel.run(f"{i} + 1").result == str(i + 1)
        times.append(time.perf_counter() - begin)
        time.sleep(0.05)
    run_id = kernel.run("run.id").result.strip("'")
    msg_id = kernel.send("await run.done")
    time.sleep(0.5)
    pid = int((Path(kernel.directory) / "runs" / run_id / "trainer.pid").read_text().split()[0])
    begin = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    cell = kernel.collect(msg_id)
    said = time.perf_counter() - begin
    assert "SIGKILL" in cell.reply["evalue"], cell.reply
    assert kernel.run("1 + 1").result == "2"
    times.sort()
    print(json.dumps({"median": times[25], "p95": times[47], "most": times[-1], "killed": said}))
finally:
    kernel.stop()
