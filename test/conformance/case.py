"""The base of the checks: one kernel for all checks of a class, and what they ask of it."""

import time
import unittest

from client import Kernel


class KernelCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel()
        cls.kernel.run("1")

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def ok(self, code, **options):
        cell = self.kernel.run(code, **options)
        self.assertEqual(cell.reply["status"], "ok", cell.reply.get("traceback"))
        return cell

    def fails(self, code):
        cell = self.kernel.run(code)
        self.assertEqual(cell.reply["status"], "error")
        self.assertEqual(len(cell.of("error")), 1)
        return cell.reply

    def started(self, code, **options):
        """Sends a cell and waits until it has printed `going`; returns its message id and its messages so far."""
        msg_id = self.kernel.send(code, **options)
        seen = []
        while not any(m["msg_type"] == "stream" and "going" in m["content"]["text"] for m in seen):
            message = self.kernel.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") == msg_id:
                seen.append(message)
        return msg_id, seen

    def interrupted(self, code, timeout=20):
        """Interrupts a cell once it has printed `going`; returns it and the seconds from the interrupt to its end."""
        msg_id, seen = self.started(code)
        begin = time.perf_counter()
        self.kernel.manager.interrupt_kernel()
        cell = self.kernel.collect(msg_id, timeout=timeout, messages=seen)
        return cell, time.perf_counter() - begin

    def on_control(self, kind, content=None):
        """A request on the control socket; returns the reply's content."""
        client = self.kernel.client
        message = client.session.msg(kind, content or {})
        client.control_channel.send(message)
        while True:
            reply = client.get_control_msg(timeout=10)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]
