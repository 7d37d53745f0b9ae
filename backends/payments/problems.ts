import { Problem } from '../shared/problem.ts';
import { json, type Reply } from '../shared/reply.ts';

/** A refusal with Stripe's `type` and `code`, by which a client branches. */
export class PaymentProblem extends Problem {
  readonly type: string;
  readonly code: string;

  constructor(status: number, type: string, code: string, message: string) {
    super(status, message);
    this.type = type;
    this.code = code;
  }
}

/** A payment that is not in the state for this. */
export function unexpectedState(message: string): PaymentProblem {
  return new PaymentProblem(400, 'invalid_request_error', 'payment_unexpected_state', message);
}

/** Words every refusal as `{"error": {"type", "code", "message"}}`. */
export function errorReply(problem: Problem): Reply {
  const { type, code } = problem instanceof PaymentProblem ? problem : usualWords(problem.status);
  return json({ error: { type, code, message: problem.message } }, problem.status, problem.headers);
}

function usualWords(status: number): { type: string; code: string } {
  if (status >= 500) return { type: 'api_error', code: 'internal' };
  if (status === 404) return { type: 'invalid_request_error', code: 'resource_missing' };
  if (status === 422) return { type: 'idempotency_error', code: 'idempotency_key_reused' };
  return { type: 'invalid_request_error', code: 'parameter_invalid' };
}
