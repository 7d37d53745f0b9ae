/** The part of the `xmlrpc` package that the tests use; it brings no types. */
declare module 'xmlrpc' {
  export function createClient(options: { url: string }): {
    methodCall(
      method: string,
      parameters: readonly unknown[],
      done: (error: unknown, value: unknown) => void,
    ): void;
  };
}
