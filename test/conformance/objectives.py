"""Losses by their names, and objectives defined in a cell, through a real client, on the toy."""

import json
import re
import time
import unittest

from client import Kernel

DPO = """
import { defineObjective, logSigmoid, readEvents } from 'alright-ts';
const mine = defineObjective(
  'my-dpo',
  { beta: { type: 'number', default: 0.1, above: 0, help: 'scale of rewards' }, shift: { type: 'number', default: 0, help: 'target margin' } },
  ({ chosen, rejected }, { beta, shift }) =>
    -logSigmoid(beta * (chosen.logProb - chosen.reference - rejected.logProb + rejected.reference) - shift),
);
const losses = (run: { directory: string }) =>
  JSON.stringify(readEvents(`${run.directory}/events.jsonl`).flatMap((event) => (event.type === 'step' ? [event.losses] : [])));
"""


class Objectives(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.kernel.run("%model toy:conflict")
        reply = cls.kernel.run(DPO).reply
        assert reply["status"] == "ok", reply

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

    def losses(self, variable):
        return json.loads(self.ok(f"console.log(losses({variable}))").text())

    def test_an_objective_defined_in_a_cell_trains_as_the_one_built_in(self):
        self.ok("const builtIn = %mix steps=150")
        expected = self.losses("builtIn")
        self.assertEqual(len(expected), 150)
        for written in ("objective=mine", "objective=my-dpo", "objective={mine}"):
            self.ok(f"const own = %mix steps=150 {written} beta=1")
            for a, b in zip(self.losses("own"), expected, strict=True):
                for name in ("dpo", "sft"):
                    self.assertLess(abs(a[name] - b[name]), 1e-6)

    def test_the_cell_that_defines_one_can_train_with_it(self):
        self.ok("const here = defineObjective('own-cell', {}, ({ chosen }) => -chosen.logProb);\n%mix objective=here steps=5")

    def test_its_options_are_the_magics(self):
        self.ok("const shifted = %mix steps=5 objective=mine beta=1 shift=2")
        slot = self.ok("JSON.stringify(shifted.specification.objectives.dpo)").result
        self.assertIn('{"loss":"my-dpo","beta":1,"shift":2}', slot)
        self.ok("const plain = %mix steps=5 objective=mine beta=1")
        self.assertGreater(self.losses("shifted")[0]["dpo"], self.losses("plain")[0]["dpo"])
        self.assertIn('no option "shift"', self.fails("%mix steps=5 shift=2"))
        self.assertIn('no option "shifd"', self.fails("%mix steps=5 objective=mine shifd=2"))
        self.assertIn('did you mean "mine"', self.fails("%mix steps=5 objective=mind"))

    def test_with_a_method_of_ones_own(self):
        self.ok(
            "import { defineMethod, step } from 'alright-ts';\n"
            "const turns = defineMethod('turns', { shift: { type: 'number', default: 1, help: 'the method has it first' } },\n"
            "  function* () { for (;;) { yield step('dpo'); yield step('sft'); } });\n"
            "const both = %run turns objective=mine beta=1 shift=3 steps=6"
        )
        found = self.ok("JSON.stringify([both.specification.method, both.specification.objectives.dpo])").result
        self.assertIn('[{"name":"turns","shift":3},{"loss":"my-dpo","beta":1,"shift":0}]', found)

    def test_code_prints_the_call_and_the_call_works(self):
        text = self.ok("%mix objective=mine beta=1 steps=20 --code").text()
        self.assertIn("objectives: [mine]", text)
        self.assertEqual(self.ok(text + "\nrun.state").result, "'finished'")

    def test_one_that_throws_fails_its_run_in_its_words(self):
        self.ok("const broken = defineObjective('broken', {}, () => { throw new Error('no luck'); });")
        self.assertIn('objective "broken" failed: row 0: no luck', self.fails("%mix objective=broken steps=5"))

    def test_one_that_becomes_nan_names_step_rows_and_itself(self):
        self.ok(
            # A row takes one call for its loss and eight for its derivatives.
            "let calls = 0;\n"
            "const dies = defineObjective('dies', {}, ({ chosen }) => (++calls > 99 ? NaN : -chosen.logProb));"
        )
        self.assertRegex(
            self.fails("%dpo objective=dies steps=500"),
            r'step \d+: the dpo loss is NaN on rows 0 of data\.dpo; .*formula of objective "dies"',
        )

    def test_one_whose_weights_do_not_fit(self):
        self.ok("const short = defineObjective('short', {}, () => ({ loss: 1, weights: [1] }));")
        self.assertIn("weights are [1]; expected two numbers", self.fails("%mix objective=short steps=5"))

    def test_losses_by_name_leave_options_of_others_behind(self):
        self.ok("%set beta=0.5 labelSmoothing=0.1")
        try:
            for loss in ("sigmoid", "ipo", "hinge", "rpo", "simpo", "orpo", "cpo"):
                self.ok(f"const one = %dpo loss={loss} steps=5")
                self.assertIn(f"'{loss}'", self.ok("one.specification.objectives.dpo.loss").result)
            self.assertIn("simpo has it", self.fails("%dpo loss=orpo gamma=1 steps=5"))
            self.assertIn('did you mean "simpo"', self.fails("%dpo loss=simop steps=5"))
            self.ok("%set loss=orpo oddsWeight=0.2")
            self.ok("%dpo steps=5")
        finally:
            self.ok("%set loss=sigmoid beta=1")

    def test_a_run_of_an_earlier_session_needs_it_defined_again(self):
        first = Kernel()
        first.run("%model toy:conflict")
        first.run(DPO)
        msg_id = first.send("%mix objective=mine beta=1 steps=2000000 checkpoint.every=1000000")
        while first.client.get_iopub_msg(timeout=60)["msg_type"] != "update_display_data":
            pass
        time.sleep(1)
        first.manager.interrupt_kernel()
        run_id = re.search(r"run (\S+) is paused", first.collect(msg_id).reply["evalue"]).group(1)
        first.stop()
        second = Kernel(first.directory)
        try:
            self.assertIn("my-dpo", second.run(f"%resume {run_id}").reply["evalue"])
            second.run(DPO.replace("- shift", "- 2 * shift"))
            self.assertIn("has changed", second.run(f"%resume {run_id}").reply["evalue"])
            second.run(DPO)
            self.assertEqual(second.run(f"const again = %resume {run_id} background").reply["status"], "ok")
            second.run("%stop {again}")
            self.assertEqual(second.run("again.state").result, "'stopped'")
        finally:
            second.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
