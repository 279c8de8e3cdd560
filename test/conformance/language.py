"""The language through a real client: packages and files beside the notebook, import.meta, checking by mode, half-run cells."""

import json
import os
import time
import unittest

from client import Kernel


class Language(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.kernel.run("1")

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
        return cell.reply

    def write(self, path, text):
        file = os.path.join(self.kernel.directory, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w") as out:
            out.write(text)
        time.sleep(0.02)  # the next change has another time

    def package(self, name, manifest, **files):
        self.write(f"node_modules/{name}/package.json", json.dumps({"name": name, "version": "1.0.0", **manifest}))
        for file, text in files.items():
            self.write(f"node_modules/{name}/{file.replace('__', '.')}", text)

    def test_an_esm_only_package(self):
        self.package(
            "only-esm",
            {"type": "module", "exports": {".": {"types": "./index.d.ts", "import": "./index.js"}}},
            index__js="export const kind = 'esm'; export default (n) => n + 1; export const own = import.meta.url;",
            index__d__ts="export const kind: string; export const own: string; export default function (n: number): number;",
        )
        self.assertEqual(self.ok("import next, { kind } from 'only-esm';\n[kind, next(1)]").result, "[ 'esm', 2 ]")
        self.assertEqual(self.ok("(await import('only-esm')).kind").result, "'esm'")
        self.assertIn("TS2345", self.fails("next('1')")["evalue"])

    def test_commonjs_packages(self):
        self.package(
            "plain-cjs",
            {"main": "index.js"},
            index__js="const make = () => ({ alpha: 1, beta: () => 'b' }); module.exports = make();",
            index__d__ts="declare const whole: { alpha: number; beta(): string };\nexport = whole;",
        )
        code = "import whole, { alpha } from 'plain-cjs'; import * as all from 'plain-cjs';\n[whole.beta(), alpha, all.beta()]"
        self.assertEqual(self.ok(code).result, "[ 'b', 1, 'b' ]")
        self.assertEqual(self.ok("import required = require('plain-cjs');\nrequired.alpha + (await import('plain-cjs')).alpha").result, "2")
        self.assertEqual(self.ok("require('plain-cjs').beta()").result, "'b'")

    def test_commonjs_compiled_from_an_es_module(self):
        self.package(
            "compiled-cjs",
            {"main": "index.js", "types": "index.d.ts"},
            index__js="Object.defineProperty(exports, '__esModule', { value: true }); exports.default = class Named {}; exports.two = 2;",
            index__d__ts="export default class Named {}\nexport declare const two: number;",
        )
        self.assertEqual(self.ok("import Named, { two } from 'compiled-cjs';\n[new Named() instanceof Named, two]").result, "[ true, 2 ]")
        self.assertEqual(self.ok("import * as compiled from 'compiled-cjs';\n[compiled.two, new compiled.default().constructor.name]").result, "[ 2, 'Named' ]")

    def test_a_dual_package(self):
        self.package(
            "dual",
            {"exports": {"import": "./index.mjs", "require": "./index.cjs"}},
            index__mjs="export const kind = 'import';",
            index__cjs="exports.kind = 'require';",
        )
        self.assertEqual(self.ok("import { kind as dual } from 'dual';\n[dual, require('dual').kind]").result, "[ 'import', 'require' ]")

    def test_a_package_without_types_runs_unless_checking_is_strict(self):
        self.package("untyped", {"main": "index.js"}, index__js="module.exports = { any: (x) => x };")
        self.assertEqual(self.ok("import { any } from 'untyped';\nany(3).toFixed(1)").result, "'3.0'")
        try:
            self.assertIn("TS7016", self.fails("%typecheck strict\nimport { any as again } from 'untyped';")["evalue"])
        finally:
            self.ok("%typecheck loose")

    def test_a_package_that_was_installed_after_it_was_missed(self):
        self.assertIn("TS2307", self.fails("import { late } from 'late-package';")["evalue"])
        self.package("late-package", {"type": "module", "main": "index.js"}, index__js="export const late = 'here';")
        self.assertEqual(self.ok("import { late } from 'late-package';\nlate").result, "'here'")

    def test_json(self):
        self.write("numbers.json", '{"one": 1, "list": [1, 2]}')
        self.assertEqual(self.ok("import numbers, { one } from './numbers.json';\n[numbers.list.length, one]").result, "[ 2, 1 ]")
        self.assertIn("TS2339", self.fails("numbers.two")["evalue"])
        self.write("numbers.json", '{"one": "changed"}')
        code = "import numbers from './numbers.json' with { type: 'json' };\nnumbers.one.toUpperCase()"
        self.assertEqual(self.ok(code).result, "'CHANGED'")
        self.assertEqual(self.ok("(await import('./numbers.json', { with: { type: 'json' } })).default.one").result, "'changed'")
        self.package("with-json", {"version": "4.5.6"}, data__json='{"a": 1}')
        self.assertEqual(self.ok("import manifest from 'with-json/package.json';\nmanifest.version").result, "'4.5.6'")

    def test_a_file_is_read_again_when_what_it_imports_has_changed(self):
        self.write("deep/leaf.ts", "export const leaf: number = 1;\n")
        self.write("deep/data.json", '{"n": 10}')
        self.write("deep/twig.ts", "import { leaf } from './leaf.js';\nimport data from './data.json';\nexport const twig = (): number => leaf + data.n;\n")
        self.write("branch.ts", "export { twig } from './deep/twig';\nexport enum Kind { Oak = 'oak' }\n")
        self.assertEqual(self.ok("import { twig, Kind } from './branch';\n[twig(), Kind.Oak]").result, "[ 11, 'oak' ]")
        self.write("deep/leaf.ts", "export const leaf: number = 2;\n")
        self.assertEqual(self.ok("import { twig } from './branch';\ntwig()").result, "12")
        self.write("deep/data.json", '{"n": 20}')
        self.assertEqual(self.ok("import { twig } from './branch';\ntwig()").result, "22")

    def test_files_have_the_kernels_own_packages_and_errors_in_their_own_lines(self):
        self.write(
            "shower.ts",
            "import { display } from 'tslab';\nimport { defineMethod } from 'alright-ts';\ninterface Unused {\n  a: string;\n}\n"
            "export const show = () => display.html('<b>from a file</b>');\nexport const defines = typeof defineMethod;\n"
            "export function breaks(): never {\n  throw new Error('in the file');\n}\n",
        )
        cell = self.ok("import { show, defines, breaks } from './shower.ts';\nshow(); defines")
        self.assertEqual(cell.result, "'function'")
        self.assertEqual(cell.of("display_data")[0]["data"]["text/html"], "<b>from a file</b>")
        reply = self.fails("breaks()")
        self.assertIn("at breaks (shower.ts:9:9)", reply["traceback"][1])
        self.assertEqual(self.ok("typeof require('tslab').display.html").result, "'function'")

    def test_where_the_cell_stands(self):
        directory = os.path.realpath(self.kernel.directory)
        code = "[import.meta.dirname, __dirname, import.meta.url.startsWith('file:'), import.meta.resolve('./a.json').endsWith('/a.json')]"
        self.assertEqual(self.ok(f"JSON.stringify({code})").result.strip("'"), json.dumps([directory, directory, True, True], separators=(",", ":")))

    def test_a_cell_that_throws_half_way_keeps_what_it_made(self):
        self.assertEqual(self.fails("const made = 1;\nlet alsoMade = 'a';\nfunction uses() { return made; }\nthrow new Error('half');\nconst unreached = 3;")["evalue"], "half")
        self.assertEqual(self.ok("[made, alsoMade, uses()]").result, "[ 1, 'a', 1 ]")
        self.assertIn("TS2304", self.fails("unreached")["evalue"])

    def test_an_interrupted_cell_keeps_what_it_made(self):
        msg_id = self.kernel.send("let reached = 7;\nawait new Promise(() => {});\nreached = 8;")
        time.sleep(0.5)
        self.kernel.manager.interrupt_kernel()
        self.assertEqual(self.kernel.collect(msg_id).reply["ename"], "Interrupted")
        self.assertEqual(self.ok("reached").result, "7")

    def test_using_disposes_at_the_end_of_its_cell(self):
        self.ok("const disposed: string[] = [];\nconst resource = (name: string) => ({ name, [Symbol.dispose]() { disposed.push(name); } });")
        self.assertEqual(self.ok("using first = resource('a'), second = resource('b');\nconst named = () => first.name + second.name;\nnamed()").result, "'ab'")
        self.assertEqual(self.ok("disposed.join()").result, "'b,a'")
        self.assertIn("TS2304", self.fails("first.name")["evalue"])

    def test_modes_of_checking(self):
        reply = self.fails("const a = 1;\n  const n: number = 'text';")
        self.assertEqual(reply["ename"], "TypeScriptError")
        self.assertRegex(reply["evalue"], r"^Cell \[\d+\]:2:9 - TS2322: Type 'string' is not assignable to type 'number'")
        self.assertEqual(self.ok("// @ts-ignore\nconst ignored: number = 'text'; ignored").result, "'text'")
        loose = "function f(x) { return x }\nconst found = [1].find((n) => n > 0).toFixed(1);\nconst list = []; list.push(1);\nlist.length"
        self.assertEqual(self.ok(loose).result, "1")
        try:
            strict = self.fails(f"%typecheck strict\n{loose}")
            text = "\n".join(strict["traceback"])
            self.assertIn("TS7006", text)
            self.assertIn("TS2532", text)
            self.assertEqual(self.ok("%typecheck off\nconst off: number = 'text'; off").result, "'text'")
            self.assertEqual(self.fails("const = 3")["ename"], "SyntaxError")
            self.assertEqual(self.ok("const later: string = 5; later + off").result, "'5text'")
        finally:
            self.ok("%typecheck loose")

    def test_global_declarations_hold_in_later_cells(self):
        self.ok("declare global { interface Array<T> { last(): T } }\nArray.prototype.last = function () { return this.at(-1); };")
        self.assertEqual(self.ok("[1, 2].last()").result, "2")
        self.ok("declare const given: number;\nObject.assign(globalThis, { given: 5 });")
        self.assertEqual(self.ok("given + 1").result, "6")


    def test_a_command_streams_its_output(self):
        msg_id = self.kernel.send("const before = 1;\n!echo one; sleep 1; echo two >&2\nbefore + 1")
        first = None
        seen = []
        while first is None:
            message = self.kernel.client.get_iopub_msg(timeout=10)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
                if message["msg_type"] == "stream":
                    first = time.perf_counter()
        cell = self.kernel.collect(msg_id, messages=seen)
        self.assertGreater(time.perf_counter() - first, 0.7)
        self.assertEqual((cell.text(), cell.text("stderr"), cell.result), ("one\n", "two\n", "2"))
        self.assertEqual(self.ok("!pwd").text().strip(), os.path.realpath(self.kernel.directory))
        self.assertIn("exit code 3", self.fails("!exit 3")["evalue"])
        self.assertEqual(self.ok("const flag = true;\n!flag").result, "false")

    def test_a_command_gives_its_lines_to_a_variable(self):
        cell = self.ok("const lines = !printf 'a b\\nc\\n'; echo aside >&2\n[lines.length, lines.map((line) => line.toUpperCase())]")
        self.assertEqual((cell.text(), cell.text("stderr"), cell.result), ("", "aside\n", "[ 2, [ 'A B', 'C' ] ]"))
        self.assertIn("TS2322", "\n".join(self.fails("const wrong: number = !echo 1")["traceback"]))
        self.assertIn("exit code 3", self.fails("const none = !exit 3")["evalue"])
        self.assertIn("more than 67108864 characters", self.fails("const flood = !yes")["evalue"])
        self.assertEqual(self.ok("const not = !lines\nnot").result, "false")
        self.assertIn("no variable whose negation", self.fails("const typo = !linse")["evalue"])

    def test_a_command_is_interrupted_with_what_it_started(self):
        self.interrupts_command("!sleep 60 & echo started; sleep 60")
        self.interrupts_command("const lines = !sleep 60 & echo started >&2; sleep 60")

    def interrupts_command(self, code):
        msg_id = self.kernel.send(code)
        while True:
            message = self.kernel.client.get_iopub_msg(timeout=10)
            if message["msg_type"] == "stream":
                break
        begin = time.perf_counter()
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=20)
        self.assertEqual(cell.reply["ename"], "Interrupted")
        self.assertLess(time.perf_counter() - begin, 2.5)
        self.assertEqual(self.ok("1 + 1").result, "2")

    def test_npm_installs_beside_the_notebook(self):
        self.write("small/package.json", json.dumps({"name": "small-package", "version": "1.0.0", "type": "module", "exports": "./index.js"}))
        self.write("small/index.js", "export const small = 'small';")
        self.ok("%npm install ./small --offline --ignore-scripts")
        self.assertTrue(os.path.exists(os.path.join(self.kernel.directory, "node_modules/small-package")))
        self.assertEqual(self.ok("import { small } from 'small-package';\nsmall").result, "'small'")
        self.assertIn("ended with exit code", self.fails("%npm no-such-command")["evalue"])
        self.assertIn("needs a command", self.fails("%npm")["evalue"])

    def test_time_of_a_whole_cell(self):
        cell = self.ok("%%time\nawait new Promise((r) => setTimeout(r, 60));\n'slept'")
        # Node's timers count whole milliseconds: one may be up to a millisecond early.
        self.assertRegex(cell.text(), r"^time: (59|[6-9]\d|\d{3})\.\d ms\n$")
        self.assertEqual(cell.result, "'slept'")

    def test_rich_values(self):
        def data(code):
            cell = self.ok(code)
            return (cell.of("display_data") + cell.of("execute_result"))[0]["data"]

        self.assertEqual(data("display.json({ a: [1] })")["application/json"], {"a": [1]})
        self.assertEqual(data("display.latex('$x$')")["text/latex"], "$x$")
        self.assertIn("<th>b</th>", data("display.table([{ a: 1 }, { b: 2 }])")["text/html"])
        figure = "{ data: [{ type: 'bar', x: ['a'], y: [1] }], layout: {} }"
        for code in (f"({figure})", f"display.plotly({figure})"):
            self.assertEqual(data(code)["application/vnd.plotly.v1+json"]["data"][0]["y"], [1])
        self.assertIn("max 999", data("Float32Array.from({ length: 1000 }, (_, i) => i)")["text/plain"])

    def test_inspection_shows_the_signature_of_a_call(self):
        self.ok("/** Adds.\n * @param b the second */\nfunction add(a: number, b: number) { return a + b; }")
        reply = self.kernel.request(lambda: self.kernel.client.inspect("add(1, "))
        self.assertIn("add(a: number, b: number): number", reply["data"]["text/plain"])
        self.assertIn("here: b: number: the second", reply["data"]["text/plain"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
