# SPDX-License-Identifier: MIT OR Apache-2.0
"""Modbus devices made with pymodbus, which nobody of this project wrote.

drive   as much of a BLV drive as its driver needs: the feedback follows the commanded speed while a run bit is set
table   one value of each kind in each table, with addresses that do not exist between them

usage: server.py drive|table rtu LINK     on a pty that is linked at LINK
       server.py drive|table tcp PORT     on 127.0.0.1
Prints "ready" when it can be asked.
"""

import asyncio
import os
import struct
import sys
import tty

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

RUN_BITS = 0x18
COMMAND_WORD, COMMAND_SPEED, FEEDBACK_SPEED, LOAD, SPEED_NO_0 = 0x7D, 0xC8, 0xCE, 0x108, 0x480


async def follow(_function, start, address, count, registers, values):
    """What the drive does with what it is told, seen at every request."""

    def put(register, value):
        registers[register - start : register - start + 2] = [value >> 16, value & 0xFFFF]

    if values is not None:
        registers[address - start : address - start + count] = list(values)
    runs = registers[COMMAND_WORD - start] & RUN_BITS
    high, low = registers[SPEED_NO_0 - start : SPEED_NO_0 - start + 2]
    speed = (high << 16 | low) if runs else 0
    put(COMMAND_SPEED, speed)
    put(FEEDBACK_SPEED, speed)
    put(LOAD, 25 if speed else 0)


def words(layout, value, order):
    """The registers of a number, its bytes A to D (or to H, in pairs) in the order that a device has."""
    data = struct.pack(">" + layout, value)
    pairs = [data[i : i + 2] for i in range(0, len(data), 2)]
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    if order in ("BADC", "DCBA"):
        pairs = [pair[::-1] for pair in pairs]
    return [int.from_bytes(pair, "big") for pair in pairs]


def registers(address, values):
    return SimData(address, values=values, datatype=DataType.REGISTERS)


def drive():
    return SimDevice(id=1, simdata=[SimData(0, count=0x800, values=0, datatype=DataType.REGISTERS)], action=follow)


def table():
    inputs = [
        registers(0, words("h", -123, "ABCD")),
        registers(10, words("I", 0x12345, "ABCD")),
        registers(20, words("f", 3.75, "CDAB")),
        registers(30, words("i", -70000, "BADC")),
        registers(40, words("d", 36.625, "DCBA")),
        registers(50, [0x8000]),
    ]
    holdings = [registers(100, [0x0A58]), registers(200, [0, 0])]
    coils = [SimData(0, values=[True, False], datatype=DataType.BITS)]
    discretes = [SimData(0, values=[False, True], datatype=DataType.BITS)]
    return SimDevice(id=3, simdata=(coils, discretes, holdings, inputs))


def copy(source, sink):
    try:
        os.write(sink, os.read(source, 512))
    except OSError:
        asyncio.get_running_loop().remove_reader(source)


def null_modem(link):
    """Two ptys joined back to back: pymodbus opens one like any serial port, the console the other."""
    (master, slave), (far_master, far_slave) = os.openpty(), os.openpty()
    for end in (slave, far_slave):
        tty.setraw(end)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, copy, master, far_master)
    loop.add_reader(far_master, copy, far_master, master)
    if os.path.islink(link):
        os.unlink(link)
    os.symlink(os.ttyname(far_slave), link)
    return os.ttyname(slave)


async def main(device, kind, place):
    context = {"drive": drive, "table": table}[device]()
    if kind == "rtu":
        port = null_modem(place)
        server = ModbusSerialServer(context, framer=FramerType.RTU, port=port, baudrate=115200)
    else:
        server = ModbusTcpServer(context, address=("127.0.0.1", int(place)))
    await server.serve_forever(background=True)
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
