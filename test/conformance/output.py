"""Output: nothing lost, everything in order and before `idle`, and memory bounded however much is printed."""

import time
import unittest

import psutil
import zmq
from case import KernelCase


class Output(KernelCase):
    def shown(self, cell):
        """The texts and displays of a cell in order, neighbouring texts of one stream joined."""
        order = []
        for message in cell.messages:
            content = message["content"]
            if message["msg_type"] == "stream":
                if order and order[-1][0] == content["name"]:
                    order[-1] = (content["name"], order[-1][1] + content["text"])
                else:
                    order.append((content["name"], content["text"]))
            elif message["msg_type"] in ("display_data", "execute_result"):
                order.append((message["msg_type"], content["data"]["text/plain"]))
        return order

    def test_twenty_thousand_lines(self):
        cell = self.ok("for (let i = 0; i < 20000; i++) console.log(i)")
        self.assertEqual(cell.text().split(), [str(i) for i in range(20000)])
        self.assertLess(len(cell.of("stream")), 400)

    def test_twenty_thousand_lines_with_pauses(self):
        cell = self.ok("for (let i = 0; i < 20000; i++) { console.log(i); if (i % 100 === 0) await new Promise((r) => setTimeout(r, 1)); }")
        self.assertEqual(cell.text().split(), [str(i) for i in range(20000)])

    def test_a_line_of_five_megabytes(self):
        cell = self.ok("console.log('λ' + 'x'.repeat(5_000_000) + '!')")
        self.assertEqual(cell.text(), "λ" + "x" * 5_000_000 + "!\n")

    def test_stdout_and_stderr_interleaved(self):
        cell = self.ok("for (let i = 0; i < 300; i++) { console.log(`o${i}`); console.error(`e${i}`); }")
        texts = [one["text"] for one in cell.of("stream")]
        self.assertEqual(texts, [f"{kind}{i}\n" for i in range(300) for kind in "oe"])

    def test_displays_between_texts(self):
        cell = self.ok("for (let i = 0; i < 50; i++) { console.log(i); display(i); }\n'end'")
        expected = [one for i in range(50) for one in (("stdout", f"{i}\n"), ("display_data", str(i)))]
        self.assertEqual(self.shown(cell), [*expected, ("execute_result", "'end'")])

    def test_what_is_printed_is_seen_while_a_cell_spins(self):
        msg_id = self.kernel.send("console.log('one'); console.log('two'); { const end = Date.now() + 3000; while (Date.now() < end); }")
        begin = time.perf_counter()
        text = ""
        while text != "one\ntwo\n":
            message = self.kernel.client.get_iopub_msg(timeout=5)
            if message["msg_type"] == "stream" and message["parent_header"].get("msg_id") == msg_id:
                text += message["content"]["text"]
        self.assertLess(time.perf_counter() - begin, 2)
        self.kernel.collect(msg_id)

    def test_child_processes_in_order(self):
        cell = self.ok(
            "const { execSync, spawnSync } = await import('node:child_process');\n"
            "console.log('a'); execSync('echo b; echo c >&2', { stdio: 'inherit' }); console.log('d');\n"
            "spawnSync('sh', ['-c', 'printf é; printf %s f'], { stdio: 'inherit' }); display('g'); console.error('h')"
        )
        self.assertEqual(cell.text(), "a\nb\nd\néf")
        self.assertEqual(cell.text("stderr"), "c\nh\n")
        order = self.shown(cell)
        # What one child writes to two pipes has no order of its own.
        self.assertIn(order[:3], ([("stdout", "a\nb\n"), ("stderr", "c\n"), ("stdout", "d\néf")], [("stdout", "a\n"), ("stderr", "c\n"), ("stdout", "b\nd\néf")]))
        self.assertEqual(order[3:], [("display_data", "'g'"), ("stderr", "h\n")])

    def test_all_of_a_child_process_before_idle(self):
        for _ in range(5):
            cell = self.ok("require('node:child_process').execSync('seq 1 20000', { stdio: 'inherit' })")
            self.assertEqual(cell.text().split(), [str(i) for i in range(1, 20001)])

    def test_an_asynchronous_child_process(self):
        cell = self.ok(
            "const child = require('node:child_process').spawn('sh', ['-c', 'for i in 1 2 3; do echo $i; sleep 0.05; done'], { stdio: 'inherit' });\n"
            "await new Promise((done) => child.on('exit', done)); console.log('done')"
        )
        self.assertEqual(cell.text(), "1\n2\n3\ndone\n")

    def test_a_child_process_that_is_piped_is_not_shown(self):
        self.assertEqual(self.ok("require('node:child_process').execSync('echo x').toString()").result, "'x\\n'")

    def test_a_closed_stream_costs_nothing_else(self):
        self.ok("require('node:fs').closeSync(1)")
        self.assertEqual(self.ok("console.log('still'); 1").text(), "still\n")
        self.fails("process.exit(0)")

    def test_late_timers_print_below_their_own_cells(self):
        first = self.kernel.send("for (const i of [1, 2, 3]) setTimeout(() => console.log(`late ${i}`), 300 * i)")
        self.kernel.collect(first)
        second = self.kernel.send("console.log('second'); await new Promise((r) => setTimeout(r, 1200)); console.log('end')")
        texts = {first: "", second: ""}
        idle = False
        while not idle:
            message = self.kernel.client.get_iopub_msg(timeout=10)
            parent = message["parent_header"].get("msg_id")
            if message["msg_type"] == "stream":
                texts[parent] += message["content"]["text"]
            idle = parent == second and message["content"].get("execution_state") == "idle"
        self.assertEqual(texts, {first: "late 1\nlate 2\nlate 3\n", second: "second\nend\n"})

    def memory(self):
        """Resident megabytes of the kernel and the user process."""
        process = psutil.Process(self.kernel.manager.provisioner.pid)
        return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6

    def flood(self, code, seconds=4):
        """Lets a cell print for so long, with a second client that reads nothing; then interrupts it."""
        self.ok("1")
        before = self.memory()
        context = zmq.Context()
        deaf = context.socket(zmq.SUB)
        deaf.rcvhwm = 1
        deaf.subscribe("")
        deaf.connect(f"tcp://127.0.0.1:{self.kernel.client.iopub_port}")
        msg_id = self.kernel.send(code)
        seen, most, end = [], 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            message = self.kernel.client.get_iopub_msg(timeout=10)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
            if len(seen) % 50 == 0:
                most = max(most, self.memory())
        # The kernel stays usable.
        begin = time.perf_counter()
        self.assertEqual(self.kernel.request(lambda: self.kernel.client.complete("Math.sq"))["matches"], ["sqrt"])
        self.assertLess(time.perf_counter() - begin, 1)
        begin = time.perf_counter()
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=60, messages=seen)
        took = time.perf_counter() - begin
        deaf.close(0)
        context.destroy(0)
        self.assertEqual(cell.reply["ename"], "Interrupted", cell.reply["traceback"])
        self.assertLess(took, 2)
        self.assertLess(most - before, 250, "megabytes more than before the flood")
        return cell

    def test_a_cell_that_prints_for_ever(self):
        text = self.flood("let n = 0; while (true) console.log(n++)").text()
        lines = text.split("\n")
        # In order and without a gap, whatever the interrupt cut off at the end.
        self.assertGreater(len(lines), 10_000)
        self.assertEqual(lines[:-2], [str(i) for i in range(len(lines) - 2)])

    def test_a_function_that_prints_for_ever_after_an_await(self):
        self.ok("var kept = 1; const long = 'x'.repeat(10_000); function flood() { while (true) console.log(long); }")
        self.flood("await 1; flood()")
        self.assertEqual(self.ok("kept").result, "1")

    def test_an_async_loop_that_prints_for_ever(self):
        self.flood("for (let n = 0; ; n++) { console.log('line', n); await null; }")

    def test_a_child_process_that_prints_for_ever(self):
        self.flood("const yes = require('node:child_process').spawn('yes', ['x'.repeat(100)], { stdio: 'inherit' });\ntry { await new Promise(() => {}) } finally { yes.kill('SIGKILL') }")


if __name__ == "__main__":
    unittest.main(verbosity=2)
