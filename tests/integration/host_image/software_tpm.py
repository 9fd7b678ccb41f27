# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A TPM (swtpm) without a machine, for tests of what a boot does with one."""
import subprocess
import time


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120, check=False, **options)


class Tpm:
    """One TPM, switched on; `extend` is what measuring does."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "socket"
        self.name = f"swtpm:path={self.socket}"
        folder.mkdir()
        self.start()

    def start(self):
        """What it keeps it has; its PCRs are nought."""
        self.process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}", "--flags", "startup-clear,not-need-init",
                                         "--server", f"type=unixio,path={self.socket}", "--ctrl", f"type=unixio,path={self.socket}.ctrl"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if self.socket.exists():
                break
            time.sleep(0.05)

    def extend(self, register, text):
        digest = subprocess.run(["sha256sum"], input=text.encode(), check=True, capture_output=True).stdout.decode().split()[0]
        done = run("tpm2_pcrextend", "-T", self.name, f"{register}:sha256={digest}")
        assert done.returncode == 0, done.stderr

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.socket.unlink(missing_ok=True)
