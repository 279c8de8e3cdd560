"""Malformed messages, signed and unsigned, at every socket: no crash, no effect, no leak.

    python fuzz.py [--messages 10000] [--seed N]
"""

import argparse
import json
import os
import random
import socket
import sys
import time

import psutil
import zmq
from client import Kernel

parser = argparse.ArgumentParser()
parser.add_argument("--messages", type=int, default=10_000)
parser.add_argument("--seed", type=int, default=int(time.time()))
options = parser.parse_args()
random.seed(options.seed)
print(f"seed {options.seed}", file=sys.stderr)

KINDS = """execute_request inspect_request complete_request history_request is_complete_request comm_info_request kernel_info_request
connect_request comm_open comm_msg comm_close interrupt_request debug_request input_reply create_subshell_request
delete_subshell_request list_subshell_request nonsense nonsense_request __proto__ constructor toString""".split()
KEYS = """code silent store_history user_expressions allow_stdin stop_on_error cursor_pos detail_level hist_access_type output raw session
start stop n pattern unique target_name comm_id data restart subshell_id value __proto__ constructor toString length""".split()

# What is said of each dropped message would drown the seed.
log = open(os.environ.get("KERNEL_LOG", "/dev/null"), "w")
kernel = Kernel(stderr=log)
process = psutil.Process(kernel.manager.provisioner.pid)
session = kernel.client.session
context = zmq.Context()


def blob(most=200):
    return random.randbytes(random.randint(0, most))


def text():
    return random.choice(
        ["", "a", "λ😀", "\u0000", "x" * random.randint(0, 5000), "../" * 20, "*" * 40, "%alright λ=", "`${", "{", "\ud800", "alright.control", str(random.random())]
    )


def value(depth=0):
    choice = random.randint(0, 11 if depth < 4 else 7)
    if choice < 8:
        return [None, True, False, 0, -1, 2**63, random.uniform(-1e308, 1e308), text()][choice]
    if choice < 10:
        return [value(depth + 1) for _ in range(random.randint(0, 5))]
    return {random.choice(KEYS): value(depth + 1) for _ in range(random.randint(0, 5))}


def content():
    return {random.choice(KEYS): value() for _ in range(random.randint(0, 6))}


def dump(thing):
    return json.dumps(thing).encode("utf8")


def deep():
    return b'{"a":' * 20_000 + b"1" + b"}" * 20_000


def header(kind):
    full = {"msg_id": os.urandom(8).hex(), "session": "fuzz", "username": "u", "date": "2026-01-01", "msg_type": kind, "version": "5.4"}
    for _ in range(random.choice([0, 0, 1, 2])):
        full[random.choice([*full, "subshell_id", "__proto__"])] = value()
    return full


def broken(kind):
    """Four parts of which at least one is not as the protocol says, or whose content is arbitrary."""
    parts = [dump(header(kind)), dump({}), dump({}), dump(content())]
    for _ in range(random.choice([0, 1, 1, 2, 4])):
        at = random.randrange(4)
        parts[at] = random.choice([blob(), b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe", dump(value()), deep(), parts[at][: len(parts[at]) // 2], parts[at] + b"}"])
    return parts


def frames():
    """The frames of one message. An unsigned one may say anything; a signed one must not be an order that is valid."""
    kind = random.choice(KINDS)
    identities = [blob(30) for _ in range(random.choice([0, 0, 0, 1, 3]))]
    shape = random.random()
    if shape < 0.1:
        return [blob(3000) for _ in range(random.randint(1, 12))]
    if shape < 0.45:
        # Unsigned, else valid: it must have no effect at all.
        parts = [dump(header("execute_request")), dump({}), dump({}), dump({"code": "globalThis.harmed = true", "silent": False})]
        signature = random.choice([b"", b"0" * 64, blob(64), os.urandom(32).hex().encode()])
        return [*identities, b"<IDS|MSG>", signature, *parts]
    parts = broken(kind)
    signature = session.sign(parts)
    if shape < 0.6:
        signature = signature[:-1]
    out = [*identities, b"<IDS|MSG>", signature, *parts, *[blob(2000) for _ in range(random.choice([0, 0, 3]))]]
    if random.random() < 0.1:
        del out[random.randrange(len(out))]
    return out or [b""]


def connected(kind, port):
    one = context.socket(kind)
    one.linger = 0
    one.sndhwm = one.rcvhwm = 100_000
    one.connect(f"tcp://127.0.0.1:{port}")
    return one


def drain(one):
    while one.poll(0):
        one.recv_multipart()


def raw(port):
    """Bytes that are no ZeroMQ at all."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        one.sendall(random.choice([b"GET / HTTP/1.1\r\n\r\n", b"\xff" + blob(2000), blob(2000), b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03" + blob(100)]))


def memory():
    time.sleep(2)
    return sum(one.memory_full_info().uss for one in [process, *process.children(recursive=True)]) / 1e6


client = kernel.client
ports = {name: getattr(client, f"{name}_port") for name in ("shell", "control", "stdin", "iopub", "hb")}
kernel.run("var marked = 'kept'; 1")
kernel.drain()
count = kernel.run("marked").reply["execution_count"]
pids = [one.pid for one in process.children()]
sent = {name: 0 for name in ports}


def throw(many):
    sockets = {name: connected({"iopub": zmq.XSUB, "hb": zmq.DEALER}.get(name, zmq.DEALER), port) for name, port in ports.items()}
    for _ in range(many):
        name = random.choice(list(ports))
        if random.random() < 0.02:
            raw(ports[name])
        else:
            message = frames()
            if name == "iopub" and random.random() < 0.5:
                message = [random.choice([b"\x00", b"\x01", b""]) + blob(60)]
            sockets[name].send_multipart(message)
        sent[name] += 1
        for one in sockets.values():
            drain(one)
        while client.iopub_channel.msg_ready():
            client.get_iopub_msg(timeout=1)
    time.sleep(1)
    for one in sockets.values():
        drain(one)
        one.close(0)


def answers():
    """The kernel answers on every socket, and nothing that was thrown had an effect."""
    kernel.drain()
    assert process.is_running() and [one.pid for one in process.children()] == pids, "a process was lost"
    cell = kernel.run("[marked, (globalThis as any).harmed === undefined]", timeout=60)
    assert cell.result == "[ 'kept', true ]", cell.reply
    # The client's own heart stops after a second without an echo, and beats again with the next one.
    deadline = time.time() + 5
    while not client.hb_channel.is_beating():
        assert time.time() < deadline, "no heartbeat for 5 s"
        time.sleep(0.05)
    client.control_channel.send(session.msg("kernel_info_request"))
    assert client.get_control_msg(timeout=20)["content"]["status"] == "ok"
    return cell.reply["execution_count"]


# Caches and the memory of signatures fill first.
throw(options.messages // 4)
answers()
before = memory()
throw(options.messages - options.messages // 4)
reached = answers()
after = memory()
kernel.stop()
print(f"{sum(sent.values())} messages: {sent}; cells executed by signed ones: {reached - count - 2}", file=sys.stderr)
print(f"memory {before:.0f} MB, then {after:.0f} MB ({100 * (after / before - 1):+.0f} %)", file=sys.stderr)
if after > 1.2 * before:
    raise SystemExit("memory grew by more than 20 %")
print("\nOK", file=sys.stderr)
