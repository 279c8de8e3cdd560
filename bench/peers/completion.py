"""Completion, inspection and cells in a notebook of 50 cells, also while a cell spins; medians in seconds."""

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "conformance"))
from client import Kernel  # noqa: E402

CELLS = 50
REPEATS = int(sys.argv[1]) if len(sys.argv) > 1 else 20


def source(i):
    before = f"model{i - 1}.layers.length" if i > 0 else "1"
    return (
        f"interface Model{i} {{ layers: number[]; name: string; previous: number }}\n"
        f"const model{i}: Model{i} = {{ layers: [1, 2, {i}], name: 'm{i}', previous: {before} }};\n"
        f"function fit{i}(model: Model{i}, steps: number) {{\n"
        f"  let loss = model.previous;\n"
        f"  for (let step = 0; step < steps; step++) loss = loss * 0.9 + model.layers.map((n) => n * step).length;\n"
        f"  return loss;\n"
        f"}}\n"
        f"let loss{i} = fit{i}(model{i}, 10);"
    )


def timed(action):
    begin = time.perf_counter()
    value = action()
    return time.perf_counter() - begin, value


def questions(kernel):
    client = kernel.client
    return {
        "member": (lambda: client.complete("const x = model49.la"), lambda r: r["matches"] == ["layers"]),
        "name": (lambda: client.complete("const x = fit2"), lambda r: "fit20" in r["matches"]),
        "option": (lambda: client.complete("%alright lam"), lambda r: r["matches"] == ["lambda="]),
        "inspect": (lambda: client.inspect("fit30", 5), lambda r: "Model30" in r["data"]["text/plain"]),
        "signature": (lambda: client.inspect("fit30(model30, "), lambda r: "steps: number" in r["data"]["text/plain"]),
        "magic": (lambda: client.inspect("%alright λ=0.5", 10), lambda r: "[0, 1]" in r["data"]["text/plain"]),
    }


def measure(kernel):
    found = {}
    for name, (send, right) in questions(kernel).items():
        times = []
        for _ in range(REPEATS + 1):
            seconds, reply = timed(lambda: kernel.request(send))
            assert right(reply), (name, reply)
            times.append(seconds)
        found[name] = statistics.median(times[1:])
    return found


kernel = Kernel()
try:
    found = {"ready": kernel.ready_seconds}
    found["first"], cell = timed(lambda: kernel.run("1 + 1"))
    assert cell.result == "2"
    later = []
    for i in range(CELLS):
        seconds, cell = timed(lambda: kernel.run(source(i)))
        assert cell.reply["status"] == "ok", cell.reply
        later.append(seconds)
    found["later"] = statistics.median(later)
    found["idle"] = measure(kernel)
    msg_id = kernel.send("{ const end = Date.now() + 20000; while (Date.now() < end); }")
    time.sleep(0.5)
    found["spinning"] = measure(kernel)
    kernel.manager.interrupt_kernel()
    kernel.collect(msg_id)
    assert kernel.run("%typecheck off").reply["status"] == "ok"
    unchecked = [timed(lambda: kernel.run(f"const unchecked{i} = model{i}.layers.length; unchecked{i}"))[0] for i in range(CELLS)]
    found["unchecked"] = statistics.median(unchecked)
finally:
    kernel.stop()

# A kernel whose first cell turns type checking off.
kernel = Kernel()
try:
    found["uncheckedFirst"], cell = timed(lambda: kernel.run("%typecheck off\n1 + 1"))
    assert cell.result == "2"
finally:
    kernel.stop()
print(json.dumps(found))
