"""The Python client, driven by the bench. Argument: the target. `sallyport` is on PYTHONPATH."""

import json
import sys
import time

import sallyport


def hello(client):
    began = time.perf_counter()
    result = client.run(language="sh", code="echo hello")
    ms = (time.perf_counter() - began) * 1000
    if result.stdout.text() != "hello\n":
        raise SystemExit(f"No hello: {result}")
    return {"ms": ms}


def output(client, size):
    began = time.perf_counter()
    run = client.start(
        language="sh",
        code=f"exec head -c {size} /dev/zero",
        timeout_ms=30_000,
        limits={"output_total_bytes": size},
    )
    count = sum(len(piece.bytes) for piece in run)
    result = run.result()
    if not result.ok and not result.timed_out:
        raise SystemExit(f"No output: {result.status} {result.limit}")
    ms = (time.perf_counter() - began) * 1000
    return {"bytes": count, "dropped": result.stdout.dropped, "ms": ms}


with sallyport.connect(sys.argv[1]) as client:
    print("{}", flush=True)
    for line in sys.stdin:
        word, *size = line.split()
        said = hello(client) if word == "hello" else output(client, int(size[0]))
        print(json.dumps(said), flush=True)
