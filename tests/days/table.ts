// Prints rows as a table: the first row is the head, and columns of numbers stand to the right.

/** Prints rows of equal length. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const [head, ...body] = rows;
  const width = (column: number) => Math.max(...rows.map((row) => row[column].length));
  const numeric = (column: number) => body.every((row) => /^[\d.-]+$/.test(row[column]));
  const columns = head.map((_, column) => ({ width: width(column), right: numeric(column) }));
  for (const row of rows) {
    const cells = columns.map(({ width, right }, column) =>
      right ? row[column].padStart(width) : row[column].padEnd(width)
    );
    console.log(cells.join("  ").trimEnd());
  }
}
