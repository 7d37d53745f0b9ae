"""Answers as supervisord does, with three processes, for whoever has no supervisord at hand.

Run it: python3 supervisord-imitation.py [port]; it prints its port. Port 9001 is supervisord's own.
"""
import sys
import time
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Handler(SimpleXMLRPCRequestHandler):
    rpc_paths = ("/RPC2",)

    def log_message(self, *arguments):
        pass


def process(group, name, state, output):
    running = state == "RUNNING"
    return {
        "group": group, "name": name, "statename": state, "state": 20 if running else 0,
        "start": 1751306400 if running else 0, "stop": 0, "now": int(time.time()), "pid": 4711 if running else 0,
        "description": "pid 4711, uptime 0:05:00" if running else "Not started", "spawnerr": "", "exitstatus": 0,
        "logfile": "/log", "stdout_logfile": "/log", "stderr_logfile": "", "output": output,
    }


PROCESSES = {f"{each['group']}:{each['name']}": each for each in [
    process("web", "api", "RUNNING", "listening on 8080\n"),
    process("web", "worker", "RUNNING", "took job 17 <retry>\n"),
    process("cron", "nightly", "STOPPED", None),
]}
COUNTS = {"requests": 0}


def told(each):
    return {name: value for name, value in each.items() if name != "output"}


def find(name):
    if name not in PROCESSES:
        raise Fault(10, f"BAD_NAME: {name}")
    return PROCESSES[name]


def tail(name, offset, length):
    output = find(name)["output"]
    if output is None:
        raise Fault(20, f"NO_FILE: {name}")
    return [output[-length:], len(output), False]


def start(name, wait=True):
    each = find(name)
    if each["statename"] == "RUNNING":
        raise Fault(60, f"ALREADY_STARTED: {name}")
    PROCESSES[name] = process(each["group"], each["name"], "RUNNING", each["output"])
    return True


def stop(name, wait=True):
    each = find(name)
    if each["statename"] != "RUNNING":
        raise Fault(70, f"NOT_RUNNING: {name}")
    PROCESSES[name] = {**process(each["group"], each["name"], "STOPPED", each["output"]), "stop": 1751310000}
    return True


METHODS = {
    "supervisor.getIdentification": lambda: "supervisor",
    "supervisor.getSupervisorVersion": lambda: "4.2.5",
    "supervisor.getPID": lambda: 1,
    "supervisor.getState": lambda: {"statecode": 1, "statename": "RUNNING"},
    "supervisor.getAllProcessInfo": lambda: [told(each) for each in PROCESSES.values()],
    "supervisor.getProcessInfo": lambda name: told(find(name)),
    "supervisor.tailProcessStdoutLog": tail,
    "supervisor.startProcess": start,
    "supervisor.stopProcess": stop,
}


def multicall(calls):
    """As supervisord's: results stand in the list as they are."""
    results = []
    for call in calls:
        try:
            results.append(METHODS[call["methodName"]](*call["params"]))
        except Fault as fault:
            results.append({"faultCode": fault.faultCode, "faultString": fault.faultString})
    return results


class Server(SimpleXMLRPCServer):
    def _marshaled_dispatch(self, *arguments, **named):
        COUNTS["requests"] += 1
        return super()._marshaled_dispatch(*arguments, **named)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9001
    server = Server(("127.0.0.1", port), Handler, allow_none=True)
    for name, function in METHODS.items():
        server.register_function(function, name)
    server.register_function(multicall, "system.multicall")
    server.register_function(lambda: COUNTS["requests"], "imitation.requests")
    print(server.server_address[1], flush=True)
    server.serve_forever()
