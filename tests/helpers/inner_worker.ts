// A thread of the hooked agent that starts before the filter is set: it waits, and then asks for a
// socket.
//
// The filter must still apply to it, and its call must end the whole process.

const scope = self as unknown as {
  postMessage(message: unknown): void;
  onmessage: (event: MessageEvent) => void;
};

scope.onmessage = ({ data: { order, number, path } }) => {
  const { symbols } = Deno.dlopen(path, {
    syscall: { parameters: ["i64", "i64", "i64", "i64"], result: "i64" },
  });
  scope.postMessage("armed");
  Atomics.wait(order, 0, 0);
  const made = symbols.syscall(BigInt(number), 1n, 1n, 0n);
  Atomics.store(order, 1, made >= 0n ? 1 : 2);
  Atomics.notify(order, 1);
};
scope.postMessage("started");
