"""%save and %load, and what control answers, through a real client and a small language model."""

import json
import os
import tempfile
import unittest

from client import Kernel


class Saving(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.folder = tempfile.TemporaryDirectory()
        cls.kernel.run(
            "%model pythia-tiny\n%data sft=wordnet-sft dpo=wordnet-preferences\n"
            "%set threads=1 batchSize.sft=2 batchSize.dpo=2 evaluation.fraction=0.001 ideal=none"
        )

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()
        cls.folder.cleanup()

    def ok(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        return cell

    def fails(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "error")
        return cell.reply["evalue"]

    def at(self, name):
        return os.path.join(self.folder.name, name)

    def test_a_run_is_saved_merged_and_as_an_adapter_and_loaded_again(self):
        self.ok("const run = %alright λ=0.5 steps=2")
        said = self.ok(f"%save {{run}} {self.at('merged')}").text()
        self.assertIn("merged model of run alright-", said)
        self.assertTrue({"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= set(os.listdir(self.at("merged"))))
        self.ok(f"%save {self.at('adapter')} adapter")
        with open(os.path.join(self.at("adapter"), "adapter_config.json")) as file:
            self.assertEqual(json.load(file)["peft_type"], "LORA")
        self.assertIn("nothing is overwritten", self.fails(f"%save {{run}} {self.at('merged')}"))
        cell = self.ok(
            f"const saved = %load {self.at('merged')}\n"
            "const trained = %load {run}\n"
            'const texts = [saved, trained].map((model) => model.generate("What is a pear?", { maxTokens: 8 }).texts());\n'
            "const [[a], [b]] = await Promise.all(texts);\n"
            "await saved.dispose();\nawait trained.dispose();\n"
            "console.log(a === b && a.length > 0);"
        )
        self.assertIn("true", cell.text())

    def test_what_can_not_be_saved_or_loaded_is_said_in_words(self):
        self.assertIn("keep it: const model = %load", self.fails("%load pythia-tiny"))
        self.assertIn("pythia-tini", self.fails("const m = %load pythia-tini"))
        self.assertIn("no run is there", self.fails(f"%save nobody {self.at('x')}"))
        self.assertIn("an adapter is float32", self.fails(f"%save {self.at('x')} adapter dtype=float16"))
        self.assertFalse(os.path.exists(self.at("x")))

    def test_control_answers_in_words(self):
        self.ok("const long = %sft steps=100000 background")
        self.assertIn("needs the new λ", self.fails("%steer {long}"))
        self.assertIn('method "sft" has no option "lambda"', self.fails("await long.pause(); await long.steer({ lambda: 0.3 })"))
        self.ok("%stop {long}")
        self.assertIn("is stopped; there is nothing to pause", self.fails("%pause {long}"))
        self.assertIn("is stopped", self.fails("%resume {long}"))


if __name__ == "__main__":
    unittest.main()
