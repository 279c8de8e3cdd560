"""papermill's parameters cells in TypeScript."""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

# One declaration a line: `const lr: number = 1e-3; // learning rate`.
_DECLARATION = re.compile(
    r"""^\s*(?:export\s+)?(?:var|let|const)\s+
    (?P<name>[\w$]+)\s*
    (?::\s*(?P<type>[^=]+?))?\s*
    =\s*(?P<value>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|(?!//)[^;])+?)\s*;?\s*
    (?://\s*(?P<help>.*))?$""",
    re.VERBOSE,
)


class TypeScriptTranslator(Translator):
    """Values as JSON, which is TypeScript; `var`, which may stand below a declaration of the same name."""

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_bool(cls, val):
        return "true" if val else "false"

    @classmethod
    def translate_int(cls, val):
        # Beyond 2^53 a number would lose digits.
        return f"{val}n" if abs(val) > 2**53 - 1 else str(val)

    @classmethod
    def translate_float(cls, val):
        if math.isfinite(val):
            return repr(val)
        return "NaN" if math.isnan(val) else "Infinity" if val > 0 else "-Infinity"

    @classmethod
    def translate_str(cls, val):
        # JSON allows two line ends that older scripts do not.
        return json.dumps(str(val), ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

    @classmethod
    def translate_list(cls, val):
        return "[" + ", ".join(cls.translate(one) for one in val) + "]"

    @classmethod
    def translate_tuple(cls, val):
        return cls.translate_list(val)

    @classmethod
    def translate_dict(cls, val):
        return "{" + ", ".join(f"{cls.translate_str(key)}: {cls.translate(one)}" for key, one in val.items()) + "}"

    @classmethod
    def translate_escaped_str(cls, str_val):
        return cls.translate_str(str_val)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"var {name} = {str_val};"

    @classmethod
    def inspect(cls, parameters_cell):
        found = []
        for line in parameters_cell["source"].splitlines():
            match = _DECLARATION.match(line)
            if match:
                found.append(
                    Parameter(
                        name=match["name"],
                        inferred_type_name=(match["type"] or "None").strip(),
                        default=match["value"].strip(),
                        help=(match["help"] or "").strip(),
                    )
                )
        return found


class Engine(NBClientEngine):
    """papermill's own engine, under another name."""


for _name in ("alright", "typescript"):
    papermill_translators.register(_name, TypeScriptTranslator)
