"""%sweep on the toy, through a real client: the live front, its end, interrupt and resume, what it refuses."""

import re
import sys
import unittest

from case import KernelCase

PLOT = "application/vnd.alright.plot.v1+json"


class Sweeps(KernelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kernel.run("%model toy:conflict")

    def plots(self, cell):
        kinds = ("display_data", "update_display_data")
        shown = [m["content"]["data"] for m in cell.messages if m["msg_type"] in kinds and PLOT in m["content"]["data"]]
        self.assertGreater(len(shown), 1)
        return shown

    def test_a_grid_is_drawn_live_and_ends_as_a_front(self):
        cell = self.ok("const swept = %sweep methods=mix,mgda λ=0.2,0.8 seeds=1,2 steps=400 ideal=none processes=1")
        shown = self.plots(cell)
        first, last = shown[0][PLOT], shown[-1]
        self.assertEqual(first["view"], "front")
        names = [run["name"] for run in last[PLOT]["runs"]]
        self.assertEqual(len(names), 3)
        self.assertTrue(all("n=2, SFT ±" in name for name in names), names)
        self.assertEqual(last[PLOT]["title"], "Sweep: 6 of 6 runs")
        self.assertTrue(last["image/png"].startswith("iVBORw0KGgo"))
        tables = [m["content"]["data"] for m in cell.messages if "text/html" in m["content"].get("data", {})]
        self.assertIn("DPO loss", tables[-1]["text/html"])
        self.assertRegex(tables[-1]["text/plain"], r"mix +0\.2 +2 +[\d.]+ ± [\d.e-]+ +[\d.]+ ± ")
        self.assertEqual(self.ok("const ended = await swept.done; ended.finished").result, "6")
        self.assertEqual(self.ok("ended.frame().shape.join('×')").result, "'3×14'")

    def test_code_is_the_call_and_the_call_works(self):
        text = self.ok("%sweep methods=mix λ=0.3 seeds=7 steps=100 ideal=none --code").text()
        self.assertIn("await sweep({", text)
        self.assertEqual(self.ok(text + "\nsummary.finished").result, "1")

    def test_interrupt_pauses_and_resume_goes_on(self):
        msg_id = self.kernel.send("%sweep methods=mix λ=0.4 steps=150000 ideal=none checkpoint.every=1000 processes=1")
        seen = []
        while sum(m["msg_type"] == "update_display_data" for m in seen) < 3:
            message = self.kernel.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=60, messages=seen)
        self.assertEqual(cell.reply["ename"], "SweepPaused")
        match = re.search(r"sweep (\S+) is paused; %sweep resume=\1", cell.reply["evalue"])
        self.assertTrue(match, cell.reply["evalue"])
        self.assertEqual(self.ok("1 + 1").result, "2")
        cell = self.ok(f"const again = %sweep resume={match.group(1)}")
        self.assertEqual(self.ok("(await again.done).finished").result, "1")

    def test_its_runs_are_steered_and_listed(self):
        self.ok("const going = %sweep methods=mix λ=0.1 steps=300000 ideal=none processes=1 background")
        run = self.ok(
            "const [step] = await new Promise<string[]>((resolve) => {"
            " going.onChange(({ runs }) => { if (runs[0]?.step > 0) resolve([runs[0].runId]); }); });\nstep"
        ).result.strip("'")
        self.assertRegex(self.ok(f"%steer {run} λ=0.9").text(), rf"run {run}: λ = 0\.9 after step \d+")
        table = self.ok("const listed = %runs\nlisted['id'].values.join(' ')").result
        self.assertIn(run, table)
        self.ok("const steeredEnd = await going.done")
        self.assertEqual(
            self.ok(f"import {{ readSnapshot }} from 'alright-ts';\nreadSnapshot('runs/{run}').steered[0].lambda").result, "0.9"
        )

    def test_one_of_its_runs_is_paused_resumed_and_stopped_from_the_plot(self):
        self.ok("const several = %sweep methods=mix λ=0.1,0.5 steps=300000 ideal=none processes=1 background")
        run = self.ok(
            "const [held] = await new Promise<string[]>((resolve) => {"
            " several.onChange(({ runs }) => { if (runs[0]?.step > 0) resolve([runs[0].runId]); }); });\nheld"
        ).result.strip("'")
        client = self.kernel.client
        opened = client.session.msg("comm_open", {"comm_id": "plot", "target_name": "alright.control", "data": {}})
        client.shell_channel.send(opened)

        def ask(**data):
            client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": "plot", "data": data}))
            while True:
                message = client.get_iopub_msg(timeout=30)
                if message["msg_type"] == "comm_msg":
                    return message["content"]["data"]

        def counts():
            return self.ok("((at) => [at.state, at.going, at.paused, at.stopped].join())(several.snapshot())").result

        self.assertIn(run, [one["runId"] for one in ask(action="snapshots")["snapshots"]])
        self.assertEqual(ask(action="pause", runId=run), {"ok": True})
        [kept] = [one for one in ask(action="snapshots")["snapshots"] if one["runId"] == run]
        self.assertEqual(kept["state"], "paused")
        # Its room is the other one's.
        self.assertEqual(counts(), "'running,1,1,0'")
        self.assertEqual(ask(action="stop", runId=run), {"ok": True})
        self.assertEqual(counts(), "'running,1,0,1'")
        # Nothing is kept of it, and it has ended.
        self.assertIn("unknown run", ask(action="resume", runId=run)["error"])
        summary = self.ok("const left = await several.done; [left.state, left.finished, left.stopped, left.failed].join()")
        self.assertEqual(summary.result, "'finished,1,1,0'")

    def test_what_it_refuses(self):
        self.assertIn("expected numbers with commas between", self.fails("%sweep λ=half")["evalue"])
        self.assertIn('did you mean "seeds"', self.fails("%sweep sedes=1")["evalue"])
        self.assertIn('did you mean "mix"', self.fails("%sweep methods=mixx steps=10")["evalue"])
        self.assertIn("no sweep is there", self.fails("%sweep resume=nothing")["evalue"])
        self.assertIn("takes no lambda", self.fails("%sweep resume=nothing λ=0.5")["evalue"])
        self.assertIn("chooses λ of one method", self.fails("%sweep methods=mix,alright budget=5")["evalue"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
