# SPDX-License-Identifier: MIT OR Apache-2.0
"""A client that knows nothing of ecmod but its D-Bus address, with dbus-fast.

Introspects, reads all signals, follows Frame until it has FRAMES of them, sets the blood flow, and asks for one that is
out of range. Prints one JSON object with what it saw.

usage: stranger.py ADDRESS FRAMES FLOW REFUSED_FLOW
"""

import asyncio
import json
import sys

from dbus_fast import DBusError
from dbus_fast.aio import MessageBus

SERVICE, CONSOLE = "org.ecmod", "/org/ecmod/console"


async def interface(bus, path, name):
    introspection = await bus.introspect(SERVICE, path)
    return bus.get_proxy_object(SERVICE, path, introspection).get_interface(name)


async def read_signals(bus):
    root = await interface(bus, "/org/ecmod", "org.freedesktop.DBus.ObjectManager")
    readings = {}
    for path in await root.call_get_managed_objects():
        if path.startswith("/org/ecmod/signals/"):
            signal = await interface(bus, path, "org.ecmod.Signal1")
            readings[await signal.get_name()] = {
                "reading": await signal.get_reading(),
                "unit": await signal.get_unit(),
            }
    return readings


async def follow(console, count):
    frames, done = [], asyncio.get_running_loop().create_future()

    def on_frame(monotonic, sequence, readings):
        frames.append([monotonic, sequence, len(readings)])
        if len(frames) == count and not done.done():
            done.set_result(None)

    console.on_frame(on_frame)
    await asyncio.wait_for(done, 60)
    console.off_frame(on_frame)
    return frames


async def set_flow(console, flow):
    await console.call_set_flow(flow)
    async with asyncio.timeout(10):
        while await console.get_flow_setpoint() != flow:
            await asyncio.sleep(0.01)
    return await console.get_flow_setpoint()


async def refused(console, flow):
    try:
        await console.call_set_flow(flow)
    except DBusError as error:
        return {"name": error.type, "text": error.text}
    return None


async def main(address, count, flow, refused_flow):
    bus = await MessageBus(bus_address=address).connect()
    introspection = await bus.introspect(SERVICE, CONSOLE)
    console = await interface(bus, CONSOLE, "org.ecmod.Console1")
    seen = {
        "interfaces": [found.name for found in introspection.interfaces],
        "signals": await read_signals(bus),
        "frames": await follow(console, count),
        "setpoint": await set_flow(console, flow),
        "refusal": await refused(console, refused_flow),
    }
    bus.disconnect()
    print(json.dumps(seen))


asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
