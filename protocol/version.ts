// The version of the protocol.

/** The only protocol version this code supports. */
export const protocolVersion = 1;
