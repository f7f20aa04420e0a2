"""Runs a command and writes down what the kernel counted of its attempts to reach a network; started by `alone`.

In a namespace whose only interface is loopback, no packet can leave, whatever language the client is written in, and
every attempt counts: `OutNoRoutes` for an address that nothing leads to, `Udp` datagrams for a resolver on this
machine, `ActiveOpens` for a connection over loopback.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

COUNTED = ("Ip.OutNoRoutes", "Ip6.OutNoRoutes", "Udp.OutDatagrams", "Udp6.OutDatagrams", "Tcp.ActiveOpens")
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def alone(command: list[str], log: Path) -> list[str] | None:
    """The command in such a namespace, its counters written to `log` as JSON; None where there can be none."""
    unshare = shutil.which("unshare")
    for flags in ("-rn", "-n"):
        if unshare and not subprocess.run([unshare, flags, "true"], capture_output=True).returncode:
            return [unshare, flags, sys.executable, __file__, str(log), *command]
    return None


def counters() -> dict[str, int]:
    """The counters of this namespace, by protocol and name."""
    found: dict[str, int] = {}
    lines = Path("/proc/net/snmp").read_text().splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        protocol, *columns = names.split()
        found |= {f"{protocol}{k}".replace(":", "."): int(v) for k, v in zip(columns, values.split()[1:], strict=True)}
    for line in Path("/proc/net/snmp6").read_text().splitlines():
        name, value = line.split()
        for protocol in ("Ip6", "Udp6"):
            if name.startswith(protocol):
                found[f"{protocol}.{name.removeprefix(protocol)}"] = int(value)
    return {name: found[name] for name in COUNTED}


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    loopback_up()
    before = counters()
    code = subprocess.run(sys.argv[2:]).returncode
    after = counters()
    Path(sys.argv[1]).write_text(json.dumps({name: after[name] - before[name] for name in COUNTED}))
    sys.exit(code)
