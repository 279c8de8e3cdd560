"""What becomes of runs and processes when a process is killed: checked by process ids and in the run directory."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

from client import Kernel

LONG = "steps=20000000 evaluation.every=100000 checkpoint.every=10000000"


def gone(pid):
    """Whether a process has ended (one that nobody has waited for has, too)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def children(pid):
    """All processes below one."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, last = [], [pid]
    while last:
        last = [child for child, parent in parents.items() if parent in last]
        found += last
    return found


@unittest.skipUnless(os.path.isdir("/proc/self"), "process ids are looked up in /proc")
class Deaths(unittest.TestCase):
    def setUp(self):
        self.kernel = Kernel()
        self.pid = self.kernel.manager.provisioner.pid
        self.ok("%model toy:conflict")

    def tearDown(self):
        self.kernel.stop()

    def ok(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        return cell

    def start(self, magic=f"%alright λ=0.5 {LONG}"):
        """A background run past its first steps: its id and its trainer's process id."""
        self.ok(f"const run = {magic} background")
        run_id = self.ok("run.id").result.strip("'")
        deadline = time.time() + 30
        while self.ok("run.snapshot().step").result == "0":
            self.assertLess(time.time(), deadline)
        with open(self.path(run_id, "trainer.pid")) as file:
            return run_id, int(file.readline())

    def path(self, run_id, *names):
        return os.path.join(self.kernel.directory, "runs", run_id, *names)

    def user_pid(self):
        return int(self.ok("process.pid").result)

    def wait(self, *pids, seconds=10):
        begin = time.perf_counter()
        while not all(gone(pid) for pid in pids):
            self.assertLess(time.perf_counter() - begin, seconds, [pid for pid in pids if not gone(pid)])
            time.sleep(0.02)
        return time.perf_counter() - begin

    def paused(self, run_id, reason):
        """The run's last event says that it paused, with a checkpoint of that very step."""
        with open(self.path(run_id, "events.jsonl")) as file:
            last = json.loads(file.readlines()[-1])
        self.assertEqual(last["type"], "paused", last)
        self.assertRegex(last["reason"], reason)
        self.assertGreater(last["step"], 0)
        self.assertIn(str(last["step"]), os.listdir(self.path(run_id, "checkpoints")))
        self.assertFalse(os.path.exists(self.path(run_id, "trainer.pid")))
        return last["step"]

    def test_user_process_killed_its_runs_checkpoint_and_pause(self):
        run_id, trainer = self.start()
        user = self.user_pid()
        os.kill(user, signal.SIGKILL)
        seconds = self.wait(user, trainer)
        print(f"user process killed: its run had paused {seconds:.2f} s later")
        step = self.paused(run_id, "the process that started it has ended")
        # A new process runs the cells; the run is listed, and goes on from where it was.
        deadline = time.time() + 20
        while self.kernel.run("1 + 1").reply["status"] != "ok":
            self.assertLess(time.time(), deadline)
        self.assertNotEqual(self.user_pid(), user)
        listed = self.ok("%runs all").of("display_data")[0]["data"]["text/plain"]
        self.assertRegex(listed, rf"paused .* {step}  20000000 .*{run_id}")
        self.assertEqual(self.snapshot(run_id)["state"], "paused")
        self.ok(f"const again = %resume {run_id} background")
        time.sleep(0.5)
        self.assertIn("was stopped", self.ok("%stop {again}").text())
        self.assertGreater(int(self.ok("again.snapshot().step").result), step)

    def test_what_damage_took_is_said_below_the_cell_that_resumes(self):
        run_id, trainer = self.start("%alright λ=0.5 steps=20000000 evaluation.every=100000 checkpoint.every=300")
        time.sleep(1)
        self.ok("%pause")
        self.wait(trainer)
        steps = sorted(map(int, os.listdir(self.path(run_id, "checkpoints"))))
        with open(self.path(run_id, "checkpoints", str(steps[-1]), "theta.json"), "w") as file:
            file.write("[0")
        msg_id = self.kernel.send("%resume {run} background\nawait new Promise((r) => setTimeout(r, 2000))")
        cell = self.kernel.collect(msg_id)
        self.assertEqual(cell.reply["status"], "ok", cell.reply)
        said = cell.text("stderr")
        self.assertRegex(said, rf"run {run_id}: the newest checkpoint is damaged \(.*theta.json.*gone on from that of step {steps[0]}")
        self.ok("%stop")

    def snapshot(self, run_id):
        """As the front end asks for it."""
        session, shell = self.kernel.client.session, self.kernel.client.shell_channel
        shell.send(session.msg("comm_open", {"comm_id": "control", "target_name": "alright.control", "data": {"action": "snapshots"}}))
        while True:
            message = self.kernel.client.get_iopub_msg(timeout=10)
            if message["msg_type"] == "comm_msg":
                snapshots = message["content"]["data"]["snapshots"]
                return next(one for one in snapshots if one["runId"] == run_id)

    def test_user_process_killed_while_a_cell_waits_for_its_run(self):
        msg_id = self.kernel.send(f"process.pid\n%alright λ=0.5 {LONG}")
        while self.kernel.client.get_iopub_msg(timeout=60)["msg_type"] != "update_display_data":
            pass
        time.sleep(0.5)
        (run_id,) = os.listdir(os.path.join(self.kernel.directory, "runs"))
        with open(self.path(run_id, "trainer.pid")) as file:
            trainer = int(file.readline())
        (user,) = [pid for pid in children(self.pid) if trainer in children(pid)]
        os.kill(user, signal.SIGKILL)
        reply = self.kernel.collect(msg_id).reply
        self.assertEqual(reply["ename"], "ProcessLost")
        self.assertIn("%resume ID", reply["evalue"])
        self.wait(user, trainer)
        self.paused(run_id, "the process that started it has ended")

    def test_user_process_killed_with_a_method_of_its_own(self):
        method = (
            "import { defineMethod, step } from 'alright-ts';\n"
            "const turns = defineMethod('turns', {}, function* () { for (;;) { yield step('dpo'); yield step('sft'); } });"
        )
        self.ok(method)
        run_id, trainer = self.start(f"%run turns {LONG}")
        user = self.user_pid()
        os.kill(user, signal.SIGKILL)
        self.wait(user, trainer)
        self.paused(run_id, "the process that .* has ended")
        deadline = time.time() + 20
        while self.kernel.run("1 + 1").reply["status"] != "ok":
            self.assertLess(time.time(), deadline)
        # Its cell must have run, and its source must be as it was.
        self.assertIn("define it again", self.kernel.run(f"%resume {run_id}").reply["evalue"])
        self.ok(method.replace("yield step('sft')", "yield step('sft'); yield step('sft')"))
        self.assertIn("has changed", self.kernel.run(f"%resume {run_id}").reply["evalue"])
        self.ok(method)
        self.ok(f"const again = %resume {run_id} background")
        self.ok("%stop {again}")

    def killed_kernel(self, busy):
        run_id, trainer = self.start()
        if busy:
            self.kernel.send("for (;;) {}" if busy == "now" else "await Promise.resolve(1); (function spin() { for (;;) {} })()")
            time.sleep(0.5)
        below = children(self.pid)
        self.assertIn(trainer, below)
        os.kill(self.pid, signal.SIGKILL)
        seconds = self.wait(self.pid, *below)
        self.paused(run_id, "paused|has ended")
        return seconds

    def test_kernel_killed_leaves_no_process_and_a_checkpoint(self):
        print(f"kernel killed: no process was left {self.killed_kernel(None):.2f} s later")

    def test_starter_killed_leaves_no_process_and_a_checkpoint(self):
        """A killed Jupyter server says nothing to its kernels."""
        script = (
            "import os, time\n"
            "from client import Kernel\n"
            "kernel = Kernel()\n"
            "kernel.run('%model toy:conflict')\n"
            f"kernel.run('const run = %alright λ=0.5 {LONG} background')\n"
            "while kernel.run('run.snapshot().step').result == '0': pass\n"
            "print(kernel.manager.provisioner.pid, kernel.directory, flush=True)\n"
            "time.sleep(600)\n"
        )
        here = os.path.dirname(os.path.abspath(__file__))
        starter = subprocess.Popen([sys.executable, "-c", script], cwd=here, stdout=subprocess.PIPE, text=True)
        pid, self.kernel.directory = starter.stdout.readline().split()
        below = children(int(pid))
        self.assertGreaterEqual(len(below), 2)
        starter.kill()
        starter.wait()
        seconds = self.wait(int(pid), *below)
        print(f"starter killed: no process was left {seconds:.2f} s later")
        (run_id,) = os.listdir(os.path.join(self.kernel.directory, "runs"))
        self.paused(run_id, "paused|has ended")

    def test_kernel_killed_while_a_cell_spins(self):
        print(f"kernel killed while a cell spins: no process was left {self.killed_kernel('now'):.2f} s later")

    def test_kernel_killed_while_a_cell_spins_after_an_await(self):
        self.killed_kernel("later")

    def test_all_processes_killed_at_once(self):
        run_id, trainer = self.start()
        below = children(self.pid)
        for pid in (self.pid, *below):
            os.kill(pid, signal.SIGKILL)
        self.wait(self.pid, *below)
        other = Kernel(self.kernel.directory)
        try:
            text = other.run("%runs all").of("display_data")[0]["data"]["text/plain"]
            self.assertRegex(text, rf"paused .*{run_id}")
            self.assertEqual(other.run(f"const again = %resume {run_id} background").reply["status"], "ok")
            self.assertEqual(other.run("%stop {again}").reply["status"], "ok")
        finally:
            other.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
