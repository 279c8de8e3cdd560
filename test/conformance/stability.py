"""Many cells in a row, interrupted at random: the kernel answers, and its memory stays where it was.

    python stability.py [--cells 500] [--interrupts 200] [--seed N]
"""

import argparse
import queue
import random
import sys
import time

import psutil
from client import Kernel

parser = argparse.ArgumentParser()
parser.add_argument("--cells", type=int, default=500)
parser.add_argument("--interrupts", type=int, default=200)
parser.add_argument("--seed", type=int, default=int(time.time()))
options = parser.parse_args()
random.seed(options.seed)
print(f"seed {options.seed}", file=sys.stderr)

# Cells as people write them, short and long; `NUMBER` is the cell's.
SHORT = [
    "const aNUMBER = NUMBER; aNUMBER + 1",
    "let kept = NUMBER; kept",
    "console.log('line'.repeat(20)); console.error('e')",
    "interface TNUMBER { a: number }\nconst t: TNUMBER = { a: NUMBER }; t",
    "function f(n: number) { return n * NUMBER; }\nf(2)",
    "await new Promise((r) => setTimeout(r, 5)); 'late'",
    "display({ n: NUMBER }); [1, 2, 3].map((x) => x * NUMBER)",
    "throw new Error('asked for')",
    "const wrong: string = NUMBER",
    "import { join } from 'node:path'; join('a', 'b')",
    "for (let i = 0; i < 300; i++) console.log(i)",
    "var big = new Float64Array(1e5).fill(NUMBER); big.length",
]
# Cells that run until they are interrupted, each on another rung of the ladder that keeps the variables.
LONG = [
    "while (true);",
    "for (;;) await new Promise((r) => setTimeout(r, 2));",
    "async function go() { for (;;) await new Promise((r) => setTimeout(r, 2)); }\nawait go()",
    "await 1; for (let i = 0; ; i++) i ^= 1;",
    "await new Promise(() => {})",
    "for (let i = 0; ; i++) console.log(i, 'flood')",
    "await 1; (() => { for (;;) console.error('flood') })()",
    "setInterval(() => console.log('tick'), 1); await new Promise(() => {})",
]
# Every cell ends with an answer of these kinds; an interrupt may come too late for a short one.
ENDS = {"ok", "Error", "TypeScriptError", "Interrupted"}

kernel = Kernel()
process = psutil.Process(kernel.manager.provisioner.pid)


def memory():
    """Megabytes (that no other process shares: what it shares depends on who else runs) of the kernel's processes. The cells' own garbage is collected first: V8 leaves it for later."""
    assert kernel.run("(() => { require('node:v8').setFlagsFromString('--expose-gc'); require('node:vm').runInNewContext('gc')(); })()").reply["status"] == "ok"
    # The kernel's own threads collect theirs once they have been idle for a second: until nothing more goes.
    each, fewer = [], float("inf")
    while not each or sum(each) < fewer - 1:
        fewer = sum(each) if each else float("inf")
        time.sleep(3)
        each = [one.memory_full_info().uss / 1e6 for one in [process, *process.children(recursive=True)]]
    print(f"memory of each process: {', '.join(f'{one:.0f} MB' for one in each)}", file=sys.stderr)
    return sum(each)


# Each kind of cell once, at first: what its first use loads stays loaded, and is no growth.
first = [(source, False) for source in SHORT] + [(source, True) for source in LONG]
rest = range(len(first), options.cells)
warm = max(len(first), min(50, options.cells // 2))
interrupted = set(range(len(SHORT), len(first))) | set(random.sample(rest, options.interrupts - len(LONG)))
kernel.run("var sessionIsKept = true")
pid = process.children()[0].pid
ends = {}
slowest = 0.0
before = None
for number in range(options.cells):
    if number == warm:
        before = memory()
    if number < len(first):
        source, endless = first[number]
    else:
        endless = number in interrupted and random.random() < 0.7
        source = random.choice(LONG if endless else SHORT)
    source = source.replace("NUMBER", str(number))
    msg_id = kernel.send(source, stop_on_error=False)
    if number in interrupted:
        # An endless cell must have started: an interrupt with nothing running does nothing.
        time.sleep(random.uniform(0.15, 0.4) if endless else random.uniform(0, 0.02))
        begin = time.perf_counter()
        kernel.manager.interrupt_kernel()
        try:
            cell = kernel.collect(msg_id, timeout=10)
        except queue.Empty:
            raise SystemExit(f"cell {number} did not end within 10 s of its interrupt: {source!r}") from None
        slowest = max(slowest, time.perf_counter() - begin)
    else:
        cell = kernel.collect(msg_id, timeout=30)
    end = cell.reply.get("ename") or cell.reply["status"]
    ends[end] = ends.get(end, 0) + 1
    if end not in ENDS:
        raise SystemExit(f"cell {number} ended with {end}: {source!r}\n{cell.reply}")
    if endless and end != "Interrupted":
        raise SystemExit(f"cell {number} was to be interrupted and ended with {end}: {source!r}")

after = memory()
assert kernel.run("sessionIsKept").result == "true", "the session was lost"
assert process.children()[0].pid == pid, "the user process is another one"
kernel.stop()
print(f"{options.cells} cells, {options.interrupts} interrupts: {ends}; the slowest interrupt took {slowest:.2f} s", file=sys.stderr)
print(f"memory after {warm} cells {before:.0f} MB, at the end {after:.0f} MB ({100 * (after / before - 1):+.0f} %)", file=sys.stderr)
if after > 1.2 * before:
    raise SystemExit("memory grew by more than 20 %")
print("\nOK", file=sys.stderr)
