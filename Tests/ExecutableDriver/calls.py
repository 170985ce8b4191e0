"""Checks of the call: its words, its names, what it says, and what it leaves."""

import json
import os
import re

from support import CLIP, clip_values, expect, npy, npz, read_npy, read_npz, single


def philox(key, counter):
  """Philox4x32-10, written from the paper: words of 32 bits, the lowest first."""
  key, counter = list(key), list(counter)
  for _ in range(10):
    left, right = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
    counter = [
        (right >> 32) ^ counter[1] ^ key[0], right & 0xFFFFFFFF,
        (left >> 32) ^ counter[3] ^ key[1], left & 0xFFFFFFFF,
    ]
    key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
  return counter


def folded(key, name):
  hash_ = 0xCBF29CE484222325
  for byte in name.encode():
    hash_ = ((hash_ ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
  return folded_number(key, hash_)


def folded_number(key, number):
  words = philox(
      (key & 0xFFFFFFFF, key >> 32), (number & 0xFFFFFFFF, number >> 32, 0, 0))
  return words[0] | words[1] << 32


def key_from_seed(program):
  # Random123's known answers hold for the Python above, so it may judge.
  expect(philox((0, 0), (0, 0, 0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8])
  expect(
      philox((0xA4093822, 0x299F31D0), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344))
      == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1])
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  for seed in (None, 0, 1, 42, 2**63, 2**64 - 1):
    words = [] if seed is None else ["--seed", str(seed)]
    program.succeeds(
        "--input", "video=clip.npy", "-o", "key.npy", "--outputs", "key_seen", "--quiet", *words)
    expect(read_npy(program.read("key.npy")) == ("u8", (), [folded(seed or 0, "noise")]), seed)
  program.write("key7.npy", npy("i32", [], [7]))
  program.succeeds(
      "--input", "video=clip.npy", "--input", "key=key7.npy", "-o", "key.npy", "--outputs",
      "key_seen")
  expect(read_npy(program.read("key.npy"))[2] == [7])


def outputs_are_picked(program):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  base = ["--input", "video=clip.npy"]
  done = program.succeeds(*base, "--output=a.npz")
  expect(
      done.out.startswith("wrote a.npz: reconstruction f32[1, 3, 4, 4, 3], weights f64[2]\n"), done)
  expect(done.error == "note: output weights holds NaN at 1 of 2 places, first at [1]\n", done)
  expect(list(read_npz(program.read("a.npz"))) == ["reconstruction", "weights"])
  program.succeeds(*base, "-o", "b.npz", "--outputs", "empty,key_seen,empty")
  file = read_npz(program.read("b.npz"))
  expect(list(file) == ["empty", "key_seen"], file)
  expect(file["empty"] == ("f4", (0, 4), []), file)
  program.succeeds(*base, "--entry", "double", "-o", "c.npy", "--threads", "3")
  expect(
      read_npy(program.read("c.npy"))
      == ("f4", (1, 3, 4, 4, 3), [2 * single(x) for x in clip_values()]))
  quiet = program.succeeds(*base, "-o", "d.npz", "--quiet")
  expect(quiet.out + quiet.error == "", quiet)
  expect(program.read("d.npz") == program.read("a.npz"), "equal runs, other bytes")


def output_data_are_aligned(program):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  program.succeeds(
      "--input", "video=clip.npy", "-o", "a.npz", "--outputs",
      "reconstruction,key_seen,weights,empty")
  starts = [m.start() for m in re.finditer(b"\x93NUMPY", program.read("a.npz"))]
  expect(len(starts) == 4 and all(start % 64 == 0 for start in starts), starts)


def memory_is_what_the_run_needs(program):
  """A clip of which little is needed takes no memory, and buffers are there once."""
  frames = 1 << 20
  long = npy("f32", [1, frames, 4, 4, 3], [0.0])[:-4] + bytes(frames * 4 * 4 * 3 * 4)
  program.write("long.npz", npz([("video", long)]))
  program.write("long.npy", long)
  words = ["--bench", "--runs", "1", "--json", "--entry", "double"]
  few = json.loads(program.succeeds(*words).out)["peak_rss_bytes"]
  for path in ("long.npz", "long.npy"):
    peak = json.loads(program.succeeds(*words, "--input", f"video={path}").out)["peak_rss_bytes"]
    expect(peak < few + 16_000_000, path, few, peak, "the file has 200 MB")
    os.unlink(program.folder / path)
  large = json.loads(program.succeeds("--bench", "--json", "--entry", "large").out)
  expect(large["peak_rss_bytes"] < few + 290_000_000, few, large)


def json_reports(program):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  done = program.succeeds("--input", "video=clip.npy", "-o", "a.npz", "--json", "--quiet")
  report = json.loads(done.out)
  expect(done.error == "", done)
  expect(report["outputs"][1] == {"name": "weights", "type": "f64[2]"}, report)
  expect(report["notes"] == ["output weights holds NaN at 1 of 2 places, first at [1]"], report)
  expect((report["level"], report["threads"], report["output"]) == ("handmade", 2, "a.npz"), report)


def bench(program):
  for words in ([], ["--input", "video=clip.npy"], ["--entry", "kinds"], ["--entry", "sized"]):
    program.write("clip.npy", npy("f32", CLIP, clip_values()))
    done = program.succeeds("--bench", "--runs", "3", "--json", *words)
    report = json.loads(done.out)
    expect(report["min_s"] <= report["median_s"] <= report["max_s"], report)
    expect(report["runs"] == 3 and report["peak_rss_bytes"] > 100000, report)
    expect((report["gflops"] is None) == (report["flops"] == 0), report)
  text = program.succeeds("--bench").out
  for word in ("median", "min", "max", "first call", "GFLOP/s", "peak memory", "5 runs"):
    expect(word in text, word, text)
  program.refuses(1, "run.taskTwice", "ran twice", words=["--entry", "slow", "--bench",
                                                          "--input", "mode=one.npy"])


def words_are_understood(program):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  base = ["--input", "video=clip.npy", "-o", "a.npz"]
  cases = [
      ("call.syntax", ["did you mean --input?"], ["--inptu", "x"]),
      ("call.syntax", ["unexpected word 'clip.npy'"], ["clip.npy"]),
      ("call.syntax", ["write --input video=clip.npy"], ["video=clip.npy"]),
      ("call.syntax", ["--output needs a value"], ["--output"]),
      ("call.syntax", ["--output needs a value"], ["--output", "--json"]),
      ("call.syntax", ["--json takes no value"], [*base, "--json=yes"]),
      ("call.syntax", ["unexpected word ''"], [""]),
      ("call.syntax", ["unexpected word '-'"], ["-"]),
      ("call.syntax", ["unknown option '--'"], ["--"]),
      ("call.syntax", ["unknown option '-x'"], ["-x"]),
      ("call.syntax", ["add --bench"], [*base, "--runs", "3"]),
      ("call.syntax", ["--bench writes no file"], ["--bench", *base]),
      ("call.number", ["0 to 1024, got 1025", "set --threads 1024"], [*base, "--threads", "1025"]),
      ("call.number", ["got 12x"], [*base, "--threads", "12x"]),
      ("call.number", ["got nothing"], [*base, "--threads="]),
      ("call.number", ["got -3"], [*base, "--threads=-3"]),
      ("call.number", ["got 18446744073709551616"], [*base, "--seed", str(2**64)]),
      ("call.number", ["got 9" + "9" * 60], [*base, "--seed", "9" + "9" * 60]),
      ("call.number", ["1 to 10000, got 0"], ["--bench", "--runs", "0"]),
      ("call.input-syntax", ["'video'"], ["--input", "video"]),
      ("call.input-syntax", ["'=x'"], ["--input", "=x"]),
      ("call.input-syntax", ["'video='"], ["--input", "video="]),
      ("call.input-unknown", ["did you mean video?"], ["--input", "vidio=x", "-o", "a.npz"]),
      ("call.input-unknown", ["it reads video, key"], ["--input", "z=x", "-o", "a.npz"]),
      ("call.input-repeated", ["input video"], [*base, "--input", "video=clip.npy"]),
      ("call.input-missing", ["the model reads video: f32[1, 3, 4, 4, 3]",
                              "add --input video=FILE.npy"], ["-o", "a.npz"]),
      ("call.output-missing", ["add --output"], ["--input", "video=clip.npy"]),
      ("call.output-unknown", ["did you mean weights?"], [*base, "--outputs", "weigths"]),
      ("call.output-unknown", ["no output "], [*base, "--outputs", "weights,"]),
      ("call.output-form", ["2 outputs"], ["--input", "video=clip.npy", "-o", "a.npy"]),
      ("model.entry-unknown", ["double, sized, kinds, whole"], [*base, "--entry", "z"]),
      ("model.entry-unknown", ["did you mean whole?"], [*base, "--entry", "whol"]),
      ("call.specialisation", ["there is one size"], [*base, "--specialisation", "batch=2"]),
      ("call.specialisation", ["did you mean batch=1?"],
       ["--entry", "sized", "--input", "x=x", "-o", "a.npz", "--specialisation", "batch=2"]),
      ("call.weights-surplus", ["leave --weights-file out"], [*base, "--weights-file", "w"]),
  ]
  for code, pieces, words in cases:
    program.refuses(2, code, *pieces, words=words)
  long = "--" + "x" * 5000
  program.refuses(2, "call.syntax", words=[long])
  program.refuses(2, "model.entry-unknown", words=[*base, "--entry", "y" * 5000])
  program.refuses(2, "call.input-unknown", words=["--input", "\x1b[31m=x", "-o", "a.npz"])
  expect("\x1b" not in program.run("--input", "\x1b[31m=x", "-o", "a.npz").error)


def answers(program):
  help_ = program.succeeds("--help")
  expect(help_.out == program.succeeds("-h").out == program.succeeds().out)
  for piece in ("--input video=video.npy --output out.npz", "whole (by default)", "batch=3",
                "reconstruction  f32[1, 3, 4, 4, 3]  576 bytes", "drawn from --seed"):
    expect(piece in help_.out, piece, help_.out)
  expect(program.succeeds("--version").out.startswith("handmade, compiled by smalti"))


def places_that_cannot_be_written(program):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  base = ["--input", "video=clip.npy", "-o"]
  (program.folder / "folder").mkdir(exist_ok=True)
  for code, piece, path in [
      ("file.unwritable", "it is a directory", "folder"),
      ("file.unwritable", "there is no directory nowhere", "nowhere/a.npz"),
      ("file.unwritable", "clip.npy is not a directory", "clip.npy/a.npz"),
      ("file.not-regular", "", "/dev/null"),
  ]:
    program.refuses(1, code, piece, words=[*base, path])
  link, target = program.folder / "link.npz", program.folder / "folder/target.npz"
  target.write_bytes(b"old")
  link.unlink(missing_ok=True)
  link.symlink_to("folder/target.npz")
  program.succeeds(*base, "link.npz")
  expect(link.is_symlink() and list(read_npz(target.read_bytes())))
  expect(os.stat(target).st_mode & 0o600 == 0o600)
  target.write_bytes(b"old")
  program.refuses(1, "npy.magic", words=["--input", "video=model.txt", "-o", "link.npz"])
  expect(target.read_bytes() == b"old", "a failed run touched the file")


def machines_and_weights(program, without_features, with_weights):
  program.write("clip.npy", npy("f32", CLIP, clip_values()))
  base = ["--input", "video=clip.npy", "-o", "a.npz"]
  without_features.refuses(1, "run.noFeatures", "none of the features", words=base)
  expect(without_features.run("--help").status == 0)
  with_weights.refuses(2, "call.weights-missing", "add --weights-file FILE", words=base)
  with_weights.refuses(
      1, "run.unreadable", "cannot open no.weights", words=[*base, "--weights-file", "no.weights"])
  with_weights.succeeds(*base, "--weights-file", "clip.npy", "--quiet")
  program.refuses(1, "run.noThreads", "1000 threads", words=[*base, "--threads", "1000"])
  failures = [("one", "run.taskTwice", "'made up'"), ("two", "run.badPlan", "tables")]
  for mode, code, piece in failures:
    program.write("one.npy", npy("i32", [], [1]))
    program.write("two.npy", npy("i32", [], [2]))
    program.refuses(
        1, code, piece,
        words=["--entry", "slow", "--input", f"mode={mode}.npy", "-o", "mode.npz"])
    expect(not (program.folder / "mode.npz").exists())


def all_calls(program, without_features, with_weights):
  program.write("model.txt", b"this is no array")
  program.write("one.npy", npy("i32", [], [1]))
  for check in (key_from_seed, outputs_are_picked, output_data_are_aligned, json_reports,
                memory_is_what_the_run_needs, bench, words_are_understood, answers,
                places_that_cannot_be_written):
    check(program)
  machines_and_weights(program, without_features, with_weights)
