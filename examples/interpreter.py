"""A code interpreter for a language model: it writes cells, and sees what each printed and drew.

Usage: PYTHONPATH=clients/python python3 examples/interpreter.py TARGET DIRECTORY

No model is called here. `loop` takes one as a function; `scripted` below stands in for it: it knows
its cells by heart, and picks one by what it was last shown. Cells share files, not variables.
"""

import pathlib
import re
import sys

import sallyport

SALES = "month,sold\n" + "".join(f"{month},{40 + month * month % 17}\n" for month in range(1, 13))
PICTURES = (".png", ".svg")


def loop(client, model, question, pictures):
    """Lets the model run cells until it answers. What the cells draw goes into `pictures`."""
    client.put("sales.csv", SALES)
    seen = {}
    messages = [{"role": "user", "text": question}]
    for _ in range(10):
        said = model(messages)
        messages.append({"role": "model", **said})
        if "code" not in said:
            return messages
        result = client.run(
            language="python",
            code=said["code"],
            timeout_ms=20_000,
            keep=True,  # the sandbox and its files stay for the next cell
        )
        drawn = new_pictures(client, seen, pictures)
        messages.append({"role": "tool", "text": seen_by_model(result), "pictures": drawn})
    raise RuntimeError("The model did not come to an end")


def seen_by_model(result):
    """A result in words: its output, shortened, and whatever else explains how it ended."""
    text = result.stdout.text()[-4000:] + result.stderr.text()[-2000:]
    if not result.ok:
        text += f"[{result.status} {result.exit_code if result.limit is None else result.limit}]\n"
    for denied in result.denied:
        text += f"[not allowed here: {denied.syscall}]\n"
    return text or "[no output]\n"


def new_pictures(client, seen, pictures):
    """Fetches the pictures that this cell wrote. Names and contents are a stranger's."""
    drawn = []
    for entry in client.list():
        is_name = not entry.escaped and pathlib.Path(entry.name).name == entry.name
        if entry.kind != "file" or not is_name or not entry.name.lower().endswith(PICTURES):
            continue
        content = client.get(entry.name)
        if seen.get(entry.name) != content:
            seen[entry.name] = content
            (pictures / entry.name).write_bytes(content)
            drawn.append(entry.name)
    return drawn


def scripted(messages):
    """Stands in for a language model."""
    last = messages[-1]
    if last["role"] == "user":
        return {"code": READ.replace("COLUMN", "sales")}
    if "KeyError: 'sales'" in last["text"]:
        return {"code": READ.replace("COLUMN", "sold")}
    if "plot.png" in last["pictures"]:
        best = re.search(r"best: (\d+)", messages[-3]["text"])
        return {"text": f"It was month {best[1]}, the red one in the plot."}
    return {"code": PLOT}


READ = """
import csv
sold = {int(row["month"]): int(row["COLUMN"]) for row in csv.DictReader(open("sales.csv"))}
best = max(sold, key=sold.get)
open("best", "w").write(str(best))
print("best:", best, "with", sold[best])
"""

PLOT = """
import csv
import matplotlib.pyplot as plt
rows = [(int(row["month"]), int(row["sold"])) for row in csv.DictReader(open("sales.csv"))]
best = int(open("best").read())
plt.bar(*zip(*rows), color=["red" if month == best else "grey" for month, _ in rows])
plt.savefig("plot.png")
print("drawn")
"""


def main(target, directory):
    pictures = pathlib.Path(directory)
    pictures.mkdir(exist_ok=True)
    with sallyport.connect(target) as client:
        for message in loop(client, scripted, "Which month sold best? Show me.", pictures):
            print(f"{message['role']}:", message.get("text", message.get("code")).strip())
            for name in message.get("pictures", []):
                print(f"{message['role']}: drew {pictures / name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
