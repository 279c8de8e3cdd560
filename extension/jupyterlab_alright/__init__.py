"""Live objective-space plots of ALRIGHT runs: files for JupyterLab, and no Python."""


def _jupyter_labextension_paths():
    return [{"src": "labextension", "dest": "jupyterlab-alright"}]
