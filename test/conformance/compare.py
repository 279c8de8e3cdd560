"""The same cells on real tslab and here. What must be equal is in SAME; what differs, and is tslab's bug, in DIFFERENT."""

import json
import os
import shutil
import tempfile
import time
import unittest
from pathlib import Path

from client import Kernel

TSLAB = Path(__file__).parent / "tslab" / "node_modules" / "tslab" / "bin" / "tslab"

# Sessions of cells: the text printed and shown, the displays and whether a cell fails must be the same.
SAME = {
    "values": ["1 + 1", "[1, 'a', null]", "({ a: { b: [1] } })", "new Map([[1, 2]])", "let quiet = 3", "quiet", "undefined", "quiet;"],
    "types and values across cells": [
        "interface Point { x: number } type Pair = [Point, Point]; enum Colour { Red, Green = 5 }",
        "const pair: Pair = [{ x: 1 }, { x: 2 }]; const green = Colour.Green",
        "pair[1].x + green",
        "function area(p: Point) { return p.x ** 2 }",
        "area({ x: 4 })",
        "class Base<T> { constructor(readonly v: T) {} } class Sub extends Base<number> { more() { return this.v + 1 } }",
        "new Sub(4).more()",
    ],
    "declared again with another type": ["let a = 1", "let a = 'text'.length", "a", "class K { v() { return 1 } }", "class K { v() { return [2] } }", "new K().v()"],
    "closures": ["let n = 1; function bump() { return ++n } bump()", "bump()", "[1, 2].map((k) => k * 2)", "const twice = (k: number) => k * 2", "twice(4)"],
    "destructuring": ["const { b, c: [d, ...e] } = { b: 1, c: [2, 3, 4] }", "[b, d, e]", "let [x, y] = [1, 2]", "[x, y] = [y, x]; [x, y]"],
    "top-level await": ["const awaited = await Promise.resolve(3)", "awaited", "await new Promise<number>((done) => setTimeout(() => done(4), 10))"],
    "loose checking": ["function loose(v) { return v.any }", "loose({ any: 1 })", "const list = []; list.push(1); list", "[3].find((v) => v > 2).toFixed(1).length", "let none: number = null; [none]"],
    "type errors run nothing": ["console.log('ran'); const wrong: number = 'text'", "wrong", "1 + 1"],
    "an error at run time": ["let kept = 1; throw new Error('no')", "2 + 2"],
    "imports": [
        "import * as path from 'path'; import { join } from 'path'; import os from 'os'",
        "[path.basename('/a/b'), join('a', 'b'), typeof os.cpus]",
        "import { join } from 'path'; [join('c', 'd')]",
        "[require('path').extname('a.ts')]",
        "import type { Stats } from 'fs'; let stats: Stats; [typeof stats]",
    ],
    "packages beside the notebook": [
        "import whole, { alpha } from 'plain-cjs'; import * as all from 'plain-cjs'",
        "[whole.beta(), alpha, all.alpha]",
        "import Named, { two } from 'compiled-cjs'; [typeof Named, two]",
        "import { local } from './local'; [local(2)]",
    ],
    "console": ["console.log('a', 1, { b: 2 })", "console.log('one\\ntwo'); 3", "for (const i of [1, 2]) console.log(i)", "process.stdout.write('raw\\n'); 4"],
    "the display interface": [
        "import * as tslab from 'tslab'; import { display, newDisplay, versions } from 'tslab'; import type { Display } from 'tslab'",
        "[Object.keys(tslab).sort().join(), Object.keys(versions).sort().join(), versions.node === process.version, versions.tslab]",
        "display.html('<b>b</b>')",
        "display.javascript('1'); display.markdown('*m*'); display.latex('$x$'); display.svg('<svg></svg>'); display.text('t')",
        "display.png(Uint8Array.of(1, 2)); display.jpeg(Uint8Array.of(3)); display.gif(Buffer.from('g')); display.pdf(Buffer.from('p'))",
        "display.raw('application/json', '{}'); display.raw('image/webp', Uint8Array.of(5))",
        "const place: Display = newDisplay(); place.text('first'); place.html('<i>second</i>')",
        "place.markdown('third'); const other = newDisplay(); other.text('apart')",
    ],
    "display where nothing is imported": ["const required = require('tslab'); required.display.text('r')", "[typeof required.newDisplay]"],
}

# (cell, what tslab prints or "fails", what is printed here): tslab's bugs and limits, each with what the kernel does instead.
DIFFERENT = {
    "a text is shown in quotes, as every value is by util.inspect; tslab prints it by console.log": ("'text'", "text\n", "'text'\n"),
    "values are shown four levels deep": ("({ a: { b: { c: { d: 1 } } } })", "{ a: { b: { c: [Object] } } }\n", "{\n  a: { b: { c: { d: 1 } } }\n}\n"),
    "null is a value too; tslab shows nothing": ("null", "", "null\n"),
    "a function sees what later cells assign": ("counted = 5; readCounted()", "1\n", "5\n"),
    "for await at the top level": ("for await (const one of [Promise.resolve(1)]) console.log(one)", "fails", "1\n"),
    "packages that are ESM and await at their top level (on Node before 20.19 any that are ESM only)": ("import { esm } from 'only-esm'; esm", "fails", "'esm'\n"),
    "what was made before an error stays": ("[typeof survivor]", "fails", "[ 'number' ]\n"),
    "decorators of the standard": (
        "function noted(made: any, context: ClassDecoratorContext) { console.log(context.name); return made }\n@noted class Decorated {}",
        "fails",
        "Decorated\n",
    ),
    "using": ("{ using held = { [Symbol.dispose]() { console.log('gone') } }; }", "fails", "gone\n"),
}
BEFORE_DIFFERENT = ["let counted = 1; function readCounted() { return counted }", "let survivor = 1; throw new Error('after it')"]


def printed(cell):
    """Standard output, and the value: tslab prints it, the kernel sends it as a result."""
    value = cell.result
    return cell.text() + (f"{value}\n" if value is not None else "")


def failed(cell):
    return cell.reply["status"] != "ok" or cell.text("stderr") != ""


def displays(cell):
    ids = {}
    found = []
    for message in cell.messages:
        if message["msg_type"] in ("display_data", "update_display_data"):
            place = message["content"].get("transient", {}).get("display_id")
            number = ids.setdefault(place, len(ids)) if place else None
            found.append((message["msg_type"], number, message["content"]["data"]))
    return found


def write(folder, path, text):
    file = Path(folder) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


class Compare(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        specs = Path(tempfile.mkdtemp(prefix="alright-tslab-"))
        argv = [shutil.which("node"), str(TSLAB), "kernel", "--config-path", "{connection_file}"]
        write(specs, "kernels/tslab/kernel.json", json.dumps({"argv": argv, "display_name": "tslab", "language": "typescript"}))
        os.environ["JUPYTER_PATH"] += os.pathsep + str(specs)
        folder = tempfile.mkdtemp(prefix="alright-kernel-")
        modules = "node_modules"
        write(folder, f"{modules}/plain-cjs/package.json", '{"name": "plain-cjs", "main": "index.js"}')
        write(folder, f"{modules}/plain-cjs/index.js", "module.exports = { alpha: 1, beta: () => 'b' };")
        write(folder, f"{modules}/compiled-cjs/package.json", '{"name": "compiled-cjs", "main": "index.js"}')
        write(folder, f"{modules}/compiled-cjs/index.js", "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = class Named {}; exports.two = 2;")
        write(folder, f"{modules}/only-esm/package.json", '{"name": "only-esm", "type": "module", "exports": "./index.js"}')
        write(folder, f"{modules}/only-esm/index.js", "export const esm = await Promise.resolve('esm');")
        write(folder, "local.ts", "export const local = (n: number): number => n + 1;\n")
        cls.kernels = (Kernel(folder, "tslab"), Kernel(folder))

    @classmethod
    def tearDownClass(cls):
        for kernel in cls.kernels:
            kernel.stop()

    def both(self, code):
        theirs, ours = (kernel.run(code) for kernel in self.kernels)
        # tslab answers every cell that comes within 200 ms of an error with "abort", whoever sent it when.
        if failed(theirs):
            time.sleep(0.3)
        return theirs, ours

    def test_the_same_on_both(self):
        for name, cells in SAME.items():
            for code in cells:
                with self.subTest(name, code=code):
                    theirs, ours = self.both(code)
                    self.assertEqual(failed(ours), failed(theirs), ours.reply.get("traceback") or theirs.text("stderr"))
                    self.assertEqual(printed(ours), printed(theirs))
                    self.assertEqual(displays(ours), displays(theirs))

    def test_where_they_differ(self):
        for code in BEFORE_DIFFERENT:
            self.both(code)
        for name, (code, expected, here) in DIFFERENT.items():
            with self.subTest(name):
                theirs, ours = self.both(code)
                self.assertEqual("fails" if failed(theirs) else printed(theirs), expected)
                self.assertEqual("fails" if failed(ours) else printed(ours), here)

    def test_five_thousand_lines(self):
        code = "for (let i = 0; i < 5000; i++) console.log(i)"
        ours = self.kernels[1].run(code)
        self.assertEqual(len(ours.text().split()), 5000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
