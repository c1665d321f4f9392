/** Every fault that the API answers, as JSON: code, message, what to do. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../domain/index.ts';
import { DeviceError, type deviceErrors } from './errors.ts';

type Code = keyof typeof deviceErrors;

const STATUS: Partial<Record<Code, number>> = {
  DISK_FULL: 507,
  HOST_REFUSED: 403,
  INPUT_INVALID: 400,
  KEY_REUSED: 409,
  NOT_DONE: 422,
  NOT_ON_THIS_DEVICE: 404,
  NO_SUCH_ADDRESS: 404,
  OPERATION_UNKNOWN: 404,
  REQUEST_INVALID: 400,
  REQUEST_TOO_LARGE: 413,
  SCOPE_INVALID: 400,
  STORE_FAULT: 503,
  STORE_UNUSABLE: 503,
  VIEW_UNKNOWN: 404,
};

export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  if (!(error instanceof CodedError)) {
    return reply.code(500).send({
      code: 'OUR_MISTAKE',
      message: error instanceof Error ? error.message : String(error),
      fix: 'Please report it as CONTRIBUTING.md says.',
    });
  }
  const { code, message, fix, data } = error;
  return reply.code(STATUS[code as Code] ?? 500).send({ code, message, fix, ...data });
}

/** Faults of Fastify itself become ours. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof CodedError || error.statusCode === undefined || error.statusCode >= 500) {
      return sendProblem(reply, error);
    }
    const code = error.statusCode === 413 ? 'REQUEST_TOO_LARGE' : 'REQUEST_INVALID';
    return sendProblem(reply, new DeviceError(code, error.message, { cause: error }));
  });
}

export const sendNotFound = (request: FastifyRequest, reply: FastifyReply) =>
  sendProblem(reply, new DeviceError('NO_SUCH_ADDRESS', `Nothing answers ${request.method} ${request.url}.`));
