"""Checks of what a person does while the program runs: Ctrl-C, and a look at the terminal."""

import os
import pty
import signal
import subprocess
import time

from support import Failed, expect, npy

SLOW = ["--entry", "slow", "--input", "mode=zero.npy", "-o", "slow.npz"]


def started(program, words, **options):
  return subprocess.Popen(
      [*program.words, *words], cwd=program.folder, env={**program.environment, **options},
      stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process, program, what):
  out, error = process.communicate(timeout=60)
  expect(process.returncode == 130, what, process.returncode, error)
  expect(error == b"interrupted\n" and out == b"", what, error, out)
  expect(not program.leftovers(), what, "a partial file stays behind")


def interrupts_a_run(program):
  for words in (SLOW, ["--entry", "slow", "--input", "mode=zero.npy", "--bench"]):
    process = started(program, words)
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    ended(process, program, words)
  expect(not (program.folder / "slow.npz").exists())
  # After the last question of the run, and before its file.
  program.write("three.npy", npy("i32", [], [3]))
  ended(
      started(program, ["--entry", "slow", "--input", "mode=three.npy", "-o", "slow.npz"]),
      program, "at the end")
  expect(not (program.folder / "slow.npz").exists())


def interrupts_writing(program):
  """As soon as the partial file is there; then twice, which ends the process at once."""
  for presses in (1, 2):
    process = started(
        program, ["--entry", "large", "--input", "last=last.npy", "-o", "large.npz"])
    while not program.leftovers() and process.poll() is None:
      time.sleep(0.001)
    expect(process.poll() is None, "it was done before Ctrl-C")
    for _ in range(presses):
      process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    expect(process.returncode == 130, process.returncode)
    expect(not program.leftovers(), "a partial file stays behind")
    expect(not (program.folder / "large.npz").exists())


def is_left_alone_under_nohup(program):
  process = subprocess.Popen(
      [*program.words, *SLOW, "--quiet"], cwd=program.folder, env=program.environment,
      preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
  time.sleep(0.5)
  process.send_signal(signal.SIGINT)
  expect(process.wait(timeout=60) == 0, "Ctrl-C was heard")
  (program.folder / "slow.npz").unlink()


def seen(program, words, interrupt=False, **environment):
  """What stands on a terminal's standard error."""
  ours, theirs = pty.openpty()
  changed = {**program.environment, "TERM": "xterm", **environment}
  changed = {name: value for name, value in changed.items() if value is not None}
  process = subprocess.Popen(
      [*program.words, *words], cwd=program.folder, env=changed, stdout=subprocess.DEVNULL,
      stderr=theirs)
  os.close(theirs)
  if interrupt:
    time.sleep(1.2)
    process.send_signal(signal.SIGINT)
  text = b""
  while True:
    try:
      more = os.read(ours, 4096)
    except OSError:
      break
    if not more:
      break
    text += more
  os.close(ours)
  return process.wait(timeout=60), text.decode()


def shows_progress(program):
  status, text = seen(program, SLOW, NO_COLOR=None)
  expect(status == 0 and "\x1b[2mrunning handmade: step " in text, text)
  expect(text.endswith("\r\x1b[2K"), "the line stays", text[-80:])
  status, text = seen(program, SLOW, NO_COLOR="1")
  expect("running handmade: step " in text and "\x1b[2m" not in text, text)
  expect("\x1b[0m" not in text, text)
  status, text = seen(program, SLOW, interrupt=True, NO_COLOR="1")
  expect(status == 130 and text.endswith("\r\x1b[2Kinterrupted\r\n"), text[-80:])
  for words, environment in [
      ([*SLOW, "--quiet"], {}), (SLOW, {"TERM": "dumb"}), (SLOW, {"TERM": None})]:
    status, text = seen(program, words, **environment)
    expect(status == 0 and text == "", text)
  (program.folder / "slow.npz").unlink()


def ends_with_its_reader(program):
  """`./model --help | head -1` is no failure."""
  process = started(program, ["--entry", "slow", "--input", "mode=one.npy", "-o", "s.npz"])
  process.stderr.close()
  process.stdout.close()
  expect(process.wait(timeout=60) == 1)


def all_terminals(program):
  # Where Ctrl-C is ignored, as in the background of a script, or held back, as in a thread of a test,
  # children would inherit that.
  signal.signal(signal.SIGINT, signal.default_int_handler)
  signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
  program.write("zero.npy", npy("i32", [], [0]))
  program.write("one.npy", npy("i32", [], [1]))
  program.write("last.npy", npy("u8", [1], [9]))
  for check in (interrupts_a_run, interrupts_writing, is_left_alone_under_nohup, shows_progress,
                ends_with_its_reader):
    patiently(check, program)


def patiently(check, program):
  """A machine that is busy may come too late to interrupt what is under way: three tries."""
  for tries_left in (2, 1, 0):
    try:
      return check(program)
    except Failed:
      if tries_left == 0:
        raise
      for name in ("slow.npz", "large.npz"):
        (program.folder / name).unlink(missing_ok=True)
