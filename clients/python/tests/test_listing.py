"""Listings end, and their pages come when they are asked for."""

import asyncio
import unittest
from typing import Any, Dict, List
from unittest import mock

import sallyport
from sallyport import _listing, aio

from .fake_agent import FakeAgent


def _page(id: int, names: List[str], cursor: str) -> List[Dict[str, Any]]:
    wanted: Dict[str, Any] = {"type": "list", "path": "d", "id": id}
    if id > 1:
        wanted["cursor"] = f"{id - 1}:"
    entries = [{"name": name, "kind": "file", "size": 1, "mode": 1} for name in names]
    return [
        {"sends": wanted},
        {"answers": {"type": "files", "id": id, "entries": entries, "cursor": cursor}},
    ]


class Pages(unittest.TestCase):
    #: A third page is never asked for.
    STEPS = [*_page(1, ["b", "a"], "1:"), *_page(2, ["0"], "2:")]

    def test_synchronous(self) -> None:
        with FakeAgent(self.STEPS) as agent, sallyport.connect(f"unix:{agent.path}") as client:
            pages = client.list_pages("d")
            names = [[entry.name for entry in next(pages)] for _ in range(2)]
        self.assertEqual(names, [["b", "a"], ["0"]])

    def test_asynchronous(self) -> None:
        async def take(path: str) -> List[List[str]]:
            names = []
            async with aio.connect(f"unix:{path}") as client:
                pages = client.list_pages("d")
                async for page in pages:
                    names.append([entry.name for entry in page])
                    if len(names) == 2:
                        break
                await pages.aclose()  # type: ignore[attr-defined]
            return names

        with FakeAgent(self.STEPS) as agent:
            self.assertEqual(asyncio.run(take(agent.path)), [["b", "a"], ["0"]])

    def test_too_much(self) -> None:
        bounds = [("MOST_ENTRIES", 2, "at most 2"), ("MOST_CHARACTERS", 5, "5 characters")]
        for name, most, words in bounds:
            with self.subTest(name), mock.patch.object(_listing, name, most):
                with FakeAgent(self.STEPS) as agent:
                    with sallyport.connect(f"unix:{agent.path}") as client:
                        with self.assertRaisesRegex(sallyport.ConnectionLost, words):
                            client.list("d")
                        with self.assertRaises(sallyport.ConnectionLost):
                            client.ping()


if __name__ == "__main__":
    unittest.main()
