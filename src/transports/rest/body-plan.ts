type Inputs = Readonly<Record<string, unknown>>;

/** How the body of an operation is written. */
export interface BodyPlan {
  /** Inputs that the body takes by name, beside `takesRest`. */
  readonly inputs: readonly string[];
  /** Whether the body takes every input that nothing else does. */
  readonly takesRest: boolean;
  readonly contentType: string;
  /** Written though there is nothing to put in. */
  readonly always?: boolean;
  /** @param rest the inputs that nothing else takes */
  write(inputs: Inputs, rest: readonly string[]): string;
}
