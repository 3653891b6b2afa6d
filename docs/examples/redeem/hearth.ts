// A client in forty lines: documents typed by the schema, one function that sends them.

import { initGraphQLTada, type TadaDocumentNode } from "gql.tada";
import { print } from "graphql";

import type { introspection } from "./graphql-env.js";

/** Writes a document; its result and its variables get their types from the schema. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { BigInt: string; DateTime: string; LocalDate: string };
}>();

/** One entry of `errors[]`: the request was wrong, or we were asked too often, or the server broke. */
interface RequestError {
  message: string;
  extensions: { code: string; reason?: string; retryAfterSeconds?: number; requestId: string };
}

export class HearthError extends Error {
  constructor(readonly errors: RequestError[]) {
    super(errors.map((error) => `${error.extensions.code}: ${error.message} (${error.extensions.requestId})`).join("; "));
  }
}

export class Hearth {
  token: string | undefined;

  constructor(readonly url: string) {}

  /** Sends a document. What a use-case refuses is in the payload's `userErrors`; this throws only on `errors[]`. */
  async ask<Result, Variables>(document: TadaDocumentNode<Result, Variables>, variables: Variables): Promise<Result> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json",
        "accept-language": "en",
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const answer = (await response.json()) as { data?: Result; errors?: RequestError[] };
    if (answer.errors || answer.data === undefined) throw new HearthError(answer.errors ?? []);
    return answer.data;
  }
}
