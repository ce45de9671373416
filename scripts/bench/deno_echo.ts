// A peer of the agent's ACK: the least that a server in Deno does for a request.
//
// It waits with epoll, reads, finds the end of the line, parses it as JSON, and sends an ACK that is
// written out here. It checks nothing and runs nothing. It serves one client and ends with it. Its
// argument is the path of its socket; it prints a line when it listens.

import { EPOLLIN, SOCK_CLOEXEC, SOCK_STREAM } from "../../linux/constants.ts";
import { Epoll } from "../../linux/epoll.ts";
import { acceptFd, listenUnix, receiveFd, sendFd } from "../../linux/socket.ts";

const NEWLINE = 10;
const decoder = new TextDecoder();
const ack = new TextEncoder().encode('{"type":"ack"}\n');
const buffer = new Uint8Array(1 << 18);

/** Sends one ACK for each request in the first `length` bytes. Returns where the rest begins. */
function answer(client: number, length: number): number {
  for (let from = 0;;) {
    const end = buffer.subarray(0, length).indexOf(NEWLINE, from);
    if (end < 0) return from;
    const { bytes = 0 } = JSON.parse(decoder.decode(buffer.subarray(from, end)));
    if (end + 1 + bytes > length) return from; // the ACK comes after the body, as the agent's
    from = end + 1 + bytes;
    sendFd(client, ack);
  }
}

function serve(client: number): void {
  const epoll = new Epoll(1);
  epoll.add(client, EPOLLIN);
  for (let length = 0;;) {
    epoll.wait(-1);
    const count = receiveFd(client, buffer.subarray(length));
    if (count <= 0) return;
    length += count;
    const from = answer(client, length);
    if (from > 0 && from < length) buffer.copyWithin(0, from, length);
    length -= from;
  }
}

const listener = listenUnix(Deno.args[0], { type: SOCK_STREAM | SOCK_CLOEXEC });
console.log("listening");
serve(acceptFd(listener));
