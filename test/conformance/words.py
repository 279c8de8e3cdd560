"""The protocol, word by word, beyond what jupyter_kernel_test asks."""

import os
import tempfile
import time
import unittest

from pathlib import Path

import jsonschema
from case import KernelCase
from client import Kernel

# What the protocol requires of each reply (messaging.html of jupyter_client).
TEXT, NUMBER, OBJECT, LIST = {"type": "string"}, {"type": "integer"}, {"type": "object"}, {"type": "array"}
REPLIES = {
    "kernel_info_request": {
        "protocol_version": TEXT,
        "implementation": TEXT,
        "implementation_version": TEXT,
        "language_info": {
            "type": "object",
            "required": ["name", "version", "mimetype", "file_extension", "pygments_lexer", "codemirror_mode", "nbconvert_exporter"],
        },
        "banner": TEXT,
        "debugger": {"const": False},
        "supported_features": {"const": ["kernel subshells"]},
        "help_links": {"type": "array", "items": {"type": "object", "required": ["text", "url"]}},
    },
    "complete_request": {"matches": LIST, "cursor_start": NUMBER, "cursor_end": NUMBER, "metadata": OBJECT},
    "inspect_request": {"found": {"type": "boolean"}, "data": OBJECT, "metadata": OBJECT},
    "history_request": {"history": LIST},
    "comm_info_request": {"comms": OBJECT},
    "connect_request": {port: NUMBER for port in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")},
    "execute_request": {"execution_count": NUMBER, "payload": LIST, "user_expressions": OBJECT},
}
CONTENT = {
    "complete_request": {"code": "Mat", "cursor_pos": 3},
    "inspect_request": {"code": "Math", "cursor_pos": 4, "detail_level": 0},
    "history_request": {"hist_access_type": "tail", "n": 3, "output": False, "raw": True},
    "execute_request": {"code": "1", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False},
}


class Words(KernelCase):
    def ask(self, kind, content=None, header=None):
        """A request on the shell socket: the reply's content, and the IOPub messages that it brought."""
        client = self.kernel.client
        message = client.session.msg(kind, content or {})
        message["header"].update(header or {})
        client.shell_channel.send(message)
        cell = self.kernel.collect(message["header"]["msg_id"], timeout=15)
        return cell.reply, cell

    def test_every_reply_has_what_the_protocol_says(self):
        for kind, properties in REPLIES.items():
            with self.subTest(kind):
                schema = {"required": ["status", *properties], "properties": {"status": {"const": "ok"}, **properties}}
                reply, cell = self.ask(kind, CONTENT.get(kind))
                jsonschema.validate(reply, schema)
                states = [m["content"]["execution_state"] for m in cell.messages if m["msg_type"] == "status"]
                self.assertEqual(states, ["busy", "idle"])

    def test_requests_answered_on_control_too(self):
        for kind in ("kernel_info_request", "interrupt_request", "list_subshell_request"):
            self.assertEqual(self.kernel_control(kind)["status"], "ok")

    def kernel_control(self, kind, content=None):
        return self.on_control(kind, content)

    def test_there_is_no_debugger_and_it_is_said(self):
        reply, _ = self.ask("debug_request", {"seq": 1, "type": "request", "command": "initialize", "arguments": {}})
        self.assertEqual((reply["status"], reply["ename"]), ("error", "UnknownRequest"))
        self.assertNotIn("debugger", self.kernel.request(self.kernel.client.kernel_info)["supported_features"])

    def test_unknown_requests_are_answered_unknown_messages_are_not(self):
        reply, _ = self.ask("telepathy_request")
        self.assertEqual(reply["status"], "error")
        self.assertIn("telepathy_request", reply["evalue"])
        self.kernel.client.shell_channel.send(self.kernel.client.session.msg("telepathy"))
        self.assertEqual(self.ok("1").result, "1")

    def test_a_cell_and_its_messages(self):
        cell = self.ok("console.log('printed');\n'result'")
        self.assertEqual([m["msg_type"] for m in cell.messages], ["status", "execute_input", "stream", "execute_result", "status"])
        count = cell.reply["execution_count"]
        self.assertEqual(cell.of("execute_input"), [{"code": "console.log('printed');\n'result'", "execution_count": count}])
        self.assertEqual(cell.of("execute_result"), [{"execution_count": count, "data": {"text/plain": "'result'"}, "metadata": {}}])
        self.assertEqual({m["header"]["version"] for m in cell.messages}, {"5.5"})
        self.assertEqual(len({m["header"]["msg_id"] for m in cell.messages}), len(cell.messages))

    def test_the_reply_says_when_the_cell_started(self):
        msg_id = self.kernel.send("1")
        reply = self.kernel.client.get_shell_msg(timeout=10)
        self.assertEqual(reply["parent_header"]["msg_id"], msg_id)
        self.assertRegex(str(reply["metadata"]["started"]), r"^\d{4}-\d\d-\d\d")
        self.kernel.drain()

    def test_silent_shows_nothing_and_counts_nothing(self):
        before = self.ok("1").reply["execution_count"]
        cell = self.ok("var quiet = 4; quiet", silent=True)
        self.assertEqual([m["msg_type"] for m in cell.messages], ["status", "status"])
        self.assertEqual(self.ok("quiet", store_history=False).reply["execution_count"], before)
        self.assertEqual(self.ok("quiet").reply["execution_count"], before + 1)

    def test_user_expressions_after_success_only(self):
        cell = self.ok("var seen = 20", user_expressions={"sum": "seen + 1", "bad": "nowhere", "shown": "({a: 1})"})
        values = cell.reply["user_expressions"]
        self.assertEqual(values["sum"], {"status": "ok", "data": {"text/plain": "21"}, "metadata": {}})
        self.assertEqual((values["bad"]["status"], bool(values["bad"]["evalue"])), ("error", True))
        self.assertEqual(values["shown"]["data"]["text/plain"], "{ a: 1 }")
        failed = self.kernel.run("throw new Error('no')", user_expressions={"sum": "seen + 1"})
        self.assertEqual(failed.reply["user_expressions"], {})

    def test_tracebacks_speak_of_cells_lines_and_columns(self):
        self.ok("function inner(n: number) {\n  if (n > 0) throw new TypeError('too far');\n}\nconst outer = () => inner(1);")
        first = self.ok("1").reply["execution_count"] - 1
        reply = self.fails("const x = 1;\n  outer();")
        count = reply["execution_count"]
        self.assertEqual(
            reply["traceback"],
            ["TypeError: too far", f"    at inner (Cell [{first}]:2:20)", f"    at outer (Cell [{first}]:4:21)", f"    at Cell [{count}]:2:3"],
        )
        self.assertEqual((reply["ename"], reply["evalue"]), ("TypeError", "too far"))
        reply = self.fails("async function late() {\n  await null;\n  (null as any).boom;\n}\nawait late()")
        self.assertIn(f"at late (Cell [{reply['execution_count']}]:3:", "\n".join(reply["traceback"]))
        reply = self.fails("let a = ;")
        self.assertRegex(reply["evalue"], rf"Cell \[{reply['execution_count']}\]:1:9")

    def test_displays_and_their_ids(self):
        cell = self.ok("const place = newDisplay(); place.html('<b>1</b>'); place.html('<b>2</b>')")
        shown = [m for m in cell.messages if "display_data" in m["msg_type"]]
        self.assertEqual([m["msg_type"] for m in shown], ["display_data", "update_display_data"])
        self.assertEqual(len({m["content"]["transient"]["display_id"] for m in shown}), 1)
        # An update of a later cell names the same display.
        later = self.ok("place.html('<b>3</b>')")
        self.assertEqual(later.of("update_display_data")[0]["transient"], shown[0]["content"]["transient"])

    def test_clear_output(self):
        for code, wait in (
            ("clearOutput()", False),
            ("clearOutput({ wait: true })", True),
            ("clearOutput({})", False),
            ("clearOutput(true)", True),
            ("console.clear()", False),
        ):
            cell = self.ok(f"console.log('before'); {code}; console.log('after')")
            order = [m["content"].get("text", m["content"].get("wait")) for m in cell.messages if m["msg_type"] in ("stream", "clear_output")]
            self.assertEqual(order, ["before\n", wait, "after\n"], code)

    def test_input_and_prompt(self):
        for call in ("await input('name? ')", "prompt('name? ')"):
            msg_id = self.kernel.send(f"console.log('asked'); const name = {call}; name.toUpperCase()", allow_stdin=True)
            request = self.kernel.client.get_stdin_msg(timeout=10)
            self.assertEqual(request["content"], {"prompt": "name? ", "password": False})
            self.assertEqual(request["parent_header"]["msg_id"], msg_id)
            self.kernel.client.input("ada λ")
            cell = self.kernel.collect(msg_id)
            self.assertEqual((cell.text(), cell.result), ("asked\n", "'ADA Λ'"))
        msg_id = self.kernel.send("[prompt('a', 'first'), prompt('b', 'second'), await input('c', { password: true })]", allow_stdin=True)
        for answer, password in (("", False), ("typed", False), ("secret", True)):
            self.assertEqual(self.kernel.client.get_stdin_msg(timeout=10)["content"]["password"], password)
            self.kernel.client.input(answer)
        self.assertEqual(self.kernel.collect(msg_id).result, "[ 'first', 'typed', 'secret' ]")

    def test_prompt_where_there_is_nobody_to_ask(self):
        for call in ("await input()", "prompt()"):
            cell = self.kernel.run(call, allow_stdin=False)
            self.assertEqual(cell.reply["ename"], "InputError")

    def test_prompt_can_be_interrupted(self):
        for call in ("await input('?')", "prompt('?')"):
            msg_id = self.kernel.send(f"var kept = 3; {call}", allow_stdin=True)
            self.kernel.client.get_stdin_msg(timeout=10)
            begin = time.perf_counter()
            self.kernel.manager.interrupt_kernel()
            cell = self.kernel.collect(msg_id, timeout=10)
            self.assertEqual(cell.reply["status"], "error")
            self.assertIn(cell.reply["ename"], ("Interrupted", "InputError"))
            self.assertLess(time.perf_counter() - begin, 1)
            self.assertEqual(self.ok("kept").result, "3")

    def test_subshells(self):
        subshell = self.on_control("create_subshell_request")["subshell_id"]
        self.assertEqual(self.on_control("list_subshell_request")["subshell_id"], [subshell])
        main, seen = self.started("console.log('going'); await new Promise((r) => setTimeout(r, 1500)); console.log('main'); var a = 'main'")
        begin = time.perf_counter()
        reply, cell = self.ask("execute_request", {**CONTENT["execute_request"], "code": "console.log('sub'); 6 * 7"}, {"subshell_id": subshell})
        self.assertLess(time.perf_counter() - begin, 1)
        self.assertEqual((reply["status"], cell.text(), cell.result), ("ok", "sub\n", "42"))
        done = self.kernel.collect(main, messages=seen)
        self.assertEqual(done.text(), "going\nmain\n")
        self.assertGreater(reply["execution_count"], done.reply["execution_count"])
        # An interrupt ends the cells of all shells.
        waiting = self.kernel.client.session.msg("execute_request", {**CONTENT["execute_request"], "code": "await new Promise(() => {})"})
        waiting["header"]["subshell_id"] = subshell
        self.kernel.client.shell_channel.send(waiting)
        time.sleep(0.3)
        self.kernel.manager.interrupt_kernel()
        self.assertEqual(self.kernel.collect(waiting["header"]["msg_id"]).reply["ename"], "Interrupted")
        self.assertEqual(self.on_control("delete_subshell_request", {"subshell_id": subshell})["status"], "ok")
        self.assertEqual(self.on_control("list_subshell_request")["subshell_id"], [])
        reply, _ = self.ask("execute_request", {**CONTENT["execute_request"]}, {"subshell_id": subshell})
        self.assertEqual((reply["status"], reply["ename"]), ("error", "SubshellError"))
        self.assertEqual(self.on_control("delete_subshell_request", {"subshell_id": "nowhere"})["status"], "error")

    def test_comms_from_the_kernel(self):
        cell = self.ok("var comm = comms.open('front', { hello: 1 }, [new Uint8Array([7])]);\ncomm.onMessage = (data, buffers) => console.log(JSON.stringify(data), buffers.length);\ncomm.send({ n: 2 })")
        opened, sent = [m for m in cell.messages if m["msg_type"].startswith("comm_")]
        self.assertEqual((opened["msg_type"], opened["content"]["target_name"], bytes(opened["buffers"][0])), ("comm_open", "front", b"\x07"))
        id = opened["content"]["comm_id"]
        self.assertEqual(sent["content"], {"comm_id": id, "data": {"n": 2}})
        self.assertEqual(self.kernel.request(lambda: self.kernel.client.comm_info())["comms"][id], {"target_name": "front"})
        session = self.kernel.client.session
        message = session.msg("comm_msg", {"comm_id": id, "data": {"back": True}})
        session.send(self.kernel.client.shell_channel.socket, message, buffers=[b"x", b"y"])
        answer = self.kernel.collect_iopub(message["header"]["msg_id"])
        self.assertEqual([m["content"]["text"] for m in answer if m["msg_type"] == "stream"], ['{"back":true} 2\n'])
        closed = self.ok("comm.close({ bye: 1 })").of("comm_close")
        self.assertEqual(closed, [{"comm_id": id, "data": {"bye": 1}}])
        self.assertNotIn(id, self.kernel.request(lambda: self.kernel.client.comm_info())["comms"])

    def test_comm_messages_that_are_not_as_the_protocol_says_have_no_effect(self):
        self.ok("var opened: unknown[] = []; comms.register('strict', (comm, data) => { opened.push(data); comm.onMessage = (d) => opened.push(d); })")
        session, shell = self.kernel.client.session, self.kernel.client.shell_channel
        before = self.kernel.request(lambda: self.kernel.client.comm_info())["comms"]
        for content in (
            {"comm_id": "", "target_name": "strict", "data": {}},
            {"comm_id": 5, "target_name": "strict", "data": {}},
            {"comm_id": "c", "target_name": ["strict"], "data": {}},
            {"comm_id": "c", "target_name": "strict", "data": [1]},
            {"comm_id": "c", "target_name": "strict", "data": "text"},
            {"target_name": "strict"},
        ):
            shell.send(session.msg("comm_open", content))
        shell.send(session.msg("comm_msg", {"comm_id": "never opened", "data": {}}))
        shell.send(session.msg("comm_close", {"comm_id": "never opened", "data": {}}))
        self.assertEqual(self.ok("opened.length").result, "0")
        self.assertEqual(self.kernel.request(lambda: self.kernel.client.comm_info())["comms"], before)

    def test_unsigned_and_repeated_messages_have_no_effect(self):
        self.ok("var effect = 0")
        client = self.kernel.client
        session, socket = client.session, client.shell_channel.socket
        message = session.msg("execute_request", {**CONTENT["execute_request"], "code": "effect++"})
        frames = session.serialize(message)
        forged = frames[:1] + [b"0" * 64] + frames[2:]
        altered = frames[:5] + [frames[5].replace(b"effect++", b"effect=9")]
        socket.send_multipart(forged)
        socket.send_multipart(altered)
        socket.send_multipart(frames[:1] + [b""] + frames[2:])
        socket.send_multipart(frames)
        self.kernel.collect(message["header"]["msg_id"])
        for _ in range(3):
            socket.send_multipart(frames)
        time.sleep(0.3)
        self.assertEqual(self.ok("effect").result, "1")

    def test_sockets_listen_on_loopback_only(self):
        import psutil

        process = psutil.Process(self.kernel.manager.provisioner.pid)
        listening = [c.laddr for c in process.net_connections(kind="tcp") if c.status == psutil.CONN_LISTEN]
        self.assertGreaterEqual(len(listening), 5)
        self.assertEqual({address.ip for address in listening}, {"127.0.0.1"})

    def test_shutdown_is_said_to_all(self):
        kernel = Kernel()
        kernel.drain()
        message = kernel.client.session.msg("shutdown_request", {"restart": False})
        kernel.client.control_channel.send(message)
        kinds = {}
        while "shutdown_reply" not in kinds:
            one = kernel.client.get_iopub_msg(timeout=10)
            kinds[one["msg_type"]] = one["content"]
        self.assertEqual(kinds["shutdown_reply"], {"status": "ok", "restart": False})
        self.assertEqual(kernel.client.get_control_msg(timeout=10)["content"], {"status": "ok", "restart": False})
        kernel.stop()


class KeptHistory(unittest.TestCase):
    """The history is a file: it survives restarts, and kernels share it."""

    def ask(self, kernel, kind, **options):
        reply = kernel.request(lambda: kernel.client.history(hist_access_type=kind, **options))
        return [tuple(row) for row in reply["history"]]

    def test_history(self):
        path = Path(tempfile.mkdtemp(prefix="alright-history-"), "deep", "history.jsonl")
        before = os.environ.get("ALRIGHT_HISTORY")
        os.environ["ALRIGHT_HISTORY"] = str(path)
        try:
            one = Kernel()
            one.run("'first'")
            one.run("quiet", silent=True)
            one.run("1 + 1", store_history=False)
            one.run("6 *\n 7")
            one.manager.restart_kernel(now=False)
            one.client.wait_for_ready(timeout=60)
            one.run("'second'")
            other = Kernel()
            other.run("'third'")
            rows = [(1, 1, "'first'"), (1, 2, "6 *\n 7"), (2, 1, "'second'")]
            self.assertEqual(self.ask(one, "tail", n=10), rows)
            self.assertEqual(self.ask(one, "tail", n=1), rows[-1:])
            self.assertEqual(self.ask(one, "range", session=0, start=0, stop=10), rows[2:])
            self.assertEqual(self.ask(one, "range", session=-1, start=2, stop=3), rows[1:2])
            self.assertEqual(self.ask(one, "range", session=1, start=1, stop=2, output=True), [(1, 1, ["'first'", "'first'"])])
            self.assertEqual(self.ask(one, "search", pattern="*6*7"), rows[1:2])
            self.assertEqual(self.ask(one, "search", pattern="'?????'", n=5), rows[:1])
            self.assertEqual(self.ask(other, "range", session=0), [(3, 1, "'third'")])
            other.run("'first'")
            unique = self.ask(other, "search", pattern="'*", unique=True)
            self.assertEqual([text for _, _, text in unique], ["'second'", "'third'", "'first'"])
            # Many stars are no trap.
            self.assertEqual(self.ask(other, "search", pattern="*a" * 40 + "!"), [])
            one.stop()
            other.stop()
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)
            # A file that holds something else costs nothing.
            with open(path, "a") as file:
                file.write('not json\n{"s": "x"}\n[1]\nnull\n{"s":1,"l":1')
            third = Kernel()
            self.assertEqual(third.run("2").result, "2")
            self.assertEqual(self.ask(third, "tail", n=2)[0], (3, 2, "'first'"))
            third.stop()
        finally:
            os.environ.pop("ALRIGHT_HISTORY")
            if before is not None:
                os.environ["ALRIGHT_HISTORY"] = before


if __name__ == "__main__":
    unittest.main(verbosity=2)
