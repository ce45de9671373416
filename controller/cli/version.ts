// The version of the command line; a test keeps it that of deno.json.

/** As in deno.json. */
export const version = "0.1.0";
