// What the controller needs of a connection, whichever runtime made it.

/** A stream of bytes in both directions. */
export interface Transport {
  /** Reads some bytes into `buffer`. Returns how many, or null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`. Returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Says that no more will be written, where that can be said. */
  closeWrite?(): Promise<void>;
  /** Ends the connection; again is no error. */
  close(): void;
}
