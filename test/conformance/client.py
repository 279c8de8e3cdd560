"""A started kernel with its client, for the checks of this folder."""

import atexit
import os
import queue
import tempfile
import time
from contextlib import contextmanager

from jupyter_client.manager import KernelManager


class Cell:
    """What one execution brought: the reply, and its IOPub messages in order."""

    def __init__(self, reply, messages, seconds):
        self.reply, self.messages, self.seconds = reply["content"], messages, seconds

    def of(self, kind):
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(one["text"] for one in self.of("stream") if one["name"] == name)

    @property
    def result(self):
        results = self.of("execute_result")
        return results[-1]["data"]["text/plain"] if results else None


class Kernel:
    def __init__(self, directory=None, name="alright", stderr=None):
        self.directory = directory or tempfile.mkdtemp(prefix="alright-kernel-")
        begin = time.perf_counter()
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(cwd=self.directory, stderr=stderr)
        # A script that fails must not leave its kernel, which holds on to what the script writes to.
        self.last = atexit.register(self.manager.shutdown_kernel, now=True)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.ready_seconds = time.perf_counter() - begin

    def send(self, code, **options):
        return self.client.execute(code, **options)

    def collect(self, msg_id, timeout=60, messages=()):
        begin = time.perf_counter()
        messages = list(messages)
        while True:
            left = timeout - (time.perf_counter() - begin)
            message = self.client.get_iopub_msg(timeout=max(left, 0.01))
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == msg_id:
                return Cell(reply, messages, time.perf_counter() - begin)

    def collect_iopub(self, msg_id, timeout=15):
        """The IOPub messages of a message that has no reply."""
        messages = []
        while not (messages and messages[-1]["content"].get("execution_state") == "idle"):
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") == msg_id:
                messages.append(message)
        return messages

    def run(self, code, timeout=60, **options):
        return self.collect(self.send(code, **options), timeout)

    def request(self, send, timeout=30):
        """Sends a request other than execute and waits for its reply."""
        msg_id = send()
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == msg_id:
                return reply["content"]

    def drain(self):
        try:
            while True:
                self.client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            pass

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        atexit.unregister(self.last)


@contextmanager
def kernel(directory=None):
    one = Kernel(directory)
    try:
        yield one
    finally:
        one.stop()


if "JUPYTER_PATH" not in os.environ:
    raise SystemExit("JUPYTER_PATH must name the folder that has kernels/alright (the test sets it)")
