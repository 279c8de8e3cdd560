"""
The peers of bench/training.ts, on the same rows:

    training.py --peer trl | trl-best | plain | best OPTIONS    answers questions on standard input (protocol.py)
    training.py --check                                         losses and gradients of `best` against `plain`

OPTIONS is JSON: the model's shape, `kind` (sft or dpo), `threads`, `rows` (a file of batches), `batches` (how many of
them will be asked for).
"""

import json
import sys

import torch


def main():
    if sys.argv[1] == "--check":
        from check import check

        torch.set_num_threads(1)
        return check()
    from protocol import serve  # before libraries that print
    import rows

    peer, options = sys.argv[2], json.loads(sys.argv[3])
    torch.set_num_threads(options["threads"])
    batches = rows.read(options["rows"])[options["kind"]][: options["batches"]]
    if peer.startswith("trl"):
        from with_trl import run

        return run(peer, options, batches)
    if peer == "best":
        from best import Best as Loop
    else:
        from plain import Plain as Loop
    loop = Loop(options, batches)
    for i in range(len(batches)):
        loop.prepare(i)
    serve(loop.about(), loop.step)


main()
