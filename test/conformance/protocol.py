"""jupyter_kernel_test, every sample field filled in."""

import unittest

import jupyter_kernel_test
from client import kernel  # noqa: F401  (checks JUPYTER_PATH)


class Kernel(jupyter_kernel_test.KernelTests):
    kernel_name = "alright"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "Math.sqr", "matches": {"sqrt"}},
        {"text": "%alri", "matches": {"%alright"}},
        {"text": "%alright lam", "matches": {"lambda="}},
    ]
    complete_code_samples = [
        "1",
        "const x = 1;",
        "function f(n: number): number {\n  return n;\n}",
        "%alright λ=0.5",
        "interface A { a: string }",
    ]
    incomplete_code_samples = [
        "function f(",
        "const x = {",
        "if (true) {\n  1;",
        "`a\n",
        "[1, 2,",
        "%alright λ={",
        "/* a",
    ]
    invalid_code_samples = ["const = 5", "1 +* 2)", "%alrigt", "%alright λ=2", "let 1x;"]
    code_page_something = "page('some text')"
    code_generate_error = "throw new Error('asked for')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'abc'.length", "result": "3"},
        {"code": "[1, 2].map((n) => n + 1)", "result": "[ 2, 3 ]"},
        {"code": "await Promise.resolve('late')", "result": "'late'"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.svg('<svg></svg>')", "mime": "image/svg+xml"},
        {"code": "await display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/markdown': '*x*' }) })", "mime": "text/markdown"},
    ]
    code_history_pattern = "6 * ?"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.sqrt"
    code_clear_output = "clearOutput()"


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "alright"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
