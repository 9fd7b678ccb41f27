# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Kata's agent API by name: messages made from the contracts by protoc, calls by JSON."""
import importlib
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import json_format

from ttrpc import Client

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROTO = ROOT / "common/contracts/proto"
SERVICES = {"Check": "grpc.Health", "Version": "grpc.Health"}
# Calls whose subject is the network of the guest; what they answer is judged with it.
NETWORK = ["UpdateInterface", "UpdateRoutes", "ListInterfaces", "ListRoutes", "AddARPNeighbors", "GetIPTables", "SetIPTables"]
PATIENCE = 120


class Api:
    """The messages and methods of the contracts."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        names = ["agent", "oci", "types", "csi", "health"]
        subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={self.folder.name}", *(f"{name}.proto" for name in names)],
                       check=True)
        sys.path.insert(0, self.folder.name)
        # "types" is a module of Python's own: ours has another name by protoc's suffix.
        modules = [importlib.import_module(f"{name}_pb2") for name in names]
        self.methods = {method.name: method for module in modules for service in module.DESCRIPTOR.services_by_name.values()
                        for method in service.methods}
        self.messages = {name: getattr(module, name) for module in modules for name in module.DESCRIPTOR.message_types_by_name}

    def encode(self, method, request):
        """`request` is the message's JSON form, with names as in the contract."""
        message = self.messages[self.methods[method].input_type.name]()
        return json_format.ParseDict(request, message).SerializeToString()

    def decode(self, method, payload):
        kind = self.methods[method].output_type
        if kind.full_name == "google.protobuf.Empty":
            return {}
        message = self.messages.get(kind.name)
        if kind.file.name == "types.proto":
            message = getattr(importlib.import_module("types_pb2"), kind.name)
        return json_format.MessageToDict(message.FromString(payload), preserving_proto_field_name=True,
                                         including_default_value_fields=True)


class Agent:
    """An agent behind a channel."""

    def __init__(self, api, channel):
        self.api, self.client = api, Client(channel)

    def start(self, method, request=None, timeout=0.0):
        return self.client.start(SERVICES.get(method, "grpc.AgentService"), method, self.api.encode(method, request or {}), timeout)

    def call(self, method, request=None, timeout=0.0):
        """The answer's JSON form. Raises CallError."""
        return self.api.decode(method, self.start(method, request, timeout).result(PATIENCE))

    def close(self):
        self.client.close()
