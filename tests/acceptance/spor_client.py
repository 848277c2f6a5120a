# SPDX-License-Identifier: Apache-2.0
"""Runs the `spor` program as a script of a company would: by its command names, exit codes and --json lines."""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/dev"))

import totp  # noqa: E402

PASSWORD = "a password of the acceptance test"
USER = "ida"
LOGIN_LASTS_SECONDS = 600  # sessions end after 15 idle minutes: log in again before that


class Refused(Exception):
    """A command ended with another exit code than expected."""


class Spor:
    """One installation in `folder`, its service and one administrator's session."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(binary), pathlib.Path(folder)
        self.home = self.folder / "spor"
        self.session = self.folder / "session"
        self.service = self.key = None
        self.last_step = self.logged_in_at = 0

    def call(self, *words, expect=0, session=True, password=None):
        """Runs a command with --json; returns its lines as dictionaries. `expect`: one exit code, or a tuple of them."""
        command = [self.binary, *map(str, words), "--json"]
        if session:
            self.log_in_again_if_old()
            command += ["--home", str(self.home), "--session-file", str(self.session)]
        done = self.run(command, password)
        if done.returncode not in (expect if isinstance(expect, tuple) else (expect,)):
            raise Refused(f"exit code {done.returncode}, expected {expect}: {' '.join(command)}\n{done.stdout[-2000:]}"
                          f"{done.stderr[-2000:]}")
        self.stderr = done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def run(self, command, password=None):
        if password is None:
            return subprocess.run(command, capture_output=True, text=True)
        reader = password_pipe(password)
        try:
            command += ["--password-fd", str(reader)]
            return subprocess.run(command, capture_output=True, text=True, pass_fds=[reader])
        finally:
            os.close(reader)

    def start(self, seconds=30):
        """Starts the service and waits for its line `ready`."""
        log = open(self.folder / "serve.log", "ab")
        self.service = subprocess.Popen([self.binary, "serve", "--home", str(self.home)], stdout=subprocess.PIPE,
                                        stderr=log, text=True)
        timer = time.monotonic()
        for line in self.service.stdout:
            if line.startswith("ready"):
                return
            if time.monotonic() - timer > seconds:
                break
        raise Refused("the service did not become ready: see serve.log")

    def stop(self):
        self.service.terminate()
        code = self.service.wait(timeout=60)
        self.service = None
        if code != 0:
            raise Refused(f"the service ended with exit code {code}")

    def activate(self, activation_code):
        reader = password_pipe(PASSWORD)
        command = [self.binary, "activate", USER, "--home", str(self.home), "--code", activation_code, "--password-fd",
                   str(reader), "--json"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[reader],
                                   stderr=subprocess.DEVNULL)
        os.close(reader)
        first = json.loads(process.stdout.readline())
        self.key = totp.secret_bytes(first["totp_secret"])
        self.last_step = totp.fresh_step(6)
        codes = [totp.code_at(self.key, self.last_step - 1), totp.code_at(self.key, self.last_step)]
        rest, _ = process.communicate("\n".join(codes) + "\n")
        if process.returncode != 0 or not json.loads(rest.splitlines()[-1])["activated"]:
            raise Refused(f"activate: exit code {process.returncode}: {rest}")

    def log_in(self):
        """Takes the next code that was not used; the service accepts one step ahead."""
        step = max(totp.present_step(), self.last_step + 1)
        while step > totp.present_step() + 1:
            time.sleep(1)
        self.last_step = step
        answer = self.call("login", USER, "--home", self.home, "--session-file", self.session, "--totp",
                           totp.code_at(self.key, step), session=False, password=PASSWORD)
        self.logged_in_at = time.monotonic()
        return answer

    def log_in_again_if_old(self):
        if time.monotonic() - self.logged_in_at > LOGIN_LASTS_SECONDS:
            self.log_in()


def password_pipe(password):
    """A descriptor to read the password from."""
    reader, writer = os.pipe()
    os.write(writer, password.encode() + b"\n")
    os.close(writer)
    return reader
