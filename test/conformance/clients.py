"""Other clients of the kernel: nbclient, papermill with a parameters cell, jupytext's metadata, VS Code's plots."""

import os
import tempfile
import unittest
from pathlib import Path

import nbformat
from client import Kernel
from nbclient import NotebookClient

PLOT = "application/vnd.alright.plot.v1+json"
PLOTLY = "application/vnd.plotly.v1+json"


def notebook(*sources):
    one = nbformat.v4.new_notebook()
    one.metadata["kernelspec"] = {"name": "alright", "display_name": "TypeScript (ALRIGHT)", "language": "typescript"}
    one.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return one


class Clients(unittest.TestCase):
    def test_nbclient(self):
        one = notebook("const a: number = 1", "throw new Error('expected')", "const b: string = 5", "console.log(a); a + 1")
        NotebookClient(one, timeout=60, allow_errors=True).execute()
        kinds = [[output["output_type"] for output in cell["outputs"]] for cell in one.cells]
        self.assertEqual(kinds, [[], ["error"], ["error"], ["stream", "execute_result"]])
        nbformat.validate(one)
        # What jupytext writes and reads back a script by.
        info = one.metadata["language_info"]
        self.assertEqual((info["name"], info["file_extension"], info["mimetype"]), ("typescript", ".ts", "application/typescript"))
        self.assertEqual(one.metadata["kernelspec"]["language"], "typescript")

    def test_nbclient_stops_at_an_error(self):
        one = notebook("throw new Error('stop here')", "'never'")
        with self.assertRaisesRegex(Exception, "stop here"):
            NotebookClient(one, timeout=60).execute()
        self.assertEqual(one.cells[1]["outputs"], [])

    def test_papermill(self):
        import papermill

        folder = Path(tempfile.mkdtemp(prefix="alright-papermill-"))
        one = notebook(
            "const lambda: number = 0.1; // the trade-off\nconst label = 'none';\nlet steps = 5;\nconst more: Record<string, unknown> = {};",
            "const twice = 2 * lambda; console.log(twice.toFixed(1), label.length, steps + 1, JSON.stringify(more))",
        )
        one.cells[0].metadata["tags"] = ["parameters"]
        nbformat.write(one, folder / "in.ipynb")
        parameters = {"lambda": 0.5, "label": "a \"b\"\n'λ'", "more": {"list": [1, None, True, 1.5], "k-v": "x"}}
        done = papermill.execute_notebook(str(folder / "in.ipynb"), str(folder / "out.ipynb"), parameters, progress_bar=False, cwd=str(folder))
        self.assertEqual([cell.metadata.get("tags") for cell in done.cells[:2]], [["parameters"], ["injected-parameters"]])
        self.assertIn("var lambda = 0.5;", done.cells[1].source)
        text = "".join(output["text"] for output in done.cells[2].outputs)
        self.assertEqual(text, '1.0 9 6 {"list":[1,null,true,1.5],"k-v":"x"}\n')
        listed = papermill.inspect_notebook(str(folder / "in.ipynb"))
        self.assertEqual(listed["lambda"], {"name": "lambda", "inferred_type_name": "number", "default": "0.1", "help": "the trade-off"})
        self.assertEqual((listed["label"]["default"], listed["steps"]["default"]), ("'none'", "5"))
        # A parameter of another type is checked as any cell is.
        with self.assertRaisesRegex(papermill.PapermillExecutionError, "TS236"):
            papermill.execute_notebook(
                str(folder / "in.ipynb"), str(folder / "out.ipynb"), {"lambda": "half"}, progress_bar=False, cwd=str(folder)
            )

    def plots(self, code, environment=None):
        before = {name: os.environ.get(name) for name in environment or {}}
        os.environ.update(environment or {})
        try:
            kernel = Kernel()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        try:
            cell = kernel.run(code)
        finally:
            kernel.stop()
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        return [m["content"]["data"] for m in cell.messages if m["msg_type"] in ("display_data", "update_display_data")]

    def test_plotly_figures_for_front_ends_without_the_extension(self):
        run = "%model toy:conflict\n%alright λ=0.5 steps=20"
        self.assertFalse(any(PLOTLY in data for data in self.plots(run)))
        for code, environment in ((f"%set plotly=true\n{run}", {}), (run, {"VSCODE_PID": "1"}), (run, {"ALRIGHT_PLOTLY": "1"})):
            *earlier, last = self.plots(code, environment)
            self.assertFalse(any(PLOTLY in data for data in earlier))
            figure = last[PLOTLY]
            self.assertGreater(len(figure["data"]), 0)
            self.assertIn("xaxis", figure["layout"])
            self.assertIn(PLOT, last)
            self.assertIn("image/png", last)
        self.assertNotIn(PLOTLY, self.plots(f"%set plotly=false\n{run}", {"VSCODE_PID": "1"})[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
