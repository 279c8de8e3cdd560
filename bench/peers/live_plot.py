"""A notebook cell: 12 runs of 1,000 points, sent anew 10 times a second, as plot messages or through a FigureWidget."""

import math
import time


def values(run, update, points):
    """A path that moves a little with every update: SFT and DPO losses to 6 digits."""
    shift = update / 1000
    sft = [round(1.95 - 0.4 * i / points + 0.02 * math.sin(i / 9 + run + shift), 5) for i in range(points)]
    dpo = [round(1.06 - 0.7 * i / points + 0.02 * math.cos(i / 7 + run + shift), 5) for i in range(points)]
    return sft, dpo


def message(runs, update, points, last):
    def snapshot(run):
        sft, dpo = values(run, update, points)
        return {
            "runId": f"run-{run}",
            "seq": update,
            "name": f"run {run}",
            "method": ["alright", "mix", "maxright"][run % 3],
            "lambda": round((run // 3) / 4 + 0.1, 2),
            "state": "finished" if last else "running",
            "note": None,
            "step": update,
            "steps": 100000,
            "ideal": {"dpo": 0.065, "sft": 1.498},
            "start": {"dpo": 1.06, "sft": 1.95},
            "series": {
                "step": list(range(1, points + 1)),
                "dpo": dpo,
                "sft": sft,
                "trainStep": [],
                "trainDpo": [],
                "trainSft": [],
            },
            "steered": [],
            "resources": {"seconds": 1, "tokens": 1, "peakMemory": None},
        }

    return {"version": 1, "view": "objective", "runs": [snapshot(run) for run in range(runs)]}


def play_messages(runs, points, updates, rate):
    from IPython.display import display, update_display

    mime = "application/vnd.alright.plot.v1+json"
    handle = display({mime: message(runs, 1, points, False), "text/plain": ""}, raw=True, display_id=True)
    paced(
        updates,
        rate,
        lambda update: update_display(
            {mime: message(runs, update, points, update == updates), "text/plain": ""},
            raw=True,
            display_id=handle.display_id,
        ),
    )


def play_figure_widget(runs, points, updates, rate):
    import plotly.graph_objects as go
    from IPython.display import display

    figure = go.FigureWidget([go.Scatter(mode="lines", name=f"run {run}") for run in range(runs)])
    display(figure)

    def send(update):
        with figure.batch_update():
            for run, trace in enumerate(figure.data):
                trace.x, trace.y = values(run, update, points)

    paced(updates, rate, send)


def paced(updates, rate, send):
    begun = time.perf_counter()
    for update in range(2, updates + 1):
        send(update)
        wait = begun + update / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
    print("played", updates, "in", round(time.perf_counter() - begun, 2), "s")
