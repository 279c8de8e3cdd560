"""The magics on the toy, through a real client: training, live plots, interrupt and resume, steering."""

import csv
import json
import os
import re
import signal
import time
import unittest

from client import Kernel

PLOT = "application/vnd.alright.plot.v1+json"


class Magics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.kernel.run("%model toy:conflict")

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def ok(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        return cell

    def fails(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "error")
        return cell.reply["evalue"]

    def plots(self, cell):
        """The plot messages of a cell, in order; they must be one display and its updates."""
        shown = [m for m in cell.messages if m["msg_type"] in ("display_data", "update_display_data") and PLOT in m["content"]["data"]]
        self.assertEqual([m["msg_type"] for m in shown], ["display_data"] + ["update_display_data"] * (len(shown) - 1))
        self.assertEqual(len({m["content"]["transient"]["display_id"] for m in shown}), 1)
        return shown

    def interrupted(self, code, kind="update_display_data", count=3):
        """Interrupts a cell once it has sent so many messages of this kind."""
        msg_id = self.kernel.send(code)
        seen = []
        while sum(message["msg_type"] == kind for message in seen) < count:
            message = self.kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
        self.kernel.manager.interrupt_kernel()
        return self.kernel.collect(msg_id, timeout=60, messages=seen)

    def test_a_run_is_drawn_live_and_ends_with_a_picture(self):
        cell = self.ok("%alright λ=0.5 steps=200000 checkpoint.every=100000")
        shown = self.plots(cell)
        self.assertGreater(len(shown), 4)
        seqs = [m["content"]["data"][PLOT]["runs"][0]["seq"] for m in shown]
        self.assertEqual(seqs, sorted(seqs))
        for message in shown:
            data = message["content"]["data"]
            self.assertEqual(data[PLOT]["version"], 1)
            self.assertNotEqual(data["text/plain"], "")
        first = shown[0]["content"]["data"][PLOT]["runs"][0]
        self.assertEqual((first["state"], first["step"]), ("preparing", 0))
        final = shown[-1]["content"]["data"]
        self.assertEqual(final[PLOT]["runs"][0]["state"], "finished")
        self.assertTrue(final["image/png"].startswith("iVBORw0KGgo"))
        self.assertIsNone(cell.result)

    def test_updates_come_at_most_ten_times_a_second(self):
        shown = self.plots(self.ok("%mix λ=0.5 steps=150000 checkpoint.every=100000"))
        times = [m["header"]["date"].timestamp() for m in shown[1:-1]]
        gaps = [b - a for a, b in zip(times, times[1:])]
        self.assertTrue(all(gap > 0.08 for gap in gaps), gaps)

    def test_the_value_is_the_run(self):
        self.assertEqual(self.ok("const run = %sft steps=100\nrun.state").result, "'finished'")
        self.assertEqual(self.ok("(await run.done).steps").result, "100")
        self.assertIn("TS2339", self.fails("run.nothing"))

    def test_the_three_spellings_of_an_option_are_one(self):
        for spelling in ("λ=0.25", "lambda=0.25", "--lambda 0.25", "--lambda=0.25", "λ={1 / 4}"):
            self.assertIn("lambda: 0.25", self.ok(f"%alright {spelling} --code").text())

    def test_code_prints_the_call_and_the_call_works(self):
        text = self.ok("%maxright λ=0.4 k=2 steps=50 seed=7 --code").text()
        self.assertIn("train({", text)
        self.assertEqual(self.ok(text + "\nrun.state").result, "'finished'")

    def test_errors_come_before_anything_runs_and_name_the_nearest(self):
        self.assertIn('did you mean "%alright"', self.fails("console.log('ran')\n%alrigth λ=0.5"))
        self.assertIn('did you mean "steps"', self.fails("%alright step=5"))
        self.assertIn("[0, 1]", self.fails("%alright λ=1.5"))
        self.assertIn("[0, 1]", self.fails("%alright λ={3 / 2}"))
        self.assertIn("TS2345", self.fails("%alright λ={'half'}"))
        self.assertIn("an integer", self.fails("%alright steps=2.5"))
        self.assertIn('did you mean "toy:conflict"', self.fails("%model toy:conflikt\n%alright"))
        self.ok("%model toy:conflict")

    def test_interrupt_pauses_and_resume_goes_on(self):
        cell = self.interrupted("%alright λ=0.5 steps=20000000 evaluation.every=100000 checkpoint.every=10000000")
        self.assertEqual(cell.reply["ename"], "RunPaused")
        match = re.search(r"run (\S+) is paused after step (\d+) of 20000000; %resume \1", cell.reply["evalue"])
        self.assertTrue(match, cell.reply["evalue"])
        run_id, step = match.group(1), int(match.group(2))
        self.assertGreater(step, 0)
        last = self.plots(cell)[-1]["content"]["data"]
        self.assertEqual(last[PLOT]["runs"][0]["state"], "paused")
        self.assertIn("image/png", last)
        self.assertEqual(self.ok("1 + 1").result, "2")
        again = self.interrupted(f"%resume {run_id}")
        self.assertGreater(int(re.search(r"after step (\d+)", again.reply["evalue"]).group(1)), step)
        self.assertGreater(len(self.plots(again)), 3)
        self.ok(f"%stop {run_id}")

    def test_a_killed_trainer_is_said_in_the_cell_and_the_kernel_lives(self):
        msg_id = self.kernel.send("const doomed = %alright λ=0.5 steps=20000000 evaluation.every=100000 checkpoint.every=1000")
        seen = []
        while sum(message["msg_type"] == "update_display_data" for message in seen) < 3:
            message = self.kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
        plot = next(m["content"]["data"][PLOT] for m in seen if PLOT in m["content"].get("data", {}))
        run_id = plot["runs"][0]["runId"]
        pid = int(open(os.path.join(self.kernel.directory, "runs", run_id, "trainer.pid")).readline())
        began = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        cell = self.kernel.collect(msg_id, timeout=60, messages=seen)
        print(f"a killed trainer was said {time.perf_counter() - began:.2f} s later")
        self.assertEqual(cell.reply["status"], "error")
        self.assertRegex(cell.reply["evalue"], rf"after step \d+, the trainer process of run {run_id} was ended by SIGKILL.*resume the run")
        self.assertEqual(self.ok("1 + 1").result, "2")
        again = self.interrupted(f"%resume {run_id}")
        self.assertEqual(again.reply["ename"], "RunPaused")
        self.ok(f"%stop {run_id}")

    def test_a_run_of_an_earlier_session_is_resumed(self):
        method = (
            "import { defineMethod, step } from 'alright-ts';\n"
            "const turns = defineMethod('turns', {}, function* () { for (;;) { yield step('dpo'); yield step('sft'); } });"
        )
        first = Kernel()
        first.run("%model toy:conflict")
        first.run(method)
        msg_id = first.send("%run turns steps=2000000 checkpoint.every=1000000")
        while first.client.get_iopub_msg(timeout=60)["msg_type"] != "update_display_data":
            pass
        time.sleep(1)
        first.manager.interrupt_kernel()
        run_id = re.search(r"run (\S+) is paused", first.collect(msg_id).reply["evalue"]).group(1)
        first.stop()
        second = Kernel(first.directory)
        try:
            self.assertIn(run_id, second.run("%runs all").of("display_data")[0]["data"]["text/plain"])
            self.assertIn("turns", second.run(f"%resume {run_id}").reply["evalue"])
            second.run(method)
            self.assertEqual(second.run(f"const again = %resume {run_id} background").reply["status"], "ok")
            second.run("%stop {again}")
            self.assertEqual(second.run("again.state").result, "'stopped'")
        finally:
            second.stop()

    def test_a_run_of_the_api_is_the_sessions_too(self):
        code = (
            "import { train } from 'alright-ts';\n"
            "const mine = train({ model: 'toy:conflict', data: {}, method: { name: 'mix' }, steps: 20000000, checkpoint: { every: 10000000 } });\n"
            "mine.onSnapshot((snapshot) => { if (snapshot.step > 0) console.log(snapshot.step); });\n"
            "await mine.done"
        )
        cell = self.interrupted(code, "stream", 1)
        self.assertEqual(cell.reply["ename"], "RunPaused")
        self.assertEqual(self.ok("mine.state").result, "'paused'")
        shown = self.ok("mine").of("execute_result")[0]["data"]
        self.assertEqual(shown[PLOT]["runs"][0]["state"], "paused")
        self.assertIn("image/png", shown)
        self.ok("%stop {mine}")

    def test_background_runs_leave_the_cell_free(self):
        cell = self.ok("const far = %mix λ=0.3 steps=20000000 evaluation.every=100000 checkpoint.every=10000000 background")
        self.assertLess(cell.seconds, 10)
        time.sleep(1)
        self.assertIn("λ = 0.9", self.ok("%steer {far} λ=0.9").text())
        self.assertIn("is paused", self.ok("%pause {far}").text())
        self.ok("%resume {far} background")
        self.assertIn("was stopped", self.ok("%stop {far}").text())
        self.assertEqual(self.ok("far.snapshot().steered.length").result, "1")

    def test_control_is_answered_while_a_cell_spins(self):
        self.ok("const steered = %alright λ=0.5 steps=20000000 evaluation.every=100000 checkpoint.every=10000000 background")
        run_id = self.ok("steered.id").result.strip("'")
        msg_id = self.kernel.send("{ const end = Date.now() + 2500; while (Date.now() < end); }")
        time.sleep(0.3)
        session, shell = self.kernel.client.session, self.kernel.client.shell_channel
        shell.send(session.msg("comm_open", {"comm_id": "control", "target_name": "alright.control", "data": {}}))

        def ask(**data):
            begin = time.perf_counter()
            shell.send(session.msg("comm_msg", {"comm_id": "control", "data": data}))
            while True:
                message = self.kernel.client.get_iopub_msg(timeout=10)
                if message["msg_type"] == "comm_msg":
                    return message["content"]["data"], time.perf_counter() - begin

        reply, seconds = ask(action="snapshots")
        self.assertLess(seconds, 0.5)
        self.assertTrue(reply["ok"])
        self.assertIn(run_id, [one["runId"] for one in reply["snapshots"]])
        paused, seconds = ask(action="pause", runId=run_id)
        self.assertEqual(paused, {"ok": True})
        self.assertLess(seconds, 1.5)
        self.assertIn("unknown run", ask(action="pause", runId="nobody")[0]["error"])
        self.assertIn("[0, 1]", ask(action="steer", runId=run_id, **{"lambda": 2})[0]["error"])
        while self.kernel.client.get_shell_msg(timeout=10)["parent_header"]["msg_id"] != msg_id:
            pass
        self.assertEqual(ask(action="resume", runId=run_id)[0], {"ok": True})
        reply, _ = ask(action="steer", runId=run_id, **{"lambda": 0.8})
        self.assertEqual(reply, {"ok": True})
        reply, _ = ask(action="stop", runId=run_id)
        self.assertEqual(reply, {"ok": True})
        self.kernel.drain()

    def test_a_method_defined_in_a_cell(self):
        self.ok(
            "import { defineMethod, step } from 'alright-ts';\n"
            "const coin = defineMethod('coin', { p: { type: 'number', default: 0.5, help: 'share of DPO' } },\n"
            "  function* (options, random) { while (true) yield step(random() < options.p ? 'dpo' : 'sft'); });\n"
            "%run coin p=0.2 steps=200"
        )
        self.assertIn('"alright"', self.fails("%run alrigth"))

    def test_all_runs_of_the_session_in_one_plot(self):
        self.ok("%sft steps=50")
        self.ok("%dpo steps=50")
        for view in ("", "objective", "losses", "weights", "bars"):
            data = self.plots(self.ok(f"%plot {view}"))[-1]["content"]["data"]
            self.assertGreaterEqual(len(data[PLOT]["runs"]), 2)
            self.assertIn("image/png", data)
            if view == "weights":
                self.assertEqual(sorted(data[PLOT]["contours"]), ["dpo", "sft", "x", "y"])
            if view == "bars":
                self.assertEqual(len(data[PLOT]["bars"]["groups"]), 3)
        self.assertIn("ideal distance", self.ok("%runs").of("display_data")[0]["data"]["text/html"])

    def test_runs_are_a_table_sorted_filtered_and_exported(self):
        self.ok("const low = %mix λ=0.2 steps=60 ideal=0,0")
        self.ok("const high = %mix λ=0.8 steps=60 ideal=0,0")
        low, high = (self.ok(f"{name}.id").result.strip("'") for name in ("low", "high"))
        data = self.ok("%runs method=mix state=finished sort=-λ").of("display_data")[0]["data"]
        for title in ("state", "λ", "DPO loss", "SFT gap", "ideal distance", "hypervolume alone", "time", "memory"):
            self.assertIn(f"<th>{title}</th>", data["text/html"])
        self.assertLess(data["text/plain"].index(high), data["text/plain"].index(low))
        self.assertNotIn("<td>sft</td>", data["text/html"])
        # Colours are the page's own, in light and dark.
        self.assertNotIn("style", data["text/html"])
        self.assertEqual(self.ok("const table = %runs method=mix sort=λ\nconst values = table.column('lambda').values as number[]; values.includes(0.2)").result, "true")
        self.assertEqual(self.ok("table.columns.includes('hypervolume')").result, "true")
        # A danfojs frame has its columns as properties, so any name goes; it is no number.
        self.assertIn("'DataFrame' is not assignable to type 'number'", self.fails("const wrong: number = table"))
        self.assertIn("written to", self.ok("%runs csv=mine.csv json=mine.json").text())
        directory = self.kernel.directory
        with open(os.path.join(directory, "mine.csv"), newline="") as file:
            listed = list(csv.DictReader(file))
        with open(os.path.join(directory, "mine.json")) as file:
            objects = json.load(file)
        self.assertEqual([row["id"] for row in listed], [one["id"] for one in objects])
        mine = next(one for one in objects if one["id"] == low)
        self.assertAlmostEqual(mine["idealDistance"], (mine["dpo"] ** 2 + mine["sft"] ** 2) ** 0.5)
        self.assertIn("is there already", self.fails("%runs csv=mine.csv"))
        self.ok("%runs csv=mine.csv --force")
        self.assertIn('"idealDistance"', self.fails("%runs sort=idealDistanse"))
        self.assertIn("one of", self.fails("%runs state=done"))

    def test_evaluate_gives_a_runs_losses_on_its_held_out_rows(self):
        self.ok("const judged = %mix λ=0.5 steps=80 ideal=0,0")
        shown = self.ok("%evaluate {judged}").of("display_data")[0]["data"]["text/plain"]
        self.assertIn("final weights, step 80", shown)
        self.assertIn("reward accuracy", shown)
        same = "found.losses.dpo === (await judged.done).losses.dpo && found.idealDistance === (await judged.done).idealDistance"
        self.assertEqual(self.ok(f"const found = %evaluate {{judged}}\n{same}").result, "true")
        self.assertEqual(self.ok("const last = %evaluate\nlast.run === judged.id").result, "true")
        self.assertIn("TS2339", self.fails("found.nothing"))
        self.assertIn("given twice", self.fails("%evaluate {judged} model=toy:conflict"))
        self.assertIn("nobody is no run", self.fails("%evaluate nobody"))

    def test_generate_streams_its_text_and_gives_it(self):
        ask = 'model=pythia-tiny threads=1'
        cell = self.ok(f'%generate "What is a pear?" {ask} maxTokens=400')
        self.assertGreater(len(cell.of("stream")), 3)
        self.assertIsNone(cell.result)
        whole = cell.text()
        self.assertGreater(len(whole), 200)
        cell = self.ok(f'const text: string = %generate prompt={{"What is " + "a pear?"}} {ask} maxTokens=400\ntext')
        self.assertEqual(cell.text().strip(), whole.strip())
        self.assertEqual(self.ok("text.length").result, str(len(whole) - 1))
        self.assertIn("TS2339", self.fails("text.nothing"))
        drawn = [self.ok(f'%generate "A pear" {ask} raw temperature=1 topP=0.9 maxTokens=30 seed={seed}').text() for seed in (1, 1, 2)]
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])
        stop = whole[10:16]
        self.assertEqual(self.ok(f'%generate "What is a pear?" {ask} stop={{{stop!r}}}').text().strip(), whole[: whole.index(stop)].strip())

    def test_generate_is_interrupted_between_tokens(self):
        begin = time.perf_counter()
        cell = self.interrupted('%generate "What is a pear?" model=pythia-tiny threads=1 maxTokens=480', "stream", 1)
        self.assertEqual(cell.reply["ename"], "Interrupted")
        self.assertLess(time.perf_counter() - begin, 20)
        self.assertGreater(len(cell.text()), 3)
        self.assertEqual(self.ok("1 + 1").result, "2")

    def test_generate_says_what_it_needs(self):
        self.assertIn("it has no words", self.fails('%generate "x"'))
        self.assertIn("needs a prompt", self.fails("%generate model=pythia-tiny"))
        self.assertIn("given twice", self.fails('%generate "x" prompt={"y"}'))
        self.assertIn("expected at least 0", self.fails('%generate "x" temperature=-1'))
        self.assertIn("no run is there", self.fails('%generate "x" run=nobody'))
        self.assertIn("TS2322", self.fails("const n: number = %generate 'x' model=pythia-tiny"))

    def test_generate_writes_with_what_a_run_trained(self):
        with open(os.path.join(self.kernel.directory, "sft.jsonl"), "w") as file:
            for i in range(8):
                file.write(json.dumps(dict(prompt=f"Say {i}", completion="plum plum plum plum plum plum")) + "\n")
        try:
            self.ok("%model pythia-tiny\n%data sft=sft.jsonl")
            train = "%sft steps=20 threads=1 batchSize.sft=4 learningRate=0.01 evaluation.heldOut=false ideal=none"
            self.ok(f"const taught = {train}")
            self.assertIn("plum plum", self.ok('%generate "Say 3" run={taught} maxTokens=12').text())
            run_id = self.ok("taught.id").result.strip("'")
            self.assertIn("plum plum", self.ok(f'%generate "Say 3" run={run_id} maxTokens=12').text())
            self.assertNotIn("plum plum", self.ok('%generate "Say 3" maxTokens=12').text())
        finally:
            self.ok("%model toy:conflict")

    def test_data_shows_what_is_in_it(self):
        directory = self.kernel.directory
        with open(os.path.join(directory, "shown.jsonl"), "w") as file:
            for i in range(40):
                file.write(json.dumps(dict(prompt=f"<b>Say {i}", completion="plum")) + "\n")
            file.write('{"prompt": "x"}\n')
        try:
            self.ok("%model pythia-tiny")
            cell = self.ok("%data sft=shown.jsonl")
            shown = cell.of("display_data")[0]["data"]
            for text in ["40 rows: 39 to train on, 1 to evaluate on", "1 bad row: a run stops at the first", "shown.jsonl:41: \"completion\" is missing", "⟦plum <|endoftext|>⟧"]:
                self.assertIn(text, shown["text/plain"])
            self.assertIn("&lt;b&gt;Say 0", shown["text/html"])
            self.assertIn("<span", shown["text/html"])
            about = "const about = %data sft=shown.jsonl rows=1\nabout.sft!.rows + about.sft!.sample.length"
            self.assertEqual(self.ok(about).result, "41")
            self.assertIn("did you mean", self.fails("%data sft=wordnet-stf"))
            self.assertIn("shown.jsonl", self.ok("%data quiet").text())
            self.assertEqual(self.ok("%data quiet").of("display_data"), [])
        finally:
            self.ok("%model toy:conflict")

    def test_help_of_every_magic(self):
        listed = self.ok("%help").of("display_data")[0]["data"]["text/plain"]
        names = re.findall(r"^- %(\w+):", listed, re.M)
        for name in "model data lora sft dpo sequential mix alright maxright run runs plot pause resume stop steer generate help".split():
            self.assertIn(name, names)
        for name in names:
            page = self.ok(f"%help {name}").of("display_data")[0]["data"]["text/markdown"]
            self.assertIn(f"%{name}", page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
