"""Starts the kernel that is called `alright`, runs the cell of standard input, and prints its reply's status and streams as JSON."""

import json
import sys

from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="alright")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
streams = {"stdout": "", "stderr": ""}


def collect(message):
    if message["msg_type"] == "stream":
        streams[message["content"]["name"]] += message["content"]["text"]


try:
    client.wait_for_ready(timeout=120)
    reply = client.execute_interactive(sys.stdin.read(), timeout=120, output_hook=collect)
    print(json.dumps({"status": reply["content"]["status"], **streams}))
finally:
    client.stop_channels()
    manager.shutdown_kernel()
