"""Log-likelihoods as lm-eval computes them on the embedded multiple-choice questions, with pythia-tiny:

    pip install torch==2.13.0 transformers==5.23.0 lm_eval==0.4.13
    python test/parity/make-mmlu.py

Its own `mmlu` and `mmlu_continuation` templates, with the data files in the place of the hub's; three questions a subject,
one shot. Writes fixtures/mmlu.json.
"""

import json
import pathlib
import tempfile

import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

HERE = pathlib.Path(__file__).parent
ASSETS = HERE.parent.parent / "assets"
EACH = 3


def rows(name):
    return [json.loads(line) for line in (ASSETS / "data" / name).read_text().splitlines()]


test, dev = rows("wordnet-choices.jsonl"), rows("wordnet-choices-dev.jsonl")
subjects = list(dict.fromkeys(row["subject"] for row in test))
templates = {
    "letters": ("default/_default_template_yaml", "The following are multiple choice questions (with answers) about {}.\n\n"),
    "continuation": ("continuation/_continuation_template_yaml", "The following are questions (with answers) about {}.\n\n"),
}
folder = pathlib.Path(tempfile.mkdtemp())
package = pathlib.Path(lm_eval.__file__).parent / "tasks/mmlu"
for subject in subjects:
    for part, some in ("test", [row for row in test if row["subject"] == subject][:EACH]), ("dev", [row for row in dev if row["subject"] == subject]):
        (folder / f"{subject}-{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    for form, (template, description) in templates.items():
        text = (package / template).read_text().replace("dataset_path: cais/mmlu", "dataset_path: json")
        files = {"test": str(folder / f"{subject}-test.jsonl"), "dev": str(folder / f"{subject}-dev.jsonl")}
        text += f"task: {form}_{subject}\n"
        text += f"description: {json.dumps(description.format(subject.replace('_', ' ')))}\n"
        text += f"dataset_kwargs:\n  data_files: {json.dumps(files)}\n"
        (folder / f"{form}_{subject}.yaml").write_text(text)

model = HFLM(pretrained=str(ASSETS / "models/pythia-tiny"), device="cpu", dtype="float32", batch_size=1)
cases = []
for form in templates:
    names = [f"{form}_{subject}" for subject in subjects]
    found = lm_eval.simple_evaluate(
        model, tasks=names, num_fewshot=1, log_samples=True, bootstrap_iters=0, task_manager=TaskManager(include_path=str(folder))
    )
    for name in names:
        for sample in sorted(found["samples"][name], key=lambda one: one["doc_id"]):
            cases.append(
                {
                    "format": form,
                    "subject": sample["doc"]["subject"],
                    "question": sample["doc"]["question"],
                    "context": sample["arguments"]["gen_args_0"]["arg_0"] if isinstance(sample["arguments"], dict) else sample["arguments"][0][0],
                    "logLikelihoods": [float(one[0][0] if isinstance(one[0], (list, tuple)) else one[0]) for one in sample["resps"]],
                    "acc": sample["acc"],
                    "accNorm": sample.get("acc_norm"),
                }
            )
(HERE / "fixtures/mmlu.json").write_text(json.dumps({"lm_eval": lm_eval.__version__, "each": EACH, "cases": cases}, indent=1) + "\n")
print(len(cases), "cases")
