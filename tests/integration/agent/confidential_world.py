# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A VM of the confidential level as a host makes it, with evidence of a redoubt-simtee."""
import base64
import gzip
import hashlib
import struct

from world import VmWorld

STRICT = "agent.log=debug redoubt.confidential=1"


def initdata(policy, further=""):
    return f'algorithm = "sha384"\nversion = "0.1.0"\n\n[data]\n"policy.rego" = \'\'\'{policy}\'\'\'\n{further}'.encode()


def disk_of(text, magic=b"initdata"):
    packed = gzip.compress(text)
    data = magic + struct.pack("<Q", len(packed)) + packed
    return data + bytes(-len(data) % 512)


class ConfidentialWorld(VmWorld):
    """A VM that was launched with the digest of `launched`, and is given the disk `given`."""

    INITRAMFS = "initramfs-confidential.cpio"

    def __init__(self, api, service, launched, given=None, words=STRICT + " redoubt.simtee=1"):
        self.service, self.launched, self.WORDS = service, launched, words  # pylint: disable=invalid-name
        self.given = disk_of(launched) if given is None else given
        super().__init__(api)

    def further_devices(self):
        devices = []
        if self.given:
            (self.folder / "initdata.img").write_bytes(self.given)
            devices += ["-blockdev", f"driver=file,node-name=initdata,filename={self.folder}/initdata.img,read-only=on",
                        "-device", "scsi-hd,bus=scsi0.0,scsi-id=0,lun=7,drive=initdata"]
        digest = hashlib.sha384(self.launched).digest()[:32]
        devices += ["-fw_cfg", f"name=opt/org.redoubt/host-data,string={base64.b64encode(digest).decode()}"]
        if "redoubt.simtee=1" in self.WORDS:
            devices += ["-chardev", f"socket,id=simtee,path={self.service.socket}",
                        "-device", "virtserialport,bus=serial0.0,nr=2,chardev=simtee,name=org.redoubt.simtee"]
        # A daemon connects to it, or nobody does.
        return devices + ["-chardev", f"socket,id=relay,path={self.folder}/relay.sock,server=on,wait=off",
                          "-device", "virtserialport,bus=serial0.0,nr=3,chardev=relay,name=org.redoubt.relay"]
