"""The interrupt ladder, a check a rung; and that nothing is left running, by process id."""

import os
import signal
import time
import unittest
from pathlib import Path

import psutil
from case import KernelCase
from client import Kernel


def alive(pids):
    """Those that still run (a zombie does not: only its parent has not asked yet)."""
    left = []
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                left.append(pid)
        except psutil.NoSuchProcess:
            pass
    return left


def gone(pids, within):
    """The processes that are left when so many seconds have passed, or none as soon as none is."""
    end = time.perf_counter() + within
    while alive(pids) and time.perf_counter() < end:
        time.sleep(0.05)
    return alive(pids)


def family(kernel):
    """The process ids of a kernel and of all that it has started."""
    process = psutil.Process(kernel.manager.provisioner.pid)
    return [process.pid, *[child.pid for child in process.children(recursive=True)]]


class Ladder(KernelCase):
    def stops(self, code, within=2.0, name="Interrupted"):
        """Interrupts `code` and checks that it ended in time and that variables are kept."""
        self.ok("var kept = 'kept'")
        cell, seconds = self.interrupted(code)
        self.assertEqual(cell.reply["status"], "error")
        self.assertEqual(cell.reply["ename"], name)
        self.assertLess(seconds, within)
        self.assertEqual(self.ok("kept").result, "'kept'")
        return cell

    def test_a_synchronous_loop(self):
        self.stops("console.log('going'); await 0; for (let i = 0; ; i++) i ^= 1;")
        self.stops("process.stdout.write('going\\n'); setTimeout(() => {}, 1); await 0; while (true);")

    def test_a_synchronous_loop_that_catches_everything(self):
        self.stops("await 0; console.log('going'); for (;;) { try { JSON.parse('{'); } catch {} }")

    def test_a_synchronous_loop_before_any_await(self):
        self.ok("var kept = 1")
        msg_id = self.kernel.send("let n = 0; while (true) n++;")
        time.sleep(0.5)
        begin = time.perf_counter()
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=20)
        self.assertEqual(cell.reply["ename"], "Interrupted")
        self.assertLess(time.perf_counter() - begin, 2)
        self.assertEqual(self.ok("kept").result, "1")

    def test_an_async_loop(self):
        self.stops("console.log('going'); for (;;) await new Promise((r) => setTimeout(r, 5));")

    def test_an_async_loop_in_a_called_function_really_stops(self):
        self.ok("var turns = 0; async function go() { console.log('going'); for (;;) { turns++; await new Promise((r) => setTimeout(r, 5)); } }")
        self.stops("await go()")
        before = self.ok("turns").result
        time.sleep(0.3)
        self.assertEqual(self.ok("turns").result, before)

    def test_an_async_loop_in_an_imported_module_really_stops(self):
        Path(self.kernel.directory, "loop.ts").write_text(
            "export const state = { turns: 0 };\n"
            "export async function go(): Promise<void> {\n"
            "  console.log('going');\n"
            "  for (;;) { state.turns++; await new Promise((r) => setTimeout(r, 5)); }\n}\n"
            "export function later(): void { console.log('going'); setInterval(() => state.turns++, 5); }\n"
        )
        self.ok("import { go, later, state } from './loop'")
        for code in ("await go()", "later(); await new Promise(() => {})"):
            self.stops(code)
            before = self.ok("state.turns").result
            time.sleep(0.3)
            self.assertEqual(self.ok("state.turns").result, before)

    def test_timers_of_promises_stop_too(self):
        self.ok("import { setTimeout as sleep } from 'node:timers/promises'")
        self.ok("var ticks = 0; async function tick() { console.log('going'); for (;;) { ticks++; await sleep(5); } }")
        self.stops("await tick()")
        before = self.ok("ticks").result
        time.sleep(0.3)
        self.assertEqual(self.ok("ticks").result, before)

    def test_timers_of_earlier_cells_go_on(self):
        self.ok("var beats = 0; const beat = setInterval(() => beats++, 5);")
        self.stops("console.log('going'); await new Promise(() => {})")
        before = int(self.ok("beats").result)
        time.sleep(0.3)
        self.assertGreater(int(self.ok("beats").result), before)
        self.ok("clearInterval(beat)")

    def test_cleaning_up_is_done_and_shown(self):
        cell = self.stops("console.log('going'); try { await new Promise(() => {}) } finally { console.log('cleaned') }")
        self.assertEqual(cell.text(), "going\ncleaned\n")

    def test_synchronous_code_after_an_await(self):
        self.stops("console.log('going'); await Promise.resolve(); while (true) {}")
        self.stops("async function f() { await 1; for (;;); }\nconsole.log('going'); await f()")

    def test_a_function_after_an_await_that_prints(self):
        """No signal reaches it and it has no check of its own: what it prints stops it, and variables are kept."""
        self.ok("function chatter() { for (;;) console.log('going'); }")
        self.stops("await 1; chatter()")

    def test_an_await_that_never_ends(self):
        self.stops("console.log('going'); await new Promise(() => {})")

    def test_for_await(self):
        self.stops("async function* never() { console.log('going'); await new Promise(() => {}); yield 1; }\nfor await (const x of never()) x;")

    def test_a_training_run_is_paused_and_can_go_on(self):
        self.ok("%model toy:conflict")
        msg_id = self.kernel.send("%alright λ=0.5 steps=2000000 checkpoint.every=1000000")
        seen = []
        while sum(m["msg_type"] == "update_display_data" for m in seen) < 3:
            message = self.kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=30, messages=seen)
        self.assertEqual(cell.reply["ename"], "RunPaused")
        self.assertRegex(cell.reply["evalue"], r"^run \S+ is paused after step \d+ of 2000000; %resume \S+ goes on with it$")

    def test_a_hung_native_call_costs_the_process_and_says_so(self):
        self.ok("let lost = 1")
        cell, seconds = self.interrupted("await 0; console.log('going'); require('node:child_process').execSync('sleep 600')")
        self.assertEqual(cell.reply["ename"], "ProcessLost")
        self.assertLess(seconds, 5)
        self.assertEqual(len(cell.reply["traceback"]), 1)
        self.assertIn("all variables are lost", cell.reply["evalue"])
        self.assertEqual(self.ok("1 + 1").result, "2")

    def test_a_child_process_of_a_lost_process_ends_with_it(self):
        cell, _ = self.interrupted(
            "await 0; const child = require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' });\n"
            "console.log(`going ${child.pid} `); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"
        )
        pid = int(cell.text().split()[1])
        self.assertEqual(cell.reply["ename"], "ProcessLost")
        self.assertEqual(gone([pid], 2), [])
        self.assertEqual(self.ok("1 + 1").result, "2")

    def test_a_process_that_ends_itself(self):
        reply = self.fails("process.exit(7)")
        self.assertEqual(reply["ename"], "ProcessLost")
        self.assertIn("exit code 7", reply["evalue"])
        self.assertEqual(self.ok("1 + 1").result, "2")

    def test_waiting_cells_are_aborted(self):
        first, seen = self.started("console.log('going'); await new Promise(() => {})")
        second = self.kernel.send("'never'")
        time.sleep(0.2)
        self.kernel.manager.interrupt_kernel()
        replies = {}
        while len(replies) < 2:
            reply = self.kernel.client.get_shell_msg(timeout=10)
            replies[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
        self.assertEqual(replies, {first: "error", second: "aborted"})
        self.kernel.drain()

    def test_a_cell_that_is_still_being_compiled(self):
        """However early the interrupt comes, it is not lost."""
        self.ok("var kept = 'kept'")
        for delay in (0, 0.002, 0.005, 0.01, 0.02, 0.04):
            msg_id = self.kernel.send("for (;;) await new Promise((r) => setTimeout(r, 5));")
            # The cell is accepted once it says that it is busy.
            while True:
                message = self.kernel.client.get_iopub_msg(timeout=10)
                if message["parent_header"].get("msg_id") == msg_id:
                    break
            time.sleep(delay)
            self.kernel.manager.interrupt_kernel()
            cell = self.kernel.collect(msg_id, timeout=10, messages=[message])
            self.assertEqual(cell.reply["ename"], "Interrupted")
        self.assertEqual(self.ok("kept").result, "'kept'")

    def test_an_interrupt_with_nothing_running_does_nothing(self):
        self.ok("var kept = 5")
        for _ in range(3):
            # Waited for: one that comes when the next cell is there already is that cell's.
            self.assertEqual(self.on_control("interrupt_request")["status"], "ok")
        self.assertEqual(self.ok("kept").result, "5")

    def test_a_signal_counts_as_an_interrupt(self):
        msg_id, seen = self.started("console.log('going'); await new Promise(() => {})")
        os.kill(self.kernel.manager.provisioner.pid, signal.SIGINT)
        self.assertEqual(self.kernel.collect(msg_id, timeout=10, messages=seen).reply["ename"], "Interrupted")


# A cell that has a child process, a run in the background (so a trainer process), and then hangs as it is told.
FAMILY = """%model toy:conflict
const background = %alright λ=0.5 steps=2000000 checkpoint.every=1000000 background
require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
while (background.snapshot().step < 2) await new Promise((r) => setTimeout(r, 50));
console.log('going');
"""
IDLE = FAMILY
WAITING = FAMILY + "await new Promise(() => {});"
SPINNING = FAMILY + "{ const spin = () => { while (true); }; await 1; spin(); }"


class Ends(unittest.TestCase):
    """Every way a kernel ends, with cells in every state: by process id, nothing is left."""

    def begin(self, code):
        kernel = Kernel()
        kernel.send(code)
        seen = ""
        while "going" not in seen:
            message = kernel.client.get_iopub_msg(timeout=60)
            if message["msg_type"] == "stream":
                seen += message["content"]["text"]
            self.assertNotEqual(message["msg_type"], "error", message["content"])
        time.sleep(0.3)
        pids = family(kernel)
        # The kernel, the user process, the trainer, sleep.
        self.assertGreaterEqual(len(pids), 4)
        return kernel, pids

    def test_shutdown(self):
        for code in (IDLE, WAITING, SPINNING):
            kernel, pids = self.begin(code)
            kernel.stop()
            self.assertEqual(gone(pids, 3), [], code)

    def test_restart(self):
        for code in (IDLE, WAITING, SPINNING):
            kernel, pids = self.begin(code)
            kernel.manager.restart_kernel(now=False)
            self.assertEqual(gone(pids, 3), [], code)
            kernel.client.wait_for_ready(timeout=60)
            self.assertEqual(kernel.run("1 + 1").result, "2")
            kernel.stop()

    def test_the_kernel_process_is_killed(self):
        for code in (IDLE, WAITING, SPINNING):
            kernel, pids = self.begin(code)
            os.kill(pids[0], signal.SIGKILL)
            self.assertEqual(gone(pids, 10), [], code)
            kernel.client.stop_channels()
            kernel.manager.cleanup_resources()

    def test_the_run_of_a_killed_kernel_can_go_on(self):
        kernel, pids = self.begin(SPINNING)
        os.kill(pids[0], signal.SIGKILL)
        self.assertEqual(gone(pids, 10), [])
        run = next(Path(kernel.directory, "runs").iterdir()).name
        kernel.client.stop_channels()
        other = Kernel(kernel.directory)
        cell = other.run(f"%model toy:conflict\nconst again = %resume {run} background\nawait again.pause();\nagain.snapshot().step > 2")
        other.stop()
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        self.assertEqual(cell.result, "true")


if __name__ == "__main__":
    unittest.main(verbosity=2)
