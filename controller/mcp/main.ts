// The command line with `sallyport mcp`, which stands on packages that nothing else here needs.
//
// They are in this folder's own deno.json and deno.lock, so that whoever runs anything else fetches
// none of them. This is what is compiled and installed; `deno task mcp` runs it from the clone.

import { main } from "../cli/main.ts";

if (import.meta.main) {
  Deno.exit(
    await main(Deno.args, async (target, options) => {
      // Loaded only here: it is larger than all else.
      const { mcpCommand } = await import("./mcp_command.ts");
      return await mcpCommand(target, options);
    }),
  );
}
