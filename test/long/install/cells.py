"""Starts the kernel that is called `alright`, runs the cells of standard input (a JSON list), and prints what became of them as JSON."""

import json
import sys

from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="alright")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
done = []


def run(code):
    streams = {"stdout": "", "stderr": ""}

    def collect(message):
        if message["msg_type"] == "stream":
            streams[message["content"]["name"]] += message["content"]["text"]

    content = client.execute_interactive(code, timeout=300, output_hook=collect)["content"]
    result = {"status": content["status"], **streams}
    if content["status"] == "error":
        result["error"] = f"{content['ename']}: {content['evalue']}"
    return result


try:
    client.wait_for_ready(timeout=120)
    for code in json.load(sys.stdin):
        done.append(run(code))
    print(json.dumps(done))
finally:
    client.stop_channels()
    manager.shutdown_kernel()
