/** The few methods of Ditto's SDK that the device's store needs, so that Ditto for Node, React Native and the web all fit. */

/** What this needs of `ditto.store`, and of a transaction. */
export interface DittoExecutor {
  execute(
    query: string,
    parameters?: Record<string, unknown>,
  ): Promise<{ readonly items: readonly { readonly value: unknown }[] }>;
}

export interface DittoStoreLike extends DittoExecutor {
  transaction<T>(
    work: (transaction: DittoExecutor) => Promise<T>,
    options?: { readonly isReadOnly?: boolean },
  ): Promise<T>;
}

/** What a query answers. */
export async function rows<Row>(
  executor: DittoExecutor,
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<Row[]> {
  const { items } = await executor.execute(query, parameters);
  return items.map(({ value }) => value as Row);
}
